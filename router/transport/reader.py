"""Reading from a connection at a pace: what every framing on a stream of bytes shares.

A peer that sends too fast is not read for a while, and one read may keep the reactor for the turn's budget only. What
has come and cannot be looked at yet is kept here: the beginning of a frame, or everything while reading rests.

Somebody who sends a lot and hangs up leaves bytes in the kernel that would take minutes at that pace, and a place
among all connections with them. So after a while what is left of such a peer is given up.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .addresses import has_hung_up
from .bucket import TokenBucket

if TYPE_CHECKING:
    from ..core.limits import Limits
    from ..core.ports import Clock, Timer
    from .heartbeat import Heartbeat
    from .turn import Turn

_PAUSED = sys.maxsize
"""As the number of bytes that are wanted: reading is paused, whatever comes is kept."""

LEFT_BEHIND_SECONDS = 10.0
"""How long the messages of a peer that has hung up are still taken, when they come too fast."""


class PacedReader:
    """The reading half of a Twisted protocol; a subclass looks at the bytes in :meth:`_consume`.

    A message, or whatever costs as much, takes one token from ``_bucket``. While there is none, or past ``_deadline``,
    a subclass hands what it has not looked at to :meth:`_rest`.
    """

    transport: Any
    _heartbeat: Heartbeat | None

    def _start_reading(self, clock: Clock, turn: Turn, limits: Limits) -> None:
        """Begin, when the connection is made."""
        self._clock, self._turn = clock, turn
        self._monotonic = clock.monotonic
        self._deadline = 0.0
        self._bucket = TokenBucket(limits.messages_per_second, limits.burst, clock.monotonic())
        self._rest_timer: Timer | None = None
        self._is_held = False
        self._hung_up_at: float | None = None
        # What has come and cannot be looked at yet: its parts, their size, and the size that makes it worth a look.
        self._parts: list[bytes] = []
        self._have = 0
        self._wanted = 0

    def _stop_reading(self) -> None:
        """Let go of everything, when the connection is lost."""
        timer, self._rest_timer = self._rest_timer, None
        if timer is not None:
            timer.cancel()
        self._parts, self._wanted = [], _PAUSED

    def _consume(self, data: bytes) -> None:
        """Handle all of ``data``, or hand on what is left of it to :meth:`_keep` or :meth:`_rest`."""
        raise NotImplementedError

    def _has_ended(self) -> bool:
        """Return whether the transport is closed, so that there is nothing to be read any more."""
        raise NotImplementedError

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 -- Twisted's name
        """Take what has come, and at the end of it write what it has caused."""
        if self._wanted:
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._wanted:
                return
            data = self._join()
        turn = self._turn
        turn.begin()
        try:
            self._consume(data)
        finally:
            turn.end()

    def _pace(self) -> None:
        """Begin a look at what has come: note how long it may take, and how much may pass."""
        now = self._monotonic()
        self._deadline = now + self._turn.budget_seconds
        self._bucket.refill(now)

    def _keep(self, data: bytes, wanted: int) -> None:
        """Keep ``data`` until there are ``wanted`` bytes."""
        self._parts, self._have, self._wanted = [data], len(data), wanted

    def _rest(self, data: bytes) -> None:
        """Let others have their turn, or a peer that sends too fast wait: no more is read for now."""
        self._keep(data, _PAUSED)
        self.transport.pauseProducing()
        if self._heartbeat is not None:
            self._heartbeat.excuse()
        wait = 0.0 if self._bucket.tokens >= 1.0 else self._bucket.wait_seconds()
        self._rest_timer = self._clock.call_later(wait, self._continue)

    def _continue(self) -> None:
        """Go on with what was kept, then with reading."""
        self._rest_timer = None
        if self._is_left_behind():
            self.transport.abortConnection()
            return
        self._turn.begin()
        try:
            self._consume(self._join())
        except BaseException:
            # A reactor drops a connection whose protocol fails in dataReceived, but not one that fails in a timer.
            self.transport.abortConnection()
            raise
        finally:
            self._turn.end()
        self._resume()

    def hold(self) -> None:
        """Read no more until :meth:`release`; a peer that cannot be heard may be late with its answer to a ping."""
        self._is_held = True
        self.transport.pauseProducing()
        if self._heartbeat is not None:
            self._heartbeat.excuse()

    def release(self) -> None:
        """Read again."""
        self._is_held = False
        self._resume()

    def _resume(self) -> None:
        if self._rest_timer is None and not self._is_held and not self._has_ended():
            self.transport.resumeProducing()

    def _is_left_behind(self) -> bool:
        """Return whether the peer hung up a while ago; noticed while reading rests, for otherwise it is read."""
        if self._hung_up_at is None:
            if not has_hung_up(self.transport):
                return False
            self._hung_up_at = self._monotonic()
        return self._monotonic() - self._hung_up_at >= LEFT_BEHIND_SECONDS

    def _join(self) -> bytes:
        parts, self._parts = self._parts, []
        self._have = self._wanted = 0
        return parts[0] if len(parts) == 1 else b"".join(parts)
