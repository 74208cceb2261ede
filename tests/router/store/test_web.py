"""Passwords, digests and web sessions in the accounts."""

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from support.authenticator_app import AuthenticatorApp
from support.store import OTHER_PASSWORD, PASSWORD, Times, open_accounts
from wampi.router.auth.hashing import is_password
from wampi.router.core.authentication import Principal
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import NoSuchAccount
from wampi.router.store.keyfile import DATABASE_FILE
from wampi.router.store.web import MOST_SESSIONS, Lifetimes, WebAccounts

HOUR, DAY = 3600.0, 86_400.0
LIFETIMES = Lifetimes()


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_person("anna", "resident", PASSWORD)
    return accounts


@pytest.fixture
def web(accounts: Accounts) -> WebAccounts:
    return accounts.web


def log_in(web: WebAccounts, times: Times, authid: str = "anna") -> tuple[str, Principal]:
    return web.open_session(authid, times.now, LIFETIMES)


# ---- passwords and digests ---------------------------------------------------------------------------------------


def test_a_password_is_checked_against_the_hash_of_its_account(web: WebAccounts) -> None:
    found = web.find_password("anna")
    assert found.account is not None
    assert (found.account.authid, found.account.authrole, found.account.enabled) == ("anna", "resident", True)
    assert is_password(found.hash, PASSWORD)
    assert found.key is None


def test_an_unknown_name_has_a_hash_of_the_same_cost_that_is_nobodys(web: WebAccounts) -> None:
    known, unknown, other = web.find_password("anna"), web.find_password("nobody"), web.find_password("nobody")
    assert unknown.account is None
    assert unknown.hash.split("$")[:4] == known.hash.split("$")[:4]
    assert len(unknown.hash) == len(known.hash)
    assert unknown.hash != other.hash
    assert not is_password(unknown.hash, PASSWORD)


def test_without_any_account_an_unknown_name_costs_what_accounts_cost_by_default(tmp_path: Path) -> None:
    with open_accounts(tmp_path / "empty") as empty:
        found = empty.web.find_password("nobody")
        assert found.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert not is_password(found.hash, "any")


def test_a_device_has_its_key_and_a_hash_for_the_time(accounts: Accounts) -> None:
    key = accounts.add_device("bell", prefix="org.bell")
    found = accounts.web.find_password("bell")
    assert found.account is not None
    assert (found.account.prefix, found.key) == ("org.bell.", key.encode())
    assert not is_password(found.hash, key)


def test_a_digest_is_checked_against_h_a1(accounts: Accounts) -> None:
    key = accounts.add_device("bell", role="bell")
    for authid, secret, guessable in (("anna", PASSWORD, True), ("bell", key, False)):
        found = accounts.web.find_digest(authid)
        assert found.secret_hash == hashlib.sha256(f"{authid}:wampi:{secret}".encode()).hexdigest()
        assert found.guessable is guessable


def test_an_unknown_name_has_a_random_h_a1(web: WebAccounts) -> None:
    found = web.find_digest("nobody")
    assert found.account is None
    assert len(found.secret_hash) == 64
    assert found.secret_hash != web.find_digest("nobody").secret_hash


def test_the_file_has_neither_h_a1_nor_a_cookie_in_the_clear(
    accounts: Accounts, web: WebAccounts, times: Times, tmp_path: Path
) -> None:
    value, _ = log_in(web, times)
    secrets = [value, web.find_digest("anna").secret_hash]
    accounts.close()
    files = b"".join(path.read_bytes() for path in tmp_path.glob(f"{DATABASE_FILE}*"))
    for secret in secrets:
        assert secret.encode() not in files
        if len(secret) == 64:
            assert bytes.fromhex(secret) not in files


# ---- sessions ----------------------------------------------------------------------------------------------------


def test_a_cookie_stands_for_who_logged_in(web: WebAccounts, times: Times) -> None:
    value, principal = log_in(web, times)
    assert web.find_session(value) == principal
    assert principal == Principal(
        "anna", "resident", "cookie", "accounts", "cookie:1", since=times.now, expires_at=times.now + 30 * DAY
    )
    assert len(value) == 43


@pytest.mark.parametrize("value", ["", "guess", "\ud800", "x" * 10_000])
def test_any_other_value_stands_for_nobody(web: WebAccounts, times: Times, value: str) -> None:
    log_in(web, times)
    assert web.find_session(value) is None
    assert web.end_session(value) is None


def test_each_login_has_a_value_and_an_id_of_its_own(web: WebAccounts, times: Times) -> None:
    one, first = log_in(web, times)
    web.end_session(one)
    other, second = log_in(web, times)
    assert one != other
    assert first.credential != second.credential


def test_a_session_that_was_ended_is_over(web: WebAccounts, times: Times) -> None:
    value, principal = log_in(web, times)
    assert web.end_session(value) == principal
    assert web.find_session(value) is None
    assert web.end_session(value) is None


def test_a_session_is_good_for_12_hours_after_its_last_use(web: WebAccounts, times: Times) -> None:
    value, _ = log_in(web, times)
    for _ in range(3):
        times.now += 12 * HOUR - 1
        assert web.find_session(value) is not None
    times.now += 12 * HOUR
    assert web.find_session(value) is None


def test_a_session_is_good_for_30_days_however_much_it_is_used(web: WebAccounts, times: Times) -> None:
    value, _ = log_in(web, times)
    for _ in range(3 * 30 - 1):
        times.now += 8 * HOUR
        assert web.find_session(value) is not None
    times.now += 8 * HOUR
    assert web.find_session(value) is None


def test_sessions_that_are_over_are_taken_out_by_the_next_login(web: WebAccounts, times: Times, tmp_path: Path) -> None:
    log_in(web, times)
    times.now += 31 * DAY
    log_in(web, times)
    with sqlite3.connect(tmp_path / DATABASE_FILE) as database:
        assert database.execute("SELECT count(*) FROM web_sessions").fetchone() == (1,)
    database.close()


def test_an_account_has_so_many_sessions_and_then_the_one_used_least_recently_ends(
    web: WebAccounts, times: Times
) -> None:
    values = []
    for _ in range(MOST_SESSIONS):
        times.now += 100
        values.append(log_in(web, times)[0])
    times.now += 100
    web.find_session(values[0])
    log_in(web, times)
    assert [web.find_session(value) is not None for value in values[:3]] == [True, False, True]


def test_a_password_that_is_changed_ends_all_sessions(accounts: Accounts, web: WebAccounts, times: Times) -> None:
    value, principal = log_in(web, times)
    times.now += 1
    accounts.set_password("anna", OTHER_PASSWORD)
    assert web.find_session(value) is None
    assert web.confirm(principal) is None


def test_a_disabled_account_has_no_sessions(accounts: Accounts, web: WebAccounts, times: Times) -> None:
    value, principal = log_in(web, times)
    accounts.set_enabled("anna", False)
    assert web.find_session(value) is None
    assert web.confirm(principal) is None
    with pytest.raises(NoSuchAccount):
        log_in(web, times)


def test_the_logins_of_an_account_are_those_that_are_good_the_one_used_last_first(
    accounts: Accounts, web: WebAccounts, times: Times
) -> None:
    accounts.add_person("otto", "owner", PASSWORD)
    log_in(web, times, "otto")
    _, over = log_in(web, times)
    times.now += 6 * HOUR
    (first, one), (_, other) = log_in(web, times), log_in(web, times)
    times.now += 7 * HOUR
    web.find_session(first)
    shown = web.logins("anna")
    assert [login.credential for login in shown] == [one.credential, other.credential]
    assert [login.used_at - login.began_at for login in shown] == [7 * HOUR, 0]
    assert over.credential not in [login.credential for login in shown]
    accounts.set_enabled("anna", False)
    assert web.logins("anna") == []


def test_a_login_is_ended_by_its_owner_alone(accounts: Accounts, web: WebAccounts, times: Times) -> None:
    accounts.add_person("otto", "owner", PASSWORD)
    value, _ = log_in(web, times)
    [login] = web.logins("anna")
    assert web.end_login("otto", login.number) == []
    assert web.find_session(value) is not None
    assert web.end_login("anna", login.number) == [login.credential]
    assert web.find_session(value) is None


def test_all_others_are_ended_and_not_this_one(accounts: Accounts, web: WebAccounts, times: Times) -> None:
    accounts.add_person("otto", "owner", PASSWORD)
    (_, other), (kept, own), (theirs, _) = log_in(web, times), log_in(web, times), log_in(web, times, "otto")
    assert web.end_other_logins("anna", own.credential) == [other.credential]
    assert [web.find_session(value) is not None for value in (kept, theirs)] == [True, True]


def test_a_removed_account_takes_its_sessions_along(accounts: Accounts, web: WebAccounts, times: Times) -> None:
    value, _ = log_in(web, times)
    accounts.remove("anna")
    assert web.find_session(value) is None


def test_a_password_that_was_changed_since_it_was_checked_begins_no_session(
    accounts: Accounts, web: WebAccounts, times: Times
) -> None:
    since = times.now
    times.now += 1
    accounts.set_password("anna", OTHER_PASSWORD)
    with pytest.raises(NoSuchAccount):
        web.open_session("anna", since, LIFETIMES)


# ---- looking again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind", [60.0, 1e9])
def test_a_clock_that_is_behind_keeps_nobody_out(
    accounts: Accounts, web: WebAccounts, times: Times, behind: float
) -> None:
    times.now -= behind
    assert web.find_session(log_in(web, times)[0]) is not None
    proven = Principal("anna", "resident", "basic", "accounts", "password", times.now)
    assert web.confirm(proven) is not None
    app = AuthenticatorApp(accounts.second_factors.begin("anna"))
    [recovery, *_] = accounts.second_factors.confirm("anna", app.code(times.now))
    times.now -= 60.0
    assert accounts.second_factors.use("anna", recovery, times.now) == "recovery"
    times.now += 30.0
    accounts.set_password("anna", OTHER_PASSWORD)
    assert web.confirm(replace(proven, since=times.now - 1.0)) is None


def test_a_principal_is_confirmed_with_the_role_that_the_account_has_by_now(
    accounts: Accounts, web: WebAccounts, times: Times
) -> None:
    _, by_cookie = log_in(web, times)
    by_password = Principal("anna", "resident", "basic", "accounts", "password", since=times.now)
    accounts.set_role("anna", "guest")
    for principal in (by_cookie, by_password, replace(by_cookie, method="query", realm="home")):
        assert web.confirm(principal) == replace(principal, authrole="guest")


def test_a_password_that_was_right_before_it_was_changed_is_no_good_any_more(
    accounts: Accounts, web: WebAccounts, times: Times
) -> None:
    principal = Principal("anna", "resident", "basic", "accounts", "password", since=times.now)
    times.now += 1
    accounts.set_password("anna", OTHER_PASSWORD)
    assert web.confirm(principal) is None
    assert web.confirm(replace(principal, since=times.now)) is not None


def test_nobody_is_confirmed_by_somebody_elses_session(accounts: Accounts, web: WebAccounts, times: Times) -> None:
    accounts.add_person("ben", "owner", OTHER_PASSWORD)
    _, principal = log_in(web, times)
    assert web.confirm(replace(principal, authid="ben")) is None


def test_a_token_is_good_until_it_is_revoked_or_runs_out_or_its_account_is_disabled(
    accounts: Accounts, web: WebAccounts, times: Times
) -> None:
    token = accounts.tokens.add("anna", "script", expires_at=times.now + HOUR).token
    principal = Principal("anna", "resident", "bearer", "accounts", f"token:{token.id}", since=times.now)
    times.now += 1
    accounts.set_password("anna", OTHER_PASSWORD)
    accounts.set_role("anna", "guest")
    assert web.confirm(principal) == replace(principal, authrole="guest")
    accounts.set_enabled("anna", False)
    assert web.confirm(principal) is None
    accounts.set_enabled("anna", True)
    times.now += HOUR
    assert web.confirm(principal) is None
    other = accounts.tokens.add("anna", "script").token
    accounts.tokens.revoke(other.id)
    assert web.confirm(replace(principal, credential=f"token:{other.id}")) is None
