"""What a node makes in its data directory before it can serve."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.configuration import listener, small_configuration
from support.node import house_configuration
from support.store import open_accounts
from wampi.router.config import Node, parse
from wampi.router.provision import FirstOwner, auths, provide_owner


def house() -> Node:
    return parse(json.dumps(house_configuration()).encode(), "house")


def test_the_owner_of_the_first_start_has_the_password_that_was_kept(tmp_path: Path) -> None:
    kept: list[FirstOwner] = []
    with open_accounts(tmp_path) as accounts:
        owner = provide_owner(accounts, house(), kept.append)
        assert kept == [owner]
        assert [(account.authid, account.role) for account in accounts.list()] == [("owner", "owner")]
        assert provide_owner(accounts, house(), kept.append) is None
    assert len(kept) == 1


def test_there_is_no_owner_whose_password_could_not_be_kept(tmp_path: Path) -> None:
    def disk_is_full(_owner: FirstOwner) -> None:
        raise OSError(28, "No space left on device")

    with open_accounts(tmp_path) as accounts:
        with pytest.raises(OSError, match="No space left"):
            provide_owner(accounts, house(), disk_is_full)
        assert accounts.list() == []


@pytest.mark.parametrize("kind", ["websocket", "longpoll"])
def test_the_logins_of_every_kind_of_path_are_known_when_the_node_starts(kind: str) -> None:
    configuration = small_configuration()
    auth = listener(configuration).pop("auth")
    listener(configuration).update(type="web", paths={"here": {"type": kind, "auth": auth}})
    [found] = auths(parse(json.dumps(configuration).encode(), "web"))
    assert found.anonymous is not None
    assert found.anonymous.role == "resident"
