"""Rights that a procedure decides about, on a real hub over real TLS, with the authorizer of docs/auth."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.live import LiveClient
from support.store import PASSWORD
from support.web import ANNA, WebHub, basic, web_configuration

EXAMPLES = Path(__file__).parents[2] / "examples" / "auth"
DENIED = "wamp.error.not_authorized"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    configuration = web_configuration()
    [realm] = configuration["workers"][0]["realms"]
    [resident] = [role for role in realm["roles"] if role["name"] == "resident"]
    resident["authorizer"] = "com.example.authorize"
    running = WebHub(tmp_path_factory.mktemp("hub"), configuration)
    try:
        with nanny(running):
            yield running
    finally:
        running.close()


@contextmanager
def nanny(hub: WebHub) -> Iterator[None]:
    """Run the authorizer."""
    added = hub.node.run("device", "add", "nanny", "--prefix", "com.example.")
    assert added.returncode == 0, added.stderr
    key = str(hub.node.data / "keys" / "nanny.key")
    command = [sys.executable, str(EXAMPLES / "authorizer.py"), hub.url, str(hub.authority), "nanny", key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().endswith("answering\n")
            yield
        finally:
            process.terminate()


@pytest.fixture
def anna(hub: WebHub) -> Iterator[LiveClient]:
    with hub.socket(headers=basic(ANNA, PASSWORD)) as client:
        client.hello(authmethods=["basic"])
        yield client


def asked(client: LiveClient, *request: object) -> tuple[int, str | None]:
    """The type of the answer, and the error."""
    client.send(*request)
    answer = client.receive()
    return answer[0], answer[4] if answer[0] == 8 else None


def test_a_child_switches_its_own_light_and_no_other(anna: LiveClient) -> None:
    assert asked(anna, 48, 1, {}, "wampi.lighting.anna.turn_on") == (8, "wamp.error.no_such_procedure")
    assert asked(anna, 48, 2, {}, "wampi.lighting.ben.turn_on") == (8, DENIED)
    assert asked(anna, 48, 3, {}, "wampi.sprinkler.garden.open") == (8, DENIED)


def test_a_child_sees_what_goes_on_and_announces_nothing(anna: LiveClient) -> None:
    assert asked(anna, 32, 1, {"match": "prefix"}, "wampi.") == (33, None)
    assert asked(anna, 32, 2, {"match": "wildcard"}, "wampi..state") == (8, DENIED)
    assert asked(anna, 16, 3, {"acknowledge": True}, "wampi.lighting.anna.state") == (8, DENIED)
