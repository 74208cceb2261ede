"""A camera that is not there: a garden under a moving sun, with a clock, as real JPEG."""

from collections.abc import Callable
from io import BytesIO

from .scene import Scene
from .settings import Format


class SimulatedCamera:
    """Draws the scene at the moment of each capture. `captures` counts them, for whoever inspects it."""

    def __init__(self, wall_time: Callable[[], float]) -> None:
        self._wall_time = wall_time
        self._scene: Scene | None = None
        self._quality = 75
        self.captures = 0

    @property
    def is_open(self) -> bool:
        """Whether the sensor would be on."""
        return self._scene is not None

    def open(self, format_: Format) -> None:
        """Paint the background once."""
        self._scene = Scene(format_.width, format_.height)
        self._quality = format_.quality

    def capture(self) -> bytes:
        """The scene as it is now."""
        if self._scene is None:
            raise RuntimeError("the camera is closed")
        self.captures += 1
        buffer = BytesIO()
        self._scene.draw(self._wall_time(), self.captures).save(buffer, "JPEG", quality=self._quality)
        return buffer.getvalue()

    def close(self) -> None:
        """Forget the background."""
        self._scene = None
