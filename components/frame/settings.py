"""The frame's settings."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..component import DeviceId, Name

LARGEST_UPLOAD_BYTES = 20_000_000

IntervalSeconds = Annotated[float, Meta(ge=1, le=86_400)]
Background = Annotated[str, Meta(pattern=r"^(blur|#[0-9a-fA-F]{6})$")]


class FrameSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The frame's `extra`.

    Attributes:
        driver: where pictures are shown: `file` keeps `display.jpg` in the data directory, `window` opens a window.
        pictures: the folder of photographs; without it the frame has one of its own, with a few to begin with.
        width, height: the display's size in pixels.
        interval_seconds: how long each picture is shown, until somebody changes it.
        background: what is around a picture that does not fill the display: `blur`, or a colour such as `#101418`.
        max_picture_bytes: no upload is larger.
        max_picture_pixels: no picture has more, however small its file.
        max_pictures: the frame takes no more uploads then.
    """

    id: DeviceId
    name: Name
    driver: Literal["file", "window"]
    pictures: str | None = None
    width: Annotated[int, Meta(ge=64, le=3840)] = 1280
    height: Annotated[int, Meta(ge=64, le=2160)] = 800
    interval_seconds: IntervalSeconds = 15.0
    background: Background = "blur"
    max_picture_bytes: Annotated[int, Meta(ge=1, le=LARGEST_UPLOAD_BYTES)] = LARGEST_UPLOAD_BYTES
    max_picture_pixels: Annotated[int, Meta(ge=1, le=200_000_000)] = 50_000_000
    max_pictures: Annotated[int, Meta(ge=1, le=10_000)] = 500
