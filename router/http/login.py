"""The login itself, by a page that needs no script or by a script, and the end of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ..auth.passwords import NotChecked, Proven
from ..transport.head import BadRequest
from . import cookies
from .endpoint import (
    FORM,
    JSON,
    Answer,
    Endpoint,
    check_sender,
    content_type,
    fields_of,
    finish,
    form_field,
    json_answer,
    read_json,
    redirect,
)
from .login_page import logged_in_page, login_page, page_answer
from .login_scripts import described
from .requests import has_ended, knock_of

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..auth.passwords import PasswordOutcome
    from ..core.authentication import Principal
    from .login_parts import LoginParts

_WRONG = "The name or the password is not right."
_OLD_FORM = "This form was open for too long, or cookies are off. Please try again."
_BUSY = "Too many logins at once: please try again in a moment."


class Login(Endpoint):
    """The page and what it sends; the same for scripts."""

    def __init__(self, parts: LoginParts) -> None:
        super().__init__({b"GET": self._show, b"POST": self._log_in})
        self._parts = parts

    def _show(self, request: Request) -> Answer | None:
        """Show the form, or to whom is logged in how to log out."""
        value = _cookie(request, self._parts)
        if value is None:
            return self._form(request)

        def found(principal: Principal | None) -> None:
            finish(request, self._form(request) if principal is None else self._farewell(request, principal))

        self._parts.sessions.find(value, found, partial(_unavailable, request, self._parts))
        return None

    def _log_in(self, request: Request) -> Answer | None:
        """Check name and password, from the form or from a script."""
        kind = content_type(request)
        if kind == FORM:
            return self._log_in_by_form(request)
        if kind == JSON:
            sent = read_json(request, _Credentials)
            check_sender(request, must_tell=False)
            self._check(request, sent.username, sent.password, partial(self._welcome_script, request))
            return None
        raise BadRequest(415, f"send {FORM} or {JSON}")

    def _log_in_by_form(self, request: Request) -> Answer | None:
        check_sender(request, must_tell=True)
        forms = self._parts.forms
        if not forms.is_good(forms.read_cookie(fields_of(request, "cookie")), form_field(request, "token")):
            return self._form(request, _OLD_FORM, code=403)
        name, password = form_field(request, "username"), form_field(request, "password")
        self._check(request, name, password, partial(self._welcome_browser, request))
        return None

    def _check(self, request: Request, name: str, password: str, welcome: Callable[[str, Principal], None]) -> None:
        """Check a password; when it is right begin a session, and end that of an older cookie."""
        parts, since = self._parts, self._parts.clock.time()
        knock = knock_of(request)

        def decided(outcome: PasswordOutcome) -> None:
            if isinstance(outcome, Proven):
                failed = partial(_unavailable, request, parts)
                parts.sessions.open(outcome.account.authid, since, parts.lifetimes, lambda made: opened(*made), failed)
            elif isinstance(outcome, NotChecked):
                _unavailable(request, parts, outcome.reason)
            else:
                parts.log.warn("login refused", peer=knock.peer, authid=name, method="form", reason=outcome.reason)
                finish(request, self._refused(request))

        def opened(value: str, principal: Principal) -> None:
            old = _cookie(request, parts)
            if old is not None:
                _end(parts, old, lambda: None)
            if has_ended(request):
                _end(parts, value, lambda: None)
                return
            parts.log.info("logged in", peer=knock.peer, authid=principal.authid, method="form")
            request.responseHeaders.addRawHeader(
                "Set-Cookie", cookies.set_cookie(parts.name, value, parts.lifetimes.total)
            )
            welcome(value, principal)

        parts.passwords.check(name, password, knock.address, "form", decided)

    def _welcome_browser(self, request: Request, _value: str, _principal: Principal) -> None:
        finish(request, redirect(next_path(form_field(request, "next"))))

    def _welcome_script(self, request: Request, _value: str, principal: Principal) -> None:
        finish(request, json_answer(200, described(principal)))

    def _refused(self, request: Request) -> Answer:
        if content_type(request) == JSON:
            return json_answer(403, {"error": _WRONG})
        return self._form(request, _WRONG, code=403)

    def _form(self, request: Request, message: str = "", code: int = 200) -> Answer:
        """Return the form, with the cookie that belongs to it."""
        forms = self._parts.forms
        cookie = forms.read_cookie(fields_of(request, "cookie"))
        if cookie is None:
            cookie = forms.new_cookie()
        request.responseHeaders.addRawHeader("Set-Cookie", forms.set_cookie(cookie))
        target = next_path(form_field(request, "next"))
        page = login_page(self._parts.base, forms.token(cookie), target, form_field(request, "username"), message)
        return page_answer(code, page)

    def _farewell(self, request: Request, principal: Principal) -> Answer:
        forms = self._parts.forms
        cookie = forms.read_cookie(fields_of(request, "cookie")) or forms.new_cookie()
        request.responseHeaders.addRawHeader("Set-Cookie", forms.set_cookie(cookie))
        target = next_path(form_field(request, "next"))
        return page_answer(200, logged_in_page(self._parts.base, forms.token(cookie), target, principal.authid))


class Logout(Endpoint):
    """Ends the session of the cookie."""

    def __init__(self, parts: LoginParts) -> None:
        super().__init__({b"POST": self._log_out})
        self._parts = parts

    def _log_out(self, request: Request) -> Answer | None:
        check_sender(request, must_tell=True)
        forms = self._parts.forms
        is_form = content_type(request) == FORM
        if is_form and not forms.is_good(forms.read_cookie(fields_of(request, "cookie")), form_field(request, "token")):
            raise BadRequest(403, _OLD_FORM)
        value = _cookie(request, self._parts)
        request.responseHeaders.addRawHeader("Set-Cookie", cookies.clear_cookie(self._parts.name))
        answer = redirect(f"{self._parts.base}/login") if is_form else json_answer(200, {})
        if value is None:
            return answer
        _end(self._parts, value, lambda: finish(request, answer), partial(_unavailable, request, self._parts))
        return None


class _Credentials(msgspec.Struct, forbid_unknown_fields=True):
    username: str
    password: str


def next_path(wanted: str) -> str:
    """Return where to go on to: a path on this host, ``/`` for anything else (open redirects).

    Browsers take ``//host`` and ``/\\host`` for another host, and leave out tabs and line ends.
    """
    is_path = wanted.startswith("/") and wanted[1:2] not in ("/", "\\")
    return wanted if is_path and wanted.isascii() and wanted.isprintable() and len(wanted) <= 1000 else "/"


def _unavailable(request: Request, parts: LoginParts, error: object) -> None:
    parts.log.warn("login not checked", peer=knock_of(request).peer, method="form", reason=str(error))
    finish(request, json_answer(503, {"error": _BUSY}))


def _end(
    parts: LoginParts,
    value: str,
    done: Callable[[], None],
    failed: Callable[[Exception], None] = lambda _error: None,
) -> None:
    """End the session of a cookie, and the WAMP sessions that live on it."""

    def ended(principal: Principal | None) -> None:
        if principal is not None:
            parts.log.info("logged out", authid=principal.authid)
            parts.expel(principal.authid, principal.credential)
        done()

    parts.sessions.end(value, ended, failed)


def _cookie(request: Request, parts: LoginParts) -> str | None:
    return cookies.read(fields_of(request, "cookie"), cookies.PREFIX + parts.name)
