"""Asking the procedures that decide about rights and logins, by a session of the node's own in each realm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from .auth.fixed import FixedIdentity
from .codec import codecs
from .core.authentication import Accept
from .core.authorization import Disclosure, Permission, Role
from .core.limits import Limits
from .transport.inside import InsideSession

if TYPE_CHECKING:
    from .auth.asking import Ask
    from .core.authentication import Applicant
    from .core.errors import RequestError
    from .core.ports import Clock
    from .core.realm import Realm
    from .core.router import Router
    from .transport.turn import Turn

ANSWER_SECONDS = 5.0
"""How long such a procedure may take; nobody is let through by waiting."""

_ROLE = "router:authorization"
# Under a name that no account can have.
_IDENTITY = Accept(_ROLE, _ROLE, authmethod="internal", authprovider="node")


class Deciders:
    """Provides realms with what asks the authorizers of their roles, and logins with what asks authenticators."""

    def __init__(self, clock: Clock, turn: Turn) -> None:
        self._clock = clock
        self._turn = turn
        # realm -> the session that asks there
        self._sessions: dict[Realm, InsideSession] = {}

    def provide(self, routers: Iterable[Router]) -> None:
        """Provide the realms that have come to need it."""
        for router in routers:
            for realm in router.realms.values():
                if realm.authorizer is None and any(role.authorizer for role in realm.roles):
                    realm.authorizer = Asking(self._session(router, realm))

    def authenticator(self, router: Router, procedure: str, realm: str | None) -> Ask:
        """Return what asks an authenticator, in ``realm`` or in the one that somebody wants to join."""
        for name in router.realms if realm is None else (realm,):
            self._session(router, router.realms[name])

        def ask(
            applicant: Applicant,
            details: dict[str, Any],
            done: Callable[[Any], None],
            failed: Callable[[RequestError], None],
        ) -> None:
            session = self._session(router, router.realms[realm or applicant.realm])
            args = [applicant.realm, applicant.authid, details]
            session.call(procedure, args, {}, done, failed, ANSWER_SECONDS)

        return ask

    def stop(self) -> None:
        """Leave all realms."""
        for session in self._sessions.values():
            session.stop()

    def _session(self, router: Router, realm: Realm) -> InsideSession:
        session = self._sessions.get(realm)
        if session is None:
            anything = Permission("", "prefix", frozenset({"call"}), Disclosure.ALWAYS)
            realm.set_roles([Role(_ROLE, (anything,), Limits(pending_calls=10_000), is_internal=True)])
            attach = partial(router.attach, authenticator=FixedIdentity(_IDENTITY))
            session = InsideSession(attach, codecs()["msgpack"], self._turn, self._clock, realm.name)
            self._sessions[realm] = session
            session.start()
        return session


class Asking:
    """An :class:`~.core.gate.Authorizer` that calls."""

    def __init__(self, session: InsideSession) -> None:
        self._session = session

    def ask(self, procedure: str, args: list[Any], decide: Callable[[Any | RequestError], None]) -> None:
        """Call the procedure, for a bounded time."""
        self._session.call(procedure, args, {}, decide, decide, ANSWER_SECONDS)
