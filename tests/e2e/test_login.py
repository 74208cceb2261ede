"""Logging in, being refused, and leaving."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e.browser import open_browser
from e2e.conftest import OpenPage
from e2e.house import ANNA, House
from playwright.sync_api import Error, Playwright, expect


def test_the_right_password_opens_the_house(open_page: OpenPage) -> None:
    page = open_page(ANNA)
    expect(page.get("house")).to_be_visible()
    expect(page.get("whoami")).to_have_text("annaowner")
    assert page.errors == []


def test_a_wrong_password_is_refused(open_page: OpenPage) -> None:
    page = open_page()
    page.submit("anna", "not the password at all")
    expect(page.get("login-message")).to_have_text("The name or password is wrong. After several tries, wait a minute.")
    expect(page.get("house")).to_have_count(0)


def test_an_unknown_name_reads_the_same_as_a_wrong_password(open_page: OpenPage) -> None:
    page = open_page()
    page.submit("nobody", "not the password at all")
    expect(page.get("login-message")).to_have_text("The name or password is wrong. After several tries, wait a minute.")


def test_after_a_refusal_the_right_password_still_works(open_page: OpenPage) -> None:
    page = open_page()
    page.submit("anna", "not the password at all")
    expect(page.get("login-message")).not_to_be_empty()
    page.log_in(ANNA)


def test_logging_out_leads_back_to_the_form_and_keeps_nothing(open_page: OpenPage) -> None:
    page = open_page(ANNA)
    page.get("log-out").click()
    expect(page.get("login")).to_be_visible()
    expect(page.get("house")).to_have_count(0)
    assert (
        page.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])") == '[{},{},""]'
    )


def test_a_browser_that_does_not_trust_the_authority_gets_no_page(
    playwright: Playwright, house: House, tmp_path: Path
) -> None:
    stranger = open_browser(playwright, tmp_path / "home")
    try:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            stranger.new_page().goto(house.url)
    finally:
        stranger.close()


def test_the_page_admits_nothing_but_itself(open_page: OpenPage, house: House) -> None:
    page = open_page()
    response = page.page.reload()
    assert response is not None
    policy = {}
    for directive in response.headers["content-security-policy"].split(";"):
        name, *sources = directive.split()
        policy[name] = sources
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert page.errors == []
