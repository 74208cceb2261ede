"""Identities at providers, in the accounts."""

import pytest
from support.store import PASSWORD, Times
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import NoSuchAccount, NoSuchIdentity, WrongKind
from wampi.router.store.identities import MOST_STRANGERS
from wampi.router.store.web import Lifetimes

ISSUER = "https://id.example"


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_person("anna", "resident", PASSWORD)
    return accounts


def test_a_new_identity_has_no_account_until_the_owner_links_one(accounts: Accounts) -> None:
    known = accounts.identities.meet(ISSUER, "1", "anna@example.org")
    assert known.account is None
    accounts.identities.link(known.number, "anna")
    account = accounts.identities.meet(ISSUER, "1", "anna@example.org").account
    assert account is not None
    assert (account.authid, account.authrole) == ("anna", "resident")


def test_it_is_issuer_and_subject_and_never_the_name(accounts: Accounts) -> None:
    known = accounts.identities.meet(ISSUER, "1", "anna@example.org")
    accounts.identities.link(known.number, "anna")
    assert accounts.identities.meet(ISSUER, "2", "anna@example.org").account is None
    assert accounts.identities.meet("https://other.example", "1", "anna@example.org").account is None
    assert accounts.identities.meet(ISSUER, "1", "somebody else").account is not None


def test_it_is_linked_once_and_to_a_person(accounts: Accounts) -> None:
    accounts.add_device("bell", prefix="org.bell")
    accounts.add_person("otto", "guest", PASSWORD)
    number = accounts.identities.meet(ISSUER, "1", "").number
    with pytest.raises(WrongKind):
        accounts.identities.link(number, "bell")
    with pytest.raises(NoSuchAccount):
        accounts.identities.link(number, "nobody")
    with pytest.raises(NoSuchIdentity):
        accounts.identities.link(number + 1, "anna")
    accounts.identities.link(number, "anna")
    with pytest.raises(NoSuchIdentity):
        accounts.identities.link(number, "otto")


def test_unlinking_ends_what_it_has_begun_and_nothing_else(accounts: Accounts, times: Times) -> None:
    known = accounts.identities.meet(ISSUER, "1", "")
    accounts.identities.link(known.number, "anna")
    by_identity, principal = accounts.web.open_session("anna", times.now, Lifetimes(), known.credential)
    by_password, _ = accounts.web.open_session("anna", times.now, Lifetimes())
    assert accounts.identities.unlink(known.number) == ("anna", [principal.credential])
    assert accounts.web.find_session(by_identity) is None
    assert accounts.web.find_session(by_password) is not None
    assert accounts.identities.meet(ISSUER, "1", "").account is None
    with pytest.raises(NoSuchIdentity):
        accounts.identities.unlink(known.number)


def test_what_is_unlinked_before_its_session_begins_begins_none(accounts: Accounts, times: Times) -> None:
    known = accounts.identities.meet(ISSUER, "1", "")
    accounts.identities.link(known.number, "anna")
    accounts.identities.unlink(known.number)
    with pytest.raises(NoSuchAccount):
        accounts.web.open_session("anna", times.now, Lifetimes(), known.credential)


def test_strangers_are_bounded_and_push_out_strangers_only(accounts: Accounts, times: Times) -> None:
    linked = accounts.identities.meet(ISSUER, "linked", "")
    accounts.identities.link(linked.number, "anna")
    for number in range(MOST_STRANGERS + 5):
        times.now += 1
        accounts.identities.meet(ISSUER, str(number), "")
    shown = accounts.identities.list()
    assert len(shown) == MOST_STRANGERS + 1
    assert {one.authid for one in shown} == {"anna", None}
    assert "4" not in {one.subject for one in shown}


def test_a_removed_account_leaves_a_stranger(accounts: Accounts) -> None:
    known = accounts.identities.meet(ISSUER, "1", "")
    accounts.identities.link(known.number, "anna")
    accounts.remove("anna")
    assert accounts.identities.meet(ISSUER, "1", "").account is None
