"""Devices that go and come: the page says so at once."""

from __future__ import annotations

from e2e.conftest import OpenPage, Shoot
from e2e.house import ANNA, House
from playwright.sync_api import expect
from support.waiting import eventually


def test_a_device_that_dies_shows_as_not_available_until_it_is_back(
    open_page: OpenPage, house: House, shoot: Shoot
) -> None:
    page = open_page(ANNA)
    eventually("a picture", page.sequence)
    with house.without("lighting"):
        expect(page.get("lighting")).to_have_attribute("data-available", "false")
        expect(page.light("porch")).to_contain_text("Not available")
        expect(page.light("porch").get_by_role("switch")).to_be_disabled()
        shoot(page, "device-lost")
    expect(page.get("lighting")).to_have_attribute("data-available", "true")
    expect(page.light("porch").get_by_role("switch")).to_be_enabled()


def test_a_sprinkler_that_dies_shows_no_valve_as_open(open_page: OpenPage, house: House) -> None:
    page, lines = open_page(ANNA), house.lines("sprinkler")
    page.get("preset-60").click()
    page.zone("lawn").get_by_test_id("run").click()
    expect(page.zone("lawn")).to_have_attribute("data-open", "true")
    with house.without("sprinkler"):
        expect(page.get("unavailable")).to_contain_text("closes every valve")
        expect(page.zone("lawn")).to_have_count(0)
        eventually("the valve is closed", lambda: lines.level("lawn") == 0.0)
    expect(page.zone("lawn")).to_have_attribute("data-open", "false")
