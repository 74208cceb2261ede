"""OpenID Connect in a browser: by the button of the login page to a provider of another site, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.browser import open_browser
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from support.mock_provider import MockProvider
from support.tls import provider_certificate
from support.web import ANNA, COOKIE, WebHub, web_configuration

PHONE = {"width": 390, "height": 844}
BUTTON = "Log in with our family account"


class House:
    """A hub and a provider. Browsers see them as two sites: the one as an address, the other as a name."""

    def __init__(self, directory: Path) -> None:
        self.provider_authority, certificate = provider_certificate(directory)
        self.provider = MockProvider(directory, certificate, self.provider_authority)
        secret = directory / "provider.secret"
        secret.write_text("any secret will do")
        configuration = web_configuration()
        configuration["workers"][0]["transports"][0]["paths"]["auth"]["oidc"] = {
            "family": {
                "title": "our family account",
                "issuer": self.provider.issuer,
                "client_id": "hub",
                "client_secret_file": str(secret),
                "authority": str(self.provider_authority),
            }
        }
        self.hub = WebHub(directory, configuration)
        self.origin = f"https://127.0.0.1:{self.hub.port}"

    def close(self) -> None:
        self.provider.close()
        self.hub.close()

    def link(self, subject: str) -> None:
        """Do what an owner does about somebody who has come."""
        with self.hub.accounts as accounts:
            [number] = [one.number for one in accounts.identities.list() if one.subject == subject]
        done = self.hub.node.run("identity", "link", str(number), ANNA)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def authorities(house: House) -> tuple[Path, ...]:
    return house.hub.authority, house.provider_authority


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab of a browser without cookies."""
    context.clear_cookies()
    opened = context.new_page()
    yield opened
    opened.close()


def go_to_the_provider(page: Page, house: House) -> None:
    page.goto(f"{house.origin}/auth/login?next=/auth/account")
    page.get_by_role("link", name=BUTTON).click()
    page.wait_for_url(f"{house.provider.issuer}/**")


def log_in_there(page: Page, house: House, name: str) -> None:
    go_to_the_provider(page, house)
    agree(page, name)


def agree(page: Page, name: str) -> None:
    page.locator("input[name=sub]").fill(name)
    page.get_by_role("button", name="Authorize", exact=True).click()


def test_the_button_leads_to_the_provider_and_who_is_linked_comes_back_logged_in(
    page: Page, context: BrowserContext, house: House
) -> None:
    log_in_there(page, house, "anna@family.example")
    expect(page.get_by_text("wampi identity link")).to_be_visible()
    assert [one for one in context.cookies() if one["name"] == COOKIE] == []
    house.link("anna@family.example")
    log_in_there(page, house, "anna@family.example")
    page.wait_for_url(f"{house.origin}/auth/account")
    expect(page.get_by_text("You are logged in as anna.")).to_be_visible()
    [cookie] = [one for one in context.cookies() if one["name"] == COOKIE]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    assert not any(one["name"].endswith("-oidc") for one in context.cookies())


def test_the_hubs_own_page_leads_there_too_and_is_come_back_to(page: Page, house: House) -> None:
    log_in_there(page, house, "berta@family.example")
    expect(page.get_by_text("wampi identity link")).to_be_visible()
    house.link("berta@family.example")
    page.goto(f"{house.origin}/")
    page.get_by_test_id("other-ways").get_by_role("link", name=BUTTON).click()
    page.wait_for_url(f"{house.provider.issuer}/**")
    agree(page, "berta@family.example")
    expect(page.get_by_test_id("whoami")).to_contain_text(ANNA)
    assert page.url == f"{house.origin}/"


def test_who_is_turned_away_there_is_shown_the_form_here(page: Page, context: BrowserContext, house: House) -> None:
    go_to_the_provider(page, house)
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{house.origin}/**")
    expect(page.get_by_label("Password")).to_be_visible()
    assert [one for one in context.cookies() if one["name"] == COOKIE] == []


def test_the_address_that_leads_back_is_good_for_no_other_browser(
    page: Page, playwright: Playwright, house: House, tmp_path: Path
) -> None:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    log_in_there(page, house, "somebody")
    expect(page.get_by_text("wampi identity link")).to_be_visible()
    [address] = [url for url in seen if "/auth/oidc/family/callback?" in url]
    house.link("somebody")
    other = open_browser(playwright, tmp_path / "other", house.hub.authority)
    try:
        opened = other.new_page()
        opened.goto(address)
        expect(opened.get_by_role("alert")).to_have_text(
            "That took too long, or began in another browser. Please try again."
        )
        assert [one for one in other.cookies() if one["name"] == COOKIE] == []
    finally:
        other.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone(page: Page, house: House, scheme: Any, tmp_path: Path) -> None:
    directory = Path(os.environ.get("WAMPI_SCREENSHOTS") or tmp_path)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{house.origin}/auth/login")
    for name in ("login", "stranger"):
        if name == "stranger":
            log_in_there(page, house, "a stranger with a name that goes on and on")
            expect(page.get_by_text("wampi identity link")).to_be_visible()
        page.screenshot(path=directory / f"oidc-{name}-{scheme}.png", full_page=True, animations="disabled")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
