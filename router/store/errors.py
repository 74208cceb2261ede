"""What can go wrong with the accounts. Each says in one sentence what was wrong and what to do.

``uri`` is what the error becomes on the wire, where administration is a WAMP procedure.
"""


class StoreError(Exception):
    """The accounts can't be read or written; nothing was changed."""

    uri = "wampi.error.store_failed"


class StoreBusy(StoreError):
    """Too many requests wait already; nothing is wrong with the store."""

    def __init__(self, name: str) -> None:
        super().__init__(f"too many requests wait for the {name}: try again in a moment")


class AccountExists(StoreError, ValueError):
    """There is an account of this name."""

    uri = "wampi.error.account_exists"

    def __init__(self, authid: str) -> None:
        super().__init__(f"there is an account {authid!a} already: choose another name, or remove that one first")


class NoSuchAccount(StoreError, LookupError):
    """There is no account of this name."""

    uri = "wampi.error.not_found"

    def __init__(self, authid: str) -> None:
        super().__init__(f"there is no account {authid!a}: see the list of accounts")


class NoSuchCredential(StoreError, LookupError):
    """There is no token or key of this number."""

    uri = "wampi.error.not_found"

    def __init__(self, kind: str, number: int) -> None:
        super().__init__(f"there is no {kind} {number}: see the list of them")


class CredentialExists(StoreError, ValueError):
    """A key or certificate is somebody's already."""

    uri = "wampi.error.credential_exists"


class NoSuchGrant(StoreError, LookupError):
    """There is no grant of this number, or it is over."""

    uri = "wampi.error.not_found"

    def __init__(self, id: int) -> None:
        super().__init__(f"there is no grant {id}: see the list of grants")


class LastOwner(StoreError, ValueError):
    """Nobody could administer the hub any more."""

    uri = "wampi.error.last_owner"

    def __init__(self, authid: str) -> None:
        super().__init__(f"{authid!a} is the last owner: make another one first")


class WrongKind(StoreError, ValueError):
    """A person has no key, and a device no password."""

    uri = "wamp.error.invalid_argument"


class InvalidName(StoreError, ValueError):
    """A name, role or prefix that accounts can't have."""

    uri = "wamp.error.invalid_argument"


class InvalidSetting(StoreError, ValueError):
    """A cost or a combination that an account can't have."""

    uri = "wamp.error.invalid_argument"


class WeakPassword(StoreError, ValueError):
    """A password that is too short, too long, or among the first that anyone would try."""

    uri = "wamp.error.invalid_argument"


class WrongCode(StoreError, ValueError):
    """A code of an authenticator app that is not the one of this moment."""

    uri = "wamp.error.invalid_argument"

    def __init__(self) -> None:
        super().__init__("the code is not right: take the one that the app shows now, and see that both clocks are")


class NoSecondFactor(StoreError, LookupError):
    """The account has no second factor, or none that has been begun."""

    uri = "wampi.error.not_found"


class SecondFactorNeeded(StoreError, ValueError):
    """The password of the account is too short to be enough alone."""

    uri = "wamp.error.invalid_argument"

    def __init__(self, authid: str) -> None:
        super().__init__(f"the password of {authid!a} is too short without a second factor: give it a longer one first")


class NoSuchPasskey(StoreError, LookupError):
    """The account has no such passkey, or can't have this one."""

    uri = "wampi.error.not_found"


class TooManyPasskeys(StoreError, ValueError):
    """The account has as many passkeys as it may have."""

    uri = "wamp.error.invalid_argument"


class NoSuchIdentity(StoreError, LookupError):
    """There is no such identity, or it is linked already."""

    uri = "wampi.error.not_found"


class KeyFileMissing(StoreError):
    """The key that the secrets in the database are sealed under is gone, or is another."""
