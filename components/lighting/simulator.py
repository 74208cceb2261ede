"""Lamps on simulated lines, which can be looked at from outside (`python -m wampi.components.lines`)."""

from collections.abc import Iterable
from pathlib import Path

from ..lines import SimulatedLines


class SimulatedLamps:
    """Each light is a line of its name; its level is the lamp's power."""

    def __init__(self, lights: Iterable[str], directory: Path) -> None:
        self._lights = list(lights)
        self._lines = SimulatedLines(directory, "component")
        self._turn_off("start")

    def write(self, light: str, power: float, why: str) -> None:
        """Set the power of a lamp."""
        self._lines.write(light, round(power, 5), why)

    def close(self) -> None:
        """Turn all lamps off."""
        self._turn_off("stop")

    def _turn_off(self, why: str) -> None:
        for light in self._lights:
            self.write(light, 0.0, why)
