"""From the logins of a configuration to authenticators: what builds each method stands here, one function a method.

What a method does is in ``auth/``, one file each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .auth.anonymous import Anonymous
from .auth.carried import Carried
from .auth.checks import Checks
from .auth.methods import Methods
from .auth.sources import StaticHolders, StaticScram, StaticUser, StaticUsers
from .auth.wampcra import WampCra
from .config import auth as configured
from .credentials import Holder, ScramShape
from .realms import device_role

if TYPE_CHECKING:
    from .auth.decoys import Decoys
    from .auth.throttle import Throttle
    from .auth.tls import Identity
    from .core.authentication import Authenticator
    from .core.ports import Clock, Log
    from .core.router import Router
    from .credentials import CredentialSource, Dialect, HolderSource, ScramCredential, ScramSource
    from .deciders import Deciders
    from .store.worker import AccountsWorker
    from .web_logins import WebParts

SIGNING_KEY = "cryptosign"
"""The purpose for which the hub derives the private key that it signs challenges with."""

STATIC = "static"
"""The ``authprovider`` of those who stand in the configuration."""

_SCRAM_SHAPES = {"pbkdf2": ScramShape("pbkdf2", 600_000), "argon2id13": ScramShape("argon2id13", 2, 19 * 1024)}
"""What unknown names are shown while there is no account; as ``store/verifiers.py`` has the costs."""


@dataclass(frozen=True, slots=True)
class LoginParts:
    """What the methods of a whole node share.

    ``decoys``, ``signing_key`` (the hub's own, 32 bytes), ``accounts``, ``web`` and ``deciders`` are None where no
    login needs them. ``accounts`` are also what checks the codes of second factors.
    """

    clock: Clock
    log: Log
    throttle: Throttle
    decoys: Decoys | None
    signing_key: bytes | None
    accounts: AccountsWorker | None
    web: WebParts | None = None
    deciders: Deciders | None = None


Methodical = Mapping[str, "Authenticator"]
"""Name of a method, in HELLO -> the method."""


def authenticator(auth: configured.Auth, parts: LoginParts, router: Router) -> Authenticator:
    """Return the methods of one listener behind one authenticator."""
    checks = Checks(parts.throttle, parts.clock, parts.log, partial(add_device_role, router), parts.accounts)
    methods: dict[str, Authenticator] = {}
    for name, way in auth.ways.items():
        if isinstance(way, configured.Dynamic):
            methods |= _dynamic(name, way, parts, checks, router)
        else:
            methods |= _BUILDERS[name](way, parts, checks)
    return Methods(methods)


def _dynamic(name: str, way: configured.Dynamic, parts: LoginParts, checks: Checks, router: Router) -> Methodical:
    from .auth import dynamic  # noqa: PLC0415
    from .auth.scram import METHODS as DIALECTS  # noqa: PLC0415

    ask = needed(parts.deciders).authenticator(router, way.authenticator, way.authenticator_realm)
    if name == "wampcra":
        return {name: dynamic.DynamicWampCra(ask, needed(parts.decoys), checks)}
    if name == "scram":
        shown, decoys = _SCRAM_SHAPES["argon2id13"], needed(parts.decoys)
        return {method: dynamic.DynamicScram(method, ask, decoys, checks, shown) for method in DIALECTS}
    if name == "cryptosign":
        return {name: dynamic.DynamicCryptosign(ask, needed(parts.signing_key), checks)}
    if isinstance(way, configured.DynamicTls):
        return {name: dynamic.DynamicTls(ask, checks, map(_fingerprint, way.revoked))}
    if name == "anonymous":
        return {name: dynamic.DynamicAnonymous(ask, checks)}
    return {name: dynamic.DynamicTicket(ask, checks)}


def _anonymous(way: configured.StaticAnonymous, _parts: LoginParts, _checks: Checks) -> Methodical:
    return {"anonymous": Anonymous(way.role)}


def _wampcra(way: configured.WampCra, parts: LoginParts, checks: Checks) -> Methodical:
    source: CredentialSource
    if isinstance(way, configured.StaticWampCra):
        source = StaticUsers({authid: _static_user(user) for authid, user in way.users.items()})
    else:
        source = needed(parts.accounts)
    return {"wampcra": WampCra(source, needed(parts.decoys), checks)}


def _carried(_way: configured.Switch, parts: LoginParts, _checks: Checks, name: str) -> Methodical:
    return {name: Carried(needed(parts.web).sessions.confirm)}


def _scram(way: configured.Scram, parts: LoginParts, checks: Checks) -> Methodical:
    from .auth.scram import METHODS, Scram  # noqa: PLC0415 - as all below, when it is used

    source: ScramSource
    otherwise = _SCRAM_SHAPES["argon2id13"]
    if isinstance(way, configured.StaticScram):
        source = StaticScram(_static_scram(way))
    elif isinstance(way, configured.AccountsScram):
        source = needed(parts.accounts).scram(way.kdf)
        otherwise = _SCRAM_SHAPES[way.kdf]
    return {method: Scram(method, source, needed(parts.decoys), checks, otherwise) for method in METHODS}


def _cryptosign(way: configured.Cryptosign, parts: LoginParts, checks: Checks) -> Methodical:
    from .auth.cryptosign import Cryptosign  # noqa: PLC0415

    source: HolderSource
    if isinstance(way, configured.StaticCryptosign):
        keys = [(key, authid, user.role) for authid, user in way.principals.items() for key in user.authorized_keys]
        source = StaticHolders({bytes.fromhex(key): _static_holder(authid, role, "key") for key, authid, role in keys})
    else:
        source = needed(parts.accounts).public_keys("cryptosign")
    return {"cryptosign": Cryptosign(source, needed(parts.signing_key), checks)}


def _ticket(way: configured.Ticket, parts: LoginParts, checks: Checks) -> Methodical:
    from .auth.ticket import Ticket, ticket_hash  # noqa: PLC0415

    if not isinstance(way, configured.StaticTicket):
        return {"ticket": Ticket(needed(parts.accounts).tokens, checks, guessable=False)}
    users = way.principals.items()
    holders = {ticket_hash(user.ticket): _static_holder(authid, user.role, "password") for authid, user in users}
    return {"ticket": Ticket(StaticHolders(holders), checks, guessable=True)}


def _tls(way: configured.StaticTls | configured.AccountsTls, parts: LoginParts, checks: Checks) -> Methodical:
    from .auth.tls import TlsCertificate, common_name, fingerprint  # noqa: PLC0415

    identities: list[Identity] = []
    if isinstance(way, configured.StaticTls):
        by_sha256, by_name = _static_certificates(way)
        identities = [(fingerprint, StaticHolders(by_sha256)), (common_name, StaticHolders(by_name))]
    elif way.identity == "fingerprint":
        identities = [(fingerprint, needed(parts.accounts).public_keys("certificate"))]
    else:
        identities = [(common_name, needed(parts.accounts).named("certificate"))]
    return {"tls": TlsCertificate(identities, checks, frozenset(map(_fingerprint, way.revoked)))}


_BUILDERS: Mapping[str, Callable[[Any, LoginParts, Checks], Methodical]] = {
    "anonymous": _anonymous,
    "wampcra": _wampcra,
    "scram": _scram,
    "cryptosign": _cryptosign,
    "ticket": _ticket,
    "tls": _tls,
    **{name: partial(_carried, name=name) for name in configured.WEB_WAYS},
}
"""Name of a way in the configuration -> what builds its methods."""


def needed(part: Any) -> Any:
    """Return a part that the service has made, because a login needs it."""
    if part is None:
        raise AssertionError("the service makes what the configured logins need")
    return part


def add_device_role(router: Router, name: str, prefix: str) -> None:
    """Let all realms have the role of a device with a prefix of its own."""
    for realm in router.realms.values():
        realm.set_roles([device_role(name, prefix)])


def _static_user(user: configured.StaticUser) -> StaticUser:
    return StaticUser(user.secret, user.role, user.salt, user.iterations, user.keylen)


def _static_holder(authid: str, role: str, credential: str) -> Holder:
    return Holder(authid, role, STATIC, credential)


def _static_scram(way: configured.StaticScram) -> dict[Dialect, dict[str, ScramCredential]]:
    """Return the users of each dialect."""
    from .auth.scram import read_keys  # noqa: PLC0415

    dialects: dict[Dialect, dict[str, ScramCredential]] = {"wamp": {}, "autobahn": {}}
    for authid, user in way.principals.items():
        for dialect, credential in read_keys(authid, STATIC, user).items():
            dialects[dialect][authid] = credential
    return dialects


def _static_certificates(way: configured.StaticTls) -> tuple[dict[bytes, Holder], dict[bytes, Holder]]:
    """Return SHA-256 -> whose certificate it is, and common name -> who has it."""
    by_sha256, by_name = {}, {}
    for authid, user in way.principals.items():
        holder = _static_holder(authid, user.role, "certificate")
        if user.certificate_sha256 is not None:
            by_sha256[_fingerprint(user.certificate_sha256)] = holder
        else:
            by_name[authid.encode()] = holder
    return by_sha256, by_name


def _fingerprint(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
