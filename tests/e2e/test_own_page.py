"""The page of docs/auth that somebody puts on the hub: it logs in by password, code, passkey and provider."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e.browser import open_browser
from e2e.virtual_device import VirtualDevice
from playwright.sync_api import Page, Playwright, expect
from support.authenticator_app import AuthenticatorApp
from support.forging_provider import CLIENT, SECRET, SUBJECT, ForgingProvider
from support.store import PASSWORD
from support.tls import provider_certificate
from support.waiting import eventually
from support.web import ANNA, WebHub, web_configuration

PAGE = Path(__file__).parents[2] / "examples" / "auth" / "page"


@dataclass(frozen=True)
class Place:
    """A hub with the page on it, and the provider that it sends people to."""

    hub: WebHub
    provider: ForgingProvider
    providers_authority: Path

    @property
    def url(self) -> str:
        return f"{self.hub.origin}/own/index.html"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("hub")
    authority, certificate = provider_certificate(directory)
    provider = ForgingProvider(certificate)
    secret = directory / "secret"
    secret.write_text(f"{SECRET}\n")
    configuration = web_configuration()
    paths = configuration["workers"][0]["transports"][0]["paths"]
    paths["own"] = {"type": "static", "directory": str(PAGE)}
    family = {"client_id": CLIENT, "client_secret_file": str(secret), "authority": str(authority)}
    paths["auth"] |= {"passkeys": {}, "oidc": {"family": family | {"issuer": provider.issuer}}}
    hub = WebHub(directory, configuration)
    yield Place(hub, provider, authority)
    hub.close()
    provider.close()


@pytest.fixture
def page(playwright: Playwright, place: Place, tmp_path: Path) -> Iterator[Page]:
    """The page in a browser of its own; nothing may be wrong with it."""
    context = open_browser(playwright, tmp_path / "home", place.hub.authority, place.providers_authority)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(place.url)
    expect(opened.locator("output")).to_have_text("Please log in.")
    yield opened
    context.close()
    assert problems == []


def log_in(page: Page, name: str = ANNA) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def is_in(page: Page, name: str = ANNA) -> None:
    expect(page.locator("output")).to_have_text(f"I am {name}, as resident, by cookie")


def test_a_password_lets_in_and_a_logout_ends_it(page: Page) -> None:
    log_in(page, "nobody")
    expect(page.locator("output")).not_to_have_text("Please log in.")
    log_in(page)
    is_in(page)
    page.reload()
    is_in(page)
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("output")).to_have_text("Please log in.")


def test_a_code_is_asked_for_where_the_account_has_a_second_factor(page: Page, place: Place) -> None:
    with place.hub.accounts as accounts:
        accounts.add_person("carla", "resident", PASSWORD)
        app = AuthenticatorApp(accounts.second_factors.begin("carla"))
        recovery, *_ = accounts.second_factors.confirm("carla", app.code(time.time()))
    log_in(page, "carla")
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Log in", exact=True).click()
    is_in(page, "carla")


def test_a_passkey_is_added_and_lets_in(page: Page) -> None:
    device = VirtualDevice(page)
    log_in(page)
    is_in(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_function("document.getElementById('add').hidden === false")
    eventually("the device has a passkey", lambda: device.credentials)
    page.get_by_role("button", name="Log out").click()
    expect(page.locator("output")).to_have_text("Please log in.")
    page.get_by_role("button", name="Log in with a passkey").click()
    is_in(page)


def test_a_provider_lets_in_whose_identity_is_linked(page: Page, place: Place) -> None:
    with place.hub.accounts as accounts:
        accounts.identities.link(accounts.identities.meet(place.provider.issuer, SUBJECT, "").number, ANNA)
    page.get_by_role("link", name="Log in with our family account").click()
    is_in(page)
