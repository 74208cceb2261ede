"""`wampi token` and `wampi key`, on a hub that does not run."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from support.node import wampi

KEY = "4a3838f6fe75251e613329d53fc69b262d5eac97fb1d73bebbaed4015b53c862"


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A data directory with a device, bell."""
    data = tmp_path / "data"
    assert wampi("device", "add", "bell", "--prefix", "org.example.bell", data=data).returncode == 0
    return data


def test_a_token_is_shown_once_listed_and_revoked(hub: Path) -> None:
    made = wampi("token", "add", "bell", "--for", "the cron job", "--days", "7", data=hub)
    assert re.fullmatch(r"wampi_[\w-]{43}\n", made.stdout)
    until = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    assert made.stderr == f"bell can log in with this token until {until}. It is shown only now.\n"
    head, token = wampi("token", "list", data=hub).stdout.splitlines()
    assert re.split("  +", head) == ["number", "account", "for", "scope", "made", "good until", "last used"]
    today = datetime.now(UTC).date().isoformat()
    assert re.split("  +", token) == ["1", "bell", "the cron job", "all", today, until, "never"]
    assert made.stdout.strip() not in token
    assert wampi("token", "revoke", "1", data=hub).stdout == "token 1 of bell lets nobody in any more.\n"
    assert len(wampi("token", "list", data=hub).stdout.splitlines()) == 1


def test_a_public_key_is_added_listed_and_removed(hub: Path) -> None:
    assert wampi("key", "add", "bell", "--public-key", KEY, data=hub).stdout == "bell can log in with key 1 now.\n"
    _, key = wampi("key", "list", data=hub).stdout.splitlines()
    assert re.split("  +", key)[0:3] == ["1", "bell", "key"]
    assert key.endswith(f"cryptosign  {KEY}")
    assert wampi("key", "remove", "1", data=hub).stdout == "key 1 of bell lets nobody in any more.\n"


def test_a_certificate_is_added_by_its_file(hub: Path, tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bell")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, now, now + timedelta(days=1))
    certificate = builder.sign(private, hashes.SHA256())
    file = tmp_path / "bell.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    assert wampi("key", "add", "bell", "--certificate", str(file), data=hub).returncode == 0
    _, key = wampi("key", "list", data=hub).stdout.splitlines()
    assert re.split("  +", key)[2] == "bell.pem"
    assert key.endswith(f"tls  {certificate.fingerprint(hashes.SHA256()).hex()}")


def test_the_hubs_own_key_is_shown_and_stays_the_same(hub: Path) -> None:
    shown = {wampi("key", "hub", data=hub).stdout for _ in range(2)}
    assert len(shown) == 1
    assert re.fullmatch(r"[0-9a-f]{64}\n", shown.pop())


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (("token", "add", "nobody"), 1, "there is no account 'nobody'"),
        (("token", "add", "bell", "--for", "a\nb"), 2, "can't be a name"),
        (("token", "add", "bell", "--days", "0"), 2, "'0' is not a number of days from 1 to 36500"),
        (("token", "revoke", "7"), 1, "there is no token 7: see the list of them"),
        (("token", "revoke", "x"), 2, "'x' is not a whole number from 1"),
        (("key", "add", "bell"), 2, "one of the arguments --public-key --certificate is required"),
        (("key", "add", "bell", "--public-key", "abc"), 2, "'abc' is not a public key: 64 hexadecimal digits"),
        (("key", "add", "bell", "--certificate", "/none.pem"), 1, "/none.pem can't be read: No such file"),
        (("key", "add", "bell", "--certificate", __file__), 1, "holds no certificate in PEM form"),
        (("key", "add", "nobody", "--public-key", KEY), 1, "there is no account 'nobody'"),
        (("key", "remove", "7"), 1, "there is no key 7"),
    ],
)
def test_what_cannot_be_done_is_one_line(hub: Path, command: tuple[str, ...], status: int, said: str) -> None:
    failed = wampi(*command, data=hub)
    assert failed.returncode == status
    assert failed.stderr.startswith(f"wampi {command[0]} {command[1]}: ")
    assert failed.stderr.count("\n") == 1
    assert said in failed.stderr


def test_a_directory_without_a_hub_has_no_key(tmp_path: Path) -> None:
    assert "start the hub once" in wampi("key", "hub", data=tmp_path / "none").stderr
