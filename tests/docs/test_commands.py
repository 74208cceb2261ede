"""What the documentation tells people to type works as it stands there, on a terminal, with a hub that runs.

Pages are gone through line by line. A command that does not end by itself goes on until the end of its page, and then
Ctrl-C must end it in order.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.checkout import make_checkout
from support.node import RunningNode, environment, house_configuration
from support.pages import PAGES, ROOT, commands, marked, name_of
from support.terminal import Terminal
from wampi.router.cli import make_parser

PASSWORD = "seven otters juggle turnips"
ENDLESS = {"python -m wampi.components doorbell": "joined the router", "wampi subscribe": '{"topic": '}
"""How a command begins that does not end -> what it shows when it works."""

ELSEWHERE = (
    "make ",  # tests/docs/test_links.py: there is such a target
    "npm ci",
    "python doorbell_autobahn.py",  # tests/components/test_doorbells.py runs them as they stand here
    ".venv/bin/twistd",  # tests/router/test_service.py
    "python -m benchmarks",  # tests/benchmarks
)
PLACEHOLDERS = {
    "NAME": "anna", "ROLE": "guest", "URI": "org.example.bell", "FILE": "file", "DIR": "data",
    "AUTHID": "bell", "DIRECTORY": "lines", "PROCEDURE": "a.b", "TOPIC": "a.b", "TIME": "2100-05-02",
    "NUMBER": "1", "ID": "1",
}  # fmt: skip


WAYS_IN = ROOT / "docs" / "auth"
"""These pages need a hub with every way in: test_lines_of_ways_in.py."""

WITH_COMMANDS = [page for page in PAGES if page.parent != WAYS_IN and any("wampi" in line for line in commands(page))]


class Reader:
    """Somebody with a home, a checkout and a hub, who types what a page says."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "home"
        self.checkout = directory / "checkout"
        programs = make_checkout(self.checkout)
        shutil.copy(ROOT / "crossbar-like.json", self.checkout / "my-hub.json")
        self.environment = environment(HOME=str(self.home), PATH=f"{programs}:{os.environ['PATH']}")
        self.environment.pop("XDG_DATA_HOME", None)
        data = self.home / ".local" / "share" / "wampi"
        data.parent.mkdir(parents=True)
        self.hub = RunningNode(directory, house_configuration("lighting", "sprinkler"))
        self.hub.data = data
        self.hub.start("joined the router")
        self.hub.wait_for("joined the router", times=2)
        self.place = self.checkout
        shutil.copy(data / "ca.pem", self.checkout)
        shutil.copy(data / "owner-password.txt", self.checkout / "owner.txt")
        self._running = ExitStack()
        self._endless: list[Terminal] = []

    def type(self, line: str) -> None:
        """Type a line; fail unless it does what it is for."""
        if line.startswith("cd "):
            self.place /= line.removeprefix("cd ")
            return
        terminal = Terminal(self._here(line), self.place, self.environment, self._answers())
        self._running.callback(terminal.close)
        shows = [text for begin, text in ENDLESS.items() if line.startswith(begin)]
        if shows:
            terminal.wait_for(shows[0])
            self._endless.append(terminal)
        else:
            assert terminal.wait() == 0, f"{line}\n{terminal.shown}"
            assert "Traceback" not in terminal.shown

    def stop(self) -> None:
        """End what goes on."""
        for terminal in self._endless:
            assert terminal.interrupt() == 0, terminal.shown
        self._endless.clear()

    def close(self) -> None:
        """Clear up after whatever happened."""
        self._running.close()
        self.hub.__exit__()

    def _here(self, line: str) -> str:
        """A line with the port that the hub of this test has."""
        port = re.search(r"port=(\d+)", self.hub.log)
        assert port is not None
        return re.sub(r"wss://[a-z.]+:8443/", f"wss://localhost:{port[1]}/", line)

    def _answers(self) -> dict[str, str]:
        owner = (self.hub.data / "owner-password.txt").read_text().strip()
        return {
            "Password of owner: ": owner, "Password of anna: ": PASSWORD,
            "New password for anna: ": PASSWORD, "The same again: ": PASSWORD,
        }  # fmt: skip


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_every_line_that_a_page_says_to_type_works(reader: Reader, page: Path) -> None:
    lines = [line for line in commands(page) if not line.startswith(ELSEWHERE)]
    if not any("wampi user add anna" in line for line in lines):
        reader.type("wampi user add anna --role resident")
    for line in lines:
        reader.type(line)
    reader.stop()


def mentions() -> list[str]:
    """The commands of wampi's that stand in sentences and tables, with words for what is to be put in."""
    texts = {text for page in PAGES for text in marked(page) if re.match(r"wampi [a-z]+($| )", text)}
    return sorted(re.sub(r"\b[A-Z]+\b", lambda word: PLACEHOLDERS[word[0]], text) for text in texts)


@pytest.mark.parametrize("line", mentions())
def test_every_command_that_is_mentioned_exists(line: str) -> None:
    parser = make_parser()
    words = line.split()[1:]
    for count in range(len(words), 0, -1):
        try:
            parser.parse_args([*words[:count], "--help"])
        except SystemExit as ended:
            assert ended.code == 0, line
            return


def test_messages_name_only_commands_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    sources = [path for folder in ("router", "components") for path in (ROOT / folder).rglob("*.py")]
    named = {words for path in sources for words in re.findall(r"wampi ([a-z]+(?: [a-z]+)?)[` '\"]", path.read_text())}
    known = {
        "up", "check", "user", "device", "grant", "role", "session", "audit", "ca", "call", "publish", "subscribe",
    }  # fmt: skip
    for words in sorted(words for words in named if words.split()[0] in known):
        with pytest.raises(SystemExit) as ended:
            make_parser().parse_args([*words.split(), "--help"])
        assert ended.value.code == 0, (words, capsys.readouterr().err)
