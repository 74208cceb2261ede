"""The login itself, by a page that needs no script or by a script, and the end of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ..auth.passwords import NotChecked, Proven
from ..transport.head import BadRequest
from . import cookies
from .endpoint import FORM, JSON, Answer, Endpoint, check_sender, json_answer, read_json, redirect
from .login_scripts import described
from .visit import Visit

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..auth.passwords import PasswordOutcome
    from ..core.authentication import Principal
    from .login_parts import LoginPathParts

_WRONG = "The name or the password is not right."


class Login(Endpoint):
    """The page and what it sends; the same for scripts."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"GET": self._show, b"POST": self._log_in})
        self._parts = parts

    def _show(self, request: Request) -> Answer | None:
        """Show the form, or to whom is logged in how to log out."""
        visit = Visit(request, self._parts)
        if visit.cookie is None:
            return visit.form()

        def found(principal: Principal | None) -> None:
            visit.answer(visit.form() if principal is None else visit.farewell(principal))

        self._parts.sessions.find(visit.cookie, found, visit.unavailable)
        return None

    def _log_in(self, request: Request) -> Answer | None:
        """Check name and password, from the form or from a script."""
        visit = Visit(request, self._parts)
        if not (visit.is_form or visit.is_script):
            raise BadRequest(415, f"send {FORM} or {JSON}")
        # A browser names the Origin of a form; JSON can't come from another site's page without its asking first.
        check_sender(request, must_tell=visit.is_form)
        if visit.is_script:
            sent = read_json(request, _Credentials)
            visit.username, visit.password = sent.username, sent.password
        else:
            try:
                visit.check_form()
            except BadRequest as error:
                return visit.form(error.message, error.code)
        _Attempt(visit, self._parts).start()
        return None


class Logout(Endpoint):
    """Ends the session of the cookie."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"POST": self._log_out})
        self._parts = parts

    def _log_out(self, request: Request) -> Answer | None:
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        if visit.is_form:
            visit.check_form()
        visit.set_cookie(cookies.clear_cookie(self._parts.name))
        answer = redirect(f"{self._parts.base}/login") if visit.is_form else json_answer(200, {})
        if visit.cookie is None:
            return answer
        visit.end_login(visit.cookie, partial(visit.answer, answer), visit.unavailable)
        return None


class _Attempt:
    """One try to log in: the password is checked, a session begun, and that of an older cookie ended."""

    def __init__(self, visit: Visit, parts: LoginPathParts) -> None:
        self._visit = visit
        self._parts = parts
        # From before the check: a password that is changed meanwhile is the old one.
        self._since = parts.clock.time()

    def start(self) -> None:
        """Have the password checked."""
        visit = self._visit
        self._parts.passwords.check(visit.username, visit.password, visit.address, "form", self._decided)

    def _decided(self, outcome: PasswordOutcome) -> None:
        visit, parts = self._visit, self._parts
        if isinstance(outcome, Proven):
            authid = outcome.account.authid
            parts.sessions.open(authid, self._since, parts.lifetimes, self._opened, visit.unavailable)
        elif isinstance(outcome, NotChecked):
            visit.unavailable(outcome.reason)
        else:
            fields = {"authid": visit.username, "method": "form", "reason": outcome.reason}
            parts.log.warn("login refused", peer=visit.peer, **fields)
            visit.answer(visit.refusal(_WRONG))

    def _opened(self, made: tuple[str, Principal]) -> None:
        """Answer with the cookie; nobody may go on with the older one, nor with one that nobody has received."""
        visit, parts = self._visit, self._parts
        value, principal = made
        for useless in (visit.cookie, value if visit.is_over else None):
            if useless is not None:
                visit.end_login(useless, lambda: None, self._not_ended)
        if visit.is_over:
            return
        parts.log.info("logged in", peer=visit.peer, authid=principal.authid, method="form")
        visit.set_cookie(cookies.set_cookie(parts.name, value, parts.lifetimes.total))
        visit.answer(json_answer(200, described(principal)) if visit.is_script else redirect(visit.target))

    def _not_ended(self, error: Exception) -> None:
        self._parts.log.warn("login not ended", peer=self._visit.peer, reason=str(error))


class _Credentials(msgspec.Struct, forbid_unknown_fields=True):
    username: str
    password: str
