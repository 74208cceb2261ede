"""The page on the HTTP bridge: its configuration serves, and its commands do what they are said to do."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.channels import RawSocketChannel, Session
from support.node import RunningNode, environment
from support.pages import ROOT, blocks
from support.waiting import PATIENCE_SECONDS
from support.wamp import INVOCATION, REGISTER, SUBSCRIBE, YIELD

PAGE = ROOT / "docs" / "http-bridge.md"
SHELL = [block.text for block in blocks(PAGE) if block.language == "sh"]
MAKES_SECRETS, CALLS, SIGNS, IN_PYTHON = SHELL


def configuration() -> dict[str, Any]:
    """The router of the page on any free port, and a way in for this test."""
    [piece] = [json.loads(block.text) for block in blocks(PAGE) if block.language == "json"]
    piece["transports"][0]["endpoint"] |= {"port": 0, "interface": "127.0.0.1"}
    allow = {"subscribe": True, "register": True}
    piece["realms"][0]["roles"].append(
        {"name": "test", "permissions": [{"uri": "", "match": "prefix", "allow": allow}]}
    )
    auth = {"anonymous": {"type": "static", "role": "test"}}
    piece["transports"].append(
        {"type": "rawsocket", "endpoint": {"type": "unix", "path": "raw.sock"}, "auth": auth, "serializers": ["json"]}
    )
    return {"version": 2, "workers": [piece]}


class Reader:
    """Somebody who types what the page says, in the data directory of a node."""

    def __init__(self, directory: Path) -> None:
        self.node = RunningNode(directory, configuration())
        self.node.data.mkdir(mode=0o700)
        shutil.copytree(ROOT / "examples", self.node.data / "examples", ignore=shutil.ignore_patterns("node_modules"))

    def type(self, text: str) -> str:
        """Type a block of the page, and return what it prints."""
        port = (
            re.search(r"listening port=(\d+)", self.node.log_file.read_text()) if self.node.log_file.exists() else None
        )
        here = text.replace("hub.local:8444", f"localhost:{port[1] if port else 0}")
        here = here.replace("python3 ", f"{sys.executable} ").replace("curl ", "curl --silent --show-error ")
        done = subprocess.run(
            ["bash", "-ec", here], cwd=self.node.data, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
            check=False, env=environment(),
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    made = Reader(tmp_path_factory.mktemp("page"))
    made.type(MAKES_SECRETS)
    with made.node:
        made.node.start("raw.sock")
        made.node.wait_for("listening port=")
        yield made


@pytest.fixture
def session(reader: Reader) -> Iterator[Session]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(reader.node.data / "raw.sock"))
        session = Session(RawSocketChannel(connection, "json"), "json")
        session.join()
        yield session


@contextmanager
def adding(session: Session) -> Iterator[None]:
    """Answer one call of ``com.example.add``."""

    def answer() -> None:
        kind, request, _, _, args = session.receive()
        assert kind == INVOCATION
        session.send(YIELD, request, {}, [sum(args)])

    session.ask(REGISTER, {}, "com.example.add")
    thread = threading.Thread(target=answer)
    thread.start()
    yield
    thread.join(PATIENCE_SECONDS)


def test_curl_calls_and_gets_the_answer_that_the_page_shows(reader: Reader, session: Session) -> None:
    [shown] = [json.loads(block.text) for block in blocks(PAGE) if block.language == "json5"]
    with adding(session):
        assert json.loads(reader.type(CALLS)) == shown


def test_the_shell_signs(reader: Reader, session: Session) -> None:
    session.ask(SUBSCRIBE, {}, "com.example.bell")
    answer = json.loads(reader.type(SIGNS))
    event = session.receive()
    assert (answer, event[4]) == ({"id": event[2]}, ["front door"])


def test_python_signs(reader: Reader, session: Session) -> None:
    with adding(session):
        assert json.loads(reader.type(IN_PYTHON)) == {"args": [5], "kwargs": {}}
