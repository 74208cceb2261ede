"""The camera's settings."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..component import DeviceId, Name

Width = Annotated[int, Meta(ge=64, le=1920, multiple_of=2)]
Height = Annotated[int, Meta(ge=64, le=1080, multiple_of=2)]
FramesPerSecond = Annotated[float, Meta(ge=1, le=30)]
Quality = Annotated[int, Meta(ge=1, le=95)]


class Format(Struct, frozen=True):
    """What frames look like: size in pixels, rate, and JPEG quality."""

    width: int
    height: int
    frames_per_second: float
    quality: int


class CameraSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The camera's `extra`."""

    id: DeviceId
    name: Name
    driver: Literal["simulator", "picamera2"]
    width: Width = 640
    height: Height = 480
    frames_per_second: FramesPerSecond = 10.0
    quality: Quality = 75
