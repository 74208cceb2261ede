"""Pictures in and out: what is hostile is refused, what is kept is upright and bare, what is shown fits."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from wampi.components.frame.imaging import (
    KEPT_SIDE_PIXELS,
    LARGEST_RENDERED_BYTES,
    NotAPictureError,
    Picture,
    encode_again,
    measure,
    render,
    render_empty,
)
from wampi.components.frame.library import SHIPPED

PIXELS = 10_000_000
LEFT_RED: tuple[int, int, int] = (220, 30, 30)
RIGHT_BLUE: tuple[int, int, int] = (30, 30, 220)


def two_colours(width: int = 200, height: int = 100) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RIGHT_BLUE)
    image.paste(LEFT_RED, (0, 0, width // 2, height))
    return image


def opened(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(picture.jpeg))


def close_to(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 24 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(("format_", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_three_formats_are_taken_and_encoded_again_as_jpeg(tmp_path: Path, format_: str, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    two_colours().save(path, format_)
    kept = encode_again(path, PIXELS)
    assert opened(kept).format == "JPEG"
    assert (kept.width, kept.height) == (200, 100)
    assert close_to(opened(kept).getpixel((20, 50)), LEFT_RED)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"GIF89a" + b"\x00" * 40, b"\xff\xd8\xff\xe0" + b"\x00" * 50, b"<svg/>", b"P6 9 9 255 "]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)
    with pytest.raises(NotAPictureError, match="JPEG, PNG and WebP are taken"):
        encode_again(path, PIXELS)


def test_a_picture_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes((SHIPPED / "coffee.jpg").read_bytes()[:20_000])
    with pytest.raises(NotAPictureError, match="it is damaged"):
        encode_again(path, PIXELS)


def test_a_small_file_that_unfolds_into_many_pixels_is_refused_before_it_does(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(path)
    assert path.stat().st_size < 50_000
    with pytest.raises(NotAPictureError, match="it has 12000 x 12000 pixels; at most 10,000,000 in all are taken"):
        encode_again(path, PIXELS)


def test_a_picture_is_turned_upright_and_its_metadata_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home, 51.5 N 0.1 W"
    two_colours().save(path, exif=exif)
    kept = encode_again(path, PIXELS)
    assert (kept.width, kept.height) == (100, 200)
    assert close_to(opened(kept).getpixel((50, 20)), LEFT_RED)
    assert b"taken at home" not in kept.jpeg
    assert not opened(kept).getexif()
    assert measure(path, PIXELS) == (100, 200)


def test_a_transparent_picture_is_put_on_white(tmp_path: Path) -> None:
    path = tmp_path / "glass.png"
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(path)
    assert close_to(opened(encode_again(path, PIXELS)).getpixel((25, 25)), (255, 255, 255))


def test_a_very_large_picture_is_kept_smaller(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    two_colours(5000, 1000).save(path)
    kept = encode_again(path, PIXELS)
    assert (kept.width, kept.height) == (KEPT_SIDE_PIXELS, 768)


def test_a_picture_is_rendered_as_large_as_fits_in_the_middle_of_the_background(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    two_colours(400, 100).save(path)
    shown = opened(render(path, PIXELS, (800, 600), "#00ff00"))
    assert shown.size == (800, 600)
    assert close_to(shown.getpixel((400, 100)), (0, 255, 0))
    assert close_to(shown.getpixel((100, 300)), LEFT_RED)
    assert close_to(shown.getpixel((700, 300)), RIGHT_BLUE)
    assert close_to(shown.getpixel((400, 500)), (0, 255, 0))


def test_a_small_picture_is_enlarged_to_fit(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    two_colours(40, 30).save(path)
    shown = opened(render(path, PIXELS, (400, 300), "#000000"))
    assert close_to(shown.getpixel((5, 5)), LEFT_RED)
    assert close_to(shown.getpixel((394, 294)), RIGHT_BLUE)


def test_a_blurred_background_is_the_picture_itself_but_darker(tmp_path: Path) -> None:
    path = tmp_path / "tall.png"
    Image.new("RGB", (100, 400), (200, 200, 40)).save(path)
    shown = opened(render(path, PIXELS, (800, 400), "blur"))
    assert close_to(shown.getpixel((400, 200)), (200, 200, 40))
    assert close_to(shown.getpixel((40, 200)), (110, 110, 22))


def test_what_is_rendered_fits_into_a_message_however_wild_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    Image.effect_noise((1920, 1080), 120).convert("RGB").save(path)
    assert len(render(path, PIXELS, (1920, 1080), "blur").jpeg) <= LARGEST_RENDERED_BYTES


def test_an_empty_display_has_its_size_and_colour() -> None:
    shown = opened(render_empty((320, 200), "#204060"))
    assert shown.size == (320, 200)
    assert close_to(shown.getpixel((100, 100)), (0x20, 0x40, 0x60))


def test_the_shipped_photographs_are_small_and_named_in_the_licence() -> None:
    pictures = sorted(SHIPPED.glob("*.jpg"))
    assert len(pictures) >= 3
    licence = (SHIPPED / "LICENSE.md").read_text(encoding="utf-8")
    for picture in pictures:
        assert picture.stat().st_size < 200_000
        assert f"| {picture.name} |" in licence
        assert encode_again(picture, PIXELS).width > 400
