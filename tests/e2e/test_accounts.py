"""The page with every kind of account that the hub knows: a password, a code besides, a passkey, an earlier cookie."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from e2e.browser import open_browser
from e2e.page import HousePage
from e2e.virtual_device import VirtualDevice
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from support.authenticator_app import AuthenticatorApp
from support.node import house_configuration
from support.qr_reader import read
from support.second_factor import Person
from support.store import PASSWORD
from support.web import ANNA, COOKIE, WebHub

PHONE = {"width": 390, "height": 844}
LOGGED_OUT = "You were logged out, by yourself elsewhere or by the owner. Please log in again."

NOTE_FORMS = """
new MutationObserver(() => {
  if (document.querySelector('form')) window.sawForm = true
}).observe(document, { childList: true, subtree: true })
"""
"""Notices a form that is there for however short a time."""


def restart(hub: WebHub) -> None:
    """Stop the hub, and start it where it was."""
    configuration = json.loads(hub.node.configuration.read_text())
    configuration["workers"][0]["transports"][0]["endpoint"]["port"] = hub.port
    hub.node.configuration.write_text(json.dumps(configuration))
    listening = hub.node.log.count("listening")
    assert hub.node.stop() == 0
    hub.node.start()
    hub.node.wait_for("listening", listening + 1)


@pytest.fixture(scope="module")
def hub_configuration() -> dict[str, Any]:
    """The router as it ships, without devices."""
    return house_configuration()


EXPECTED = ("status of 403", "WebSocket is already in CLOSING")
"""What browsers complain about: a refused login, and autobahn, which answers GOODBYE when it has hung up already."""

OpenTab = Callable[[], HousePage]


@pytest.fixture
def open_tab(context: BrowserContext, hub: WebHub) -> Iterator[OpenTab]:
    """Opens tabs of a browser in which nobody is logged in at first, and which must not complain about anything."""
    context.clear_cookies()
    opened: list[HousePage] = []

    def opener() -> HousePage:
        opened.append(HousePage(context, f"{hub.origin}/"))
        return opened[-1]

    yield opener
    for tab in opened:
        tab.close()
        assert [line for line in tab.errors if not any(known in line for known in EXPECTED)] == []


def is_inside(tab: HousePage, name: str = ANNA) -> None:
    """Wait until somebody is logged in and connected."""
    expect(tab.get("whoami")).to_contain_text(name)
    expect(tab.get("banner")).to_have_count(0)


def is_outside(tab: HousePage, message: str = "") -> None:
    """Wait for the form."""
    expect(tab.get("login")).to_be_visible()
    expect(tab.get("login-message")).to_have_text(message)


# ---- the cookie --------------------------------------------------------------------------------------------------


def test_who_is_logged_in_comes_in_without_seeing_a_form(open_tab: OpenTab) -> None:
    first = open_tab()
    first.submit(ANNA, PASSWORD)
    is_inside(first)
    first.page.add_init_script(NOTE_FORMS)
    first.page.reload()
    is_inside(first)
    assert first.page.evaluate("window.sawForm") is None


def test_who_is_not_opens_no_connection(context: BrowserContext, hub: WebHub) -> None:
    context.clear_cookies()
    page = context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(hub.origin)
    expect(page.get_by_test_id("login")).to_be_visible()
    assert sockets == []
    page.close()


@pytest.mark.parametrize("stay", [True, False])
def test_a_browser_that_is_started_again_knows_who_wanted_to_stay(
    playwright: Playwright, hub: WebHub, tmp_path: Path, stay: bool
) -> None:
    browser = open_browser(playwright, tmp_path / "home", hub.authority)
    tab = HousePage(browser, hub.origin)
    tab.submit(ANNA, PASSWORD, stay=stay)
    is_inside(tab)
    browser.close()
    browser = open_browser(playwright, tmp_path / "home", hub.authority)
    try:
        tab = HousePage(browser, hub.origin)
        if stay:
            is_inside(tab)
        else:
            is_outside(tab)
    finally:
        browser.close()


def test_logging_out_in_one_tab_ends_the_others(open_tab: OpenTab, context: BrowserContext) -> None:
    first, second = open_tab(), open_tab()
    first.submit(ANNA, PASSWORD)
    is_inside(first)
    second.page.reload()
    is_inside(second)
    second.get("log-out").click()
    is_outside(second)
    is_outside(first, LOGGED_OUT)
    assert COOKIE not in [cookie["name"] for cookie in context.cookies()]


def test_who_logs_in_in_another_tab_is_in_here_too(open_tab: OpenTab) -> None:
    first, second = open_tab(), open_tab()
    is_outside(first)
    second.submit(ANNA, PASSWORD)
    is_inside(second)
    first.page.bring_to_front()
    first.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    is_inside(first)


def test_a_session_outlives_the_router(tmp_path: Path, playwright: Playwright) -> None:
    hub = WebHub(tmp_path, house_configuration())
    browser = open_browser(playwright, tmp_path / "home", hub.authority)
    try:
        person, tab = Person(hub, "carla"), HousePage(browser, hub.origin)
        tab.submit(person.name, PASSWORD)
        tab.give_code(person.code())
        is_inside(tab, person.name)
        restart(hub)
        is_inside(tab, person.name)
        tab.page.reload()
        is_inside(tab, person.name)
        assert hub.node.log.count("session joined") >= 3
    finally:
        browser.close()
        hub.close()


def test_who_logs_out_while_the_hub_is_away_is_logged_out_when_it_is_back(
    tmp_path: Path, playwright: Playwright
) -> None:
    hub = WebHub(tmp_path, house_configuration())
    browser = open_browser(playwright, tmp_path / "home", hub.authority)
    try:
        tab = HousePage(browser, hub.origin)
        tab.submit(ANNA, PASSWORD, stay=True)
        is_inside(tab)
        os.kill(hub.node.pid, signal.SIGSTOP)  # it is there, and says nothing
        tab.get("log-out").click()
        expect(tab.get("arriving")).to_be_visible()
        os.kill(hub.node.pid, signal.SIGCONT)
        is_outside(tab)
        assert COOKIE not in [cookie["name"] for cookie in browser.cookies()]
    finally:
        browser.close()
        hub.close()


def test_an_account_that_is_disabled_is_out_at_once_and_gets_no_further(open_tab: OpenTab, hub: WebHub) -> None:
    with hub.accounts as accounts:
        accounts.add_person("daniel", "resident", PASSWORD)
    tab = open_tab()
    tab.submit("daniel", PASSWORD)
    is_inside(tab, "daniel")
    assert hub.node.run("user", "disable", "daniel").returncode == 0
    is_outside(tab, LOGGED_OUT)
    tab.submit("daniel", PASSWORD)
    is_outside(tab, "The name or password is wrong. After several tries, wait a minute.")


# ---- a second factor ---------------------------------------------------------------------------------------------


def test_a_code_is_asked_for_after_the_password(open_tab: OpenTab, hub: WebHub) -> None:
    person, tab = Person(hub, "emil"), open_tab()
    tab.submit(person.name, PASSWORD)
    expect(tab.page.get_by_label("Code from your authenticator app")).to_be_focused()
    tab.give_code("000000")
    expect(tab.get("login-message")).to_have_text("The code is not right, or it has been used.")
    tab.give_code(person.code())
    is_inside(tab, person.name)


def test_a_recovery_code_does_instead(open_tab: OpenTab, hub: WebHub) -> None:
    person, tab = Person(hub, "frida"), open_tab()
    tab.submit(person.name, PASSWORD)
    tab.page.get_by_role("button", name="Use a recovery code").click()
    tab.give_code(person.recovery[0])
    is_inside(tab, person.name)


def test_a_wrong_password_is_refused_before_any_code(open_tab: OpenTab, hub: WebHub) -> None:
    person, tab = Person(hub, "gustav"), open_tab()
    tab.submit(person.name, "not the password at all")
    is_outside(tab, "The name or password is wrong. After several tries, wait a minute.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_key_of_a_second_factor_is_scanned_from_the_page(open_tab: OpenTab, hub: WebHub, scheme: Any) -> None:
    name = f"helga{scheme}"
    with hub.accounts as accounts:
        accounts.add_person(name, "resident", PASSWORD)
    tab = open_tab()
    page = tab.page
    page.emulate_media(color_scheme=scheme)
    tab.submit(name, PASSWORD)
    is_inside(tab, name)
    tab.get("account").click()
    page.get_by_role("button", name="Set up an authenticator app").click()
    scanned = read(Image.open(BytesIO(page.locator(".qr").screenshot())))
    app = AuthenticatorApp(scanned)
    page.get_by_label("Code that the app shows now").fill(app.code(time.time()))
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Back to your home").click()
    is_inside(tab, name)
    tab.get("log-out").click()
    tab.submit(name, PASSWORD)
    tab.give_code(app.code(time.time() + 30))
    is_inside(tab, name)


# ---- other ways --------------------------------------------------------------------------------------------------


def test_a_passkey_is_made_on_the_account_page_and_opens_the_house(open_tab: OpenTab, hub: WebHub) -> None:
    tab = open_tab()
    page = tab.page
    device = VirtualDevice(page)
    tab.submit("otto", PASSWORD)
    is_inside(tab, "otto")
    tab.get("account").click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name="Remove")).to_be_visible()
    page.get_by_role("link", name="Back to your home").click()
    is_inside(tab, "otto")
    tab.get("log-out").click()
    is_outside(tab)
    page.get_by_role("link", name="Log in with a passkey").click()
    is_inside(tab, "otto")
    assert page.url == f"{hub.origin}/"
    assert len(device.credentials) == 1


def test_a_hub_without_a_login_path_is_logged_in_to_all_the_same(tmp_path: Path, playwright: Playwright) -> None:
    configuration = house_configuration()
    paths = configuration["workers"][0]["transports"][0]["paths"]
    del paths["auth"], paths["ws"]["auth"]["cookie"]
    hub = WebHub(tmp_path, configuration)
    browser = open_browser(playwright, tmp_path / "home", hub.authority)
    try:
        person, tab = Person(hub, "carla"), HousePage(browser, hub.origin)
        expect(tab.page.get_by_label("Stay logged in")).to_have_count(0)
        tab.submit(person.name, PASSWORD)
        tab.give_code("000000")
        is_outside(tab, "The code is not right, or it has been used. Please log in again.")
        tab.submit(person.name, PASSWORD)
        tab.give_code(person.recovery[0])
        is_inside(tab, person.name)
        expect(tab.get("account")).to_have_count(0)
        restart(hub)
        tab.give_code(person.code())
        is_inside(tab, person.name)
        tab.get("log-out").click()
        is_outside(tab)
        assert browser.cookies() == []
    finally:
        browser.close()
        hub.close()


# ---- how it looks ------------------------------------------------------------------------------------------------


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_for_a_code_fits_a_phone(open_tab: OpenTab, hub: WebHub, scheme: Any, tmp_path: Path) -> None:
    directory = Path(os.environ.get("WAMPI_SCREENSHOTS") or tmp_path)
    person, tab = Person(hub, f"look{scheme}"), open_tab()
    tab.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    tab.page.emulate_media(color_scheme=scheme)
    assert fits(tab.page)
    tab.submit(person.name, PASSWORD)
    tab.give_code("000000")
    expect(tab.get("login-message")).not_to_be_empty()
    tab.page.screenshot(path=directory / f"code-{scheme}.png", animations="disabled")
    assert fits(tab.page)
