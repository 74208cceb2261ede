"""A realm: its sessions, its roles, its broker and dealer, and the router's own procedures in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import errors
from .authorization import Guard, Role
from .broker import Broker
from .dealer import Dealer
from .errors import RequestError
from .meta import Meta
from .uris import UriRules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..codec import Codec
    from ..codec.messages import Match
    from .history import HistoryRule
    from .ports import Clock, Ids, Log
    from .session import Session


@dataclass(frozen=True, slots=True)
class Environment:
    """What all realms of a router share. ``codec`` encodes what the router itself says in a payload."""

    ids: Ids
    clock: Clock
    log: Log
    codec: Codec
    random_below: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class RealmOptions:
    """How a realm differs from another.

    For the topics in ``latest`` (URI and match kind) a subscription keeps the newest undelivered event only. The last
    events of the topics in ``history`` can be asked for.
    """

    strict_uris: bool = False
    latest: tuple[tuple[str, Match], ...] = ()
    history: tuple[HistoryRule, ...] = ()


DEFAULT_OPTIONS = RealmOptions()


class Realm:
    """One routing domain; sessions of different realms never meet."""

    def __init__(
        self,
        name: str,
        roles: Iterable[Role],
        environment: Environment,
        options: RealmOptions = DEFAULT_OPTIONS,
    ) -> None:
        self.name = name
        self.uris = UriRules(options.strict_uris)
        self._log = environment.log
        self._guards = {role.name: Guard(role, self.uris) for role in roles}
        # session id -> session
        self.sessions: dict[int, Session] = {}
        # authid -> number of its sessions
        self._accounts: Counter[str] = Counter()
        self.broker = Broker(environment.ids, environment.clock, environment.codec, options.latest, options.history)
        self._meta = Meta(self, environment.codec)
        self.dealer = Dealer(
            environment.ids, environment.clock, self._meta, self.broker.announce, environment.random_below
        )

    def guard(self, role: str) -> Guard | None:
        """Return the guard of a role, None when the realm has no such role."""
        return self._guards.get(role)

    def set_roles(self, roles: Iterable[Role]) -> None:
        """Add roles, or replace those of the same name; sessions that have joined keep the rights they joined with."""
        self._guards.update({role.name: Guard(role, self.uris) for role in roles})

    def join(self, session: Session) -> None:
        """Let a session in; raises :class:`RequestError` when its account has too many sessions already."""
        authid, most = session.identity.authid, session.limits.sessions_per_account
        if self._accounts[authid] >= most:
            raise RequestError(errors.LIMIT_EXCEEDED, f"this account has {most} sessions already, which is the most")
        self._accounts[authid] += 1
        self.sessions[session.id] = session
        self._log.info(
            "session joined",
            realm=self.name,
            session=session.id,
            authid=authid,
            authrole=session.identity.authrole,
            authmethod=session.identity.authmethod,
            peer=session.transport.peer,
        )

    def welcome(self, session: Session) -> None:
        """Tell the realm of a session that has been sent its WELCOME."""
        session.is_announced = True
        self.broker.announce("wamp.session.on_join", [session.describe()])

    def leave(self, session: Session, reason: str) -> None:
        """Take out a session that has ended, and all that it held; then publish its testaments."""
        if self.sessions.pop(session.id, None) is None:
            return
        authid = session.identity.authid
        self._accounts[authid] -= 1
        if not self._accounts[authid]:
            del self._accounts[authid]
        self.broker.leave(session)
        self.dealer.leave(session)
        for testament in session.testaments:
            self.broker.publish_testament(session, testament)
        if session.is_announced:
            self.broker.announce("wamp.session.on_leave", [session.id, authid, session.identity.authrole])
        self._log.info("session left", realm=self.name, session=session.id, authid=authid, reason=reason)

    def __iter__(self) -> Iterator[Session]:
        """Iterate over the sessions at this moment; they may be ended meanwhile."""
        return iter(list(self.sessions.values()))
