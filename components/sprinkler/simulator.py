"""Valves on simulated lines."""

from collections.abc import Iterable
from pathlib import Path

from ..lines import SimulatedLines


class SimulatedValves:
    """Drives the lines in `directory`, which outlive this process; a valve is open at level 1."""

    def __init__(self, zones: Iterable[str], directory: Path, author: str, why: str) -> None:
        self._lines = SimulatedLines(directory, author)
        for zone in zones:
            self.write(zone, False, why)

    def write(self, zone: str, is_open: bool, why: str) -> None:
        """Open or close a valve."""
        self._lines.write(zone, 1.0 if is_open else 0.0, why)

    def release(self) -> None:
        """Nothing to give back: the lines belong to nobody."""
