"""What an owner can do to the accounts: one function an operation, found by its name in :data:`OPERATIONS`.

Each works on the open accounts, in the thread that may block, and returns an :class:`Outcome`: what the caller gets,
and what that means for sessions that are there. Arguments are checked by the annotations. A point in time is seconds
since 1970, UTC, and its name ends in ``_at``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, Literal

from msgspec import Meta

from ..core import errors
from ..core.arguments import Procedure
from ..store.accounts import Account, Accounts
from ..store.audit import Entry, Kind
from ..store.errors import StoreError, WrongKind
from ..store.public_keys import CREDENTIAL as KEYS
from ..store.public_keys import KeyKind, PublicKey
from ..store.tokens import CREDENTIAL as TOKEN
from ..store.tokens import Token
from ..store.verifiers import Derived, Draft

Name = Annotated[str, Meta(min_length=1, max_length=128)]
Secret = Annotated[str, Meta(max_length=1024)]
Code = Annotated[str, Meta(max_length=64)]
Uri = Annotated[str, Meta(min_length=1, max_length=255)]
Number = Annotated[int, Meta(ge=1, le=2**53)]
Time = Annotated[float, Meta(ge=0, le=1e11)]
Label = Annotated[str, Meta(min_length=1, max_length=64)]
HexKey = Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]
Verb = Literal["view", "operate"]
AuditLimit = Annotated[int, Meta(ge=1, le=1000)]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for an operation, from where (a peer, or ``console``) and by which way of logging in."""

    authid: str
    origin: str
    way: str


@dataclass(frozen=True, slots=True)
class Expel:
    """End the sessions of an authid; with ``is_gone``, forget what it has left behind, too.

    With ``credential``, those that this has let in. ``is_renewal`` is for a secret that is replaced: it spares those
    that something else than a password or a device's key has let in, and the session that asked for it.
    """

    authid: str
    credential: str | None = None
    is_gone: bool = False
    is_renewal: bool = False


@dataclass(frozen=True, slots=True)
class Regrant:
    """Let the grants that there are now take effect."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Let the throttle know nothing of a name: its account is gone, or new."""

    authid: str


Effect = Expel | Regrant | Forget


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An operation that goes on when everything is derived from a draft, which is done where nobody waits for it."""

    draft: Draft
    finish: Callable[[Accounts, Derived], Outcome]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, made of plain values, and what has to happen where a node runs.

    ``about`` is what the audit trail gets beside the arguments. ``unrecorded`` says why it got nothing.
    """

    result: Any = None
    effects: tuple[Effect, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    unrecorded: str | None = None


# ---- people ------------------------------------------------------------------------------------------------------


def user_add(accounts: Accounts, _asker: Asker, name: Name, password: Secret, role: Name = "resident") -> Unfinished:
    """Make an account for a person."""

    def add(accounts: Accounts, derived: Derived) -> Outcome:
        return Outcome(_shown(accounts.add_person(name, role, password, derived=derived)), (Forget(name),))

    return Unfinished(accounts.draft_person(name, role, password), add)


def user_passwd(accounts: Accounts, _asker: Asker, name: Name, password: Secret) -> Unfinished:
    """Give a person another password; sessions that an old one has let in end."""
    _check_kind(accounts, name, "person")

    def change(accounts: Accounts, derived: Derived) -> Outcome:
        accounts.set_password(name, password, derived=derived)
        return Outcome(effects=(Expel(name, is_renewal=True),))

    return Unfinished(accounts.draft_password(name, password), change)


def user_disable(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Keep a person out until further notice."""
    return _disable(accounts, name, "person")


def user_enable(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Let a person log in again."""
    _check_kind(accounts, name, "person")
    accounts.set_enabled(name, True)
    return Outcome()


def user_role(accounts: Accounts, _asker: Asker, name: Name, role: Name) -> Outcome:
    """Give a person another role; sessions that have the old one end."""
    _check_kind(accounts, name, "person")
    accounts.set_role(name, role)
    return Outcome(effects=(Expel(name),))


def user_remove(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Remove the account of a person, with its grants."""
    return _remove(accounts, name, "person")


def user_get(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Return the account of a person, with how long its password has to be."""
    _check_kind(accounts, name, "person")
    least = accounts.least_characters(name)
    return Outcome({**_shown(accounts.get(name)), "least_password_characters": least})


def user_list(accounts: Accounts, _asker: Asker) -> Outcome:
    """List the accounts of people."""
    return Outcome([_shown(account) for account in accounts.list() if account.kind == "person"])


# ---- second factors ----------------------------------------------------------------------------------------------


def totp_begin(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Make a key for an authenticator app, and return it as the URI that apps take; it counts once it is confirmed."""
    return Outcome({"uri": accounts.second_factors.begin(name)})


def totp_confirm(accounts: Accounts, _asker: Asker, name: Name, code: Code) -> Outcome:
    """Let the key count that a code has shown to be there, and return recovery codes; older sessions end."""
    codes = accounts.second_factors.confirm(name, code)
    return Outcome({"recovery_codes": codes}, (Expel(name, is_renewal=True),))


def totp_remove(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Let the password be enough again."""
    accounts.second_factors.remove(name)
    return Outcome()


# ---- devices -----------------------------------------------------------------------------------------------------


def device_add(
    accounts: Accounts, _asker: Asker, name: Name, prefix: Uri | None = None, role: Name | None = None
) -> Outcome:
    """Make an account for a device, and return its key."""
    return Outcome({"name": name, "key": accounts.add_device(name, prefix=prefix, role=role)}, (Forget(name),))


def device_renew(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Give a device another key, and return it; sessions that the old one has let in end."""
    _check_kind(accounts, name, "device")
    return Outcome({"name": name, "key": accounts.renew_device_key(name)}, (Expel(name, is_renewal=True),))


def device_disable(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Keep a device out until further notice."""
    return _disable(accounts, name, "device")


def device_enable(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Let a device log in again."""
    _check_kind(accounts, name, "device")
    accounts.set_enabled(name, True)
    return Outcome()


def device_remove(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """Remove the account of a device."""
    return _remove(accounts, name, "device")


def device_list(accounts: Accounts, _asker: Asker) -> Outcome:
    """List the accounts of devices."""
    return Outcome([_shown(account) for account in accounts.list() if account.kind == "device"])


# ---- tokens and keys ---------------------------------------------------------------------------------------------


def token_add(
    accounts: Accounts,
    _asker: Asker,
    name: Name,
    label: Label = "token",
    scope: Name | None = None,
    expires_at: Time | None = None,
) -> Outcome:
    """Make a token that lets an account in, and return it: this once. ``scope`` is a role that it is worth at most."""
    made = accounts.tokens.add(name, label, expires_at=expires_at, scope=scope)
    return Outcome({**_described(made.token), "token": made.secret}, about={"number": made.token.id})


def token_revoke(accounts: Accounts, _asker: Asker, number: Number) -> Outcome:
    """Take a token back; the sessions that it has let in end."""
    token = accounts.tokens.revoke(number)
    return Outcome(_described(token), (Expel(token.authid, f"{TOKEN}{number}"),), {"name": token.authid})


def token_list(accounts: Accounts, _asker: Asker, name: Name | None = None) -> Outcome:
    """List the tokens of everybody or of one account, without what is secret in them."""
    return Outcome([_described(token) for token in accounts.tokens.list(name)])


def key_add(accounts: Accounts, _asker: Asker, name: Name, kind: KeyKind, key: HexKey, label: Label = "key") -> Outcome:
    """Let an account log in with a public key, or with the certificate that has this SHA-256; in hexadecimal both."""
    made = accounts.public_keys.add(name, kind, bytes.fromhex(key), label)
    return Outcome(_described(made), about={"number": made.id})


def key_remove(accounts: Accounts, _asker: Asker, number: Number) -> Outcome:
    """Let nobody in with a key any more; the sessions that it has let in end."""
    key = accounts.public_keys.remove(number)
    return Outcome(_described(key), (Expel(key.authid, f"{KEYS[key.kind]}{number}"),), {"name": key.authid})


def key_list(accounts: Accounts, _asker: Asker, name: Name | None = None) -> Outcome:
    """List the public keys and certificates of everybody or of one account."""
    return Outcome([_described(key) for key in accounts.public_keys.list(name)])


# ---- passkeys and identities -------------------------------------------------------------------------------------


def passkey_list(accounts: Accounts, _asker: Asker, name: Name) -> Outcome:
    """List the passkeys of a person."""
    _check_kind(accounts, name, "person")
    shown = [asdict(passkey) for passkey in accounts.passkeys.of(name)]
    return Outcome([{"label": passkey.pop("name"), **passkey} for passkey in shown])


def passkey_remove(accounts: Accounts, _asker: Asker, name: Name, number: Number) -> Outcome:
    """Let nobody in with a passkey any more; the sessions that it has let in end."""
    _check_kind(accounts, name, "person")
    ended = accounts.passkeys.remove(name, number)
    return Outcome(effects=tuple(Expel(name, credential) for credential in ended))


def identity_list(accounts: Accounts, _asker: Asker) -> Outcome:
    """List the identities that have come from providers of OpenID Connect, linked to an account or not."""
    shown = [asdict(identity) for identity in accounts.identities.list()]
    return Outcome([{"name": identity.pop("authid"), **identity} for identity in shown])


def identity_link(accounts: Accounts, _asker: Asker, number: Number, name: Name) -> Outcome:
    """Let an identity log in as a person."""
    accounts.identities.link(number, name)
    return Outcome()


def identity_unlink(accounts: Accounts, _asker: Asker, number: Number) -> Outcome:
    """Take the account from an identity; the sessions that it has begun end."""
    name, ended = accounts.identities.unlink(number)
    return Outcome({"name": name}, tuple(Expel(name, credential) for credential in ended), {"name": name})


# ---- grants ------------------------------------------------------------------------------------------------------


def grant_add(
    accounts: Accounts,
    asker: Asker,
    name: Name,
    prefix: Uri,
    verb: Verb = "operate",
    starts_at: Time | None = None,
    ends_at: Time | None = None,
) -> Outcome:
    """Let a person view or operate the devices under a prefix, for a span of time or until it is revoked."""
    grant = accounts.grants.add(name, prefix, verb, asker.authid, starts_at, ends_at)
    return Outcome(asdict(grant), (Regrant(),), {"grant": grant.id})


def grant_revoke(accounts: Accounts, _asker: Asker, grant: Number) -> Outcome:
    """Take a grant back."""
    revoked = accounts.grants.revoke(grant)
    about = {"name": revoked.authid, "prefix": revoked.prefix, "verb": revoked.verb}
    return Outcome(asdict(revoked), (Regrant(),), about)


def grant_list(accounts: Accounts, _asker: Asker, name: Name | None = None) -> Outcome:
    """List the grants that are not over, of everybody or of one person."""
    return Outcome([asdict(grant) for grant in accounts.grants.list() if name in (None, grant.authid)])


# ---- the audit trail ---------------------------------------------------------------------------------------------


def audit_list(
    accounts: Accounts,
    _asker: Asker,
    kind: Kind | None = None,
    who: Name | None = None,
    before: Number | None = None,
    limit: AuditLimit = 100,
) -> Outcome:
    """List what has happened, the newest first."""
    return Outcome(accounts.audit.list(kind, who, before, limit))


# ---- parts -------------------------------------------------------------------------------------------------------


def _disable(accounts: Accounts, name: str, kind: str) -> Outcome:
    _check_kind(accounts, name, kind)
    accounts.set_enabled(name, False)
    return Outcome(effects=(Expel(name, is_gone=True),))


def _remove(accounts: Accounts, name: str, kind: str) -> Outcome:
    _check_kind(accounts, name, kind)
    accounts.remove(name)
    return Outcome(effects=(Expel(name, is_gone=True), Regrant(), Forget(name)))


def _check_kind(accounts: Accounts, name: str, kind: str) -> None:
    account = accounts.get(name)
    if account.kind != kind:
        group = "device" if account.kind == "device" else "user"
        raise WrongKind(f"{name!a} is a {account.kind}: see wampi {group} --help")


def _shown(account: Account) -> dict[str, Any]:
    return {"name" if key == "authid" else key: value for key, value in asdict(account).items()}


def _described(credential: Token | PublicKey) -> dict[str, Any]:
    """Return a token or key as a map; its number is what it is taken back by."""
    kept = asdict(credential)
    shown = {"number": kept.pop("id"), "name": kept.pop("authid"), "label": kept.pop("name"), **kept}
    return {key: value.hex() if isinstance(value, bytes) else value for key, value in shown.items()}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done. ``call`` checks the arguments and does it.

    ``changes`` says whether it is audited, and whether it needs a fresh login.
    """

    call: Procedure
    changes: bool

    def describe(self) -> dict[str, Any]:
        """Return what a caller has to know."""
        needs = {"errors": [errors.REAUTHENTICATION_REQUIRED]} if self.changes else {}
        return self.call.describe() | needs


_FUNCTIONS: Mapping[str, Callable[..., Outcome | Unfinished]] = {
    "user.add": user_add,
    "user.passwd": user_passwd,
    "user.disable": user_disable,
    "user.enable": user_enable,
    "user.role": user_role,
    "user.remove": user_remove,
    "user.get": user_get,
    "user.list": user_list,
    "totp.begin": totp_begin,
    "totp.confirm": totp_confirm,
    "totp.remove": totp_remove,
    "device.add": device_add,
    "device.renew": device_renew,
    "device.disable": device_disable,
    "device.enable": device_enable,
    "device.remove": device_remove,
    "device.list": device_list,
    "token.add": token_add,
    "token.revoke": token_revoke,
    "token.list": token_list,
    "key.add": key_add,
    "key.remove": key_remove,
    "key.list": key_list,
    "passkey.list": passkey_list,
    "passkey.remove": passkey_remove,
    "identity.list": identity_list,
    "identity.link": identity_link,
    "identity.unlink": identity_unlink,
    "grant.add": grant_add,
    "grant.revoke": grant_revoke,
    "grant.list": grant_list,
    "audit.list": audit_list,
}

OPERATIONS: Mapping[str, Operation] = {
    name: Operation(Procedure(function, given=2), changes=not name.endswith((".list", ".get")))
    for name, function in _FUNCTIONS.items()
}
"""Name, which stands behind ``wampi.admin.`` in the URI -> operation."""

SECRETS = frozenset({"password", "code"})
"""Arguments of which nothing is written down."""


def perform(
    accounts: Accounts, name: str, asker: Asker, args: Sequence[Any], kwargs: Mapping[str, Any], now: float
) -> Outcome:
    """Do a whole operation and write it down; ``now`` is the time of day.

    Raises :class:`.StoreError`, or :class:`.RequestError` for arguments that do not fit.
    """
    step = begin(accounts, name, asker, args, kwargs, now)
    return step if isinstance(step, Outcome) else step.finish(accounts, step.draft.derive())


def begin(
    accounts: Accounts, name: str, asker: Asker, args: Sequence[Any], kwargs: Mapping[str, Any], now: float
) -> Outcome | Unfinished:
    """Do an operation and write it down, or that much of it which does not take long; as :func:`perform`."""
    given = OPERATIONS[name].call.bind(args, kwargs)
    step: Outcome | Unfinished = OPERATIONS[name].call.function(accounts, asker, **given)
    if isinstance(step, Outcome):
        return _written_down(accounts, name, asker, given, now, step)
    finish = step.finish

    def finish_and_write_down(accounts: Accounts, derived: Derived) -> Outcome:
        return _written_down(accounts, name, asker, given, now, finish(accounts, derived))

    return replace(step, finish=finish_and_write_down)


def _written_down(
    accounts: Accounts, name: str, asker: Asker, given: Mapping[str, Any], now: float, outcome: Outcome
) -> Outcome:
    if not OPERATIONS[name].changes:
        return outcome
    shown = {key: value for key, value in given.items() if key not in SECRETS}
    entry = Entry(now, "change", name, asker.authid, asker.origin, asker.way, shown | dict(outcome.about))
    try:
        accounts.audit.add([entry])
    except StoreError as error:
        return replace(outcome, unrecorded=str(error))
    return outcome
