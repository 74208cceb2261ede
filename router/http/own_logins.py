"""The end of logins of one's own: by their number, or of all but the one that asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..transport.head import BadRequest
from .account import account_address, with_session
from .endpoint import Endpoint, check_sender, redirect
from .visit import Visit

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..core.authentication import Principal
    from ..store.accounts import Accounts
    from .login_parts import LoginPathParts


class OwnLogins(Endpoint):
    """Ends logins of who asks, and what lives on them: ``action`` is ``end``, with a ``number``, or ``end-others``.

    It needs a fresh login (OWASP ASVS 5.0, 7.5.2).
    """

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"POST": self._act})
        self._parts = parts
        self._actions = {"end": _end, "end-others": _end_others}

    def _act(self, request: Request) -> None:
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        visit.check_form()
        if visit.field("action") not in self._actions:
            raise BadRequest(400, "the form names no action that there is")
        with_session(visit, self._parts, partial(self._end, visit), must_be_fresh=True)

    def _end(self, visit: Visit, principal: Principal) -> None:
        action, number = self._actions[visit.field("action")], visit.number("number")

        def ended(credentials: list[str]) -> None:
            for credential in credentials:
                self._parts.log.info("login ended", peer=visit.peer, authid=principal.authid, login=credential)
                self._parts.expel(principal.authid, credential)
            visit.answer(redirect(account_address(self._parts.base)))

        self._parts.accounts.submit(partial(action, principal, number), ended, visit.unavailable)


def _end(principal: Principal, number: int, accounts: Accounts) -> list[str]:
    return accounts.web.end_login(principal.authid, number)


def _end_others(principal: Principal, _number: int, accounts: Accounts) -> list[str]:
    return accounts.web.end_other_logins(principal.authid, principal.credential)
