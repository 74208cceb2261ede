"""One request to the login, read whole before anything takes time: when the client is gone, so is the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..store.errors import WrongKind
from ..transport.head import BadRequest
from . import cookies
from .endpoint import FORM, JSON, Answer, content_type, fields_of, finish, form_fields, json_answer
from .login_page import Kept, code_page, logged_in_page, login_page, page_answer, passkey_part, provider_part
from .requests import has_ended, knock_of, sender_of

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..core.authentication import Principal
    from .login_parts import LoginPathParts
    from .second_steps import FirstStep

_OLD_FORM = "This form was open for too long, or cookies are off. Please try again."
_LONGEST_NUMBER = 15
_FOR_PEOPLE = "This is for people. A device has a key, which the hub's owner can renew."
_BUSY = "The hub can't check logins at the moment: please try again soon. Its log says why."


class Visit:
    """What a request brings, and the answers it may get. ``cookie`` is that of the login, ``target`` where to go on.

    ``form_cookie`` is the cookie that forms belong to, ``host`` the Host field in lower case. ``port`` is the one that
    the client has come to by itself, None behind a proxy.
    """

    def __init__(self, request: Request, parts: LoginPathParts) -> None:
        self._request = request
        self._parts = parts
        knock = knock_of(request)
        self.peer, self.address = knock.peer, knock.address
        self.port = _own_port(request)
        kind = content_type(request)
        self.is_form, self.is_script = kind == FORM, kind == JSON
        given = fields_of(request, "cookie")
        self.cookie = cookies.read(given, cookies.PREFIX + parts.cookie_name)
        self.form_cookie = parts.forms.read_cookie(given)
        self._fields = {} if self.is_script else form_fields(request)
        self.username, self.password = self.field("username"), self.field("password")
        self.target = next_path(self.field("next"))
        self.host = (request.getHeader("host") or "").lower()

    @property
    def stay(self) -> bool:
        """Whether the browser is to keep the login when it is closed, as the form says."""
        return bool(self.field("stay"))

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return has_ended(self._request)

    def field(self, name: str) -> str:
        """Return a field of the form or of the query, empty when it is not there."""
        return self._fields.get(name, "")

    def number(self, name: str) -> int:
        """Return a field that holds the number of something, 0 for anything else: nothing has that."""
        text = self.field(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else 0

    def check_form(self) -> None:
        """Raise for a form that this browser was not shown, or too long ago."""
        if not self._parts.forms.is_good(self.form_cookie, self.field("token")):
            raise BadRequest(403, _OLD_FORM)

    def set_cookie(self, field: str) -> None:
        """Let the answer set a cookie."""
        self._request.responseHeaders.addRawHeader("Set-Cookie", field)

    def answer(self, answer: Answer) -> None:
        """Answer, now or later."""
        finish(self._request, answer)

    def form(self, message: str = "", code: int = 200) -> Answer:
        """Return the form; ``message`` says why the last try failed."""
        base, token = self._parts.base, self.form_token()
        again = bool(self.field("again"))
        has_passkeys = self._parts.offers_passkeys(self.host)
        others = passkey_part(base, self.target, at_once=bool(self.field("passkey"))) if has_passkeys else ""
        # Who is asked to log in again is to prove something here: a provider may not ask.
        providers = () if again else self._parts.providers
        others += "".join(provider_part(base, self.target, *provider) for provider in providers)
        kept = Kept(self.username, self.stay)
        page = login_page(base, token, self.target, kept, message, others, has_passkeys, again=again)
        return page_answer(code, page, has_passkeys)

    def code_form(self, step: FirstStep, message: str = "", code: int = 200) -> Answer:
        """Return the form for the code of a second factor."""
        token, cookie = self.form_token(), self.form_cookie or ""
        carried = self._parts.second_steps.token(cookie, step)
        base = self._parts.base
        # Who is logged in is not shown the form unless he asks for it.
        again = "again=1&" if self.cookie is not None else ""
        back = f"{base}/login?{again}next={quote(self.target, safe='')}"
        return page_answer(code, code_page(base, token, self.target, carried, back, message))

    def farewell(self, principal: Principal) -> Answer:
        """Return the page for who is logged in."""
        return page_answer(200, logged_in_page(self._parts.base, self.form_token(), self.target, principal.authid))

    def refusal(self, message: str, code: int = 403) -> Answer:
        """Return why there was no login, as the page or for a script."""
        return self.form(message, code) if self.is_form else json_answer(code, {"error": message})

    def unavailable(self, error: object) -> None:
        """Answer that nothing could be checked; to a device, that what it asks for is for people."""
        if isinstance(error, WrongKind):
            self.answer(self.refusal(_FOR_PEOPLE))
            return
        self._parts.log.warn("login not checked", peer=self.peer, method="form", reason=str(error))
        self.answer(self.refusal(_BUSY, 503))

    def end_login(self, value: str, done: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        """End the login that a cookie stands for, and the WAMP sessions that live on it."""

        def ended(principal: Principal | None) -> None:
            if principal is not None:
                self._parts.log.info("logged out", peer=self.peer, authid=principal.authid)
                self._parts.expel(principal.authid, principal.credential)
            done()

        self._parts.sessions.end(value, ended, failed)

    def form_token(self) -> str:
        """Return the token of a form that is shown now, and let the answer set the cookie that it belongs to."""
        forms = self._parts.forms
        self.form_cookie = self.form_cookie or forms.new_cookie()
        self.set_cookie(forms.set_cookie(self.form_cookie))
        return forms.token(self.form_cookie)


def _own_port(request: Request) -> int | None:
    port: int | None = getattr(request.getHost(), "port", None)
    return port if sender_of(request).speaks_itself else None


def next_path(wanted: str) -> str:
    """Return where to go on to: a path on this host, ``/`` for anything else (open redirects).

    Browsers take ``//host`` and ``/\\host`` for another host, and leave out tabs and line ends.
    """
    is_path = wanted.startswith("/") and wanted[1:2] not in ("/", "\\")
    return wanted if is_path and wanted.isascii() and wanted.isprintable() and len(wanted) <= 1000 else "/"
