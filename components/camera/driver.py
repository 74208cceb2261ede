"""What takes pictures. All methods block and are called off the reactor thread, one at a time."""

from typing import Protocol

from ..component import Environment
from .settings import CameraSettings, Format


class CameraDriver(Protocol):
    """A camera. It is closed, with its light off, whenever nobody watches."""

    def open(self, format_: Format) -> None:
        """Start the sensor.

        Raises:
            OSError, RuntimeError: there is no camera, or it does not take this format.
        """

    def capture(self) -> bytes:
        """The next frame as JPEG; the camera is open.

        Raises:
            OSError, RuntimeError: the camera failed.
        """

    def close(self) -> None:
        """Stop the sensor. May be called when it is closed already."""


def open_driver(settings: CameraSettings, environment: Environment) -> CameraDriver:
    """The driver that the settings name, closed.

    Raises:
        SetupError: its library is missing.
    """
    if settings.driver == "simulator":
        from .simulator import SimulatedCamera  # noqa: PLC0415

        return SimulatedCamera(environment.wall_time)
    from .picamera2_driver import Picamera2Camera, load_library  # noqa: PLC0415

    return Picamera2Camera(load_library())
