"""Staying connected: one session after another, with pauses that grow while the router cannot be reached.

A pause starts at 0.2 s, grows by 1.7 up to 15 s, and varies by a fifth so that components do not come back
in step. Only a session that joined makes it short again, not a mere connection: a router that accepts and
refuses is not hammered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0
PAUSE_GROWTH = 1.7
JOIN_LIMIT_SECONDS = 10.0
LEAVE_LIMIT_SECONDS = 2.0


class Attempt(Protocol):
    """One connection, being made or in use."""

    def finish(self) -> None:
        """Leave in order."""

    def abort(self) -> None:
        """Drop it."""


class Outcome(Protocol):
    """What an attempt reports. `ended` comes exactly once and last."""

    def joined(self) -> None:
        """The session is up."""

    def refused(self, reason: str) -> None:
        """Why it is about to end."""

    def ended(self, reason: str) -> None:
        """The connection is gone, or was never made."""


class Connection:
    """Keeps a component on the router until it is stopped.

    Args:
        clock: a monotonic clock.
        connect: starts an attempt that reports to the given outcome.
        where: the router's address, for the log.
        log: the component's log.
        random: gives numbers from 0 to 1, for the variation of pauses.
    """

    def __init__(
        self,
        clock: IReactorTime,
        connect: Callable[[Outcome], Attempt],
        where: str,
        log: Logger,
        random: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._connect = connect
        self._where = where
        self._log = log
        self._random = random
        self._attempt: Attempt | None = None
        self._timer: IDelayedCall | None = None
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._reason = ""
        self._last_logged = ""
        self._stopping: Deferred[None] | None = None

    def start(self) -> None:
        """Make the first connection."""
        self._timer = None
        self._reason = ""
        self._set_timer(JOIN_LIMIT_SECONDS, self._too_slow)
        self._attempt = self._connect(self)

    def stop(self) -> Deferred[None]:
        """Leave the router; fires when the connection is gone, after two seconds at most."""
        if self._stopping is None:
            self._stopping = Deferred()
            self._clear_timer()
            if self._attempt is None:
                self._stopping.callback(None)
            else:
                self._set_timer(LEAVE_LIMIT_SECONDS, self._attempt.abort)
                self._attempt.finish()
        return self._stopping

    def joined(self) -> None:
        """The session is up."""
        self._clear_timer()
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._last_logged = ""
        self._log.info("joined the router at {where}", where=self._where)

    def refused(self, reason: str) -> None:
        """Remember why the attempt is about to end."""
        self._reason = self._reason or reason

    def ended(self, reason: str) -> None:
        """Try again after a pause, unless this is the end that was asked for."""
        self._attempt = None
        self._clear_timer()
        if self._stopping is not None:
            if not self._stopping.called:
                self._stopping.callback(None)
            return
        self._say(self._reason or reason)
        pause = self._pause_seconds * (0.8 + 0.4 * self._random())
        self._pause_seconds = min(self._pause_seconds * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)
        self._set_timer(pause, self.start)

    def _say(self, reason: str) -> None:
        """One line for each reason, not one for each attempt."""
        if reason != self._last_logged:
            self._last_logged = reason
            self._log.warn("no session at {where}: {reason}; trying again", where=self._where, reason=reason)

    def _too_slow(self) -> None:
        self._timer = None
        self.refused(f"no answer within {JOIN_LIMIT_SECONDS:g} seconds")
        if self._attempt is not None:
            self._attempt.abort()

    def _set_timer(self, seconds: float, action: Callable[[], None]) -> None:
        self._timer = self._clock.callLater(seconds, action)

    def _clear_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
