"""Logging in over HTTPS before any WebSocket: a page that needs no script, and the same for scripts.

Below the path that the configuration gives (here ``/auth``):

============================  ====================================================================================
``GET /auth/login``           the page; ``next`` is the path on this host to go on to
``POST /auth/login``          from that page, or JSON: ``{"username", "password", "code", "stay"}``; answers with a
                              cookie, which the browser keeps when it is closed if ``stay`` is true
``POST /auth/code``           from the page that asks for the code of a second factor
``GET /auth/account``         the page about one's own account
``POST /auth/second-factor``  from that page: sets a second factor, or takes it away
``GET /auth/password``        the page that asks for another password
``POST /auth/password``       from that page
``POST /auth/logins``         from the page about one's account: ends other logins of one's own
``POST /auth/logout``         ends the session of the cookie, and every WAMP session that lives on it
``GET /auth/session``         who the request is from: ``{"authid", "authrole", "authmethod", "expires_at"}``, and
                              what one could log in with besides a password: ``{"passkeys", "providers"}``
``POST /auth/ticket``         ``{"realm"}``; answers with a ticket for one WebSocket: ``{"ticket", "expires_in"}``
``/auth/passkeys/…``          what the page's script asks, where passkeys are configured: see :mod:`.passkeys`
``/auth/oidc/NAME/…``         to each provider that is configured, and back: see :mod:`.oidc.resources`
============================  ====================================================================================

Each login makes a new cookie, and ends the session of the one that was brought (session fixation). Errors of the ones
for scripts are ``{"error": TEXT}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.web.resource import Resource

from .account import Account, SecondFactor
from .endpoint import Answer, Endpoint
from .later import Later
from .login import CodeStep, Login, Logout
from .login_page import ICON, SCRIPT, STYLE
from .login_scripts import TicketOffice, WhoAmI
from .own_logins import OwnLogins
from .own_password import OwnPassword

if TYPE_CHECKING:
    from twisted.web.http import Request

    from .login_parts import LoginPathParts
    from .oidc.provider import Provider


class LoginResources(Resource):
    """What stands at the path."""

    def __init__(self, parts: LoginPathParts, providers: Sequence[Provider] = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if providers:
            from .oidc.resources import OidcResources  # noqa: PLC0415 - most hubs have none

            self.putChild(b"oidc", OidcResources(parts, providers))
        for name, resource in (
            (b"login", Login(parts)),
            (b"code", CodeStep(parts)),
            (b"account", Account(parts)),
            (b"second-factor", SecondFactor(parts)),
            (b"password", OwnPassword(parts)),
            (b"logins", OwnLogins(parts)),
            (b"logout", Logout(parts)),
            (b"session", WhoAmI(parts)),
            (b"ticket", TicketOffice(parts)),
            (b"login.css", Fixed(STYLE, "text/css; charset=utf-8")),
            (b"icon.svg", Fixed(ICON, "image/svg+xml")),
        ):
            self.putChild(name, resource)
        if parts.has_passkeys:
            self.putChild(b"passkeys", Later(partial(_passkeys, parts)))
            self.putChild(b"passkey.js", Fixed(SCRIPT, "text/javascript; charset=utf-8"))

    def getChild(self, _name: bytes, _request: Request) -> Resource:  # noqa: N802 -- Twisted's
        """Return what answers where nothing of its own is."""
        return Endpoint({})

    def render(self, request: Request) -> Any:
        """Answer at the path itself."""
        return Endpoint({}).render(request)


def _passkeys(parts: LoginPathParts) -> Resource:
    from .passkeys import PasskeyResources  # noqa: PLC0415 - the library costs a third of a second, and 5 MB

    return PasskeyResources(parts)


class Fixed(Endpoint):
    """A file that belongs to the page."""

    def __init__(self, content: bytes, media_type: str) -> None:
        headers = {"Content-Type": media_type, "Cache-Control": "no-cache"}
        super().__init__({b"GET": lambda _request: Answer(200, content, headers)})
