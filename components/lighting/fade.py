"""Transitions: from one brightness to another in equal steps of what the eye sees."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

STEP_SECONDS = 0.02


class Fade:
    """The brightness of one lamp, moving towards where it was last sent.

    Args:
        clock: a monotonic clock.
        write: sets the lamp to a brightness, 0.0 to 1.0.
    """

    def __init__(self, clock: IReactorTime, write: Callable[[float], None]) -> None:
        self._clock = clock
        self._write = write
        self._from = self._to = 0.0
        self._began_seconds = 0.0
        self._lasts_seconds = 0.0
        self._timer: IDelayedCall | None = None
        self.level = 0.0

    def go(self, brightness: float, seconds: float) -> None:
        """Move from where it is now to `brightness` within `seconds`; what was under way ends."""
        self.cancel()
        self._from, self._to = self.level, brightness
        self._began_seconds = self._clock.seconds()
        self._lasts_seconds = seconds if brightness != self.level else 0.0
        self._step()

    def cancel(self) -> None:
        """Stay where it is."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _step(self) -> None:
        elapsed = self._clock.seconds() - self._began_seconds
        if elapsed >= self._lasts_seconds:
            self.level = self._to
            self._timer = None
        else:
            self.level = self._from + (self._to - self._from) * elapsed / self._lasts_seconds
            pause = min(STEP_SECONDS, self._lasts_seconds - elapsed)
            self._timer = self._clock.callLater(pause, self._step)
        self._write(self.level)
