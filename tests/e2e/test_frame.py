"""The picture frame: what is uploaded is what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e.conftest import OpenPage
from e2e.house import ANNA, BEN
from PIL import Image, ImageChops, ImageOps, ImageStat
from playwright.sync_api import expect
from support.waiting import eventually

PHOTOGRAPH = Path(__file__).parents[2] / "components" / "frame" / "pictures" / "coffee.jpg"
DISPLAY = (1280, 800)
ORIENTATION = 0x0112
TURNED_RIGHT = 6
MOST_MEAN_DIFFERENCE = 4.0
"""Of 255, after the frame has encoded a photograph twice as JPEG."""


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A photograph as a phone stores it: its pixels lie on their side, and its EXIF data says so."""
    with Image.open(PHOTOGRAPH) as upright:
        lying = upright.convert("RGB").transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    file = tmp_path / "Kitchen table.jpg"
    lying.save(file, quality=95, exif=exif)
    return file


def rendered(file: Path) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """A picture as a display of this size should show it, upright and as large as fits, and where it stands."""
    with Image.open(file) as picture:
        upright = ImageOps.contain(ImageOps.exif_transpose(picture), DISPLAY, Image.Resampling.LANCZOS)
    left, top = (DISPLAY[0] - upright.width) // 2, (DISPLAY[1] - upright.height) // 2
    return upright, (left, top, left + upright.width, top + upright.height)


def test_an_uploaded_photograph_is_the_picture_that_is_shown(open_page: OpenPage, photograph: Path) -> None:
    page = open_page(ANNA)
    before = page.get("frame-picture").get_attribute("data-picture")
    page.note("notice-success")
    page.get("upload-file").set_input_files(photograph)
    eventually("it says so", lambda: any("Kitchen table" in said for said in page.noted("notice-success")))
    expect(page.get("frame-caption")).to_contain_text("Kitchen table")
    expect(page.get("frame-picture")).not_to_have_attribute("data-picture", before or "")
    page.get("frame-picture").evaluate("element => element.decode()")
    shown = page.pixels(page.get("frame-picture"))
    assert shown.size == DISPLAY
    expected, place = rendered(photograph)
    difference = ImageChops.difference(shown.crop(place), expected)
    assert max(ImageStat.Stat(difference).mean) < MOST_MEAN_DIFFERENCE


def test_the_slideshow_is_steered_together(open_page: OpenPage) -> None:
    anna, ben = open_page(ANNA), open_page(BEN)
    before = ben.get("frame-picture").get_attribute("data-picture") or ""
    anna.get("next").click()
    expect(ben.get("frame-picture")).not_to_have_attribute("data-picture", before)
    expect(ben.get("frame-hall").get_by_test_id("cause").first).to_contain_text("by anna")
    anna.get("previous").click()
    expect(ben.get("frame-picture")).to_have_attribute("data-picture", before)
    anna.get("pause").click()
    expect(ben.get("frame-caption")).to_contain_text("paused")
    ben.get("resume").click()
    expect(anna.get("frame-caption")).not_to_contain_text("paused")


def test_a_file_that_is_no_picture_is_refused_in_words(open_page: OpenPage) -> None:
    page = open_page(ANNA)
    count = page.get("pictures").inner_text()
    page.get("upload-file").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.get("notice-error")).to_contain_text("no picture")
    assert page.get("pictures").inner_text() == count


def test_a_picture_can_be_deleted(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(ANNA)
    file = tmp_path / "Short-lived.png"
    Image.new("RGB", (300, 200), "teal").save(file)
    page.get("upload-file").set_input_files(file)
    expect(page.get("frame-caption")).to_contain_text("Short-lived")
    page.page.get_by_text("All pictures").click()
    row = page.get("pictures").get_by_role("listitem").filter(has_text="Short-lived")
    row.get_by_test_id("delete").click()
    row.get_by_test_id("delete-confirm").click()
    expect(row).to_have_count(0)
    expect(page.get("frame-caption")).not_to_contain_text("Short-lived")
