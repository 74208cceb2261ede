"""What drives lamps. A driver is opened once for all lights; every lamp is off then."""

from typing import Protocol

from ..component import Environment
from ..gpio import load_gpio
from .settings import LightingSettings


class LampDriver(Protocol):
    """The lamps of the component."""

    def write(self, light: str, power: float, why: str) -> None:
        """Set the power of a lamp, 0.0 to 1.0 (a lamp that cannot be dimmed gets 0.0 or 1.0).

        Raises:
            OSError: the hardware refuses.
        """

    def close(self) -> None:
        """Turn all lamps off and give the lines back. May be called twice."""


def open_driver(settings: LightingSettings, environment: Environment) -> LampDriver:
    """Open the driver that the settings name.

    Raises:
        SetupError: its library is missing or does not work here.
    """
    if settings.driver == "simulator":
        from .simulator import SimulatedLamps  # noqa: PLC0415

        return SimulatedLamps(settings.lights, environment.data_dir / "lines")
    from .rpi_gpio import GpioLamps  # noqa: PLC0415

    return GpioLamps(load_gpio(), settings)
