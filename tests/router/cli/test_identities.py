"""`wampi identity`, on a hub that does not run."""

from pathlib import Path

import pytest
from support.node import wampi
from support.store import CHEAP, PASSWORD
from wampi.router.store.accounts import Accounts


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A data directory with Anna, and an identity that has come once."""
    data = tmp_path / "data"
    with Accounts.open(data, CHEAP) as accounts:
        accounts.add_person("anna", "owner", PASSWORD)
        accounts.identities.meet("https://id.example", "248289", "anna@example.org")
    return data


def test_an_identity_is_shown_linked_and_unlinked(hub: Path) -> None:
    head, before = wampi("identity", "list", data=hub).stdout.splitlines()
    assert head.split()[:2] == ["number", "account"]
    assert before.split()[:5] == ["1", "-", "anna@example.org", "248289", "https://id.example"]
    linked = wampi("identity", "link", "1", "anna", data=hub)
    assert linked.stdout == "The identity 1 can log in as anna now.\n"
    assert wampi("identity", "list", data=hub).stdout.splitlines()[1].split()[1] == "anna"
    assert wampi("identity", "unlink", "1", data=hub).stdout == "The identity 1 can log in as anna no more.\n"


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (("link", "2", "anna"), 1, "there is no identity 2 that is not linked"),
        (("link", "1", "nobody"), 1, "there is no account 'nobody'"),
        (("link", "one", "anna"), 2, "'one' is not a whole number"),
        (("unlink", "1"), 1, "there is no identity 1 that is linked"),
    ],
)
def test_what_can_not_be_done_is_one_line(hub: Path, command: tuple[str, ...], status: int, said: str) -> None:
    failed = wampi("identity", *command, data=hub)
    assert (failed.returncode, failed.stderr.count("\n")) == (status, 1)
    assert said in failed.stderr
