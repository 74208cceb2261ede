"""What tests of several folders share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of all browsers: there can be only one in a process."""
    from e2e.browser import require_browser
    from playwright.sync_api import sync_playwright

    require_browser()
    with sync_playwright() as driver:
        yield driver
