"""Whether the answer to a receive has arrived (docs/adr/0013-longpoll-delivery.md).

The transport has no acknowledgements of its own, but TCP has. What the client's system has acknowledged when its
connection ends counts as arrived; so does what it has acknowledged, or has had no time to, when it asks for more on
another connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .addresses import acknowledged_bytes, before_loss, written_bytes

ACKNOWLEDGED_SECONDS = 1.0
"""A system may take half a second to acknowledge what has arrived (RFC 1122, section 4.2.3.2)."""


class Delivery:
    """An answer on its way; ``on_lost`` is called when its connection ends before it has arrived."""

    __slots__ = ("_end", "_is_lost", "_now", "_on_lost", "_stop_watching", "_transport", "_written_at")

    def __init__(self, transport: Any, now: Callable[[], float], on_lost: Callable[[], None]) -> None:
        self._transport = transport
        self._now = now
        self._on_lost = on_lost
        # Where the answer ends in all that is ever written to the connection; None until it has been written.
        self._end: int | None = None
        self._written_at = now()
        self._is_lost = False
        self._stop_watching = before_loss(transport, self._lose)

    def written(self) -> None:
        """Note that the answer has been written. What comes behind it, such as the end of TLS, is of no interest."""
        self._end = written_bytes(self._transport)
        self._written_at = self._now()

    def has_failed(self, transport: Any) -> bool:
        """Return whether it cannot have arrived, now that the client asks for more on ``transport``.

        It is not watched any more. A connection that it is stuck in is of no use and ended.
        """
        self._stop_watching()
        if transport is self._transport or self._has_arrived():
            return False
        if self._now() - self._written_at < ACKNOWLEDGED_SECONDS:
            return False
        self._transport.abortConnection()
        return True

    def forget(self) -> None:
        """Stop watching."""
        self._stop_watching()

    def cut(self) -> None:
        """Stop watching, and end the connection if the answer is still on its way: it has come too late."""
        self._stop_watching()
        if not self._has_arrived():
            self._transport.abortConnection()

    def _has_arrived(self) -> bool:
        if self._is_lost:
            return True
        return self._end is not None and acknowledged_bytes(self._transport) >= self._end

    def _lose(self) -> None:
        if not self._has_arrived():
            self._on_lost()
        # Its socket cannot be asked any more.
        self._is_lost = True
