"""Passkeys in the accounts."""

from dataclasses import replace

import pytest
from support.store import OTHER_PASSWORD, PASSWORD, Times
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import NoSuchAccount, NoSuchPasskey, TooManyPasskeys
from wampi.router.store.passkeys import MOST_PASSKEYS, NewPasskey
from wampi.router.store.web import Lifetimes

NEW = NewPasskey("hub.local", b"h" * 32, b"id", b"public key", 5, "phone")


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_person("anna", "resident", PASSWORD)
    return accounts


def test_a_passkey_says_whose_it_is(accounts: Accounts, times: Times) -> None:
    accounts.passkeys.add("anna", times.now, NEW)
    found = accounts.passkeys.find(b"id")
    assert found is not None
    assert (found.account.authid, found.account.authrole, found.account.enabled) == ("anna", "resident", True)
    assert (found.handle, found.public_key, found.relying_party) == (NEW.handle, NEW.public_key, "hub.local")
    assert accounts.passkeys.find(b"other") is None
    [shown] = accounts.passkeys.of("anna")
    assert (shown.name, shown.relying_party, shown.used_at) == ("phone", "hub.local", None)


@pytest.mark.parametrize(("before", "then", "is_good"), [(5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False)])
def test_a_counter_has_to_go_on(accounts: Accounts, times: Times, before: int, then: int, is_good: bool) -> None:
    accounts.passkeys.add("anna", times.now, replace(NEW, sign_count=before))
    [passkey] = accounts.passkeys.of("anna")
    assert accounts.passkeys.use(passkey.number, then) is is_good
    assert accounts.passkeys.use(passkey.number, 100)
    assert not accounts.passkeys.use(passkey.number, 100)


def test_a_device_that_never_counts_may_go_on_with_0(accounts: Accounts, times: Times) -> None:
    accounts.passkeys.add("anna", times.now, replace(NEW, sign_count=0))
    [passkey] = accounts.passkeys.of("anna")
    assert accounts.passkeys.use(passkey.number, 0)
    assert accounts.passkeys.use(passkey.number, 0)
    assert accounts.passkeys.use(passkey.number, 1)
    assert not accounts.passkeys.use(passkey.number, 0)


def test_all_passkeys_of_an_account_have_one_handle_that_says_nothing(accounts: Accounts, times: Times) -> None:
    handle, taken = accounts.passkeys.prepare("anna")
    assert (len(handle), taken) == (32, [])
    assert accounts.passkeys.prepare("anna")[0] != handle
    accounts.passkeys.add("anna", times.now, replace(NEW, handle=handle))
    assert accounts.passkeys.prepare("anna") == (handle, [b"id"])


def test_none_is_added_once_the_login_is_no_longer_good(accounts: Accounts, times: Times) -> None:
    since = times.now
    times.now += 1
    accounts.set_password("anna", OTHER_PASSWORD)
    with pytest.raises(NoSuchPasskey):
        accounts.passkeys.add("anna", since, NEW)
    accounts.set_enabled("anna", False)
    with pytest.raises(NoSuchPasskey):
        accounts.passkeys.add("anna", times.now, NEW)
    assert accounts.passkeys.of("anna") == []


def test_the_passkey_of_another_can_not_be_taken_over_or_removed(accounts: Accounts, times: Times) -> None:
    accounts.add_person("otto", "owner", PASSWORD)
    accounts.passkeys.add("anna", times.now, NEW)
    with pytest.raises(NoSuchPasskey):
        accounts.passkeys.add("otto", times.now, NEW)
    [passkey] = accounts.passkeys.of("anna")
    with pytest.raises(NoSuchPasskey):
        accounts.passkeys.remove("otto", passkey.number)
    assert len(accounts.passkeys.of("anna")) == 1


def test_their_number_is_bounded(accounts: Accounts, times: Times) -> None:
    for number in range(MOST_PASSKEYS):
        accounts.passkeys.add("anna", times.now, replace(NEW, credential_id=bytes([number])))
    with pytest.raises(TooManyPasskeys):
        accounts.passkeys.add("anna", times.now, NEW)


def test_removing_one_ends_what_it_has_begun_and_nothing_else(accounts: Accounts, times: Times) -> None:
    accounts.passkeys.add("anna", times.now, NEW)
    [passkey] = accounts.passkeys.of("anna")
    by_passkey, principal = accounts.web.open_session("anna", times.now, Lifetimes(), f"passkey:{passkey.number}")
    by_password, _ = accounts.web.open_session("anna", times.now, Lifetimes())
    assert accounts.passkeys.remove("anna", passkey.number) == [principal.credential]
    assert accounts.web.find_session(by_passkey) is None
    assert accounts.web.find_session(by_password) is not None
    assert accounts.passkeys.find(b"id") is None


def test_a_passkey_that_is_removed_while_it_logs_in_begins_no_session(accounts: Accounts, times: Times) -> None:
    accounts.passkeys.add("anna", times.now, NEW)
    [passkey] = accounts.passkeys.of("anna")
    by, lifetimes = f"passkey:{passkey.number}", Lifetimes()
    assert accounts.web.open_session("anna", times.now, lifetimes, by)
    accounts.passkeys.remove("anna", passkey.number)
    with pytest.raises(NoSuchAccount):
        accounts.web.open_session("anna", times.now, lifetimes, by)
