"""What is kept of secrets: a database with one of each is searched for them, in every form that they might have."""

from __future__ import annotations

import hmac
import stat
from base64 import b32decode, b64decode, urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.authenticator_app import AuthenticatorApp
from support.searching import found
from support.store import PASSWORD, Times, open_accounts
from wampi.router.store.accounts import Accounts
from wampi.router.store.keyfile import KEY_FILE
from wampi.router.store.verifiers import Costs, argon2id13, verifiers_of
from wampi.router.store.web import Lifetimes


@dataclass
class Filled:
    """Accounts with one of each secret, and the files that they are in."""

    accounts: Accounts
    secrets: dict[str, bytes]
    files: list[Path]


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Filled]:
    times = Times()
    with open_accounts(tmp_path, times) as accounts:
        accounts.add_person("anna", "owner", PASSWORD)
        device = accounts.add_device("doorbell", prefix="org.example.doorbell")
        token = accounts.tokens.add("anna", "tests").secret
        app = AuthenticatorApp(accounts.second_factors.begin("anna"))
        recovery = accounts.second_factors.confirm("anna", app.code(times.now))
        cookie, _ = accounts.web.open_session("anna", times.now, Lifetimes())
        derived = accounts.wamp.find_cra("anna").credential
        scram = accounts.wamp.find_scram("anna", "wamp", "argon2id13").credential
        assert derived is not None
        assert scram is not None
        shape = scram.shape
        salted = argon2id13(PASSWORD.encode(), scram.salt, shape.iterations, shape.memory_kib or 0)
        secrets = {
            "password": PASSWORD.encode(),
            "key of WAMP-CRA": derived.key,
            "its bytes": b64decode(derived.key),
            "H(A1) of Digest": accounts.web.find_digest("anna").secret_hash.encode(),
            "its bytes, too": bytes.fromhex(accounts.web.find_digest("anna").secret_hash),
            "SaltedPassword of SCRAM": salted,
            "ClientKey of SCRAM": hmac.digest(salted, b"Client Key", "sha256"),
            "key of a device": device.encode(),
            "random bytes of it": urlsafe_b64decode(device + "="),
            "token": token.encode(),
            "cookie": cookie.encode(),
            "random bytes of the cookie": urlsafe_b64decode(cookie + "="),
            "key of the second factor": app.query["secret"].encode(),
            "its own bytes": b32decode(app.query["secret"]),
            "recovery code": recovery[0].encode(),
            "recovery code without signs": recovery[0].replace("-", "").encode(),
            "key of the hub": b64decode((tmp_path / KEY_FILE).read_bytes()),
        }
        files = [path for path in tmp_path.iterdir() if path.name != KEY_FILE]
        assert {path.name for path in files} >= {"accounts.sqlite", "accounts.sqlite-wal"}
        yield Filled(accounts, secrets, files)


def test_no_secret_stands_in_the_database_in_any_form(filled: Filled) -> None:
    names = {secret: name for name, secret in filled.secrets.items()}
    assert [(file, names[secret]) for file, secret in found(filled.secrets.values(), filled.files)] == []


def test_nor_after_everything_was_written_into_its_place(filled: Filled, tmp_path: Path) -> None:
    filled.accounts.close()
    files = [path for path in tmp_path.iterdir() if path.name != KEY_FILE]
    assert found(filled.secrets.values(), files) == []


def test_of_scram_stored_key_and_server_key_are_kept_and_nothing_that_they_come_from(filled: Filled) -> None:
    kept = filled.accounts.wamp.find_scram("anna", "wamp", "argon2id13").credential
    assert kept is not None
    # That these are found shows that the search finds what is there.
    assert {secret for _, secret in found([kept.stored_key, kept.server_key], filled.files)} == {
        kept.stored_key,
        kept.server_key,
    }
    assert found([filled.secrets["SaltedPassword of SCRAM"], filled.secrets["ClientKey of SCRAM"]], filled.files) == []


def test_passwords_are_hashed_with_argon2id_19_mib_2_passes_1_lane() -> None:
    costs = Costs(scram_rounds=4096, cra_rounds=100_000)
    assert verifiers_of("anna", PASSWORD, costs).password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_what_wampcra_needs_takes_600_000_rounds_unless_somebody_says_fewer() -> None:
    assert Costs().cra_rounds == Costs().scram_rounds == 600_000


def test_devices_have_random_keys_of_256_bits(filled: Filled) -> None:
    keys = [filled.accounts.add_device(f"d{number}", prefix=f"org.example.d{number}") for number in range(50)]
    assert {len(urlsafe_b64decode(key + "=")) * 8 for key in keys} == {256}
    assert len(set(keys)) == 50


def test_every_file_can_be_read_by_its_owner_alone(filled: Filled, tmp_path: Path) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
