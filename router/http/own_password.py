"""Another password for one's own account.

It asks for the current one, as any login does: through the same throttle, and by a login that is fresh besides. What
the older password has let in ends with it; the browser that asked goes on with another cookie (session fixation).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..auth.passwords import NotChecked, WrongPassword
from ..store.errors import StoreError
from .account import with_session
from .account_page import changed_page, password_page
from .endpoint import Endpoint, check_sender
from .entrance import Entrance
from .login_page import page_answer
from .second_steps import FirstStep
from .visit import Visit

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..auth.passwords import PasswordOutcome
    from ..core.authentication import Principal
    from ..store.accounts import Accounts
    from ..store.verifiers import Derived, Draft
    from ..store.web import WebLogin
    from .login_parts import LoginPathParts

_WRONG = "The current password is not right: please try again. After several wrong ones, wait a minute first."
_DIFFERENT = "The two new passwords are not the same: type the same one twice."
_LOGIN_OVER = "This login has ended meanwhile: log in again."
_METHOD = "password"


class OwnPassword(Endpoint):
    """Shows the form, and takes what it sends: ``current``, ``new`` and ``again``."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"GET": self._ask, b"POST": self._act})
        self._parts = parts

    def _ask(self, request: Request) -> None:
        visit = Visit(request, self._parts)
        with_session(visit, self._parts, partial(self._show, visit), must_be_fresh=True)

    def _show(self, visit: Visit, principal: Principal, message: str = "", code: int = 200) -> None:
        authid = principal.authid

        def show(least: int) -> None:
            page = password_page(self._parts.base, visit.form_token(), authid, least, message)
            visit.answer(page_answer(code, page))

        self._parts.accounts.submit(lambda accounts: accounts.least_characters(authid), show, visit.unavailable)

    def _act(self, request: Request) -> None:
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        visit.check_form()
        with_session(visit, self._parts, partial(self._check, visit), must_be_fresh=True)

    def _check(self, visit: Visit, principal: Principal) -> None:
        """Have the current password checked. A second factor has been asked for by the login, which is fresh."""
        if visit.field("new") != visit.field("again"):
            self._show(visit, principal, _DIFFERENT, 409)
            return
        decided = partial(self._decided, visit, principal)
        current, passwords = visit.field("current"), self._parts.passwords
        passwords.check(principal.authid, current, visit.address, _METHOD, decided, can_ask=True)

    def _decided(self, visit: Visit, principal: Principal, outcome: PasswordOutcome) -> None:
        if isinstance(outcome, NotChecked):
            visit.unavailable(outcome.reason)
        elif isinstance(outcome, WrongPassword):
            fields = {"authid": principal.authid, "method": _METHOD, "reason": outcome.reason}
            self._parts.log.warn("password not changed", peer=visit.peer, **fields)
            self._show(visit, principal, _WRONG, 403)
        else:
            draft = partial(_drafted, principal, visit.field("new"))
            self._parts.accounts.submit(draft, partial(self._derive, visit, principal), visit.unavailable)

    def _derive(self, visit: Visit, principal: Principal, draft: Draft | str) -> None:
        """Have the new password hashed, in a thread where nobody's login waits for it but those by password."""
        if isinstance(draft, str):
            self._done(visit, principal, draft)
            return

        def change(derived: Derived) -> None:
            change = partial(_changed, principal, visit.field("new"), derived)
            self._parts.accounts.submit(change, partial(self._done, visit, principal), visit.unavailable)

        self._parts.hashes.derive(draft.derive, change, visit.unavailable)

    def _done(self, visit: Visit, principal: Principal, outcome: FirstStep | str) -> None:
        if isinstance(outcome, str):
            self._show(visit, principal, outcome, 409)
            return
        self._parts.log.info("password changed", peer=visit.peer, authid=principal.authid)
        self._parts.end_older(principal.authid)
        # That has ended the login of this browser, too.
        answer = page_answer(200, changed_page(self._parts.base))
        Entrance(visit, self._parts, lambda _principal: visit.answer(answer)).admit(outcome, _METHOD)


def _drafted(principal: Principal, password: str, accounts: Accounts) -> Draft | str:
    """Return what is to be derived from a new password, or what is wrong with it."""
    if _login_of(principal, accounts) is None:
        return _LOGIN_OVER
    try:
        return accounts.draft_password(principal.authid, password)
    except StoreError as error:
        return _sentence(str(error))


def _changed(principal: Principal, password: str, derived: Derived, accounts: Accounts) -> FirstStep | str:
    """Change the password; return the login that goes on, or what is wrong by now.

    That login has still begun by the same as before: whoever takes a passkey back ends it.
    """
    authid, login = principal.authid, _login_of(principal, accounts)
    if login is None:
        return _LOGIN_OVER
    try:
        accounts.set_password(authid, password, derived=derived)
    except StoreError as error:
        return _sentence(str(error))
    return FirstStep(authid, accounts.get(authid).secret_changed_at, login.begun_by, stay=False)


def _login_of(principal: Principal, accounts: Accounts) -> WebLogin | None:
    """Return the login that asks, None when it is over."""
    own = (login for login in accounts.web.logins(principal.authid) if login.credential == principal.credential)
    return next(own, None)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
