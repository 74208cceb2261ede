"""From the web's logins of a configuration to gates and login pages.

What a way does is in ``http/``, one file each; what HELLO makes of it is in ``auth/carried``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .auth.checks import Checks
from .auth.passwords import PasswordLogin
from .config.places import resolve
from .http.basic import Basic
from .http.bearer import Bearer
from .http.cookies import NAME, Cookie
from .http.digest import Digest, Nonces
from .http.forms import FormTokens
from .http.gate import Gate
from .http.login_parts import LoginPathParts
from .http.login_path import LoginResources
from .http.second_steps import SecondSteps
from .http.sessions import WebSessions
from .http.tickets import Tickets
from .store.web import Lifetimes

if TYPE_CHECKING:
    from .auth.hashing import PasswordHashes
    from .auth.throttle import Throttle
    from .config.auth import WebAuth
    from .config.transports import LoginPath, OidcProvider
    from .core.ports import Clock, Log
    from .core.router import Router
    from .http.oidc.provider import Provider
    from .http.ways import FoundWay, HeaderWay
    from .store.worker import AccountsWorker


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the web's logins of a whole node share. ``form_key`` is 32 bytes, the same for the life of the hub.

    ``expel`` ends the WAMP sessions of an authid, or those that a credential has let in, in all routers: browsers take
    a cookie to every port of a host.
    ``end_older`` ends those that an older password of an authid has let in.
    """

    clock: Clock
    log: Log
    accounts: AccountsWorker
    sessions: WebSessions
    hashes: PasswordHashes
    passwords: PasswordLogin
    checks: Checks
    nonces: Nonces
    expel: Callable[..., object]
    end_older: Callable[[str], object]
    form_key: bytes
    reactor: Any
    data_dir: Path


def web_parts(
    accounts: AccountsWorker,
    hashes: PasswordHashes,
    throttle: Throttle,
    clock: Clock,
    log: Log,
    expel: Callable[..., object],
    end_older: Callable[[str], object],
    form_key: bytes,
    reactor: Any,
    data_dir: Path,
) -> WebParts:
    """Return them."""
    checks = Checks(throttle, clock, log, codes=accounts)
    return WebParts(
        clock,
        log,
        accounts,
        WebSessions(accounts),
        hashes,
        PasswordLogin(accounts, hashes, checks),
        checks,
        Nonces(clock),
        expel,
        end_older,
        form_key,
        reactor,
        data_dir,
    )


class WebLogins:
    """The web's logins of one router. ``add_device_role`` as for :class:`.Checks`."""

    def __init__(self, parts: WebParts, router: Router, add_device_role: Callable[[str, str], None]) -> None:
        self._parts = parts
        self._router = router
        self._add_device_role = add_device_role
        self._tickets = Tickets(parts.clock, parts.sessions.confirm)

    def gate(self, auth: WebAuth, cookie: str = NAME, *, is_required: bool = False) -> Gate:
        """Return the gate of one path; ``cookie`` is the name of the cookie that its listener gives out."""
        parts = self._parts
        schemes: list[HeaderWay] = []
        if auth.digest is not None:
            schemes.append(Digest(parts.accounts, parts.checks, parts.nonces))
        if auth.basic is not None:
            schemes.append(Basic(parts.passwords, parts.clock))
        if auth.bearer is not None:
            schemes.append(Bearer(parts.accounts.tokens, parts.checks))
        others: list[FoundWay] = []
        if auth.cookie is not None:
            others.append(Cookie(parts.sessions, cookie))
        if auth.query is not None:
            others.append(self._tickets)
        return Gate(schemes, others, self._add_device_role, parts.log, is_required=is_required)

    def resources(self, base: str, path: LoginPath) -> LoginResources:
        """Return what is served at a path of type ``login``."""
        parts = self._parts
        providers = [self._provider(name, section) for name, section in path.oidc.items()]
        return LoginResources(
            LoginPathParts(
                base=base,
                cookie_name=path.cookie.name,
                lifetimes=Lifetimes(path.cookie.idle, path.cookie.max_age),
                realms=self._router.realms,
                accounts=parts.accounts,
                checks=parts.checks,
                passwords=parts.passwords,
                hashes=parts.hashes,
                second_steps=SecondSteps(parts.form_key, parts.clock),
                sessions=parts.sessions,
                forms=FormTokens(parts.form_key, parts.clock, path.cookie.name),
                tickets=self._tickets,
                gate=self.gate(path.auth, path.cookie.name),
                expel=parts.expel,
                end_older=parts.end_older,
                clock=parts.clock,
                log=parts.log,
                has_passkeys=path.passkeys is not None,
                providers=tuple((provider.client.name, provider.client.title) for provider in providers),
            ),
            providers,
        )

    def _provider(self, name: str, section: OidcProvider) -> Provider:
        from .http.oidc.fetch import Fetcher  # noqa: PLC0415 - most hubs have none
        from .http.oidc.provider import Client, Provider  # noqa: PLC0415

        parts, secret = self._parts, None
        if section.client_secret_file is not None:
            secret = resolve(parts.data_dir, section.client_secret_file).read_text("utf-8").strip()
        authority = None if section.authority is None else resolve(parts.data_dir, section.authority)
        title = section.title or name
        client = Client(name, title, section.issuer, section.client_id, secret, section.scopes)
        return Provider(client, Fetcher(parts.reactor, authority), parts.clock)
