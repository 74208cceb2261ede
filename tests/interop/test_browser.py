"""Stock autobahn-js in Chromium, over TLS, with all of its serializers: a page of its own, bundled here."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.browser import open_browser
from playwright.sync_api import Page, Playwright
from support.ports import free_port

from .conftest import AUTH, AUTHID, HERE, REPOSITORY, SECRET, listener, running_helper, running_node
from .features import INTERRUPTED, features


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, node: Path) -> Path:
    """The page and its script."""
    directory = tmp_path_factory.mktemp("page")
    modules = HERE / "js" / "node_modules"
    subprocess.run([node, HERE / "page" / "build.mjs", REPOSITORY / "web", modules, directory], check=True)
    return directory


@pytest.fixture(scope="module")
def page(files: Path, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page in a browser that trusts the router's authority, and nothing else."""
    directory, port, plain = tmp_path_factory.mktemp("browser"), free_port(), free_port()
    tls = {"type": "local-authority"}
    web = {
        "type": "web",
        "endpoint": {"type": "tcp", "interface": "127.0.0.1", "port": port, "tls": tls},
        "paths": {"/": {"type": "static", "directory": str(files)}, "ws": {"type": "websocket", "auth": AUTH}},
    }
    with (
        running_node(directory, [web, listener("websocket", type="tcp", interface="127.0.0.1", port=plain)]) as data,
        running_helper(f"ws://127.0.0.1:{plain}/ws", directory),
    ):
        browser = open_browser(playwright, directory / "home", data / "ca.pem")
        page = browser.new_page()
        page.goto(f"https://localhost:{port}/")
        yield page
        browser.close()


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor"])
def test_autobahn_js_in_a_browser_sees_every_feature(page: Page, serializer: str) -> None:
    where = {
        "url": page.url.replace("https:", "wss:") + "ws",
        "realm": "home",
        "serializer": serializer,
        "authid": AUTHID,
        "secret": SECRET,
    }
    assert page.evaluate("where => run(where)", where) == features(canceled=INTERRUPTED)
