"""Logging in with a passkey, and adding and removing them: what the page's script asks.

Below the login's path (here ``/auth``), all POST, from this hub's own pages only:

=============================  =====================================================================================
``/auth/passkeys/challenge``   what the browser asks its devices for a login
``/auth/passkeys/login``       their answer; answers with a cookie
``/auth/passkeys/new``         what the browser asks its devices for a new passkey; needs a fresh login
``/auth/passkeys/add``         their answer, and a ``name``
``/auth/passkeys/remove``      the form of the page about one's account: ``number``
=============================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from twisted.web.resource import Resource

from ..auth.checks import Candidate
from ..store.errors import StoreError
from ..store.web import BY_PASSKEY
from ..unshown import Unshown
from .account import account_address, with_session
from .endpoint import Answer, Endpoint, check_sender, json_answer, read_json, redirect
from .entrance import Entrance
from .login_scripts import described
from .passkey_checks import (
    BadPasskey,
    Challenges,
    check_login,
    check_new,
    credential_id,
    login_options,
    new_options,
)
from .places import Place, place_of
from .second_steps import FirstStep
from .visit import Visit
from .waiting import stranger_of

if TYPE_CHECKING:
    from twisted.web.http import Request

    from ..core.authentication import Principal
    from ..store.accounts import Accounts
    from ..store.passkeys import FoundPasskey, NewPasskey
    from .login_parts import LoginPathParts

_REFUSED = "The passkey was not accepted."
_NEEDS_NAME = "Passkeys need a name of this hub in the address, not numbers."
_NEEDS_LOGIN = "Log in again first."
_NAME_CHARACTERS = 64


class PasskeyResources(Resource):
    """What stands at ``passkeys``."""

    def __init__(self, parts: LoginPathParts) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        challenges = Challenges(parts.clock)
        logins, own = PasskeyLogin(parts, challenges), OwnPasskeys(parts, challenges)
        self.putChild(b"challenge", Endpoint({b"POST": logins.ask}))
        self.putChild(b"login", Endpoint({b"POST": logins.log_in}))
        self.putChild(b"new", Endpoint({b"POST": own.ask}))
        self.putChild(b"add", Endpoint({b"POST": own.add}))
        self.putChild(b"remove", Endpoint({b"POST": own.remove}))

    def getChild(self, _name: bytes, _request: Request) -> Resource:  # noqa: N802 -- Twisted's
        """Return what answers where nothing of its own is."""
        return Endpoint({})

    def render(self, request: Request) -> Any:
        """Answer at the path itself."""
        return Endpoint({}).render(request)


class PasskeyLogin:
    """Logging in: the browser is told no name, and the device says whose passkey it has."""

    def __init__(self, parts: LoginPathParts, challenges: Challenges) -> None:
        self._parts = parts
        self._challenges = challenges

    def ask(self, request: Request) -> Answer:
        """Return a challenge for the browser that has this form cookie."""
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        place = place_of(visit.host)
        if place is None or visit.form_cookie is None:
            return json_answer(403, {"error": _NEEDS_NAME if place is None else _REFUSED})
        challenge = self._challenges.issue(f"login {visit.form_cookie}", stranger_of(visit.address))
        return json_answer(200, login_options(place, challenge))

    def log_in(self, request: Request) -> Answer | None:
        """Check a device's answer."""
        check_sender(request, must_tell=True)
        visit, answer = Visit(request, self._parts), read_json(request, _LoginAnswer).credential
        place = place_of(visit.host)
        if place is None:
            return json_answer(403, {"error": _NEEDS_NAME})
        try:
            challenge, _ = self._challenges.take(f"login {visit.form_cookie}")
            wanted = credential_id(answer)
        except BadPasskey as problem:
            self._refuse(visit, None, str(problem))
            return None
        found = partial(self._found, visit, answer, place, challenge)
        self._parts.accounts.submit(lambda accounts: accounts.passkeys.find(wanted), found, visit.unavailable)
        return None

    def _found(
        self, visit: Visit, answer: dict[str, Any], place: Place, challenge: bytes, found: FoundPasskey | None
    ) -> None:
        if found is None:
            self._conclude(visit, None, "it is nobody's")
            return
        try:
            count = check_login(answer, place, challenge, found, visit.port)
        except BadPasskey as problem:
            self._conclude(visit, found, str(problem))
            return

        def used(has_gone_on: bool) -> None:
            if not has_gone_on:
                self._report_copy(visit, found)
            self._conclude(visit, found, None if has_gone_on else "its counter has gone back")

        number = found.number
        self._parts.accounts.submit(lambda accounts: accounts.passkeys.use(number, count), used, visit.unavailable)

    def _conclude(self, visit: Visit, found: FoundPasskey | None, problem: str | None) -> None:
        """Let in whose passkey it is, unless there is a problem, or the throttle or the account say no."""
        account = None if found is None else found.account
        candidate = Candidate(
            None if account is None else account.authid,
            is_known=account is not None,
            enabled=account is not None and account.enabled,
            guessable=False,
        )
        reason = self._parts.checks.refusal("passkey", visit.address, candidate, problem is None)
        if reason is not None or found is None:
            self._refuse(visit, candidate.authid, problem or reason or "it is nobody's")
            return
        step = FirstStep(found.account.authid, self._parts.clock.time(), f"{BY_PASSKEY}{found.number}")
        entrance = Entrance(visit, self._parts, lambda principal: visit.answer(json_answer(200, described(principal))))
        entrance.admit(step, "passkey")

    def _report_copy(self, visit: Visit, found: FoundPasskey) -> None:
        # Two devices that have the same key count each for itself: one of them is behind (section 6.1.1).
        self._parts.log.warn(
            "a passkey may have been copied: its counter has gone back",
            authid=found.account.authid,
            passkey=found.number,
            peer=visit.peer,
        )

    def _refuse(self, visit: Visit, authid: str | None, reason: str) -> None:
        self._parts.log.warn("login refused", peer=visit.peer, authid=authid, method="passkey", reason=reason)
        visit.answer(json_answer(403, {"error": _REFUSED}))


class OwnPasskeys:
    """The passkeys of who is logged in."""

    def __init__(self, parts: LoginPathParts, challenges: Challenges) -> None:
        self._parts = parts
        self._challenges = challenges

    def ask(self, request: Request) -> Answer | None:
        """Return what the browser asks its devices."""
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        place = place_of(visit.host)
        if place is None:
            return json_answer(403, {"error": _NEEDS_NAME})
        self._with_session(visit, partial(self._prepare, visit, place))
        return None

    def _prepare(self, visit: Visit, place: Place, principal: Principal) -> None:
        authid = principal.authid

        def prepared(made: tuple[bytes, list[bytes]]) -> None:
            handle, taken = made
            challenge = self._challenges.issue(f"add {principal.credential}", authid, handle)
            visit.answer(json_answer(200, new_options(place, challenge, authid, handle, taken)))

        self._parts.accounts.submit(lambda accounts: accounts.passkeys.prepare(authid), prepared, visit.unavailable)

    def add(self, request: Request) -> None:
        """Take what a device has made."""
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        self._with_session(visit, partial(self._check, visit, read_json(request, _NewAnswer)))

    def _check(self, visit: Visit, sent: _NewAnswer, principal: Principal) -> None:
        name = "".join(filter(str.isprintable, sent.name)).strip()[:_NAME_CHARACTERS] or "Passkey"
        place = place_of(visit.host)
        try:
            challenge, handle = self._challenges.take(f"add {principal.credential}")
            if place is None:
                raise BadPasskey(_NEEDS_NAME)
            new = check_new(sent.credential, place, challenge, handle, name)
        except BadPasskey as problem:
            self._parts.log.warn("passkey not added", authid=principal.authid, reason=str(problem))
            visit.answer(json_answer(403, {"error": _REFUSED}))
            return

        def added(problem: str | None) -> None:
            if problem is None:
                self._parts.log.info("passkey added", authid=principal.authid, peer=visit.peer)
            visit.answer(json_answer(200, {}) if problem is None else json_answer(409, {"error": problem}))

        self._parts.accounts.submit(lambda accounts: _added(accounts, principal, new), added, visit.unavailable)

    def remove(self, request: Request) -> None:
        """Remove one, and end what it has begun."""
        check_sender(request, must_tell=True)
        visit = Visit(request, self._parts)
        visit.check_form()
        with_session(visit, self._parts, partial(self._remove, visit, visit.number("number")), must_be_fresh=True)

    def _remove(self, visit: Visit, number: int, principal: Principal) -> None:
        authid = principal.authid

        def removed(ended: list[str]) -> None:
            for credential in ended:
                self._parts.expel(authid, credential)
            self._parts.log.info("passkey removed", authid=authid, passkey=number, peer=visit.peer)
            visit.answer(redirect(account_address(self._parts.base)))

        self._parts.accounts.submit(lambda accounts: _removed(accounts, authid, number), removed, visit.unavailable)

    def _with_session(self, visit: Visit, then: Callable[[Principal], None]) -> None:
        turn_away = json_answer(403, {"error": _NEEDS_LOGIN})
        with_session(visit, self._parts, then, must_be_fresh=True, turn_away=turn_away)


class _LoginAnswer(Unshown, msgspec.Struct, forbid_unknown_fields=True):
    credential: dict[str, Any]


class _NewAnswer(Unshown, msgspec.Struct, forbid_unknown_fields=True):
    credential: dict[str, Any]
    name: str = ""


def _added(accounts: Accounts, principal: Principal, new: NewPasskey) -> str | None:
    try:
        accounts.passkeys.add(principal.authid, principal.since, new)
    except StoreError as error:
        return str(error)
    return None


def _removed(accounts: Accounts, authid: str, number: int) -> list[str]:
    try:
        return accounts.passkeys.remove(authid, number)
    except StoreError:
        return []  # it is gone, as it should be
