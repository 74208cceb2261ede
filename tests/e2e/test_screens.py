"""Every screen, as it looks: in both themes, on a desk and on a phone.

`WAMPI_SCREENSHOTS=docs/screenshots pytest tests/e2e` renews the pictures of the documentation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from e2e.conftest import OpenPage, Shoot
from e2e.house import ANNA, House
from e2e.page import HousePage
from PIL import Image, ImageStat
from playwright.sync_api import ViewportSize, expect
from support.waiting import eventually

PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL_PHONE: ViewportSize = {"width": 360, "height": 640}
Scheme = Literal["light", "dark"]


def brightness(file: Path) -> float:
    """From 0 to 1, at the page's edge, where nothing but the ground is."""
    with Image.open(file) as picture:
        edge = picture.convert("L").crop((0, 100, 8, picture.height - 8))
        return ImageStat.Stat(edge).mean[0] / 255


def is_too_wide(page: HousePage) -> bool:
    """Whether one has to scroll sideways."""
    return bool(page.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def furnish(page: HousePage) -> None:
    """Make the house look lived in: lights on, a zone that waters and one that waits."""
    for light in ("porch", "living_room"):
        if page.light(light).get_attribute("data-on") == "false":
            page.light(light).get_by_role("switch").click()
        expect(page.light(light)).to_have_attribute("data-on", "true")
    page.light("living_room").get_by_test_id("brightness").fill("0.6")
    page.get("preset-600").click()
    if page.get("running").count() == 0:
        page.zone("lawn").get_by_test_id("run").click()
        expect(page.get("running")).to_be_visible()
        page.zone("beds").get_by_test_id("run").click()
    expect(page.get("queue")).to_be_visible()
    page.get("camera-picture").scroll_into_view_if_needed()
    eventually("a picture", page.sequence)
    expect(page.get("frame-picture")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("form", ["desktop", "phone"])
def test_the_house(open_page: OpenPage, shoot: Shoot, scheme: Scheme, form: str) -> None:
    page = open_page()
    page.page.emulate_media(color_scheme=scheme)
    if form == "phone":
        page.page.set_viewport_size(PHONE)
    page.log_in(ANNA)
    furnish(page)
    file = shoot(page, f"{form}-{scheme}")
    assert (brightness(file) > 0.5) == (scheme == "light")
    assert not is_too_wide(page)
    assert page.errors == []
    page.get("stop-all").click()
    expect(page.get("running")).to_have_count(0)
    page.get("all-off").click()
    expect(page.light("porch")).to_have_attribute("data-on", "false")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login(open_page: OpenPage, shoot: Shoot, scheme: Scheme) -> None:
    page = open_page()
    page.page.emulate_media(color_scheme=scheme)
    expect(page.get("login")).to_be_visible()
    assert (brightness(shoot(page, f"login-{scheme}")) > 0.5) == (scheme == "light")


def test_on_a_phone_the_switch_for_the_theme_and_the_card_keep_apart(open_page: OpenPage) -> None:
    page = open_page()
    page.page.set_viewport_size(SMALL_PHONE)
    page.submit("anna", "not the password at all")
    expect(page.get("login-message")).not_to_be_empty()
    switch = page.page.get_by_label("Switch to dark colours").bounding_box()
    card = page.get("login").bounding_box()
    assert switch is not None and card is not None
    assert switch["y"] + switch["height"] <= card["y"]
    assert not is_too_wide(page)


def test_the_refused_login(open_page: OpenPage, shoot: Shoot) -> None:
    page = open_page()
    page.submit("anna", "not the password at all")
    expect(page.get("login-message")).not_to_be_empty()
    shoot(page, "refused")
    assert not is_too_wide(page)


def test_the_choice_of_a_theme_outlives_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    page.page.emulate_media(color_scheme="light")
    page.page.get_by_label("Switch to dark colours").click()
    page.page.reload()
    expect(page.page.locator("html")).to_have_attribute("data-theme", "dark")
    page.page.get_by_label("Switch to light colours").click()
    expect(page.page.locator("html")).to_have_attribute("data-theme", "light")
    page.page.evaluate("localStorage.clear()")


def test_everything_can_be_reached_with_the_keyboard(open_page: OpenPage, house: House) -> None:
    page = open_page()
    expect(page.page.get_by_label("Name")).to_be_focused()
    page.page.keyboard.type("anna")
    page.page.keyboard.press("Tab")
    page.page.keyboard.type(ANNA.password)
    page.page.keyboard.press("Enter")
    expect(page.get("house")).to_be_visible()
    switch = page.light("porch").get_by_role("switch")
    lines, was_on = house.lines("lighting"), switch.get_attribute("aria-checked")
    before = lines.level("porch")
    for _ in range(40):
        page.page.keyboard.press("Tab")
        if switch.evaluate("element => element === document.activeElement"):
            break
    page.page.keyboard.press("Space")
    eventually("the line has changed", lambda: lines.level("porch") != before)
    expect(switch).not_to_have_attribute("aria-checked", was_on or "")
    page.page.keyboard.press("Space")
    eventually("the line is as before", lambda: lines.level("porch") == before)
