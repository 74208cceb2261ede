"""What browsers see of OpenID Connect.

=================================  ===================================================================================
``GET /auth/oidc/NAME/login``      sends the browser to the provider; ``next`` as for the login page
``GET /auth/oidc/NAME/callback``   where the provider sends it back to
=================================  ===================================================================================

Whoever comes back with an identity that no account is linked to has proven nothing that counts here: it is written down
for the owner to see, and that is all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.web.resource import Resource

from ...auth.checks import Candidate
from ...transport.head import BadRequest
from ..endpoint import Answer, Endpoint, check_sender, fields_of, redirect
from ..entrance import Entrance
from ..login_page import coming_page, page_answer, stranger_page
from ..requests import sender_of
from ..second_steps import FirstStep
from ..visit import Visit
from ..waiting import stranger_of
from .fetch import ProviderError
from .flows import Flow, Flows
from .id_tokens import BadToken

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure
    from twisted.web.http import Request

    from ...core.authentication import Principal
    from ...store.accounts import Accounts
    from ...store.identities import KnownIdentity
    from ..login_parts import LoginPathParts
    from .id_tokens import Identity
    from .provider import Provider

MOST_AT_ONCE = 16
"""Requests to one provider that may be under way."""

_LONGEST_CODE = 2048
_TOO_LATE = "That took too long, or began in another browser. Please try again."
_REFUSED = "The provider or this hub did not let you in."
_DOWN = "The provider can't be asked at the moment. Your password works as always."


class OidcResources(Resource):
    """What stands at ``oidc``."""

    def __init__(self, parts: LoginPathParts, providers: Iterable[Provider]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        flows = Flows(parts.clock, parts.cookie_name)
        for provider in providers:
            there, logins = Resource(), OidcLogin(parts, provider, flows)
            there.putChild(b"login", Endpoint({b"GET": logins.send_away}))
            there.putChild(b"callback", Endpoint({b"GET": logins.take_back}))
            self.putChild(provider.client.name.encode("ascii"), there)

    def getChild(self, _name: bytes, _request: Request) -> Resource:  # noqa: N802 -- Twisted's
        """Return what answers where nothing of its own is."""
        return Endpoint({})

    def render(self, request: Request) -> Any:
        """Answer at the path itself."""
        return Endpoint({}).render(request)


class OidcLogin:
    """Logins with one provider."""

    def __init__(self, parts: LoginPathParts, provider: Provider, flows: Flows) -> None:
        self._parts = parts
        self._provider = provider
        self._flows = flows
        self._under_way = 0

    def send_away(self, request: Request) -> Answer | None:
        """Send the browser to the provider."""
        check_sender(request, must_tell=False)
        visit, name = Visit(request, self._parts), self._provider.client.name
        flow = Flow(name, visit.target, f"https://{visit.host}{self._parts.base}/oidc/{name}/callback")

        def go(address: str) -> None:
            visit.set_cookie(self._flows.begin(flow, stranger_of(visit.address)))
            visit.answer(redirect(address))

        return self._ask(visit, partial(self._provider.address, flow), go)

    def take_back(self, request: Request) -> Answer | None:
        """Take the browser back, with a code. It comes from another site's page, as it has to."""
        if not sender_of(request).secure:
            raise BadRequest(403, "logging in needs TLS: what is sent here can be read on the way")
        visit = Visit(request, self._parts)
        visit.set_cookie(self._flows.clear())
        flow = self._flows.take(fields_of(request, "cookie"), self._provider.client.name, visit.field("state"))
        if flow is None:
            return visit.form(_TOO_LATE, 403)
        visit.target = flow.target
        code, issuer = visit.field("code"), visit.field("iss") or None
        if visit.field("error") or not 1 <= len(code) <= _LONGEST_CODE:
            self._note(visit, None, "the provider sent an error, or no code")
            return visit.form(_REFUSED, 403)
        return self._ask(visit, partial(self._provider.identity, flow, code, issuer), partial(self._look_up, visit))

    def _ask(self, visit: Visit, ask: Callable[[], Deferred[Any]], then: Callable[[Any], None]) -> Answer | None:
        """Ask the provider, and go on with what it answers."""
        if self._under_way >= MOST_AT_ONCE:
            return visit.form(_DOWN, 503)
        self._under_way += 1

        def ended(result: Any) -> Any:
            self._under_way -= 1
            return result

        ask().addBoth(ended).addCallbacks(then, partial(self._failed, visit))
        return None

    def _failed(self, visit: Visit, failure: Failure) -> None:
        is_down = failure.trap(ProviderError, BadToken) is ProviderError
        self._note(visit, None, failure.getErrorMessage())
        message, code = (_DOWN, 502) if is_down else (_REFUSED, 403)
        visit.answer(visit.form(message, code))

    def _look_up(self, visit: Visit, identity: Identity) -> None:
        found, issuer, subject, hint = partial(self._found, visit), identity.issuer, identity.subject, identity.hint
        meet = partial(_meet, issuer, subject, hint)
        self._parts.accounts.submit(meet, found, visit.unavailable)

    def _found(self, visit: Visit, known: KnownIdentity) -> None:
        account = known.account
        if account is None:
            self._note(visit, None, f"the identity {known.number} is linked to no account")
            page = stranger_page(self._parts.base, self._provider.client.title, known.number)
            visit.answer(page_answer(403, page))
            return
        candidate = Candidate(
            account.authid, enabled=account.enabled, guessable=False, second_factor=account.second_factor
        )
        reason = self._parts.checks.refusal("oidc", visit.address, candidate, is_right=True, can_ask=True)
        step = FirstStep(account.authid, self._parts.clock.time(), known.credential)
        if reason is not None:
            self._note(visit, account.authid, reason)
            visit.answer(visit.form(_REFUSED, 403))
        elif account.second_factor:
            visit.answer(visit.code_form(step))
        else:
            Entrance(visit, self._parts, partial(self._welcome, visit)).admit(step, "oidc")

    def _welcome(self, visit: Visit, principal: Principal) -> None:
        # Not a redirect: the browser has come from another site, and brings no SameSite=Strict cookie along until a
        # page of this one sends it on.
        visit.answer(page_answer(200, coming_page(self._parts.base, visit.target, principal.authid)))

    def _note(self, visit: Visit, authid: str | None, reason: str) -> None:
        fields = {"authid": authid, "method": "oidc", "provider": self._provider.client.name, "reason": reason}
        self._parts.log.warn("login refused", peer=visit.peer, **fields)


def _meet(issuer: str, subject: str, hint: str, accounts: Accounts) -> KnownIdentity:
    return accounts.identities.meet(issuer, subject, hint)
