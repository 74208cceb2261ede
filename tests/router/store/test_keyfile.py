import stat
from pathlib import Path

import pytest
from support.store import open_accounts
from wampi.router.store.errors import KeyFileMissing, StoreError
from wampi.router.store.keyfile import HubKey


def test_the_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    first = HubKey.open(tmp_path / "data").derive("decoys")
    assert HubKey.open(tmp_path / "data").derive("decoys") == first
    assert stat.S_IMODE((tmp_path / "data" / "hub.key").stat().st_mode) == 0o600


def test_each_purpose_and_each_hub_has_a_key_of_its_own(tmp_path: Path) -> None:
    one, other = HubKey.open(tmp_path / "one"), HubKey.open(tmp_path / "other")
    keys = {key.derive(purpose) for key in (one, other) for purpose in ("decoys", "seal")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_what_was_sealed_is_unsealed_under_the_same_label(tmp_path: Path) -> None:
    key = HubKey.open(tmp_path)
    sealed = key.seal(b"secret", "anna")
    assert b"secret" not in sealed
    assert key.unseal(sealed, "anna") == b"secret"
    assert key.seal(b"secret", "anna") != sealed


def test_another_label_another_key_or_another_byte_unseals_nothing(tmp_path: Path) -> None:
    key, other = HubKey.open(tmp_path / "one"), HubKey.open(tmp_path / "other")
    sealed = key.seal(b"secret", "anna")
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for content in (*flipped, b"", sealed[:5], sealed[:-1]):
        with pytest.raises(KeyFileMissing):
            key.unseal(content, "anna")
    with pytest.raises(KeyFileMissing):
        key.unseal(sealed, "berta")
    with pytest.raises(KeyFileMissing):
        other.unseal(sealed, "anna")


def test_a_key_that_is_gone_is_not_made_again_beside_a_database(tmp_path: Path) -> None:
    open_accounts(tmp_path).close()
    (tmp_path / "hub.key").unlink()
    with pytest.raises(KeyFileMissing, match="put it back from a backup"):
        open_accounts(tmp_path)
    assert not (tmp_path / "hub.key").exists()


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=", b"\xff\xfe not base64"])
def test_a_damaged_key_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hub.key").write_bytes(content)
    with pytest.raises(KeyFileMissing, match=r"hub\.key is damaged"):
        HubKey.open(tmp_path)


def test_a_key_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="can't be read"):
        HubKey.open(tmp_path / "file")
