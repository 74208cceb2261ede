"""The page where people see to their own account: what they log in with.

Whoever finds a browser that is logged in must not be able to give himself a key to the house, so everything that is
changed here needs a login that is fresh.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..freshness import is_fresh
from ..store.errors import StoreError, WrongCode
from ..store.web import BY_IDENTITY, BY_PASSKEY
from ..transport.head import BadRequest
from .account_page import Shown, ShownLogin, account_page, begun_page, recovery_page
from .endpoint import Answer, Endpoint, check_sender, redirect
from .entrance import Entrance
from .login_page import page_answer
from .places import place_of
from .second_steps import FirstStep
from .visit import Visit

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..core.authentication import Principal
    from ..store.accounts import Accounts
    from ..store.passkeys import Passkey
    from ..store.web import WebLogin
    from .login_parts import LoginPathParts

_TRY_AGAIN = "The code is not right, please try again."
_KEY_URI = "otpauth://totp/"
_LONGEST_URI = 1000

BY_SECOND_FACTOR = "totp"
"""By what the session has begun that goes on once a second factor is set."""


def with_session(
    visit: Visit,
    parts: LoginPathParts,
    then: Callable[[Principal], None],
    *,
    must_be_fresh: bool,
    turn_away: Answer | None = None,
) -> None:
    """Go on with who is logged in; turn everybody else away, to the login and then back to the account."""
    away = turn_away or redirect(_login_address(parts.base))

    def found(principal: Principal | None) -> None:
        if principal is None or (must_be_fresh and not is_fresh(principal, parts.clock.time())):
            visit.answer(away)
        else:
            then(principal)

    if visit.cookie is None:
        visit.answer(away)
    else:
        parts.sessions.find(visit.cookie, found, visit.unavailable)


def account_address(base: str) -> str:
    """Return where the page about one's account is."""
    return f"{base}/account"


def _login_address(base: str) -> str:
    return f"{base}/login?again=1&next={quote(account_address(base), safe='')}"


class Account(Endpoint):
    """Shows what an account logs in with."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"GET": self._ask})
        self._parts = parts

    def _ask(self, request: Request) -> None:
        visit = Visit(request, self._parts)
        with_session(visit, self._parts, partial(self._look_up, visit), must_be_fresh=False)

    def _look_up(self, visit: Visit, principal: Principal) -> None:
        show = partial(show_account, visit, self._parts, principal)
        self._parts.accounts.submit(partial(_look, principal.authid), show, visit.unavailable)


@dataclass(frozen=True, slots=True)
class Has:
    """What an account logs in with besides its password, and where it is logged in."""

    second_factor: bool
    passkeys: list[Passkey]
    logins: list[WebLogin]


def show_account(visit: Visit, parts: LoginPathParts, principal: Principal, has: Has, message: str = "") -> None:
    """Answer with the page about an account."""
    shown = Shown(
        parts.base,
        visit.form_token(),
        principal.authid,
        has.second_factor,
        has.passkeys if parts.has_passkeys else None,
        [shown_login(login, has, principal.credential) for login in has.logins],
        None if is_fresh(principal, parts.clock.time()) else _login_address(parts.base),
        has_name=place_of(visit.host) is not None,
    )
    visit.answer(page_answer(409 if message else 200, account_page(shown, message), parts.has_passkeys))


def shown_login(login: WebLogin, has: Has, own: str) -> ShownLogin:
    """Return what the page shows of a login; ``own`` is the credential of the one that asks."""
    if login.begun_by.startswith(BY_PASSKEY):
        names = [one.name for one in has.passkeys if login.begun_by == f"{BY_PASSKEY}{one.number}"]
        way = " ".join(["By passkey", *names])
    elif login.begun_by.startswith(BY_IDENTITY):
        way = "By OpenID Connect"
    else:
        # Setting a second factor ends whoever came in without, and so does the other way round.
        way = "By password and code" if has.second_factor else "By password"
    return ShownLogin(login.number, way, login.began_at, login.used_at, is_own=login.credential == own)


class SecondFactor(Endpoint):
    """Sets a second factor, and takes it away: ``action`` is ``begin``, ``confirm`` or ``remove``."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__({b"POST": self._act})
        self._parts = parts
        self._actions = {"begin": self._begin, "confirm": self._confirm, "remove": self._remove}

    def _act(self, request: Request) -> None:
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        visit.check_form()
        action = self._actions.get(visit.field("action"))
        if action is None:
            raise BadRequest(400, "the form names no action that there is")
        with_session(visit, self._parts, partial(action, visit), must_be_fresh=True)

    def _begin(self, visit: Visit, principal: Principal) -> None:
        authid = principal.authid
        show = partial(self._show_begun, visit)
        self._parts.accounts.submit(lambda accounts: _begun(accounts, authid), show, visit.unavailable)

    def _confirm(self, visit: Visit, principal: Principal) -> None:
        authid, code = principal.authid, visit.field("code")

        def done(codes: list[str] | None) -> None:
            if codes is None:
                show = partial(self._show_begun, visit, message=_TRY_AGAIN)
                uri = visit.field("uri")
                self._parts.accounts.submit(lambda _accounts: _pictured(uri), show, visit.unavailable)
                return
            self._parts.log.info("second factor set", authid=authid, peer=visit.peer)
            self._parts.expel(authid)
            # All sessions have ended with that, this one too.
            answer = page_answer(200, recovery_page(self._parts.base, codes))
            entrance = Entrance(visit, self._parts, lambda _principal: visit.answer(answer))
            entrance.admit(FirstStep(authid, self._parts.clock.time(), BY_SECOND_FACTOR, stay=False), "totp")

        self._parts.accounts.submit(lambda accounts: _confirmed(accounts, authid, code), done, visit.unavailable)

    def _remove(self, visit: Visit, principal: Principal) -> None:
        def done(outcome: tuple[str, Has]) -> None:
            problem, has = outcome
            if problem:
                show_account(visit, self._parts, principal, has, problem)
                return
            self._parts.log.info("second factor removed", authid=principal.authid, peer=visit.peer)
            self._parts.expel(principal.authid)
            visit.answer(redirect(_login_address(self._parts.base)))

        self._parts.accounts.submit(partial(_removed, principal.authid), done, visit.unavailable)

    def _show_begun(self, visit: Visit, begun: tuple[str, str], message: str = "") -> None:
        page = begun_page(self._parts.base, visit.form_token(), *begun, message)
        visit.answer(page_answer(403 if message else 200, page))


def _look(authid: str, accounts: Accounts) -> Has:
    return Has(accounts.second_factors.is_set(authid), accounts.passkeys.of(authid), accounts.web.logins(authid))


def _begun(accounts: Accounts, authid: str) -> tuple[str, str]:
    return _pictured(accounts.second_factors.begin(authid))


def _pictured(uri: str) -> tuple[str, str]:
    """Return the URI of a key and a picture of it; drawing takes a while, so it is done where the accounts are asked.

    The second time the URI comes from the form, as anything could.
    """
    from ..qr_codes import as_svg  # noqa: PLC0415 - most accounts have no second factor, or have it already

    if not uri.startswith(_KEY_URI) or len(uri) > _LONGEST_URI:
        return "", ""
    return uri, as_svg(uri, "The key as a QR code")


def _confirmed(accounts: Accounts, authid: str, code: str) -> list[str] | None:
    try:
        return accounts.second_factors.confirm(authid, code)
    except WrongCode:
        return None


def _removed(authid: str, accounts: Accounts) -> tuple[str, Has]:
    """Remove a second factor; return what is wrong with that, empty if nothing, and what there is now."""
    try:
        accounts.second_factors.remove(authid)
    except StoreError as error:
        return str(error), _look(authid, accounts)
    return "", _look(authid, accounts)
