"""Pings that find out whether the other side is still there.

Only the answer to a ping counts, not other traffic: a peer that sends and never reads would otherwise never be found
out. While we ourselves do not read from it, because it has sent too fast, an answer cannot be expected.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.ports import Clock, Timer


class Heartbeat:
    """Calls ``ping`` with a payload every so often, and ``dead`` when it is not answered in time."""

    __slots__ = ("_answer", "_answer_seconds", "_clock", "_dead", "_every_seconds", "_is_excused", "_ping", "_timer")

    def __init__(
        self,
        clock: Clock,
        ping: Callable[[bytes], None],
        dead: Callable[[], None],
        every_seconds: float,
        answer_seconds: float,
    ) -> None:
        self._clock = clock
        self._ping = ping
        self._dead = dead
        self._every_seconds = every_seconds
        self._answer_seconds = answer_seconds
        self._answer: bytes | None = None
        self._is_excused = False
        self._timer: Timer | None = clock.call_later(every_seconds, self._beat)

    def answer(self, payload: bytes) -> None:
        """Take a pong."""
        if payload == self._answer and self._timer is not None:
            self._timer.cancel()
            self._answer = None
            self._timer = self._clock.call_later(self._every_seconds, self._beat)

    def excuse(self) -> None:
        """Give the peer another while to answer: it could not be heard."""
        self._is_excused = True

    def stop(self) -> None:
        """Ping no more."""
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _beat(self) -> None:
        self._answer = os.urandom(8)
        self._is_excused = False
        self._timer = self._clock.call_later(self._answer_seconds, self._time_out)
        self._ping(self._answer)

    def _time_out(self) -> None:
        if self._is_excused:
            self._is_excused = False
            self._timer = self._clock.call_later(self._answer_seconds, self._time_out)
            return
        self._timer = None
        self._dead()
