"""What the lights were last, kept over a restart for those whose rule is `last`.

Changes are gathered for a second, so that a slider that is dragged does not write the card fifty times.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from ..storage import read_json, write_json

WRITE_AFTER_SECONDS = 1.0


class Remembered(Struct, frozen=True):
    """A light as it was."""

    on: bool
    brightness: float


class LightMemory:
    """The file, read once and written a second after a change."""

    def __init__(self, path: Path, clock: IReactorTime, log: Logger) -> None:
        self._path = path
        self._clock = clock
        self._log = log
        self._timer: IDelayedCall | None = None
        self._lights = read_json(path, dict[str, Remembered]) or {}

    def recall(self, light: str) -> Remembered | None:
        """How a light was; None if nobody knows."""
        return self._lights.get(light)

    def remember(self, light: str, remembered: Remembered) -> None:
        """Keep how a light is now."""
        self._lights[light] = remembered
        if self._timer is None:
            self._timer = self._clock.callLater(WRITE_AFTER_SECONDS, self.write)

    def write(self) -> None:
        """Write what has changed now."""
        if self._timer is None:
            return
        if self._timer.active():
            self._timer.cancel()
        self._timer = None
        try:
            write_json(self._path, self._lights)
        except OSError as error:
            self._log.warn("cannot keep the lights' state: {reason}", reason=f"{self._path}: {error.strerror}")
