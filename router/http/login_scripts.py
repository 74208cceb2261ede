"""What scripts ask the login for: who they are, and tickets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from ..transport.head import BadRequest
from .endpoint import Endpoint, finish, json_answer, read_json, refusal
from .requests import knock_of
from .tickets import TICKET_SECONDS

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..core.authentication import Principal
    from .login_parts import LoginPathParts


class WhoAmI(Endpoint):
    """Says who a request is from, and how one could log in."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"GET": self._tell})
        self._parts = parts

    def _tell(self, request: Request) -> None:
        self._parts.gate.judge(knock_of(request), partial(self._judged, request))

    def _judged(self, request: Request, found: Principal | BadRequest | None) -> None:
        if isinstance(found, BadRequest):
            finish(request, refusal(found))
        else:
            finish(request, json_answer(200, described(found) | self._ways(request)))

    def _ways(self, request: Request) -> dict[str, Any]:
        """Return what there is besides a name and a password, for pages that want to offer it."""
        providers = [{"name": name, "title": title} for name, title in self._parts.providers]
        return {"passkeys": self._parts.offers_passkeys(request.getHeader("host") or ""), "providers": providers}


class TicketOffice(Endpoint):
    """Gives out tickets for the query of a WebSocket's address."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"POST": self._ask})
        self._parts = parts

    def _ask(self, request: Request) -> None:
        wanted = read_json(request, _TicketRequest)
        self._parts.gate.judge(knock_of(request), partial(self._judged, request, wanted.realm))

    def _judged(self, request: Request, realm: str | None, found: Principal | BadRequest | None) -> None:
        if isinstance(found, BadRequest) or found is None:
            finish(request, refusal(found or self._parts.gate.refusal()))
            return
        realms = list(self._parts.realms)
        if realm is None and len(realms) == 1:
            realm = realms[0]
        if realm not in realms:
            finish(request, json_answer(400, {"error": "name the realm that the ticket is for, as 'realm'"}))
            return
        ticket = self._parts.tickets.issue(found, realm)
        finish(request, json_answer(200, {"ticket": ticket, "expires_in": int(TICKET_SECONDS)}))


class _TicketRequest(msgspec.Struct, forbid_unknown_fields=True):
    realm: str | None = None


def described(principal: Principal | None) -> dict[str, Any]:
    """Return what scripts are told of who they are."""
    if principal is None:
        return {"authid": None}
    return {
        "authid": principal.authid,
        "authrole": principal.authrole,
        "authmethod": principal.method,
        "expires_at": principal.expires_at,
    }
