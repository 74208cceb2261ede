"""The sprinkler: a zone opens for as long as was asked, and closes by itself."""

from __future__ import annotations

import time

from e2e.conftest import OpenPage
from e2e.house import ANNA, BEN, House
from e2e.page import HousePage
from playwright.sync_api import expect
from support.waiting import eventually

RUN_SECONDS = 3


def choose(page: HousePage, minutes: int, seconds: int) -> None:
    page.get("minutes").fill(str(minutes))
    page.get("seconds").fill(str(seconds))


def test_a_zone_runs_for_its_time_and_closes_by_itself(open_page: OpenPage, house: House) -> None:
    page, lines = open_page(ANNA), house.lines("sprinkler")
    known = len(lines.log())
    choose(page, 0, RUN_SECONDS)
    page.note("countdown")
    began = time.monotonic()
    page.zone("lawn").get_by_test_id("run").click()
    eventually("the page counts down", lambda: page.noted("countdown"))
    expect(page.get("running")).to_have_count(0)
    assert time.monotonic() - began >= RUN_SECONDS
    expect(page.zone("lawn")).to_have_attribute("data-open", "false")
    assert [(entry["line"], entry["level"]) for entry in lines.log()[known:]] == [("lawn", 1.0), ("lawn", 0.0)]
    left = [seconds_of(text) for text in page.noted("countdown")]
    assert left == sorted(left, reverse=True)
    assert left[0] <= RUN_SECONDS


def test_runs_wait_for_each_other_and_can_all_be_stopped_by_anybody(open_page: OpenPage, house: House) -> None:
    anna, ben = open_page(ANNA), open_page(BEN)
    choose(anna, 5, 0)
    anna.zone("lawn").get_by_test_id("run").click()
    expect(ben.get("running")).to_contain_text("Started by anna")
    anna.zone("beds").get_by_test_id("run").click()
    expect(ben.get("queue")).to_contain_text("Flower beds, 5 min")
    ben.get("stop-all").click()
    expect(anna.get("running")).to_have_count(0)
    expect(anna.get("queue")).to_have_count(0)
    assert set(house.lines("sprinkler").levels().values()) == {0.0}


def test_who_comes_later_sees_the_time_that_is_really_left(open_page: OpenPage) -> None:
    anna = open_page(ANNA)
    choose(anna, 1, 0)
    anna.zone("lawn").get_by_test_id("run").click()
    eventually("some seconds have passed", lambda: seconds_left(anna) <= 56)
    ben = open_page(BEN)
    eventually("both show the same", lambda: abs(seconds_left(ben) - seconds_left(anna)) <= 1)
    anna.get("stop-all").click()


def seconds_left(page: HousePage) -> int:
    return seconds_of(page.get("countdown").inner_text())


def seconds_of(clock: str) -> int:
    minutes, seconds = clock.split(":")
    return int(minutes) * 60 + int(seconds)


def test_more_time_than_a_zone_allows_cannot_be_asked_for(open_page: OpenPage) -> None:
    page = open_page(ANNA)
    choose(page, 11, 0)
    expect(page.zone("greenhouse").get_by_test_id("run")).to_be_disabled()
    expect(page.zone("greenhouse")).to_contain_text("at most 10 min")
    expect(page.zone("lawn").get_by_test_id("run")).to_be_enabled()
