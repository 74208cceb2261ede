"""A browser that comes by a reverse proxy on the hub itself, as on a screen in the hall."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from e2e.browser import SOCKET, open_browser
from playwright.sync_api import Playwright
from support.proxies import ProxiedHub, nginx, proxied_hub, sample
from support.store import PASSWORD
from support.web import ANNA, COOKIE


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedHub]:
    listener = json.loads(sample("json", '"interface": "127.0.0.1"'))
    with proxied_hub(tmp_path_factory.mktemp("hub"), listener, nginx, ends_tls=True) as running:
        yield running


def test_a_browser_logs_in_by_the_form_and_its_cookie_admits_the_websocket(
    playwright: Playwright, hub: ProxiedHub, tmp_path_factory: pytest.TempPathFactory
) -> None:
    context = open_browser(playwright, tmp_path_factory.mktemp("browser"), hub.authority)
    page = context.new_page()
    page.goto(f"{hub.origin}/auth/login?next=/")
    page.get_by_label("Name").fill(ANNA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(f"{hub.origin}/")
    assert COOKIE in {cookie["name"] for cookie in context.cookies()}
    welcome = page.evaluate(SOCKET, [hub.url, "cookie"])
    context.close()
    assert (welcome[0], welcome[2]["authid"], welcome[2]["authmethod"]) == (2, ANNA, "cookie")
    joined = hub.node.run("audit", "--kind", "login", "--who", ANNA)
    assert "tcp:127.0.0.1 " in joined.stdout
