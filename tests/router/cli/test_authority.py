"""`wampi ca`."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

import pytest
from support.node import RunningNode, house_configuration, wampi


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a hub that was started once."""
    with RunningNode(tmp_path_factory.mktemp("hub"), house_configuration()) as node:
        node.start()
        return node.data


def fingerprint(text: str) -> str:
    (found,) = re.findall(r"^SHA-256 +([0-9A-F:]{95})$", text, re.MULTILINE)
    return str(found)


def test_the_authority_is_shown_with_the_fingerprint_to_compare(data: Path) -> None:
    shown = wampi("ca", "show", data=data)
    assert shown.returncode == 0
    assert f"file         {data}/ca.pem\n" in shown.stdout
    import hashlib

    der = ssl.PEM_cert_to_DER_cert((data / "ca.pem").read_text())
    assert fingerprint(shown.stdout).replace(":", "").lower() == hashlib.sha256(der).hexdigest()


def test_a_new_authority_takes_the_place_of_the_old_one(data: Path) -> None:
    old = fingerprint(wampi("ca", "show", data=data).stdout)
    server = (data / "tls" / "server.pem").read_bytes()
    renewed = wampi("ca", "renew", data=data)
    assert renewed.returncode == 0, renewed.stderr
    assert fingerprint(renewed.stdout) != old
    assert fingerprint(wampi("ca", "show", data=data).stdout) == fingerprint(renewed.stdout)
    assert (data / "tls" / "server.pem").read_bytes() != server


@pytest.mark.parametrize("action", ["show", "renew"])
def test_without_an_authority_it_is_one_line(tmp_path: Path, action: str) -> None:
    failed = wampi("ca", action, data=tmp_path / "none")
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "the first start of a hub makes it" in failed.stderr
    assert not (tmp_path / "none").exists()
