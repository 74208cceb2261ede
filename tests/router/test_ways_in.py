"""Every way to log in by WAMP, on a real hub over real TLS, by the examples that stand in docs/auth."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.waiting import PATIENCE_SECONDS
from support.ways import AUTHID, PASSWORD, OpenHub, open_hub
from wampi.router.credentials import STRANGERS, Standing
from wampi.router.store.accounts import Accounts

EXAMPLES = Path(__file__).parents[2] / "examples" / "auth"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHub]:
    with open_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


def example(hub: OpenHub, name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run an example as its documentation says."""
    command = [sys.executable, str(EXAMPLES / name), hub.url, str(hub.ca_file), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


Visit = Callable[[OpenHub], subprocess.CompletedProcess[str]]

RIGHT: dict[str, Visit] = {
    "wampcra": lambda hub: example(hub, "wampcra.py", AUTHID, hub.password),
    "wamp-scram": lambda hub: example(hub, "scram.py", AUTHID, hub.password),
    "cryptosign": lambda hub: example(hub, "cryptosign.py", hub.key, hub.public_key),
    "ticket": lambda hub: example(hub, "ticket.py", AUTHID, hub.token),
    "tls": lambda hub: example(hub, "certificate.py", hub.certificate),
}
"""Way -> its example, with what anna logs in with."""


@pytest.mark.parametrize("way", RIGHT)
def test_the_example_of_each_way_gets_in(hub: OpenHub, way: str) -> None:
    done = RIGHT[way](hub)
    assert done.stdout == f"I am anna, as anybody, by {way}\n", done.stderr
    assert done.returncode == 0


def test_the_anonymous_example_gets_in_under_a_name_that_nobody_chose(hub: OpenHub) -> None:
    done = example(hub, "anonymous.py")
    assert done.stdout.startswith("I am anonymous_") and done.stdout.endswith(", as anybody, by anonymous\n")


def test_wrong_secrets_and_unknown_names_are_refused_with_the_same_words(hub: OpenHub, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("never the right secret\n")
    key = tmp_path / "key"
    key.write_text("ab" * 32 + "\n")
    strangers = hub.authority.issue("a stranger")
    refused = {
        example(hub, "wampcra.py", AUTHID, wrong).stdout,
        example(hub, "wampcra.py", "nobody", hub.password).stdout,
        example(hub, "scram.py", AUTHID, wrong).stdout,
        example(hub, "scram.py", "nobody", hub.password).stdout,
        example(hub, "cryptosign.py", key, hub.public_key).stdout,
        example(hub, "ticket.py", AUTHID, wrong).stdout,
        example(hub, "ticket.py", "nobody", hub.token).stdout,
        example(hub, "certificate.py", strangers).stdout,
    }
    assert refused == {"not let in: The login was refused. (wamp.error.not_authorized)\n"}


def test_a_client_does_not_believe_a_hub_with_another_key(hub: OpenHub) -> None:
    other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert example(hub, "cryptosign.py", hub.key, other).stdout.startswith("not let in: this is not the hub")


@pytest.mark.parametrize(
    "costs",
    [
        {"kdf": "pbkdf2", "iterations": 99_999},
        {"kdf": "pbkdf2", "iterations": 10_000_001},
        {"kdf": "argon2id13", "iterations": 1, "memory": 1024},
        {"kdf": "argon2id13", "iterations": 1, "memory": 4 * 1024 * 1024},
        {"kdf": "argon2id13", "iterations": 1000, "memory": 19 * 1024},
        {"kdf": "md5", "iterations": 1},
    ],
)
def test_the_scram_example_pays_a_hub_neither_too_little_nor_too_much(
    costs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    with pytest.raises(RuntimeError, match="too cheap, too dear, or unknown"):
        importlib.import_module("scram").stretch(b"secret", {"salt": "AAAA", **costs})


def test_a_certificate_by_another_authority_ends_the_handshake(hub: OpenHub, tmp_path: Path) -> None:
    from support.ways import ClientAuthority

    forged = ClientAuthority(tmp_path).issue("annas-laptop")
    done = example(hub, "certificate.py", forged)
    assert done.returncode != 0
    assert "I am" not in done.stdout


def test_no_secret_is_in_the_log_at_any_level_whoever_logged_in_and_however(hub: OpenHub) -> None:
    log = hub.every_line.read_text()
    assert "login refused" in log
    for secret in (*hub.secrets, "never the right secret"):
        assert secret not in log
        assert secret.removeprefix("wampi_")[:20] not in log


def test_what_was_counted_against_an_account_holds_after_a_restart(hub: OpenHub, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("never the right secret\n")
    for name in ("ben", "carla"):
        add = ("user", "add", name, "--role", "anybody", "--config", str(hub.node.configuration))
        assert hub.node.run(*add, stdin=f"{PASSWORD}\n").returncode == 0
    example(hub, "wampcra.py", "ben", wrong)
    assert hub.node.stop() == 0
    with Accounts.open(hub.node.data) as accounts:
        assert accounts.standings.all()["ben"] == Standing({STRANGERS: 1})
        accounts.standings.put({"ben": Standing({STRANGERS: 20})})
    hub.node.log_file.write_text("")
    hub.start()
    refused = example(hub, "wampcra.py", "ben", wrong).stdout
    assert example(hub, "wampcra.py", "ben", hub.password).stdout == refused
    assert "authid=ben reason='wampcra: throttled, for" in hub.node.log
    assert "I am carla" in example(hub, "wampcra.py", "carla", hub.password).stdout
