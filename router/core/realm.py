"""A realm: its sessions, its roles, its broker and dealer, and the router's own procedures in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..codec.messages import ABSENT, PublishOptions
from . import errors
from .authorization import Guard, Role
from .broker import Broker
from .catalog import own_definitions
from .dealer import Dealer
from .dynamic import DynamicGuard
from .errors import RequestError
from .meta import Meta
from .patterns import PatternIndex
from .reflection import Reflection
from .review import Done, Gathered, Held, Reviews, ungranted
from .shelves import MemoryShelf
from .testaments import Testament
from .uris import UriRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..codec import Codec
    from ..codec.messages import Match
    from .authentication import Accept
    from .authorization import Permission
    from .gate import Authorizer
    from .ports import Clock, Ids, Log
    from .registrations import Registration
    from .session import Identity, Session
    from .shelves import HistoryRule, Shelf


Epitaph = Callable[[str, dict[str, Any]], "dict[str, Any] | None"]
"""Given the topic of a testament and the keyword arguments of what is retained there (none, if nothing is): those of
what the router says there itself of somebody whose login was taken back, None for nothing."""


def _ignore(_count: int) -> None:
    """For those who do not want to know when something holds."""


def _no_epitaph(_topic: str, _known: dict[str, Any]) -> None:
    """For a router that has nothing to say."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What all realms of a router share. ``codec`` encodes what the router itself says in a payload."""

    ids: Ids
    clock: Clock
    log: Log
    codec: Codec
    random_below: Callable[[int], int]
    epitaph: Epitaph = _no_epitaph


@dataclass(frozen=True, slots=True)
class RealmOptions:
    """How a realm differs from another.

    For the topics in ``latest`` (URI and match kind) a subscription keeps the newest undelivered event only. The last
    events of the topics in ``history`` can be asked for; ``shelf`` makes the place where those of a rule are kept. Who
    calls a procedure of those in ``audit`` is written down.
    """

    strict_uris: bool = False
    latest: tuple[tuple[str, Match], ...] = ()
    history: tuple[HistoryRule, ...] = ()
    shelf: Callable[[HistoryRule], Shelf] = MemoryShelf
    audit: tuple[tuple[str, Match], ...] = ()


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
        self._codec = environment.codec
        self._epitaph = environment.epitaph
        # name of a role -> its guard
        self._guards: dict[str, Guard] = {}
        # prefix -> name of the role that owns it
        self._owners: PatternIndex[str] = PatternIndex()
        # authid -> what it may do beside what its role allows, if it is this provider's (None: whoever's)
        self._grants: dict[str, tuple[Permission, ...]] = {}
        self._granted_by_provider: str | None = None
        # name of a role, authid, scope -> guard of those who have grants or a scope
        self._personal: dict[tuple[str, str, str | None], Guard] = {}
        self.authorizer: Authorizer | None = None
        self._make_guards(roles)
        # session id -> session
        self.sessions: dict[int, Session] = {}
        # authprovider and authid -> number of its sessions
        self._accounts: Counter[tuple[str, str]] = Counter()
        self.broker = Broker(
            environment.ids, environment.clock, environment.codec, options.latest, options.history, options.shelf
        )
        self._meta = Meta(self, environment.codec)
        self.dealer = Dealer(
            environment.ids,
            environment.clock,
            self._meta,
            self.broker.announce,
            environment.random_below,
            options.audit,
            self._note_call,
        )
        self.reflection = Reflection(self.dealer.registry, own_definitions, self.broker.announce)
        self._reviews = Reviews(self, environment.clock)
        self.dealer.registry.on_register = self._on_register

    # ---- rights ----------------------------------------------------------------------------------------------

    def guard(self, role: str, authid: str = "", scope: str | None = None) -> Guard | None:
        """Return the guard of somebody with a role, or of the role; None when the realm has no such role.

        ``scope`` is another role, beyond which nothing is allowed: a token may be worth less than its account. It
        cannot be one with an authorizer, which nobody would ask. With an authorizer the role has another guard each
        time, since each session has its own answers.
        """
        general, grants = self._guards.get(role), self._grants.get(authid, ())
        within = None if scope is None else self._guards.get(scope)
        if general is None or (scope is not None and (within is None or within.role.authorizer is not None)):
            return None
        if general.role.authorizer is not None:
            return DynamicGuard(general.role, self.uris, grants, self._owners, within)
        if not grants and scope is None:
            return general
        guard = self._personal.get((role, authid, scope))
        if guard is None:
            guard = Guard(general.role, self.uris, grants, self._owners, within)
            self._personal[role, authid, scope] = guard
        return guard

    def guard_of(self, identity: Identity | Accept) -> Guard | None:
        """Return the guard of who has logged in; None when the realm has no such role."""
        has_name = self._granted_by_provider in (None, identity.authprovider)
        return self.guard(identity.authrole, identity.authid if has_name else "", identity.scope)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles, as they are now."""
        return tuple(guard.role for guard in self._guards.values())

    def set_roles(self, roles: Iterable[Role]) -> None:
        """Add roles, or replace those of the same name; that holds for sessions that have joined, too."""
        known = {role.name: role for role in self.roles}
        after = known | {role.name: role for role in roles}
        if after != known:
            self._make_guards(after.values())
            self.review()

    def remove_role(self, name: str) -> None:
        """Take a role out, and end the sessions that have it."""
        self._make_guards([role for role in self.roles if role.name != name])
        self.review()

    def set_grants(
        self, grants: Mapping[str, tuple[Permission, ...]], provider: str | None = None, done: Done = _ignore
    ) -> None:
        """Say what each authid may do beside what its role allows, in place of what was said before.

        The authids are those of one ``authprovider``: whoever another one calls the same has none of it. ``done`` is
        called when that holds: an authorizer may have to be asked about what only a grant had let in.
        """
        if (grants, provider) == (self._grants, self._granted_by_provider):
            done(0)
            return
        self._grants = dict(grants)
        self._granted_by_provider = provider
        self._personal.clear()
        self.review(done)

    def review(self, done: Done = _ignore) -> None:
        """Let the rights of this moment hold for all that was allowed before.

        Sessions keep what they may still do; what they hold beyond that is taken from them, and their calls are ended.
        Whose role is gone is ended. What is retained goes where its publisher could no longer publish it. ``done`` is
        called when authorizers have answered for what a grant had let past them, with how much that took back.
        """
        unasked: list[Held] = []
        for session in self:
            guard = self.guard_of(session.identity)
            if guard is None:
                self.put_out(session, "this role is no more")
            elif guard.role.authorizer != session.guard.role.authorizer:
                self.put_out(session, "somebody else decides about the rights of this role now")
            elif guard is not session.guard:
                if isinstance(guard, DynamicGuard):
                    unasked += ungranted(session, session.guard, guard)
                    guard.inherit(session.guard)
                session.submit_to(guard)
                self.broker.withdraw(session)
                self.dealer.withdraw(session)
                self.reflection.withdraw(session)
        self.broker.retained.drop(lambda event: not self._still_publishes(event.publisher, event.topic))
        self._reviews.confirm(unasked, done)

    def reassess(self, done: Done) -> None:
        """Ask the authorizers of all roles again about what they have allowed; ``done`` is told what was taken back.

        So is one that is registered anew, by itself.
        """
        procedures = {role.authorizer for role in self.roles if role.authorizer is not None}
        all_of_them = Gathered(len(procedures), done)
        for procedure in procedures:
            self._reviews.begin(procedure, all_of_them.add)

    def _on_register(self, registration: Registration) -> None:
        if registration.match == "exact" and any(role.authorizer == registration.procedure for role in self.roles):
            self._reviews.begin(registration.procedure)

    def expel(
        self, authid: str, credential: str | None = None, spare: tuple[str, ...] = (), but: int | None = None
    ) -> list[int]:
        """End the sessions of an authid, or those that one of its credentials has let in; return their ids.

        Those stay whose credential begins with one of ``spare``, and the session ``but``, which may have asked for it.
        """
        expelled = [
            session
            for session in self
            if session.identity.authid == authid
            and credential in (None, session.identity.credential)
            and not session.identity.credential.startswith(spare)
            and session.id != but
        ]
        for session in expelled:
            self.put_out(session, "what this session was let in by is no longer good")
        return [session.id for session in expelled]

    def put_out(self, session: Session, message: str) -> None:
        """End a session that has no right to be here any more, nor to have anything published when it is gone.

        On the topics of its testaments that are its own the router has words of its own.
        """
        topics = dict.fromkeys(testament.topic for testament in session.testaments)
        session.testaments.flush("detached")
        session.testaments.flush("destroyed")
        for topic in topics:
            words = self._last_words(session, topic)
            if words is not None:
                testament = Testament(topic, PublishOptions(retain=True), self._codec.payload([], words))
                session.testaments.add(testament, "destroyed", len(topics))
        session.end(errors.REVOKED, message)

    def _last_words(self, session: Session, topic: str) -> dict[str, Any] | None:
        """Return what the router says on a topic that a session's role owns, or where what is retained is its own."""
        event = self.broker.retained.last(topic)
        known: dict[str, Any] = {}
        if event is not None and event.payload.codec is not None and event.payload.kwargs is not ABSENT:
            known = event.payload.codec.load(event.payload.kwargs)
        is_its_own = event is not None and event.publisher.authid == session.identity.authid
        return self._epitaph(topic, known) if is_its_own or session.guard.owns(topic) else None

    def forget(self, authid: str) -> None:
        """Drop what an authid has left behind: the events that are retained."""
        self.broker.retained.drop(lambda event: event.publisher.authid == authid)

    def _make_guards(self, roles: Iterable[Role]) -> None:
        self._owners = PatternIndex()
        by_name = {role.name: role for role in roles}
        for role in by_name.values():
            if role.owns is not None:
                self._owners.add(role.owns, "prefix", role.name)
        self._guards = {name: Guard(role, self.uris, owners=self._owners) for name, role in by_name.items()}
        self._personal.clear()

    def _still_publishes(self, publisher: Identity, topic: str) -> bool:
        guard = self.guard_of(publisher)
        return guard is not None and guard.publishes(topic)

    # ---- sessions --------------------------------------------------------------------------------------------

    def join(self, session: Session) -> None:
        """Let a session in; raises :class:`RequestError` when its account has too many sessions already."""
        authid, most = session.identity.authid, session.limits.sessions_per_account
        account = session.identity.authprovider, authid
        if self._accounts[account] >= most:
            raise RequestError(errors.LIMIT_EXCEEDED, f"this account has {most} sessions already, which is the most")
        self._accounts[account] += 1
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
        if not session.guard.role.is_internal:
            session.is_announced = True
            self.broker.announce("wamp.session.on_join", [session.describe()])

    def leave(self, session: Session, reason: str) -> None:
        """Take out a session that has ended, and all that it held; then publish its testaments."""
        if self.sessions.pop(session.id, None) is None:
            return
        authid = session.identity.authid
        account = session.identity.authprovider, authid
        self._accounts[account] -= 1
        if not self._accounts[account]:
            del self._accounts[account]
        self.broker.leave(session)
        self.dealer.leave(session)
        self.reflection.leave(session)
        for testament in session.testaments:
            self.broker.publish_testament(session, testament)
        if session.is_announced:
            self.broker.announce("wamp.session.on_leave", [session.id, authid, session.identity.authrole])
        self._log.info("session left", realm=self.name, session=session.id, authid=authid, reason=reason)

    def note_kill(self, by: Session, killed: Iterable[Session]) -> None:
        """Write down that a session is about to end others."""
        for session in killed:
            self._note("session killed", by, killed=session.id, killed_authid=session.identity.authid)

    def _note_call(self, session: Session, procedure: str) -> None:
        self._note("device configured", session, procedure=procedure)

    def _note(self, event: str, by: Session, **fields: object) -> None:
        identity = by.identity
        who = {"authid": identity.authid, "authmethod": identity.authmethod, "peer": by.transport.peer}
        self._log.info(event, realm=self.name, **who, **fields)

    @property
    def clients(self) -> list[Session]:
        """The sessions at this moment, without the router's own."""
        return [session for session in self if not session.guard.role.is_internal]

    def __iter__(self) -> Iterator[Session]:
        """Iterate over the sessions at this moment; they may be ended meanwhile."""
        return iter(list(self.sessions.values()))
