import sqlite3
from pathlib import Path

import pytest
from support.store import NOW, PASSWORD, Times
from wampi.router.credentials import Holder
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import InvalidName, InvalidSetting, NoSuchAccount, NoSuchCredential
from wampi.router.store.tokens import Token, token_hash


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_device("bell", prefix="org.example.bell")
    return accounts


def test_a_token_stands_for_its_account(accounts: Accounts) -> None:
    made = accounts.tokens.add("bell", "the cron job")
    assert accounts.tokens.find(token_hash(made.secret)) == Holder(
        "bell", "device:bell", "accounts", f"token:{made.token.id}", prefix="org.example.bell."
    )


def test_who_is_let_in_by_a_token_learns_until_when(accounts: Accounts, times: Times) -> None:
    made = accounts.tokens.add("bell", "the cron job", expires_at=times.now + 60)
    for holder in (accounts.tokens.find(token_hash(made.secret)), accounts.tokens.holder(made.token.id)):
        assert holder is not None
        assert holder.expires_at == times.now + 60


def test_a_token_has_256_random_bits_and_a_beginning_that_scanners_find(accounts: Accounts) -> None:
    secrets = {accounts.tokens.add("bell", "x").secret for _ in range(50)}
    assert len(secrets) == 50
    assert all(secret.startswith("wampi_") and len(secret) == len("wampi_") + 43 for secret in secrets)


def test_only_the_hash_of_a_token_is_kept(accounts: Accounts, tmp_path: Path) -> None:
    secret = accounts.tokens.add("bell", "the cron job").secret
    connection = sqlite3.connect(tmp_path / "accounts.sqlite")
    dump = "\n".join(connection.iterdump())
    connection.close()
    assert secret not in dump
    assert secret.removeprefix("wampi_") not in dump
    assert token_hash(secret).hex().upper() in dump.upper()


def test_another_token_stands_for_nobody(accounts: Accounts) -> None:
    made = accounts.tokens.add("bell", "the cron job")
    assert accounts.tokens.find(token_hash(made.secret + "x")) is None


def test_a_revoked_token_stands_for_nobody(accounts: Accounts) -> None:
    made = accounts.tokens.add("bell", "the cron job")
    assert accounts.tokens.revoke(made.token.id) == made.token
    assert accounts.tokens.find(token_hash(made.secret)) is None
    with pytest.raises(NoSuchCredential, match="there is no token 1"):
        accounts.tokens.revoke(made.token.id)


def test_a_token_runs_out(accounts: Accounts, times: Times) -> None:
    made = accounts.tokens.add("bell", "for a day", expires_at=NOW + 86_400)
    times.now = NOW + 86_399
    assert accounts.tokens.find(token_hash(made.secret)) is not None
    times.now = NOW + 86_400
    assert accounts.tokens.find(token_hash(made.secret)) is None


def test_the_last_use_of_a_token_is_noted_to_the_minute(accounts: Accounts, times: Times) -> None:
    made = accounts.tokens.add("bell", "the cron job")
    uses = []
    for seconds in (0, 59, 60):
        times.now = NOW + seconds
        accounts.tokens.find(token_hash(made.secret))
        uses.append(accounts.tokens.list()[0].used_at)
    assert uses == [NOW, NOW, NOW + 60]


def test_a_token_of_a_disabled_account_says_so_and_its_use_is_not_noted(accounts: Accounts) -> None:
    made = accounts.tokens.add("bell", "the cron job")
    accounts.set_enabled("bell", False)
    found = accounts.tokens.find(token_hash(made.secret))
    assert found is not None
    assert not found.enabled
    assert accounts.tokens.list()[0].used_at is None


def test_a_token_has_the_role_that_its_account_has_now(accounts: Accounts) -> None:
    accounts.add_person("anna", "resident", PASSWORD)
    made = accounts.tokens.add("anna", "the cron job")
    accounts.set_role("anna", "guest")
    found = accounts.tokens.find(token_hash(made.secret))
    assert found is not None
    assert found.authrole == "guest"


def test_the_tokens_of_a_removed_account_are_gone_and_their_numbers_are_not_used_again(accounts: Accounts) -> None:
    made = accounts.tokens.add("bell", "the cron job")
    accounts.remove("bell")
    assert accounts.tokens.list() == []
    assert accounts.tokens.find(token_hash(made.secret)) is None
    accounts.add_device("gate", role="camera")
    assert accounts.tokens.add("gate", "another").token.id > made.token.id


def test_tokens_are_listed_of_one_account_or_of_all(accounts: Accounts) -> None:
    accounts.add_device("gate", role="camera")
    accounts.tokens.add("gate", "b")
    accounts.tokens.add("bell", "a", expires_at=NOW + 1)
    assert accounts.tokens.list("bell") == [Token(2, "bell", "a", NOW, NOW + 1, None)]
    assert [token.authid for token in accounts.tokens.list()] == ["bell", "gate"]


def test_the_secret_of_a_token_is_not_in_what_is_printed_of_it(accounts: Accounts) -> None:
    made = accounts.tokens.add("bell", "the cron job")
    assert made.secret not in repr(made)


def test_what_cannot_be_a_token_is_refused(accounts: Accounts) -> None:
    with pytest.raises(NoSuchAccount):
        accounts.tokens.add("nobody", "x")
    with pytest.raises(InvalidSetting, match="has run out already"):
        accounts.tokens.add("bell", "x", expires_at=NOW)
    for name in ("", "a\nb", "x" * 65):
        with pytest.raises(InvalidName):
            accounts.tokens.add("bell", name)


def test_a_token_may_be_worth_less_than_its_account(accounts: Accounts) -> None:
    made = accounts.tokens.add("bell", "x", scope="guest")
    found = accounts.tokens.find(token_hash(made.secret))
    assert found is not None
    assert (found.scope, made.token.scope) == ("guest", "guest")
    assert [token.scope for token in accounts.tokens.list()] == ["guest"]
    with pytest.raises(InvalidName):
        accounts.tokens.add("bell", "x", scope="device:bell")
