"""Debian's Chromium, with a home of its own in which the house's authority, and nothing else, is trusted.

No flag makes it ignore certificates: a page that loads here loads because the authority's certificate was imported,
as a person would on a phone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from support.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright, ViewportSize

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 900}

expect.set_options(timeout=1000 * PATIENCE_SECONDS)

SOCKET = """
async ([url, method]) => new Promise((resolve) => {
  const socket = new WebSocket(url, 'wamp.2.json');
  window.received = [];
  socket.onopen = () => socket.send(JSON.stringify([1, 'home', {roles: {caller: {}}, authmethods: [method]}]));
  socket.onmessage = ({data}) => { window.received.push(JSON.parse(data)); resolve(JSON.parse(data)); };
  socket.onerror = () => resolve(['no socket']);
})
"""
"""Opens a WebSocket as a page of the hub's would, and says HELLO; the answer is what comes first."""


def require_browser() -> None:
    """Fail, with what to install, when the browser is missing: a skipped test would look like a passed one."""
    missing = [name for name in (str(CHROMIUM), "certutil") if shutil.which(name) is None]
    if missing:
        pytest.fail(
            f"the browser tests need {' and '.join(missing)}: "
            "apt install chromium libnss3-tools fonts-dejavu-core fonts-noto-color-emoji",
            pytrace=False,
        )


def open_browser(playwright: Playwright, home: Path, *authorities: Path) -> BrowserContext:
    """Start Chromium with ``home`` as its home directory, trusting these authorities (PEM) alone.

    In the home of an earlier one it knows what that one has kept.
    """
    require_browser()
    database = home / ".pki" / "nssdb"
    if not database.exists():
        database.mkdir(parents=True)
        _certutil(database, "-N", "--empty-password")
    for number, authority in enumerate(authorities):
        _certutil(database, "-A", "-t", "C,,", "-n", f"wampi {number}", "-i", str(authority))
    context = playwright.chromium.launch_persistent_context(
        home / "profile",
        executable_path=CHROMIUM,
        args=ARGUMENTS,
        env={**os.environ, "HOME": str(home)},
        viewport=DESKTOP,
        locale="en-GB",
    )
    context.set_default_timeout(1000 * PATIENCE_SECONDS)
    return context


def _certutil(database: Path, *arguments: str) -> None:
    subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True, capture_output=True)
