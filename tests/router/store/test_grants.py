"""Grants as they are kept; when they hold is a matter of administration/."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.store import PASSWORD, Times
from wampi.router.store.accounts import Accounts
from wampi.router.store.database import Database
from wampi.router.store.errors import InvalidName, InvalidSetting, NoSuchAccount, NoSuchGrant, StoreError, WrongKind
from wampi.router.store.grants import Grants, Standing
from wampi.router.store.keyfile import DATABASE_FILE

GARDEN = "wampi.sprinkler.garden"


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_person("anna", "guest", PASSWORD)
    accounts.add_device("bell", prefix="org.example.bell")
    return accounts


def test_a_grant_is_kept_as_it_was_made(accounts: Accounts, times: Times) -> None:
    made = accounts.grants.add("anna", GARDEN, "view", "olga", ends_at=times.now + 60)
    assert accounts.grants.list() == [made]
    assert (made.prefix, made.starts_at, made.ends_at) == (f"{GARDEN}.", times.now, times.now + 60)
    assert accounts.grants.standing().latest_at == times.now


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nobody", GARDEN), NoSuchAccount),
        (("bell", GARDEN), WrongKind),
        (("anna", "wampi"), InvalidName),
        (("anna", "wampi."), InvalidName),
        (("anna", ""), InvalidName),
        (("anna", "wampi.*"), InvalidName),
        (("anna", "wamp.session"), InvalidName),
        (("anna", "wampi.admin.user"), InvalidName),
        (("anna", "wampi..garden"), InvalidName),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(
    accounts: Accounts, arguments: tuple[str, str], error: type[StoreError]
) -> None:
    with pytest.raises(error):
        accounts.grants.add(*arguments, "operate", "olga")
    assert accounts.grants.list() == []


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(10.0, 10.0), (10.0, 5.0), (-20.0, -10.0), (None, -1.0), (float("nan"), None), (None, float("inf"))],
)
def test_a_span_that_makes_no_sense_is_refused(
    accounts: Accounts, times: Times, starts: float | None, ends: float | None
) -> None:
    at: list[Any] = [None if seconds is None else times.now + seconds for seconds in (starts, ends)]
    with pytest.raises(InvalidSetting):
        accounts.grants.add("anna", GARDEN, "operate", "olga", *at)


def test_what_is_over_stays_over_and_the_time_only_grows(accounts: Accounts, times: Times) -> None:
    made = accounts.grants.add("anna", GARDEN, "operate", "olga", ends_at=times.now + 60)
    accounts.grants.note_time(times.now + 60, [made.id])
    accounts.grants.note_time(5.0)
    assert accounts.grants.standing() == Standing((), times.now + 60)
    with pytest.raises(NoSuchGrant):
        accounts.grants.revoke(made.id)


def test_the_number_of_a_revoked_grant_is_not_given_again(accounts: Accounts) -> None:
    first = accounts.grants.add("anna", GARDEN, "operate", "olga")
    assert accounts.grants.revoke(first.id) == first
    assert accounts.grants.add("anna", GARDEN, "operate", "olga").id > first.id


def test_a_removed_account_takes_its_grants_with_it(accounts: Accounts) -> None:
    accounts.grants.add("anna", GARDEN, "operate", "olga")
    accounts.remove("anna")
    assert accounts.grants.list() == []


def test_the_number_of_grants_is_bounded(accounts: Accounts, times: Times, tmp_path: Path) -> None:
    with closing(Database(tmp_path / DATABASE_FILE)) as database:
        grants = Grants(database, lambda: times.now, most=2)
        for _ in range(2):
            grants.add("anna", GARDEN, "operate", "olga")
        with pytest.raises(InvalidSetting, match="2 grants already"):
            grants.add("anna", GARDEN, "operate", "olga")
