"""The router's own procedures, ``wamp.*``, which it answers as a callee (advanced profile, the meta APIs).

Those of interface reflection are in :mod:`.reflection`.

Each is a plain method, found by the URI in :data:`PROCEDURES`; its arguments are checked by its annotations.
Who may call them is a matter of permissions, as with any other procedure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from ..codec import ProtocolViolation, Unrepresentable
from ..codec.errors import hint
from ..codec.javascript import with_whole_numbers
from ..codec.messages import Match, PublishOptions
from ..codec.transparency import put_transparency
from . import errors, reflection
from .arguments import Procedure
from .errors import RequestError
from .history import Search
from .passthru import passed_through
from .session import Session
from .shelves import MOST_EVENTS, Query, time_of
from .testaments import Scope, Testament

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec import Codec, Payload
    from .calls import Delayed
    from .patterns import PatternIndex
    from .realm import Realm
    from .reflection import Reflection
    from .registrations import Registration
    from .subscriptions import Subscription

MATCHES: tuple[Match, ...] = ("exact", "prefix", "wildcard")


class Meta:
    """The meta procedures of one realm. ``codec`` encodes their results."""

    def __init__(self, realm: Realm, codec: Codec) -> None:
        self._realm = realm
        self._codec = codec

    def call(self, caller: Session, procedure: str, payload: Payload) -> Payload | Delayed:
        """Return the result of one of the procedures, or what finds it; raises :class:`RequestError`."""
        holder: Meta | Reflection = self
        bound = PROCEDURES.get(procedure)
        if bound is None:
            holder, bound = self._realm.reflection, reflection.PROCEDURES.get(procedure)
        if bound is None:
            raise RequestError(errors.NO_SUCH_PROCEDURE, f"the router has no procedure {procedure!a}")
        args, kwargs = payload.values()
        result = bound((holder, caller), args, kwargs)
        if isinstance(result, Search):
            return result
        return self._codec.payload([result] if bound.has_result else [])

    # ---- sessions --------------------------------------------------------------------------------------------

    def session_count(self, _caller: Session, filter_authroles: list[str] | None = None) -> int:
        """Count the sessions, or those with one of the roles."""
        return len(self._sessions(filter_authroles))

    def session_list(self, _caller: Session, filter_authroles: list[str] | None = None) -> list[int]:
        """List the ids of the sessions, or of those with one of the roles."""
        return [session.id for session in self._sessions(filter_authroles)]

    def session_get(self, _caller: Session, session: int) -> dict[str, Any]:
        """Return the details of a session."""
        return self._session(session).describe()

    def session_kill(
        self, caller: Session, session: int, reason: Any = errors.KILLED, message: str | None = None
    ) -> None:
        """End another session."""
        self._check_reason(reason)
        if session == caller.id:
            raise RequestError(errors.NO_SUCH_SESSION, "a session cannot end itself this way")
        self._kill(caller, [self._session(session)], reason, message)

    def session_kill_by_authid(
        self, caller: Session, authid: str, reason: Any = errors.KILLED, message: str | None = None
    ) -> list[int]:
        """End all other sessions of an authid and return their ids."""
        self._check_reason(reason)
        return self._kill(caller, [s for s in self._others(caller) if s.identity.authid == authid], reason, message)

    def session_kill_by_authrole(
        self, caller: Session, authrole: str, reason: Any = errors.KILLED, message: str | None = None
    ) -> int:
        """End all other sessions of an authrole and return how many there were."""
        self._check_reason(reason)
        return len(
            self._kill(caller, [s for s in self._others(caller) if s.identity.authrole == authrole], reason, message)
        )

    def session_kill_all(self, caller: Session, reason: Any = errors.KILLED, message: str | None = None) -> int:
        """End all other sessions, without testaments or news of their leaving, and return how many there were."""
        self._check_reason(reason)
        others = self._others(caller)
        for session in others:
            session.testaments.flush("detached")
            session.testaments.flush("destroyed")
            session.is_announced = False
        return len(self._kill(caller, others, reason, message))

    def add_testament(
        self,
        caller: Session,
        topic: str,
        args: Any,
        kwargs: dict[str, Any],
        publish_options: dict[str, Any] | None = None,
        scope: Scope = "destroyed",
    ) -> None:
        """Have an event published once the caller is gone; checked now and when it is published.

        ``args`` is a list, or bytes where the options say so (payload transparency).
        """
        caller.guard.may_publish(topic)
        try:
            options = msgspec.convert(with_whole_numbers(publish_options or {}), PublishOptions)
            if not isinstance(args, list) and (kwargs or not put_transparency(options, publish_options or {}, args)):
                raise RequestError(errors.INVALID_ARGUMENT, "argument 'args' is not a list")
            payload = self._codec.payload(args, kwargs)
            passed = passed_through(options, payload, caller.publisher) if options.ppt_scheme else None
        except (Unrepresentable, ProtocolViolation, msgspec.ValidationError) as error:
            raise RequestError(errors.INVALID_ARGUMENT, str(error)) from None
        testament = Testament(topic, options, payload, passed)
        caller.testaments.add(testament, scope, caller.limits.testaments)

    def flush_testaments(self, caller: Session, scope: Scope = "destroyed") -> int:
        """Forget the caller's testaments of one scope and return how many there were."""
        return caller.testaments.flush(scope)

    # ---- registrations ---------------------------------------------------------------------------------------

    def registration_list(self, _caller: Session) -> dict[str, list[int]]:
        """List the ids of all registrations by match kind."""
        return _ids_by_match(self._realm.dealer.registry.index)

    def registration_lookup(
        self, _caller: Session, procedure: str, options: dict[str, Any] | None = None
    ) -> int | None:
        """Return the id of the registration of this very procedure or pattern."""
        registration = self._realm.dealer.registry.index.get(procedure, _match(options))
        return registration.id if registration else None

    def registration_match(self, _caller: Session, procedure: str) -> int | None:
        """Return the id of the registration that a call of the procedure would go to."""
        registration = self._realm.dealer.registry.find(procedure)
        return registration.id if registration else None

    def registration_get(self, _caller: Session, registration: int) -> dict[str, Any]:
        """Return the details of a registration."""
        return self._registration(registration).describe()

    def registration_callees(self, _caller: Session, registration: int) -> list[int]:
        """List the ids of the sessions that answer a registration."""
        return [session.id for session in self._registration(registration).callees]

    def registration_count(self, _caller: Session, registration: int) -> int:
        """Count the sessions that answer a registration."""
        return len(self._registration(registration).callees)

    def registration_remove_callee(
        self, _caller: Session, registration: int, session: int, reason: Any = errors.REVOKED
    ) -> None:
        """Take a registration from one of its callees."""
        self._check_reason(reason)
        found, callee = self._registration(registration), self._session(session)
        if callee not in found.callees:
            raise RequestError(errors.NO_SUCH_REGISTRATION, f"session {session} is no callee of it")
        self._realm.dealer.registry.revoke(callee, found, reason)

    # ---- subscriptions ---------------------------------------------------------------------------------------

    def subscription_list(self, _caller: Session) -> dict[str, list[int]]:
        """List the ids of all subscriptions by match kind."""
        return _ids_by_match(self._realm.broker.index)

    def subscription_lookup(self, _caller: Session, topic: str, options: dict[str, Any] | None = None) -> int | None:
        """Return the id of the subscription to this very topic or pattern."""
        subscription = self._realm.broker.index.get(topic, _match(options))
        return subscription.id if subscription else None

    def subscription_match(self, _caller: Session, topic: str) -> list[int] | None:
        """List the ids of the subscriptions that an event of the topic would go to; None when there is none."""
        return [subscription.id for subscription in self._realm.broker.index.matching(topic)] or None

    def subscription_get(self, _caller: Session, subscription: int) -> dict[str, Any]:
        """Return the details of a subscription."""
        return self._subscription(subscription).describe()

    def subscription_subscribers(self, _caller: Session, subscription: int) -> list[int]:
        """List the ids of the sessions that hold a subscription."""
        return [session.id for session in self._subscription(subscription).receivers]

    def subscription_count(self, _caller: Session, subscription: int) -> int:
        """Count the sessions that hold a subscription."""
        return len(self._subscription(subscription).receivers)

    def subscription_get_events(
        self,
        caller: Session,
        subscription: int,
        limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_EVENTS)] = MOST_EVENTS,
        reverse: bool = False,
        topic: str | None = None,
        from_time: str | None = None,
        after_time: str | None = None,
        before_time: str | None = None,
        until_time: str | None = None,
        from_publication: int | None = None,
        after_publication: int | None = None,
        before_publication: int | None = None,
        until_publication: int | None = None,
    ) -> Search:
        """Return the past events of a subscription, the oldest first unless ``reverse``."""
        query = Query(
            limit,
            reverse,
            topic,
            time_of(from_time),
            time_of(after_time),
            time_of(before_time),
            time_of(until_time),
            from_publication,
            after_publication,
            before_publication,
            until_publication,
        )
        return self._realm.broker.past_events(caller, self._subscription(subscription), query)

    def subscription_remove_subscriber(
        self, _caller: Session, subscription: int, session: int, reason: Any = errors.REVOKED
    ) -> None:
        """Take a subscription from one of its subscribers."""
        self._check_reason(reason)
        found, subscriber = self._subscription(subscription), self._session(session)
        if subscriber not in found.receivers:
            raise RequestError(errors.NO_SUCH_SUBSCRIPTION, f"session {session} does not hold it")
        self._realm.broker.revoke(subscriber, found, reason)

    # ---- helpers ---------------------------------------------------------------------------------------------

    def _sessions(self, authroles: list[str] | None) -> list[Session]:
        return [s for s in self._realm.clients if authroles is None or s.identity.authrole in authroles]

    def _others(self, caller: Session) -> list[Session]:
        return [session for session in self._realm.clients if session is not caller]

    def _kill(self, caller: Session, sessions: list[Session], reason: str, message: str | None) -> list[int]:
        self._realm.note_kill(caller, sessions)
        for session in sessions:
            session.end(reason, message)
        return [session.id for session in sessions]

    def _check_reason(self, reason: Any) -> None:
        """Raise ``wamp.error.invalid_uri`` for whatever is no URI, as the session meta API has it."""
        if not isinstance(reason, str):
            raise RequestError(errors.INVALID_URI, "the reason is not a URI")
        self._realm.uris.check(reason)

    def _session(self, id: int) -> Session:
        session = self._realm.sessions.get(id)
        if session is None or session.guard.role.is_internal:
            raise RequestError(errors.NO_SUCH_SESSION, f"there is no session {id}")
        return session

    def _registration(self, id: int) -> Registration:
        registration = self._realm.dealer.registry.get(id)
        if registration is None:
            raise RequestError(errors.NO_SUCH_REGISTRATION, f"there is no registration {id}")
        return registration

    def _subscription(self, id: int) -> Subscription:
        subscription = self._realm.broker.subscription(id)
        if subscription is None:
            raise RequestError(errors.NO_SUCH_SUBSCRIPTION, f"there is no subscription {id}")
        return subscription


def _ids_by_match(index: PatternIndex[Any]) -> dict[str, list[int]]:
    return {match: [value.id for value in index.values(match)] for match in MATCHES}


def _match(options: dict[str, Any] | None) -> Match:
    """Return the ``match`` of lookup options; raises ``wamp.error.invalid_argument``."""
    try:
        match: Match = msgspec.convert((options or {}).get("match", "exact"), Match)
    except msgspec.ValidationError as error:
        raise RequestError(errors.INVALID_ARGUMENT, f"option 'match': {hint(error)}") from None
    return match


_METHODS: dict[str, Callable[..., Any]] = {
    "session.count": Meta.session_count,
    "session.list": Meta.session_list,
    "session.get": Meta.session_get,
    "session.kill": Meta.session_kill,
    "session.kill_by_authid": Meta.session_kill_by_authid,
    "session.kill_by_authrole": Meta.session_kill_by_authrole,
    "session.kill_all": Meta.session_kill_all,
    "session.add_testament": Meta.add_testament,
    "session.flush_testaments": Meta.flush_testaments,
    "registration.list": Meta.registration_list,
    "registration.lookup": Meta.registration_lookup,
    "registration.match": Meta.registration_match,
    "registration.get": Meta.registration_get,
    "registration.list_callees": Meta.registration_callees,
    "registration.count_callees": Meta.registration_count,
    "registration.remove_callee": Meta.registration_remove_callee,
    "subscription.list": Meta.subscription_list,
    "subscription.lookup": Meta.subscription_lookup,
    "subscription.match": Meta.subscription_match,
    "subscription.get": Meta.subscription_get,
    "subscription.list_subscribers": Meta.subscription_subscribers,
    "subscription.count_subscribers": Meta.subscription_count,
    "subscription.remove_subscriber": Meta.subscription_remove_subscriber,
    "subscription.get_events": Meta.subscription_get_events,
}

PROCEDURES = {f"wamp.{name}": Procedure(method, given=2) for name, method in _METHODS.items()}
"""URI -> procedure."""
