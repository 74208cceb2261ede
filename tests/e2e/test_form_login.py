"""The login page in a browser, without a line of script of its own, and what its cookie is good for afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.browser import SOCKET, open_browser
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from support.store import OTHER_PASSWORD, PASSWORD
from support.web import ANNA, COOKIE, WebHub

PLAIN = "/favicon.svg"
"""A page of the hub's own that does nothing, and may ask the hub, for scripts of a test."""

SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab of a browser that has no cookie, and that must not complain about anything."""
    context.clear_cookies()
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(f"{message.text} {message.location['url']}"))
    yield opened
    opened.close()
    # A refused form has the status 403; a page that is no page of the hub's has no icon.
    assert [line for line in complaints if "status of 403" not in line and "/favicon.ico" not in line] == []


def log_in(page: Page, hub: WebHub, password: str = PASSWORD, path: str = "/auth/login") -> None:
    page.goto(hub.origin + path)
    page.get_by_label("Name").fill(ANNA)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def cookie(context: BrowserContext, name: str = COOKIE) -> Any:
    return next((one for one in context.cookies() if one["name"] == name), None)


def test_the_form_logs_in_and_goes_on_to_where_one_was_going(page: Page, context: BrowserContext, hub: WebHub) -> None:
    log_in(page, hub, path=f"/auth/login?next={PLAIN}%3Fa=b")
    page.wait_for_url(f"{hub.origin}{PLAIN}?a=b")
    found = cookie(context)
    assert (found["secure"], found["httpOnly"], found["sameSite"], found["path"]) == (True, True, "Strict", "/")
    assert found["domain"] == "localhost"


def test_a_wrong_password_shows_the_form_again_and_keeps_the_name(
    page: Page, context: BrowserContext, hub: WebHub
) -> None:
    log_in(page, hub, OTHER_PASSWORD)
    expect(page.get_by_role("alert")).to_have_text("The name or password is wrong. After several tries, wait a minute.")
    assert page.get_by_label("Name").input_value() == ANNA
    assert page.get_by_label("Password").input_value() == ""
    assert cookie(context) is None


def test_the_cookie_admits_the_pages_websocket_and_logging_out_ends_it(
    page: Page, context: BrowserContext, hub: WebHub
) -> None:
    log_in(page, hub, path=f"/auth/login?next={PLAIN}")
    page.wait_for_url(hub.origin + PLAIN)
    welcome = page.evaluate(SOCKET, [hub.url, "cookie"])
    assert (welcome[0], welcome[2]["authid"], welcome[2]["authmethod"]) == (2, ANNA, "cookie")
    other = context.new_page()
    other.goto(f"{hub.origin}/auth/login")
    expect(other.locator("main")).to_contain_text("logged in as anna")
    other.get_by_role("button", name="Log out").click()
    expect(other.get_by_role("button", name="Log in")).to_be_visible()
    page.wait_for_function("window.received.length > 1")
    assert page.evaluate("window.received[1][0]") == 6
    assert cookie(context) is None


def test_a_script_of_the_hubs_own_page_logs_in_without_the_form(
    page: Page, context: BrowserContext, hub: WebHub
) -> None:
    page.goto(hub.origin + PLAIN)
    answer = page.evaluate(
        """async ([username, password]) => (await fetch('/auth/login', {
             method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({username, password}),
           })).json()""",
        [ANNA, PASSWORD],
    )
    assert answer["authid"] == ANNA
    assert cookie(context) is not None
    assert page.evaluate("async () => (await (await fetch('/auth/session')).json()).authmethod") == "cookie"


def test_the_page_works_without_scripts(playwright: Playwright, hub: WebHub, tmp_path: Path) -> None:
    with_scripts = open_browser(playwright, tmp_path, hub.authority)
    try:
        plain = with_scripts.browser
        assert plain is None or plain.is_connected()
        page = with_scripts.new_page()
        with_scripts.new_cdp_session(page).send("Emulation.setScriptExecutionDisabled", {"value": True})
        log_in(page, hub, path="/auth/login?next=/auth/login")
        expect(page.locator("main")).to_contain_text("logged in as anna")
    finally:
        with_scripts.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_fits_its_screen(page: Page, hub: WebHub, screen: str, scheme: Any, tmp_path: Path) -> None:
    directory = Path(os.environ.get("WAMPI_SCREENSHOTS") or tmp_path)
    page.set_viewport_size(SCREENS[screen])  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)
    page.bring_to_front()
    log_in(page, hub, OTHER_PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    page.screenshot(path=directory / f"login-{screen}-{scheme}.png", full_page=True, animations="disabled")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_the_password_is_changed_and_other_browsers_are_out(page: Page, context: BrowserContext, hub: WebHub) -> None:
    other = hub.log_in()
    log_in(page, hub, path="/auth/login?next=/auth/account")
    expect(page.locator(".entries li").filter(has_text="this one")).to_have_count(1)
    before = cookie(context)["value"]
    page.get_by_role("link", name="Change the password").click()
    for label, text in (
        ("Current password", PASSWORD),
        ("New password", OTHER_PASSWORD),
        ("New password, again", OTHER_PASSWORD),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Change the password").click()
    try:
        page.get_by_role("link", name="Back to your account").click()
        expect(page.locator(".entries li")).to_have_count(1)
        expect(page.locator(".entries li")).to_contain_text("this one")
        assert cookie(context)["value"] != before
        assert hub.ask("GET", "/auth/session", cookies={COOKIE: other}).json["authid"] is None
    finally:
        with hub.accounts as accounts:
            accounts.set_password(ANNA, PASSWORD)
