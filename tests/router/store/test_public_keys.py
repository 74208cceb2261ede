import pytest
from support.store import NOW
from wampi.router.credentials import Holder
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import CredentialExists, InvalidSetting, NoSuchAccount, NoSuchCredential
from wampi.router.store.public_keys import PublicKey

KEY, OTHER = bytes(range(32)), bytes(32)


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_device("bell", prefix="org.example.bell")
    accounts.add_device("gate", role="camera")
    return accounts


def test_a_key_says_whose_it_is(accounts: Accounts) -> None:
    made = accounts.public_keys.add("bell", "cryptosign", KEY, "in its flash")
    assert made == PublicKey(1, "bell", "cryptosign", KEY, "in its flash", NOW)
    assert accounts.public_keys.find("cryptosign", KEY) == Holder(
        "bell", "device:bell", "accounts", "key:1", prefix="org.example.bell."
    )
    assert accounts.public_keys.find("cryptosign", OTHER) is None


def test_a_certificate_is_no_key_for_cryptosign(accounts: Accounts) -> None:
    accounts.public_keys.add("bell", "certificate", KEY, "smart card")
    assert accounts.public_keys.find("cryptosign", KEY) is None
    found = accounts.public_keys.find("certificate", KEY)
    assert found is not None
    assert found.credential == "certificate:1"


def test_one_key_is_for_one_account(accounts: Accounts) -> None:
    accounts.public_keys.add("bell", "cryptosign", KEY, "x")
    with pytest.raises(CredentialExists, match="that key belongs to 'bell' already"):
        accounts.public_keys.add("gate", "cryptosign", KEY, "x")


def test_a_removed_key_is_nobodys(accounts: Accounts) -> None:
    made = accounts.public_keys.add("bell", "cryptosign", KEY, "x")
    assert accounts.public_keys.remove(made.id) == made
    assert accounts.public_keys.find("cryptosign", KEY) is None
    with pytest.raises(NoSuchCredential, match="there is no key 1"):
        accounts.public_keys.remove(made.id)


def test_keys_are_listed_of_one_account_or_of_all(accounts: Accounts) -> None:
    accounts.public_keys.add("gate", "cryptosign", OTHER, "x")
    accounts.public_keys.add("bell", "cryptosign", KEY, "x")
    assert [key.authid for key in accounts.public_keys.list()] == ["bell", "gate"]
    assert [key.key for key in accounts.public_keys.list("gate")] == [OTHER]


def test_what_cannot_be_a_key_is_refused(accounts: Accounts) -> None:
    with pytest.raises(NoSuchAccount):
        accounts.public_keys.add("nobody", "cryptosign", KEY, "x")
    with pytest.raises(InvalidSetting, match="has 31 bytes"):
        accounts.public_keys.add("bell", "cryptosign", KEY[1:], "x")


def test_the_keys_of_a_removed_account_are_gone(accounts: Accounts) -> None:
    accounts.public_keys.add("bell", "cryptosign", KEY, "x")
    accounts.remove("bell")
    assert accounts.public_keys.find("cryptosign", KEY) is None
