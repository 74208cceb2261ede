"""Passkeys in Chromium, with a virtual authenticator (WebAuthn domain of the DevTools protocol)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.browser import open_browser
from e2e.virtual_device import VirtualDevice
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from support.store import PASSWORD
from support.web import ANNA, WebHub, web_configuration

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def hub_configuration() -> dict[str, Any]:
    configuration = web_configuration()
    configuration["workers"][0]["transports"][0]["paths"]["auth"]["passkeys"] = {}
    return configuration


@pytest.fixture
def context(playwright: Playwright, hub: WebHub, tmp_path: Path) -> Iterator[BrowserContext]:
    opened = open_browser(playwright, tmp_path / "home", hub.node.data / "ca.pem")
    yield opened
    opened.close()


def log_in_by_passkey(page: Page, context: BrowserContext, hub: WebHub) -> None:
    context.clear_cookies()
    page.goto(f"{hub.origin}/auth/login?next=/auth/account")
    page.get_by_role("button", name="Log in with a passkey").click()


def log_in_by_password(page: Page, hub: WebHub) -> None:
    page.goto(f"{hub.origin}/auth/login?next=/auth/account")
    page.get_by_label("Name").fill(ANNA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/auth/account")


def with_passkey(page: Page, context: BrowserContext, hub: WebHub) -> VirtualDevice:
    """A device that has a passkey of Anna's, in a browser that is logged out."""
    device = VirtualDevice(page)
    log_in_by_password(page, hub)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name="Remove").first).to_be_visible()
    context.clear_cookies()
    return device


def test_a_passkey_is_added_logs_in_and_is_removed(context: BrowserContext, hub: WebHub) -> None:
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    device = VirtualDevice(page)
    log_in_by_password(page, hub)
    page.get_by_label("Name of this device").fill("Anna's phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Anna's phone at localhost")).to_be_visible()
    [credential] = device.credentials
    assert (credential["rpId"], credential["isResidentCredential"]) == ("localhost", True)

    context.clear_cookies()
    page.goto(f"{hub.origin}/auth/login?next=/auth/account")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/auth/account")
    expect(page.get_by_text("You are logged in as anna.")).to_be_visible()
    assert problems == []

    page.get_by_role("button", name="Remove").click()
    page.wait_for_url("**/auth/login**")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("The passkey was not accepted.")).to_be_visible()


def test_who_has_chosen_a_passkey_elsewhere_is_asked_for_it_at_once_and_once(
    context: BrowserContext, hub: WebHub
) -> None:
    page = context.new_page()
    device = with_passkey(page, context, hub)
    device.set_verified(False)
    page.goto(f"{hub.origin}/auth/login?passkey=1&next=/auth/account")
    expect(page.get_by_text("No passkey was used.")).to_be_visible()
    device.set_verified(True)
    page.reload()
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_enabled()
    assert page.url == f"{hub.origin}/auth/login?next=%2Fauth%2Faccount"
    page.goto(f"{hub.origin}/auth/login?passkey=1&next=/auth/account")
    page.wait_for_url("**/auth/account")
    expect(page.get_by_text("You are logged in as anna.")).to_be_visible()


def test_an_owner_who_is_not_recognised_does_not_get_in(context: BrowserContext, hub: WebHub) -> None:
    page = context.new_page()
    device = with_passkey(page, context, hub)
    device.set_verified(False)
    page.goto(f"{hub.origin}/auth/login")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("No passkey was used.")).to_be_visible()


@pytest.mark.parametrize(
    ("changed", "value", "reason"),
    [
        ("signCount", 0, "its counter has gone back"),
        ("userHandle", base64.b64encode(b"somebody else's, of 32 bytes too").decode(), "the user handle is another's"),
    ],
)
def test_a_copy_that_has_counted_less_or_names_somebody_else_is_refused_and_reported(
    context: BrowserContext, hub: WebHub, changed: str, value: Any, reason: str
) -> None:
    page = context.new_page()
    device = VirtualDevice(page)
    log_in_by_password(page, hub)
    page.get_by_label("Name of this device").fill(f"copied with another {changed}")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text(f"copied with another {changed}")).to_be_visible()
    log_in_by_passkey(page, context, hub)
    expect(page.get_by_text("You are logged in as anna.")).to_be_visible()
    device.replace({changed: value})
    log_in_by_passkey(page, context, hub)
    expect(page.get_by_text("The passkey was not accepted.")).to_be_visible()
    assert re.search(f"login refused .*method=passkey reason=[\"']{reason}", hub.node.log)
    assert ("a passkey may have been copied" in hub.node.log) or changed != "signCount"


def test_by_an_address_in_numbers_no_passkey_is_offered(context: BrowserContext, hub: WebHub) -> None:
    page = context.new_page()
    VirtualDevice(page)
    page.goto(f"https://127.0.0.1:{hub.port}/auth/login")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_role("button", name="Log in with a passkey")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone(context: BrowserContext, hub: WebHub, scheme: Any, tmp_path: Path) -> None:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    for path in ("login", "account"):
        if path == "account":
            log_in_by_password(page, hub)
        else:
            page.goto(f"{hub.origin}/auth/login")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
