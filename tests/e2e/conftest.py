"""One house and one browser for all tests here; each test has a tab of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e2e.browser import open_browser
from e2e.house import ANNA, BEN, GUEST, Account, House
from e2e.page import HousePage
from playwright.sync_api import BrowserContext, Playwright
from support.web import WebHub

OpenPage = Callable[..., HousePage]
Shoot = Callable[[HousePage, str], Path]


def make_house(directory: Path) -> House:
    """A house in which Anna, Ben and a guest have accounts; it is not started."""
    house = House(directory)
    for account in (ANNA, BEN, GUEST):
        house.add(account)
    return house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that runs."""
    house = make_house(tmp_path_factory.mktemp("house"))
    try:
        house.start()
        yield house
    finally:
        house.close()


@pytest.fixture(scope="session")
def browser(playwright: Playwright, house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser that trusts the authority of the house."""
    context = open_browser(playwright, tmp_path_factory.mktemp("browser"), house.authority)
    yield context
    context.close()


@pytest.fixture(scope="module")
def authorities(hub: WebHub) -> tuple[Path, ...]:
    """Whom the browser of a file of tests trusts."""
    return (hub.authority,)


@pytest.fixture(scope="module")
def context(
    playwright: Playwright, authorities: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A browser for one file of tests, whose hub has nothing to do with the house."""
    opened = open_browser(playwright, tmp_path_factory.mktemp("browser"), *authorities)
    yield opened
    opened.close()


@pytest.fixture
def open_page(browser: BrowserContext, house: House) -> Iterator[OpenPage]:
    """Opens the page in a tab of its own, logged in if an account is given; nobody is logged in by what others did."""
    opened: list[HousePage] = []

    def open_tab(account: Account | None = None) -> HousePage:
        browser.clear_cookies()
        page = HousePage(browser, house.url)
        opened.append(page)
        if account is not None:
            page.log_in(account)
        return page

    yield open_tab
    for page in opened:
        page.close()


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    """Takes a picture of the whole page, for the documentation if `WAMPI_SCREENSHOTS` names a directory."""
    directory = Path(os.environ.get("WAMPI_SCREENSHOTS") or tmp_path)
    directory.mkdir(parents=True, exist_ok=True)

    def take(page: HousePage, name: str) -> Path:
        file = directory / f"{name}.png"
        page.page.mouse.move(0, 0)
        page.page.evaluate("scrollTo(0, 0)")
        page.page.screenshot(path=file, full_page=True, animations="disabled")
        return file

    return take
