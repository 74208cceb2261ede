"""Pings that find out whether the other side is still there.

Only the answer to a ping counts, not other traffic: a peer that sends and never reads would otherwise never be found
out. While we ourselves do not read from it, because it has sent too fast, an answer cannot be expected.

The heartbeats of a listener share one pulse. A timer for each of them would be two for every ping, and a ping by itself
costs a turn of the reactor, as does its answer. Pings that are due at about the same time leave in one turn, and so
their answers come together.
"""

from __future__ import annotations

import os
from collections import deque
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.ports import Clock, Timer
    from .turn import Turn

BEATS_A_SECOND = 8
"""How often the pulse looks what is due; a power of two, so that times add up."""

MOST_AT_ONCE = 64
"""How many heartbeats have their turn together. More that are due wait for the next, so that nobody is held up."""


class Pulse:
    """Calls heartbeats at their time, those of one beat together. It sleeps while nothing is due."""

    __slots__ = ("_beat", "_clock", "_due", "_timer", "_turn")

    def __init__(self, clock: Clock, turn: Turn) -> None:
        self._clock = clock
        self._turn = turn
        # number of a beat -> the heartbeats that are due then, in order
        self._due: dict[int, dict[Heartbeat, None]] = {}
        self._beat = 0
        self._timer: Timer | None = None

    def plan(self, heartbeat: Heartbeat, seconds: float) -> int:
        """Call :meth:`Heartbeat.due` after ``seconds``, up to one beat later; return the number of the beat."""
        beat = ceil((self._clock.monotonic() + seconds) * BEATS_A_SECOND)
        self._due.setdefault(beat, {})[heartbeat] = None
        if self._timer is None or beat < self._beat:
            self._sleep_until(beat)
        return beat

    def forget(self, heartbeat: Heartbeat, beat: int) -> None:
        """Do not call a heartbeat that was planned for this beat."""
        planned = self._due.get(beat)
        if planned is not None:
            planned.pop(heartbeat, None)
            if not planned:
                del self._due[beat]
            if not self._due:
                self._sleep()

    def _sleep(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _sleep_until(self, beat: int) -> None:
        self._sleep()
        self._beat = beat
        wait = beat / BEATS_A_SECOND - self._clock.monotonic()
        self._timer = self._clock.call_later(max(0.0, wait), self._wake)

    def _wake(self) -> None:
        """Call those that are due, and sleep until the next beat on which something is."""
        due = deque(self._due.pop(self._beat, ()))
        self._turn.begin()
        try:
            for _ in range(min(MOST_AT_ONCE, len(due))):
                due.popleft().due()
        finally:
            if left := [heartbeat for heartbeat in due if heartbeat.beat is not None]:
                self._due[self._beat] = dict.fromkeys(left)
            self._turn.end()
            self._sleep()
            if self._due:
                self._sleep_until(min(self._due))


class Heartbeat:
    """Calls ``ping`` with a payload every so often, and ``dead`` when it is not answered in time."""

    __slots__ = ("_answer", "_answer_seconds", "_dead", "_every_seconds", "_is_excused", "_ping", "_pulse", "beat")

    def __init__(
        self,
        pulse: Pulse,
        ping: Callable[[bytes], None],
        dead: Callable[[], None],
        every_seconds: float,
        answer_seconds: float,
    ) -> None:
        self._pulse = pulse
        self._ping = ping
        self._dead = dead
        self._every_seconds = every_seconds
        self._answer_seconds = answer_seconds
        self._answer: bytes | None = None
        self._is_excused = False
        # the beat of the pulse on which this is due, None once it has stopped
        self.beat: int | None = pulse.plan(self, every_seconds)

    def answer(self, payload: bytes) -> None:
        """Take a pong."""
        if payload == self._answer and self.beat is not None:
            self._pulse.forget(self, self.beat)
            self._answer = None
            self.beat = self._pulse.plan(self, self._every_seconds)

    def excuse(self) -> None:
        """Give the peer another while to answer: it could not be heard."""
        self._is_excused = True

    def stop(self) -> None:
        """Ping no more."""
        beat, self.beat = self.beat, None
        if beat is not None:
            self._pulse.forget(self, beat)

    def due(self) -> None:
        """Ping, or find that the last ping has not been answered; the pulse calls this."""
        if self.beat is None:
            return
        if self._answer is None:
            self._answer = os.urandom(8)
            self._is_excused = False
            self.beat = self._pulse.plan(self, self._answer_seconds)
            self._ping(self._answer)
        elif self._is_excused:
            self._is_excused = False
            self.beat = self._pulse.plan(self, self._answer_seconds)
        else:
            self.beat = None
            self._dead()
