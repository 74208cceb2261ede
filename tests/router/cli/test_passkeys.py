"""`wampi passkey`, on a hub that does not run."""

from pathlib import Path

import pytest
from support.node import wampi
from support.store import CHEAP, PASSWORD
from wampi.router.store.accounts import Accounts
from wampi.router.store.passkeys import NewPasskey


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A data directory with Anna, who has a passkey, and Ben, who has none."""
    data = tmp_path / "data"
    with Accounts.open(data, CHEAP) as accounts:
        accounts.add_person("anna", "owner", PASSWORD)
        accounts.add_person("ben", "resident", PASSWORD)
        accounts.passkeys.add("anna", 1e11, NewPasskey("hub.local", b"h" * 32, b"id", b"public key", 5, "phone"))
    return data


def test_a_passkey_is_shown_and_removed_and_the_audit_trail_knows(hub: Path) -> None:
    head, row = wampi("passkey", "list", "anna", data=hub).stdout.splitlines()
    assert head.split() == ["number", "called", "for", "made", "last", "used"]
    assert (row.split()[:3], row.split()[-1]) == (["1", "phone", "hub.local"], "never")
    removed = wampi("passkey", "remove", "anna", "1", data=hub)
    assert (removed.returncode, removed.stdout) == (0, "passkey 1 of anna lets nobody in any more.\n")
    assert len(wampi("passkey", "list", "anna", data=hub).stdout.splitlines()) == 1
    assert "passkey.remove" in wampi("audit", data=hub).stdout


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (("list", "nobody"), 1, "there is no account 'nobody'"),
        (("remove", "anna", "2"), 1, "'anna' has no passkey number 2"),
        (("remove", "ben", "1"), 1, "'ben' has no passkey number 1"),
        (("remove", "nobody", "1"), 1, "there is no account 'nobody'"),
        (("remove", "anna", "one"), 2, "'one' is not a whole number"),
    ],
)
def test_what_can_not_be_done_is_one_line(hub: Path, command: tuple[str, ...], status: int, said: str) -> None:
    failed = wampi("passkey", *command, data=hub)
    assert (failed.returncode, failed.stderr.count("\n")) == (status, 1)
    assert said in failed.stderr
