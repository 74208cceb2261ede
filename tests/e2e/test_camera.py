"""The camera: a picture that lives, a snapshot, and settings that others follow."""

from __future__ import annotations

import time

from e2e.conftest import OpenPage
from e2e.house import ANNA, BEN
from e2e.page import HousePage
from PIL import Image, ImageChops
from playwright.sync_api import expect
from support.waiting import eventually

CLOCKS_AGREE_WITHIN_SECONDS = 60.0


def captured_at(page: HousePage) -> float:
    return float(page.get("camera-picture").get_attribute("data-captured-at") or 0)


def test_the_picture_lives(open_page: OpenPage) -> None:
    page = open_page(ANNA)
    eventually("a first picture", page.sequence)
    first, at, before = page.sequence(), captured_at(page), page.pixels(page.get("camera-picture"))
    assert abs(at - time.time()) < CLOCKS_AGREE_WITHIN_SECONDS
    eventually("a second has passed in the picture", lambda: captured_at(page) >= at + 1)
    assert page.sequence() > first
    after = page.pixels(page.get("camera-picture"))
    assert ImageChops.difference(before, after).getbbox() is not None
    assert is_a_scene(after)
    expect(page.get("camera-badge")).to_contain_text("Live")


def is_a_scene(picture: Image.Image) -> bool:
    """Whether there is something to see: many colours, none of which fills the picture."""
    colours = picture.resize((64, 36)).quantize(32).getcolors() or []
    return len(colours) > 8 and max(count for count, _ in colours) < 64 * 36 / 2


def test_a_snapshot_can_be_kept(open_page: OpenPage) -> None:
    page = open_page(ANNA)
    page.get("snapshot").click()
    expect(page.get("snapshot-picture")).to_be_visible()
    with page.page.expect_download() as download:
        page.get("snapshot-download").click()
    assert download.value.suggested_filename.startswith("Entrance-")
    with Image.open(download.value.path()) as kept:
        assert kept.format == "JPEG"
        assert kept.size == (1280, 720)


def test_another_resolution_is_followed_by_everybody(open_page: OpenPage) -> None:
    anna, ben = open_page(ANNA), open_page(BEN)
    anna.page.get_by_text("Picture settings").click()
    resolution = anna.get("camera-resolution")
    try:
        resolution.select_option("640x480")
        expect(ben.get("camera-picture")).to_have_js_property("width", 640)
        expect(ben.get("camera-entrance").get_by_test_id("cause")).to_contain_text("by anna")
    finally:
        resolution.select_option("1280x720")
    expect(ben.get("camera-picture")).to_have_js_property("width", 1280)


def test_a_picture_that_nobody_looks_at_is_not_made(open_page: OpenPage) -> None:
    page = open_page(ANNA)
    eventually("a first picture", page.sequence)
    page.page.set_viewport_size({"width": 390, "height": 600})
    page.get("frame-hall").scroll_into_view_if_needed()
    expect(page.get("camera-picture")).not_to_be_in_viewport()
    expect(page.get("camera-viewer")).to_have_attribute("data-streaming", "false")
    last = page.sequence()
    page.get("camera-picture").scroll_into_view_if_needed()
    expect(page.get("camera-viewer")).to_have_attribute("data-streaming", "true")
    eventually("frames come again", lambda: page.sequence() > last)
