"""The lights: the hardware follows the page, and so does everybody else's page."""

from __future__ import annotations

from e2e.conftest import OpenPage, Shoot
from e2e.house import ANNA, BEN, GUEST, House
from playwright.sync_api import expect
from support.waiting import eventually


def test_the_switch_changes_the_line(open_page: OpenPage, house: House) -> None:
    page, lines = open_page(ANNA), house.lines("lighting")
    switch = page.light("porch").get_by_role("switch")
    assert lines.level("porch") == 0.0
    switch.click()
    eventually("the line is on", lambda: lines.level("porch") == 1.0)
    expect(page.light("porch")).to_have_attribute("data-on", "true")
    switch.click()
    eventually("the line is off", lambda: lines.level("porch") == 0.0)
    expect(page.light("porch")).to_have_attribute("data-on", "false")


def test_the_slider_dims_the_light_as_the_eye_sees_it(open_page: OpenPage, house: House) -> None:
    page, lines = open_page(ANNA), house.lines("lighting")
    slider = page.light("kitchen").get_by_test_id("brightness")
    slider.fill("0.5")
    expect(page.light("kitchen")).to_have_attribute("data-brightness", "0.5")
    eventually("half as bright is less than half the power", lambda: 0.1 < lines.level("kitchen") < 0.4)
    slider.fill("0")
    eventually("the line is off", lambda: lines.level("kitchen") == 0.0)


def test_what_others_switch_shows_at_once_and_says_who_it_was(open_page: OpenPage) -> None:
    anna, ben = open_page(ANNA), open_page(BEN)
    anna.light("living_room").get_by_role("switch").click()
    expect(ben.light("living_room")).to_have_attribute("data-on", "true")
    expect(ben.light("living_room").get_by_test_id("cause")).to_contain_text("by anna")
    expect(anna.light("living_room").get_by_test_id("cause")).to_contain_text("by you")
    ben.get("all-off").click()
    expect(anna.light("living_room")).to_have_attribute("data-on", "false")
    expect(anna.light("living_room").get_by_test_id("cause")).to_contain_text("by ben")


def test_a_guest_sees_the_lights_and_may_not_switch_them(open_page: OpenPage, house: House, shoot: Shoot) -> None:
    page = open_page(GUEST)
    before = house.lines("lighting").level("porch")
    page.light("porch").get_by_role("switch").click()
    expect(page.get("notice-error")).to_contain_text("may look at this but not change it")
    shoot(page, "guest")
    assert house.lines("lighting").level("porch") == before
    expect(page.light("porch")).to_have_attribute("data-on", "false")
