"""The lines that valves hang on, as a driver drives them.

Few imports: the valve keeper loads this module. Hardware libraries are imported by their driver files only, when the
driver is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Valve:
    """One zone's valve.

    Attributes:
        pin: the BCM number of the line.
        active_low: the valve is open when the line is low.
        max_seconds: no run is longer.
    """

    pin: int
    active_low: bool
    max_seconds: float


class ValveLines(Protocol):
    """A driver. Taking the lines (making the object) closes all valves in the same step."""

    def write(self, zone: str, is_open: bool, why: str) -> None:
        """Open or close a valve; raises OSError if the hardware refuses."""

    def release(self) -> None:
        """Give the lines back so that another process can take them; they stay closed. May raise OSError."""


def open_lines(driver: str, valves: Mapping[str, Valve], directory: Path, author: str, why: str) -> ValveLines:
    """Take the lines of all valves and close them.

    Raises:
        SetupError: the driver's library is missing or does not work here.
        OSError: the hardware does not give the lines.
    """
    if driver == "simulator":
        from .simulator import SimulatedValves  # noqa: PLC0415

        return SimulatedValves(valves, directory, author, why)
    from ..gpio import load_gpio  # noqa: PLC0415
    from .rpi_gpio import GpioValves  # noqa: PLC0415

    return GpioValves(load_gpio(), valves)


def decode_valves(described: Mapping[str, Mapping[str, Any]]) -> dict[str, Valve]:
    """Valves from builtin types, as they are handed from the component to the keeper."""
    return {zone: Valve(**one) for zone, one in described.items()}
