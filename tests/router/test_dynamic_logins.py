"""Logins that a procedure decides about, on a real hub over real TLS, with the authenticator of docs/auth."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from support.waiting import PATIENCE_SECONDS
from support.ways import PASSWORD, OpenHub, open_hub
from wampi.router.store.verifiers import Costs, scram_keys_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "auth"
COSTS = Costs(argon2_memory_kib=16 * 1024, argon2_passes=1, scram_rounds=100_000)
"""The least that the example of a client takes."""

WAY = {"type": "dynamic", "authenticator": "com.example.authenticate"}
REFUSED = "not let in: The login was refused. (wamp.error.not_authorized)\n"


def sha256(certificate_file: Path) -> str:
    der = x509.load_pem_x509_certificate(certificate_file.read_bytes()).public_bytes(Encoding.DER)
    return hashlib.sha256(der).digest().hex(":").upper()


def people(hub: OpenHub) -> dict[str, object]:
    [keys] = [one for one in scram_keys_of(PASSWORD, COSTS) if (one.dialect, one.kdf) == ("wamp", "argon2id13")]
    joe = {
        "role": "anybody",
        "kdf": keys.kdf,
        "iterations": keys.iterations,
        "memory": keys.memory_kib,
        "salt": keys.salt.hex(),
        "stored-key": keys.stored_key.hex(),
        "server-key": keys.server_key.hex(),
    }
    gate = {"role": "anybody", "authid": "gate"}
    return {"anonymous": "anybody", "tls": {sha256(hub.certificate): gate}, "wamp-scram": {"joe": joe}}


def start(hub: OpenHub, name: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(EXAMPLES / name), hub.url, str(hub.ca_file), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def said(hub: OpenHub, name: str, *arguments: object) -> str:
    return start(hub, name, *arguments).communicate(timeout=PATIENCE_SECONDS)[0]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHub]:
    directory = tmp_path_factory.mktemp("hub")
    with open_hub(directory, scram=WAY, tls=WAY, anonymous=WAY) as running:
        assert running.node.run("device", "add", "doorman", "--prefix", "com.example.").returncode == 0
        file = directory / "people.json"
        file.write_text(json.dumps(people(running)))
        key = running.node.data / "keys" / "doorman.key"
        with start(running, "authenticator.py", "doorman", key, file) as doorman:
            try:
                assert doorman.stdout is not None
                assert doorman.stdout.readline().endswith("answering\n")
                yield running
            finally:
                doorman.terminate()


def test_a_password_that_only_the_authenticator_knows_lets_in(hub: OpenHub) -> None:
    assert said(hub, "scram.py", "joe", hub.password) == "I am joe, as anybody, by wamp-scram\n"


def test_a_certificate_that_only_the_authenticator_knows_lets_in(hub: OpenHub) -> None:
    assert said(hub, "certificate.py", hub.certificate) == "I am gate, as anybody, by tls\n"


def test_an_anonymous_session_has_the_role_that_the_authenticator_gives(hub: OpenHub) -> None:
    name, role = said(hub, "anonymous.py").split(", ", 1)
    assert name.startswith("I am anonymous_")
    assert role == "as anybody, by anonymous\n"


def test_whom_it_does_not_know_is_refused_with_the_usual_words(hub: OpenHub, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("never the right secret\n")
    assert said(hub, "scram.py", "joe", wrong) == REFUSED
    assert said(hub, "scram.py", "anna", hub.password) == REFUSED
    assert said(hub, "certificate.py", hub.authority.issue("a stranger")) == REFUSED
