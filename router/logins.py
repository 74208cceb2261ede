"""From the logins of a configuration to authenticators: what builds each method stands here, one function a method.

What a method does is in ``auth/``, one file each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from .auth.anonymous import Anonymous
from .auth.carried import Carried
from .auth.checks import Checks
from .auth.methods import Methods
from .auth.sources import StaticUser, StaticUsers
from .auth.wampcra import WampCra
from .config.auth import WEB_WAYS, StaticWampCra
from .realms import device_role

if TYPE_CHECKING:
    from .auth.decoys import Decoys
    from .auth.throttle import Throttle
    from .config import auth as configured
    from .core.authentication import Authenticator
    from .core.ports import Clock, Log
    from .core.router import Router
    from .credentials import CredentialSource
    from .web_logins import WebParts


@dataclass(frozen=True, slots=True)
class LoginParts:
    """What the methods of a whole node share; ``decoys``, ``accounts`` and ``web`` are None where no login needs it."""

    clock: Clock
    log: Log
    throttle: Throttle
    decoys: Decoys | None
    accounts: CredentialSource | None
    web: WebParts | None = None


def authenticator(auth: configured.Auth, parts: LoginParts, router: Router) -> Authenticator:
    """Return the methods of one listener behind one authenticator."""
    sections = {name: section for name, section in msgspec.structs.asdict(auth).items() if section is not None}
    return Methods({name: _METHODS[name](section, parts, router) for name, section in sections.items()})


def _anonymous(section: configured.Anonymous, _parts: LoginParts, _router: Router) -> Authenticator:
    return Anonymous(section.role)


def _wampcra(section: configured.WampCra, parts: LoginParts, router: Router) -> Authenticator:
    if isinstance(section, StaticWampCra):
        users = {authid: _static_user(user) for authid, user in section.users.items()}
        source: CredentialSource = StaticUsers(users)
    else:
        source = _needed(parts.accounts)
    return WampCra(source, _needed(parts.decoys), _checks(parts, router))


def _carried(_section: configured.Switch, parts: LoginParts, _router: Router) -> Authenticator:
    return Carried(_needed(parts.web).sessions.confirm)


_METHODS: Mapping[str, Callable[[Any, LoginParts, Router], Authenticator]] = {
    "anonymous": _anonymous,
    "wampcra": _wampcra,
    **dict.fromkeys(WEB_WAYS, _carried),
}
"""Name of a method, in the configuration and in HELLO -> what builds it."""


def _checks(parts: LoginParts, router: Router) -> Checks:
    return Checks(parts.throttle, parts.clock, parts.log, partial(add_device_role, router))


def add_device_role(router: Router, name: str, prefix: str) -> None:
    """Let all realms have the role of a device with a prefix of its own."""
    for realm in router.realms.values():
        realm.set_roles([device_role(name, prefix)])


def _static_user(user: configured.StaticUser) -> StaticUser:
    return StaticUser(user.secret, user.role, user.salt, user.iterations, user.keylen)


def _needed(part: Any) -> Any:
    if part is None:
        raise AssertionError("the service makes what the configured logins need")
    return part
