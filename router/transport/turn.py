"""The turn: what one read of a connection causes is written once a connection, at its end.

One turn object serves a whole node. A transport opens it around each read; connections that have got something to
write, or that are to be kicked, are visited when it ends. What comes from timers and threads is gathered in the same
way and flushed in the reactor's next turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.ports import Clock

BUDGET_SECONDS = 0.005
"""How long one connection may keep the reactor before the others get theirs."""


class Flushable(Protocol):
    """What a turn visits at its end."""

    def flush(self) -> None:
        """Write what has been gathered. Must not raise."""


class Turn:
    """Gathers what has to be visited at the end of a read."""

    __slots__ = ("_clock", "_is_open", "_is_scheduled", "_waiting", "budget_seconds", "monotonic")

    def __init__(self, clock: Clock, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._clock = clock
        self._is_open = False
        self._is_scheduled = False
        self._waiting: list[Flushable] = []
        self.monotonic = clock.monotonic
        self.budget_seconds = budget_seconds

    def add(self, flushable: Flushable) -> None:
        """Visit ``flushable`` when the turn ends: this one, or the reactor's next when none is open."""
        self._waiting.append(flushable)
        if not self._is_open and not self._is_scheduled:
            self._is_scheduled = True
            self._clock.call_later(0, self._run)

    def begin(self) -> None:
        """Open the turn; :meth:`end` must follow, whatever happens in between."""
        self._is_open = True

    def end(self) -> None:
        """Visit everything that was added; what is added meanwhile comes in the reactor's next turn."""
        self._is_open = False
        waiting = self._waiting
        if waiting:
            self._waiting = []
            for flushable in waiting:
                flushable.flush()

    def _run(self) -> None:
        self._is_scheduled = False
        self.end()
