"""What logins over WAMP ask the accounts: a name that is not there costs the same, and is told the same shapes."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.event import listen
from support.store import PASSWORD
from wampi.router.credentials import Shape
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import StoreError
from wampi.router.store.verifiers import LEAST_ROUNDS


def test_a_sealed_key_is_no_good_in_the_row_of_another(tmp_path: Path, accounts: Accounts) -> None:
    accounts.add_device("doorbell", prefix="org.example.doorbell")
    accounts.add_device("mailbox", prefix="org.example.mailbox")
    connection = sqlite3.connect(tmp_path / "accounts.sqlite")
    connection.execute("UPDATE cra_keys SET sealed_key = (SELECT sealed_key FROM cra_keys WHERE account = 1)")
    connection.commit()
    connection.close()
    assert accounts.wamp.find_cra("doorbell").credential is not None
    with pytest.raises(StoreError, match="'wampcra mailbox' was sealed under another key"):
        accounts.wamp.find_cra("mailbox")


def test_a_lookup_tells_which_shapes_are_in_use_whoever_is_asked_for(accounts: Accounts) -> None:
    assert accounts.wamp.find_cra("nobody").shapes == frozenset()
    accounts.add_person("anna", "owner", PASSWORD)
    accounts.add_device("doorbell", prefix="org.example.doorbell")
    accounts.add_device("mailbox", prefix="org.example.mailbox")
    shapes = {Shape("accounts", "owner", 24, LEAST_ROUNDS, 32), Shape("accounts", "device")}
    assert accounts.wamp.find_cra("nobody").shapes == accounts.wamp.find_cra("anna").shapes == shapes


@pytest.mark.parametrize("name", ["find_cra", "find_scram", "find_holder"])
def test_a_known_name_and_an_unknown_one_cost_the_same_queries(accounts: Accounts, name: str) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    more = {"find_cra": (), "find_scram": ("wamp", "argon2id13"), "find_holder": ("certificate",)}[name]
    asked: list[str] = []
    engine = accounts._database._engine
    listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: asked.append(statement))
    for authid in ("anna", "nobody"):
        getattr(accounts.wamp, name)(authid, *more)
    assert len(asked) > 0
    assert asked[: len(asked) // 2] == asked[len(asked) // 2 :]
