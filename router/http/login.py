"""The login itself, by a page that needs no script or by a script, and the end of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ..auth.passwords import NeedsCode, NotChecked, Proven
from ..transport.head import BadRequest
from ..unshown import Unshown
from . import cookies
from .endpoint import FORM, JSON, Answer, Endpoint, check_sender, json_answer, read_json, redirect
from .entrance import Entrance
from .login_scripts import described
from .second_steps import FirstStep
from .visit import Visit

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..auth.passwords import PasswordOutcome
    from ..core.authentication import Principal
    from .login_parts import LoginPathParts

BY_PASSWORD = "password"  # noqa: S105 -- the name of a way
"""By what such a session has begun, as web sessions keep it."""

_WRONG = "The name or password is wrong. After several tries, wait a minute."
_WRONG_CODE = "The code is not right, or it has been used."
_CODE_NEEDED = "A code is needed besides: send it as 'code'."
_TOO_LATE = "That took too long, please log in again."


class Login(Endpoint):
    """The page and what it sends; the same for scripts."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"GET": self._show, b"POST": self._log_in})
        self._parts = parts

    def _show(self, request: Request) -> Answer | None:
        """Show the form, or to whom is logged in how to log out; ``again`` in the query asks for the form."""
        visit = Visit(request, self._parts)
        if visit.cookie is None or visit.field("again"):
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
            _Attempt(visit, self._parts, stay=sent.stay, code=sent.code).start()
        else:
            try:
                visit.check_form()
            except BadRequest as error:
                return visit.form(error.message, error.code)
            _Attempt(visit, self._parts, stay=visit.stay).start()
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
        visit.set_cookie(cookies.clear_cookie(self._parts.cookie_name))
        answer = redirect(f"{self._parts.base}/login") if visit.is_form else json_answer(200, {})
        if visit.cookie is None:
            return answer
        visit.end_login(visit.cookie, partial(visit.answer, answer), visit.unavailable)
        return None


class CodeStep(Endpoint):
    """Takes the code of a second factor from the page that asks for it."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"POST": self._check})
        self._parts = parts

    def _check(self, request: Request) -> Answer | None:
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        try:
            visit.check_form()
        except BadRequest as error:
            return visit.form(error.message, error.code)
        step = self._parts.second_steps.read(visit.form_cookie, visit.field("step"))
        if step is None:
            return visit.form(_TOO_LATE, 403)
        entrance = Entrance(visit, self._parts, lambda _principal: visit.answer(redirect(visit.target)))
        refused = partial(self._refuse, visit, step)
        entrance.check_code(step, visit.field("code"), refused)
        return None

    def _refuse(self, visit: Visit, step: FirstStep) -> None:
        visit.answer(visit.code_form(step, _WRONG_CODE, 403))


class _Attempt:
    """One try to log in with a password, and with a code where that is needed; ``stay`` as in :class:`.FirstStep`."""

    def __init__(self, visit: Visit, parts: LoginPathParts, *, stay: bool, code: str | None = None) -> None:
        self._visit = visit
        self._parts = parts
        self._code = code
        # From before the check: a password that is changed meanwhile is the old one.
        self._step = FirstStep(visit.username, parts.clock.time(), BY_PASSWORD, stay)
        self._entrance = Entrance(visit, parts, self._welcome)

    def start(self) -> None:
        """Have the password checked."""
        visit, passwords = self._visit, self._parts.passwords
        passwords.check(visit.username, visit.password, visit.address, "form", self._decided, can_ask=True)

    def _decided(self, outcome: PasswordOutcome) -> None:
        visit, parts = self._visit, self._parts
        if isinstance(outcome, Proven):
            self._entrance.admit(self._step, "form")
        elif isinstance(outcome, NeedsCode):
            self._ask_for_code()
        elif isinstance(outcome, NotChecked):
            visit.unavailable(outcome.reason)
        else:
            fields = {"authid": visit.username, "method": "form", "reason": outcome.reason}
            parts.log.warn("login refused", peer=visit.peer, **fields)
            visit.answer(visit.refusal(_WRONG))

    def _ask_for_code(self) -> None:
        visit = self._visit
        if not visit.is_script:
            visit.answer(visit.code_form(self._step))
        elif self._code is None:
            visit.answer(_needs_code(_CODE_NEEDED))
        else:
            self._entrance.check_code(self._step, self._code, lambda: visit.answer(_needs_code(_WRONG_CODE)))

    def _welcome(self, principal: Principal) -> None:
        visit = self._visit
        visit.answer(json_answer(200, described(principal)) if visit.is_script else redirect(visit.target))


def _needs_code(error: str) -> Answer:
    """Tell a script that the password was right, and that a code which is right is needed besides."""
    return json_answer(403, {"error": error, "needs": "code"})


class _Credentials(Unshown, msgspec.Struct, forbid_unknown_fields=True):
    username: str
    password: str
    code: str | None = None
    stay: bool = False
