"""A Raspberry Pi's camera, by the library picamera2."""

import time
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from typing import Any

from ..errors import SetupError
from .settings import Format

WARM_UP_SECONDS = 0.5
"""How long exposure and white balance take to settle; frames before that are dark."""


def load_library() -> Any:
    """Import `picamera2`.

    Raises:
        SetupError: it, or the libcamera of the system that it stands on, is not installed.
    """
    try:
        return import_module("picamera2")
    except ImportError as error:
        raise SetupError(
            "the driver picamera2 needs the module picamera2: pip install 'wampi[pi]' in an environment that sees "
            f"the system's packages, and apt install python3-libcamera ({error.name} is missing)"
        ) from None


class Picamera2Camera:
    """One camera.

    Args:
        library: the module, or in tests something like it.
        sleep: waits for the exposure.
        pixel_format: of the main stream; the JPEG encoder must know it.
    """

    def __init__(
        self,
        library: Any,
        sleep: Callable[[float], None] = time.sleep,
        pixel_format: str = "BGR888",
    ) -> None:
        self._library = library
        self._sleep = sleep
        self._pixel_format = pixel_format
        self._camera: Any = None

    def open(self, format_: Format) -> None:
        """Start the sensor and wait until its exposure has settled."""
        try:
            self._camera = self._library.Picamera2()
        except IndexError:
            raise RuntimeError("no camera is connected") from None
        configuration = self._camera.create_video_configuration(
            main={"size": (format_.width, format_.height), "format": self._pixel_format},
            controls={"FrameRate": format_.frames_per_second},
        )
        self._camera.configure(configuration)
        self._camera.options["quality"] = format_.quality
        self._camera.start()
        self._sleep(WARM_UP_SECONDS)

    def capture(self) -> bytes:
        """The next frame as JPEG."""
        buffer = BytesIO()
        self._camera.capture_file(buffer, format="jpeg")
        return buffer.getvalue()

    def close(self) -> None:
        """Stop the sensor and give the camera back to the system."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()
