"""Pictures in and out: checking what people send, and rendering for the display. All of it runs off the reactor.

A picture from outside is hostile until it has been decoded: only three formats are tried, its size in pixels is
checked before any pixel is decoded (a small file can unfold into gigabytes), and what is kept is a new encoding, with
none of the original's bytes or metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageColor, ImageFilter, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
KEPT_SIDE_PIXELS = 3840
KEPT_QUALITY = 90
RENDERED_QUALITIES = (88, 75, 60, 40)
LARGEST_RENDERED_BYTES = 900_000
"""What fits into one message to the router, with its envelope."""

_BLUR_SIDE_PIXELS = 96

Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit warns first; ours is checked before any pixel is decoded


class NotAPictureError(Exception):
    """The file is no picture that can be shown; says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture: JPEG, and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


def measure(path: Path, most_pixels: int) -> tuple[int, int]:
    """Width and height of a picture as it is shown (turned upright), from its head only.

    Raises:
        NotAPictureError: it is no JPEG, PNG or WebP, or has too many pixels.
    """
    with _opened(path, most_pixels) as image:
        turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        return (image.height, image.width) if turned else (image.width, image.height)


def encode_again(path: Path, most_pixels: int) -> Picture:
    """Decode a picture whole and encode it anew: upright, without metadata, 3840 pixels a side at most.

    Raises:
        NotAPictureError: it is no JPEG, PNG or WebP, is damaged, or has too many pixels.
    """
    upright = _load(path, most_pixels, (KEPT_SIDE_PIXELS, KEPT_SIDE_PIXELS))
    upright.thumbnail((KEPT_SIDE_PIXELS, KEPT_SIDE_PIXELS), Image.Resampling.LANCZOS)
    return Picture(_encode(upright, KEPT_QUALITY), upright.width, upright.height)


def render(path: Path, most_pixels: int, size: tuple[int, int], background: str) -> Picture:
    """The picture as the display shows it: as large as fits, in the middle, on `background`.

    Raises:
        NotAPictureError: as for `encode_again`.
    """
    upright = _load(path, most_pixels, size)
    fitted = ImageOps.contain(upright, size, Image.Resampling.LANCZOS)
    canvas = _ground(upright, size, background)
    canvas.paste(fitted, ((size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2))
    return _fit_message(canvas)


def render_empty(size: tuple[int, int], background: str) -> Picture:
    """What the display shows when there is no picture."""
    colour = "#101418" if background == "blur" else background
    return _fit_message(Image.new("RGB", size, ImageColor.getrgb(colour)))


def _opened(path: Path, most_pixels: int) -> Image.Image:
    try:
        image = Image.open(path, formats=FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise NotAPictureError("it is no picture that can be shown; JPEG, PNG and WebP are taken") from None
    if image.width * image.height > most_pixels:
        image.close()
        raise NotAPictureError(
            f"it has {image.width} x {image.height} pixels; at most {most_pixels:,} in all are taken"
        )
    return image


def _load(path: Path, most_pixels: int, enough: tuple[int, int]) -> Image.Image:
    """Decode a picture, upright and opaque; a JPEG is decoded at a smaller scale if that is `enough`."""
    with _opened(path, most_pixels) as image:
        try:
            image.draft("RGB", (max(enough), max(enough)))
            upright = ImageOps.exif_transpose(image)
            return _opaque(upright)
        except (OSError, ValueError, SyntaxError, MemoryError) as error:
            raise NotAPictureError(f"it is damaged: {str(error) or type(error).__name__}") from None


def _opaque(image: Image.Image) -> Image.Image:
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        ground.alpha_composite(layer)
        return ground.convert("RGB")
    return image.convert("RGB")


def _ground(picture: Image.Image, size: tuple[int, int], background: str) -> Image.Image:
    if background != "blur":
        return Image.new("RGB", size, ImageColor.getrgb(background))
    scale = _BLUR_SIDE_PIXELS / max(size)
    small = ImageOps.fit(picture, (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))))
    dark = small.filter(ImageFilter.GaussianBlur(6)).point(lambda value: value * 0.55)
    return dark.resize(size, Image.Resampling.BICUBIC)


def _encode(image: Image.Image, quality: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, exif=b"")
    return buffer.getvalue()


def _fit_message(canvas: Image.Image) -> Picture:
    """Encode as well as one message allows."""
    jpeg = b""
    for quality in RENDERED_QUALITIES:
        jpeg = _encode(canvas, quality)
        if len(jpeg) <= LARGEST_RENDERED_BYTES:
            break
    return Picture(jpeg, canvas.width, canvas.height)
