"""The hub goes and comes back: the page says so, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.browser import open_browser
from e2e.conftest import Shoot, make_house
from e2e.house import ANNA, House
from e2e.page import HousePage
from playwright.sync_api import BrowserContext, Playwright, expect
from support.waiting import eventually


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    """A house that this test alone may tear down."""
    house = make_house(tmp_path)
    try:
        house.start()
        yield house
    finally:
        house.close()


@pytest.fixture
def own_browser(playwright: Playwright, own_house: House, tmp_path: Path) -> Iterator[BrowserContext]:
    context = open_browser(playwright, tmp_path / "home", own_house.authority)
    yield context
    context.close()


def joined(house: House) -> int:
    """How often a component has joined so far."""
    return house.log.read_text().count("joined the router")


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_the_page_recovers_when_the_router_is(
    how: str, own_house: House, own_browser: BrowserContext, shoot: Shoot
) -> None:
    page = HousePage(own_browser, own_house.url)
    page.log_in(ANNA)
    eventually("a first picture", page.sequence)
    if how == "killed":
        own_house.kill()
    else:
        assert own_house.stop() == 0
    expect(page.get("banner")).to_contain_text("Connection lost")
    expect(page.light("porch").get_by_role("switch")).to_be_disabled()
    shoot(page, f"reconnecting-{how}")

    known = joined(own_house)
    own_house.start()
    expect(page.get("banner")).to_have_count(0)
    # For a moment the page shows devices as they were, whether they are back or not.
    eventually("the devices are back", lambda: joined(own_house) >= known + 4)
    for device in ("camera-entrance", "lighting", "frame-hall", "sprinkler-garden"):
        expect(page.get(device)).to_have_attribute("data-available", "true")
    expect(page.get("camera-badge")).to_contain_text("Live")
    page.light("porch").get_by_role("switch").click()
    eventually("the light goes on", lambda: own_house.lines("lighting").level("porch") == 1.0)
