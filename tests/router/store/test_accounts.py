import sqlite3
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from autobahn.wamp.auth import derive_key
from support.store import NOW, OTHER_PASSWORD, PASSWORD, Times, open_accounts
from wampi.router.auth.hashing import is_password
from wampi.router.credentials import Credential, Shape
from wampi.router.store.accounts import Account, Accounts
from wampi.router.store.errors import (
    AccountExists,
    InvalidName,
    InvalidSetting,
    LastOwner,
    NoSuchAccount,
    WeakPassword,
    WrongKind,
)
from wampi.router.store.verifiers import LEAST_ROUNDS


def rows(directory: Path, query: str) -> list[tuple[object, ...]]:
    """What stands in the file itself."""
    connection = sqlite3.connect(directory / "accounts.sqlite")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def dump(directory: Path) -> list[str]:
    connection = sqlite3.connect(directory / "accounts.sqlite")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def credential(accounts: Accounts, authid: str) -> Credential:
    found = accounts.wamp.find_cra(authid).credential
    assert found is not None
    return found


def test_a_person_is_kept_with_role_and_time(accounts: Accounts) -> None:
    account = accounts.add_person("anna", "owner", PASSWORD)
    assert account == Account("anna", "person", "owner", None, True, NOW, NOW)
    assert accounts.get("anna") == account
    assert accounts.list() == [account]


def test_accounts_are_there_after_a_restart(tmp_path: Path) -> None:
    with open_accounts(tmp_path) as accounts:
        accounts.add_person("anna", "owner", PASSWORD)
        key = accounts.add_device("doorbell", prefix="org.example.doorbell")
    with open_accounts(tmp_path) as accounts:
        assert [account.authid for account in accounts.list()] == ["anna", "doorbell"]
        assert credential(accounts, "doorbell").key == key.encode()


def test_the_accounts_of_a_data_directory_are_opened_with_names_that_no_password_may_be(tmp_path: Path) -> None:
    with Accounts.open(tmp_path / "data", host_names=["attichub"]) as accounts:
        with pytest.raises(WeakPassword, match="anyone would try"):
            accounts.add_person("anna", "owner", "attichub-attichub")
        accounts.add_device("porch", role="camera")
    with Accounts.open(tmp_path / "data") as accounts:
        assert accounts.get("porch").role == "camera"


def test_a_password_is_checked_by_wampcra_as_a_stock_client_derives_it(accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    found = credential(accounts, "anna")
    shape = Shape("accounts", "owner", salt_length=24, iterations=LEAST_ROUNDS, keylen=32)
    assert found.shape == shape
    assert found.salt is not None
    assert len(found.salt) == 24
    assert found.key == derive_key(PASSWORD, found.salt, LEAST_ROUNDS, 32)


def test_every_verifier_is_written_at_once(tmp_path: Path, accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    ((encoded,),) = rows(tmp_path, "SELECT hash FROM password_hashes")
    assert PasswordHasher().verify(str(encoded), PASSWORD)
    assert sorted(rows(tmp_path, "SELECT dialect, kdf FROM scram_keys")) == [
        ("autobahn", "argon2id13"),
        ("wamp", "argon2id13"),
        ("wamp", "pbkdf2"),
    ]
    assert len(rows(tmp_path, "SELECT sealed_key FROM cra_keys")) == 1


def test_another_password_replaces_every_verifier(tmp_path: Path, accounts: Accounts, times: Times) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    everything = "SELECT stored_key, salt FROM scram_keys UNION ALL SELECT sealed_key, salt FROM cra_keys"
    before, key = rows(tmp_path, everything), credential(accounts, "anna").key
    times.now += 60
    accounts.set_password("anna", OTHER_PASSWORD)
    after = rows(tmp_path, everything)
    assert len(after) == len(before)
    assert not set(after) & set(before)
    assert credential(accounts, "anna").key != key
    ((encoded,),) = rows(tmp_path, "SELECT hash FROM password_hashes")
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(str(encoded), PASSWORD)
    assert accounts.get("anna").secret_changed_at == NOW + 60
    assert accounts.get("anna").created_at == NOW


def test_a_password_does_not_run_out(accounts: Accounts, times: Times) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    times.now += 20 * 365 * 86_400
    found = accounts.web.find_password("anna")
    assert found.account is not None
    assert found.account.enabled
    assert PasswordHasher().verify(found.hash, PASSWORD)


def test_the_same_password_twice_shows_nothing_in_common(tmp_path: Path, accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    accounts.add_person("berta", "owner", PASSWORD)
    keys = rows(tmp_path, "SELECT stored_key FROM scram_keys")
    assert len(set(keys)) == 6
    assert credential(accounts, "anna").salt != credential(accounts, "berta").salt


def test_all_files_belong_to_their_owner_alone(tmp_path: Path, accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert {"accounts.sqlite", "accounts.sqlite-wal", "hub.key"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_device_with_a_prefix_has_a_role_of_its_own(accounts: Accounts) -> None:
    key = accounts.add_device("doorbell", prefix="org.example.doorbell")
    assert len(key) == 43
    assert credential(accounts, "doorbell") == Credential(
        "doorbell",
        "device:doorbell",
        Shape("accounts", "device"),
        key.encode(),
        prefix="org.example.doorbell.",
        guessable=False,
    )
    assert accounts.device_prefixes() == {"device:doorbell": "org.example.doorbell."}
    assert accounts.roles() == []


def test_a_device_can_have_a_role_of_the_configuration(accounts: Accounts) -> None:
    accounts.add_device("porch", role="camera")
    found = credential(accounts, "porch")
    assert (found.authrole, found.shape.authrole, found.prefix) == ("camera", "device", None)
    assert accounts.device_prefixes() == {}
    assert accounts.roles() == ["camera"]


def test_a_device_called_like_a_role_does_not_get_that_role(accounts: Accounts) -> None:
    accounts.add_device("owner", prefix="org.example.owner")
    assert accounts.get("owner").role == "device:owner"


def test_a_device_has_a_prefix_or_a_role(accounts: Accounts) -> None:
    for arguments in ({}, {"prefix": "org.example", "role": "camera"}):
        with pytest.raises(InvalidName, match="one of the two"):
            accounts.add_device("porch", **arguments)


@pytest.mark.parametrize("prefix", ["org.example.doorbell", "org.example", "org.example.doorbell.front"])
def test_two_devices_never_share_a_prefix(accounts: Accounts, prefix: str) -> None:
    accounts.add_device("doorbell", prefix="org.example.doorbell")
    with pytest.raises(InvalidName, match="overlaps with"):
        accounts.add_device("other", prefix=prefix)
    accounts.add_device("other", prefix="org.example.doorbell2")


def test_a_renewed_key_replaces_the_old_one(accounts: Accounts) -> None:
    old = accounts.add_device("doorbell", prefix="org.example.doorbell")
    new = accounts.renew_device_key("doorbell")
    assert new != old
    assert credential(accounts, "doorbell").key == new.encode()


def test_a_name_is_given_once(tmp_path: Path, accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    before = dump(tmp_path)
    with pytest.raises(AccountExists, match="'anna' already"):
        accounts.add_person("anna", "guest", OTHER_PASSWORD)
    with pytest.raises(AccountExists):
        accounts.add_device("anna", prefix="org.example.anna")
    assert dump(tmp_path) == before


def test_an_unknown_account_is_said_to_be_unknown(accounts: Accounts) -> None:
    for act in (
        lambda: accounts.get("nobody"),
        lambda: accounts.remove("nobody"),
        lambda: accounts.set_password("nobody", PASSWORD),
        lambda: accounts.set_enabled("nobody", False),
        lambda: accounts.set_role("nobody", "guest"),
        lambda: accounts.renew_device_key("nobody"),
    ):
        with pytest.raises(NoSuchAccount, match="no account 'nobody'"):
            act()


def test_a_weak_password_changes_nothing(tmp_path: Path, accounts: Accounts) -> None:
    accounts.add_person("annegret", "owner", PASSWORD)
    before = dump(tmp_path)
    for weak in ("short", "passwordpassword", "annegret-attichub"):
        with pytest.raises(WeakPassword):
            accounts.set_password("annegret", weak)
        with pytest.raises(WeakPassword):
            accounts.add_person("berta", "owner", weak if weak != "annegret-attichub" else "attichub-attichub")
    assert dump(tmp_path) == before


def test_a_person_has_no_key_and_a_device_no_password(accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    accounts.add_device("doorbell", prefix="org.example.doorbell")
    with pytest.raises(WrongKind, match="the person 'anna' has a password"):
        accounts.renew_device_key("anna")
    with pytest.raises(WrongKind, match="the device 'doorbell' has a key"):
        accounts.set_password("doorbell", PASSWORD)


def test_fewer_rounds_are_for_slow_clients_and_have_a_floor(accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD, cra_rounds=LEAST_ROUNDS + 1)
    assert credential(accounts, "anna").shape.iterations == LEAST_ROUNDS + 1
    with pytest.raises(InvalidSetting, match="too few"):
        accounts.set_password("anna", OTHER_PASSWORD, cra_rounds=1000)
    assert credential(accounts, "anna").shape.iterations == LEAST_ROUNDS + 1


def test_a_disabled_account_is_found_as_disabled_until_it_is_enabled(accounts: Accounts) -> None:
    accounts.add_person("anna", "resident", PASSWORD)
    accounts.set_enabled("anna", False)
    assert not credential(accounts, "anna").enabled
    accounts.set_enabled("anna", True)
    assert credential(accounts, "anna").enabled


def test_a_role_can_be_changed_but_not_that_of_a_prefix(accounts: Accounts) -> None:
    accounts.add_person("anna", "resident", PASSWORD)
    accounts.add_device("doorbell", prefix="org.example.doorbell")
    accounts.set_role("anna", "guest")
    assert credential(accounts, "anna").authrole == "guest"
    with pytest.raises(WrongKind, match="role of its own"):
        accounts.set_role("doorbell", "owner")
    with pytest.raises(InvalidName):
        accounts.set_role("anna", "device:doorbell")


def test_the_last_owner_who_can_log_in_stays_one(accounts: Accounts) -> None:
    accounts.add_person("anna", "owner", PASSWORD)
    accounts.add_person("olga", "owner", PASSWORD)
    accounts.add_device("panel", role="owner")
    accounts.set_enabled("olga", False)
    for lose in (
        lambda: accounts.remove("anna"),
        lambda: accounts.set_enabled("anna", False),
        lambda: accounts.set_role("anna", "resident"),
    ):
        with pytest.raises(LastOwner, match="'anna' is the last owner"):
            lose()
    accounts.set_role("anna", "owner")
    accounts.remove("olga")
    accounts.remove("panel")
    accounts.add_person("olga", "owner", PASSWORD)
    accounts.remove("anna")
    assert [account.authid for account in accounts.list()] == ["olga"]


def test_nothing_is_left_of_a_removed_account(tmp_path: Path, accounts: Accounts) -> None:
    accounts.add_person("anna", "resident", PASSWORD)
    accounts.remove("anna")
    assert accounts.list() == []
    assert accounts.wamp.find_cra("anna").credential is None
    for table in ("accounts", "password_hashes", "scram_keys", "cra_keys"):
        assert rows(tmp_path, f"SELECT * FROM {table}") == []


@pytest.mark.parametrize("name", ["", "Anna", "an na", "anna\n", "a" * 129, "ﬁne", "a/b", "\ud800", "🦊"])
def test_names_that_could_be_mistaken_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(InvalidName) as caught:
        accounts.add_person(name, "owner", PASSWORD)
    assert "\n" not in str(caught.value)
    assert accounts.list() == []


@pytest.mark.parametrize("name", ["anna", "anna.b", "anna@example.org", "jürgen", "анна", "a" * 128])
def test_ordinary_names_are_accepted(accounts: Accounts, name: str) -> None:
    assert accounts.add_person(name, "owner", PASSWORD).authid == name


@pytest.mark.parametrize("name", ["", "Porch", "front door", "a-b", "a.b", "a" * 129])
def test_a_device_name_fits_into_a_uri(accounts: Accounts, name: str) -> None:
    with pytest.raises(InvalidName):
        accounts.add_device(name, prefix="org.example.porch")


@pytest.mark.parametrize("prefix", ["", ".", "org..example", "Org", "wamp", "wamp.session", "wampi", "a" * 255, "a b"])
def test_a_prefix_is_a_part_of_the_house_and_not_all_of_it(accounts: Accounts, prefix: str) -> None:
    with pytest.raises(InvalidName):
        accounts.add_device("porch", prefix=prefix)
    assert accounts.list() == []


# ---- derived elsewhere -------------------------------------------------------------------------------------------


def hash_of(directory: Path, authid: str) -> object:
    found = rows(directory, "SELECT authid, hash FROM password_hashes JOIN accounts ON accounts.id = account")
    return dict(found)[authid]


def test_what_was_derived_from_a_password_elsewhere_is_what_is_kept(tmp_path: Path, accounts: Accounts) -> None:
    derived = accounts.draft_person("anna", "resident", PASSWORD).derive()
    accounts.add_person("anna", "resident", PASSWORD, derived=derived)
    assert hash_of(tmp_path, "anna") == derived.verifiers.password_hash
    derived = accounts.draft_password("anna", OTHER_PASSWORD).derive()
    accounts.set_password("anna", OTHER_PASSWORD, derived=derived)
    assert hash_of(tmp_path, "anna") == derived.verifiers.password_hash


def test_what_was_derived_for_another_account_or_password_or_at_other_costs_is_not(
    tmp_path: Path, accounts: Accounts
) -> None:
    accounts.add_person("anna", "resident", PASSWORD)
    for draft in (
        accounts.draft_person("ben", "resident", OTHER_PASSWORD),
        accounts.draft_password("anna", PASSWORD),
        accounts.draft_password("anna", OTHER_PASSWORD, cra_rounds=LEAST_ROUNDS + 1),
    ):
        derived = draft.derive()
        accounts.set_password("anna", OTHER_PASSWORD, derived=derived)
        kept = hash_of(tmp_path, "anna")
        assert kept != derived.verifiers.password_hash
        assert is_password(str(kept), OTHER_PASSWORD)


def test_a_draft_is_refused_as_the_change_would_be(accounts: Accounts) -> None:
    accounts.add_person("anna", "resident", PASSWORD)
    accounts.add_device("bell", prefix="com.bell.")
    with pytest.raises(AccountExists):
        accounts.draft_person("anna", "resident", PASSWORD)
    with pytest.raises(InvalidName):
        accounts.draft_person("", "resident", PASSWORD)
    for password in ("too short", "password1234567", "attichub attichub"):
        with pytest.raises(WeakPassword):
            accounts.draft_person("ben", "resident", password)
        with pytest.raises(WeakPassword):
            accounts.draft_password("anna", password)
    with pytest.raises(WrongKind):
        accounts.draft_password("bell", PASSWORD)


def test_all_checks_are_made_again_when_it_is_derived(tmp_path: Path, accounts: Accounts) -> None:
    derived = accounts.draft_person("anna", "resident", PASSWORD).derive()
    accounts.add_person("anna", "guest", OTHER_PASSWORD)
    before = hash_of(tmp_path, "anna")
    with pytest.raises(AccountExists):
        accounts.add_person("anna", "resident", PASSWORD, derived=derived)
    assert hash_of(tmp_path, "anna") == before
    derived = accounts.draft_password("anna", PASSWORD).derive()
    accounts.remove("anna")
    with pytest.raises(NoSuchAccount):
        accounts.set_password("anna", PASSWORD, derived=derived)
