"""The broker: subscriptions, publications, events (basic profile, "Publish and Subscribe")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ..codec import Outgoing, Payload, shared
from . import errors
from .authorization import Disclosure
from .errors import RequestError
from .history import EventHistory
from .passthru import passed_through
from .patterns import PatternIndex, covers
from .receivers import receiver_filter
from .retention import RetainedEvent, RetainedEvents
from .session import NO_DETAILS
from .shelves import KeptEvent, MemoryShelf
from .subscriptions import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..codec import Codec
    from ..codec.messages import Match, Publish, PublishOptions, Subscribe, Unsubscribe
    from .authorization import Decision
    from .history import Search
    from .passthru import Passed
    from .ports import Clock, Ids
    from .receivers import Audience
    from .session import Session
    from .shelves import HistoryRule, Query, Shelf
    from .testaments import Testament

PUBLISH, PUBLISHED = 16, 17
SUBSCRIBE, SUBSCRIBED = 32, 33
UNSUBSCRIBE, UNSUBSCRIBED = 34, 35
EVENT = 36


class Broker:
    """The broker of one realm.

    ``left_out`` counts events that one receiver could not be sent: too large for it, or a value that its serializer
    has no form for.
    """

    def __init__(
        self,
        ids: Ids,
        clock: Clock,
        codec: Codec,
        latest: Iterable[tuple[str, Match]] = (),
        history: Iterable[HistoryRule] = (),
        shelf: Callable[[HistoryRule], Shelf] = MemoryShelf,
    ) -> None:
        """Make a broker.

        For the topics in ``latest`` every subscription keeps the newest event only. The last events of those in
        ``history`` can be asked for; their subscriptions are there from the start and stay without subscribers, and
        ``shelf`` makes the place where the events of each are kept.
        """
        self._latest = tuple(latest)
        self._ids = ids
        self._clock = clock
        self._codec = codec
        self._index: PatternIndex[Subscription] = PatternIndex()
        # subscription id -> subscription
        self._by_id: dict[int, Subscription] = {}
        self.retained = RetainedEvents()
        self._history = EventHistory(history, shelf)
        for rule in self._history.rules:
            self._add(rule.uri, rule.match, is_permanent=True)
        self.left_out = 0

    # ---- requests of a session -------------------------------------------------------------------------------

    def subscribe(self, session: Session, message: Subscribe) -> None:
        """Answer SUBSCRIBE with SUBSCRIBED, then with what is retained, or with ERROR."""
        match = message.options.match
        try:
            session.guard.check_subscribe(message.topic, match)
            known = self._index.get(message.topic, match)
            if known is None or known.id not in session.subscriptions:
                _check_room(session)
        except RequestError as error:
            session.send_error(SUBSCRIBE, message.request, error)
            return
        subscription = known or self._create(message, session)
        is_new = session not in subscription.receivers
        self._join(session, subscription, message)
        session.send(Outgoing((SUBSCRIBED, message.request, subscription.id)))
        if is_new:
            self.announce("wamp.subscription.on_subscribe", [session.id, subscription.id])
        if message.options.get_retained:
            self._send_retained(session, subscription)

    def unsubscribe(self, session: Session, message: Unsubscribe) -> None:
        """Answer UNSUBSCRIBE with UNSUBSCRIBED or ERROR."""
        subscription = session.subscriptions.get(message.subscription)
        if subscription is None:
            session.refuse(
                UNSUBSCRIBE,
                message.request,
                errors.NO_SUCH_SUBSCRIPTION,
                "this session has no such subscription",
            )
            return
        session.send(Outgoing((UNSUBSCRIBED, message.request)))
        self._release(session, subscription)
        self._announce_parting(session, subscription)

    def publish(self, session: Session, message: Publish) -> None:
        """Dispatch PUBLISH; it is answered, with PUBLISHED or ERROR, only when ``acknowledge`` asks for it."""
        options = message.options
        payload = Payload(session.codec, message.args, message.kwargs)
        passed = None
        if options.ppt_scheme:
            passed = passed_through(options, payload, session.publisher)
        try:
            decision = session.guard.may_publish(message.topic)
            details = _publisher_details(session, options, decision)
            publication = self._ids.global_id()
            self._dispatch(session, message.topic, options, details, payload, publication, passed)
        except RequestError as error:
            if options.acknowledge:
                session.send_error(PUBLISH, message.request, error)
            return
        if options.acknowledge:
            session.send(Outgoing((PUBLISHED, message.request, publication)))

    # ---- from within the router ------------------------------------------------------------------------------

    def announce(
        self, topic: str, args: list[Any], kwargs: dict[str, Any] | None = None, audience: Audience | None = None
    ) -> None:
        """Publish a meta event to whom it is for; the router is its publisher, nobody is excluded."""
        if next(self._index.matching(topic), None) is not None:
            payload = self._codec.payload(args, kwargs)
            self._send_events(topic, self._ids.global_id(), NO_DETAILS, payload, audience, None)

    def publish_testament(self, session: Session, testament: Testament) -> None:
        """Publish a testament as from the session that left it, by the rights that it has now."""
        try:
            decision = session.guard.may_publish(testament.topic)
            details = _publisher_details(session, testament.options, decision)
            publication = self._ids.global_id()
            self._dispatch(
                session, testament.topic, testament.options, details, testament.payload, publication, testament.passed
            )
        except RequestError:
            return

    def revoke(self, session: Session, subscription: Subscription, reason: str) -> None:
        """Take a subscription from a session, and tell it if it has said that it can be told.

        Source: advanced profile, "Subscription Revocation".
        """
        if session.subscriber is not None and session.subscriber.subscription_revocation:
            details = {"subscription": subscription.id, "reason": reason}
            session.send(Outgoing((UNSUBSCRIBED, 0, details)))
        self._release(session, subscription)
        self._announce_parting(session, subscription)

    def withdraw(self, session: Session) -> None:
        """Take from a session what it may no longer subscribe to."""
        for subscription in list(session.subscriptions.values()):
            if not session.guard.may_hold_subscription(subscription.topic, subscription.match):
                self.revoke(session, subscription, errors.REVOKED)

    def leave(self, session: Session) -> None:
        """Take out all subscriptions of a session that is gone; it gets no event of its own leaving."""
        held = list(session.subscriptions.values())
        for subscription in held:
            self._release(session, subscription)
        for subscription in held:
            self._announce_parting(session, subscription)

    def subscription(self, id: int) -> Subscription | None:
        """Return a subscription by its id."""
        return self._by_id.get(id)

    def past_events(self, session: Session, subscription: Subscription, query: Query) -> Search:
        """Return the search for the events of a subscription that have been kept and that ``session`` may see."""
        session.guard.check_subscribe(subscription.topic, subscription.match)
        return self._history.search(subscription, session, query)

    @property
    def index(self) -> PatternIndex[Subscription]:
        """All subscriptions of the realm, by topic and match kind."""
        return self._index

    # ---- subscriptions ---------------------------------------------------------------------------------------

    def _create(self, message: Subscribe, session: Session) -> Subscription:
        subscription = self._add(message.topic, message.options.match)
        self.announce("wamp.subscription.on_create", [session.id, subscription.describe()])
        return subscription

    def _add(self, topic: str, match: Match, is_permanent: bool = False) -> Subscription:
        subscription = Subscription(self._ids.router_id(), topic, match, self._clock.time(), is_permanent)
        self._index.add(topic, match, subscription)
        self._by_id[subscription.id] = subscription
        return subscription

    def _join(self, session: Session, subscription: Subscription, message: Subscribe) -> None:
        subscription.receivers[session] = None
        session.subscriptions[subscription.id] = subscription
        outbox = message.options.outbox
        if outbox == "latest" or (outbox is UNSET and self._is_latest(subscription)):
            subscription.latest.add(session)
        else:
            subscription.latest.discard(session)

    def _is_latest(self, subscription: Subscription) -> bool:
        """Return whether the configuration says that only the newest undelivered event of these topics matters."""
        return any(covers(uri, match, subscription.topic, subscription.match) for uri, match in self._latest)

    def _release(self, session: Session, subscription: Subscription) -> None:
        del session.subscriptions[subscription.id]
        del subscription.receivers[session]
        subscription.latest.discard(session)
        if subscription.is_over:
            self._index.remove(subscription.topic, subscription.match)
            del self._by_id[subscription.id]

    def _announce_parting(self, session: Session, subscription: Subscription) -> None:
        self.announce("wamp.subscription.on_unsubscribe", [session.id, subscription.id])
        if subscription.is_over:
            self.announce("wamp.subscription.on_delete", [session.id, subscription.id])

    def _send_retained(self, session: Session, subscription: Subscription) -> None:
        """Send the newest retained event of the topic, or of each topic that a pattern covers."""
        topics = [subscription.topic]
        if subscription.match != "exact":
            topics = [topic for topic in self.retained.topics if subscription.covers(topic)]
        for topic in topics:
            event = self.retained.newest(topic, session)
            if event is not None and session.guard.receives(topic):
                details = event.details | {"retained": True}
                if subscription.match != "exact":
                    details["topic"] = topic
                # a copy, so that what it is converted to is not kept with the event
                message = Outgoing((EVENT, subscription.id, event.publication, details), event.payload.detached())
                self._count(session.send(message))

    # ---- events ----------------------------------------------------------------------------------------------

    def _dispatch(
        self,
        publisher: Session,
        topic: str,
        options: PublishOptions,
        details: dict[str, Any],
        payload: Payload,
        publication: int,
        passed: Passed | None,
    ) -> None:
        """Retain the event and keep it in the history where that is asked for, and send it to whoever it is for."""
        receivers = receiver_filter(options, passed)
        if passed is not None:
            details = details | passed.details
        excluded = publisher if options.exclude_me else None
        if options.retain:
            self.retained.keep(
                RetainedEvent(
                    topic,
                    publication,
                    details,
                    payload.detached(),
                    receivers,
                    excluded.id if excluded else None,
                    publisher.identity,
                )
            )
        if self._history.rules and self._history.wants(topic, options):
            now = self._clock.time()
            self._history.keep(KeptEvent(now, publication, topic, details, payload.detached(), receivers))
        self._send_events(topic, publication, details, payload, receivers, excluded)

    def _send_events(
        self,
        topic: str,
        publication: int,
        details: dict[str, Any],
        payload: Payload,
        receivers: Audience | None,
        excluded: Session | None,
    ) -> None:
        """Send one EVENT for each subscription that matches and each of its receivers; all share one publication id.

        The message is built once for each subscription, so that it is encoded and framed once for each serializer.
        """
        exact = self._index.exact.get(topic)
        if exact is not None:
            message = shared((EVENT, exact.id, publication, details), payload)
            if receivers is None and not exact.latest:
                for session in exact.receivers:
                    if session is not excluded and session.send(message) is not None:
                        self.left_out += 1
            else:
                self._send_selected(message, exact, receivers, excluded, None)
        if self._index.has_patterns:
            for subscription in self._index.matching(topic):
                if subscription is not exact:
                    named = details | {"topic": topic}
                    message = shared((EVENT, subscription.id, publication, named), payload)
                    self._send_selected(message, subscription, receivers, excluded, topic)

    def _send_selected(
        self,
        message: Outgoing,
        subscription: Subscription,
        receivers: Audience | None,
        excluded: Session | None,
        topic: str | None,
    ) -> None:
        """Send an event to those receivers that the lists admit; with ``topic``, whose role may see that topic."""
        for session in subscription.receivers:
            if session is excluded or (receivers is not None and not receivers.admits(session)):
                continue
            if topic is not None and not session.guard.receives(topic):
                continue
            if session in subscription.latest:
                self._count(session.peer.send_latest(message, subscription.id))
            else:
                self._count(session.send(message))

    def _count(self, refused: str | None) -> None:
        if refused is not None:
            self.left_out += 1


def _publisher_details(session: Session, options: PublishOptions, decision: Decision) -> dict[str, Any]:
    """Return the EVENT details that tell of the publisher (advanced profile, "Publisher Identification")."""
    if decision.disclosure is Disclosure.ALWAYS:
        return session.trust | session.disclosure("publisher")
    if not options.disclose_me:
        return session.trust
    if decision.disclosure is Disclosure.NEVER:
        raise RequestError(errors.DISCLOSE_ME_DISALLOWED, "this publisher may not be disclosed here")
    return session.trust | session.disclosure("publisher")


def _check_room(session: Session) -> None:
    most = session.limits.subscriptions
    if len(session.subscriptions) >= most:
        raise RequestError(errors.LIMIT_EXCEEDED, f"a session may have at most {most} subscriptions")
