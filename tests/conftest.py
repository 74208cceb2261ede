"""What tests of several folders share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Playwright
    from support.web import WebHub


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of all browsers: there can be only one in a process."""
    from e2e.browser import require_browser
    from playwright.sync_api import sync_playwright

    require_browser()
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def hub_configuration() -> dict[str, Any]:
    """How the hub of a file of tests is configured; a file that needs another configuration has this fixture itself."""
    from support.web import web_configuration

    return web_configuration()


@pytest.fixture(scope="module")
def hub(hub_configuration: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    """A hub without devices that runs, for one file of tests."""
    from support.web import WebHub

    running = WebHub(tmp_path_factory.mktemp("hub"), hub_configuration)
    yield running
    running.close()
