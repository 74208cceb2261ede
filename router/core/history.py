"""Event history: the last events of the topics that the configuration names (advanced profile, "Event History").

An event that was published to named sessions (``eligible`` or ``exclude``) is not kept, since those mean nothing later.
Lists of authids and authroles are kept with the event, and hold for whoever asks for it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ..codec import Unrepresentable
from . import errors
from .errors import RequestError
from .limits import MAX_HISTORY_BYTES
from .passthru import size_bytes
from .patterns import PatternIndex
from .timestamps import iso8601, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..codec import Payload
    from ..codec.messages import Match, PublishOptions
    from .receivers import ReceiverFilter
    from .session import Session
    from .subscriptions import Subscription

MOST_EVENTS = 1000
"""How many events one answer may have; who wants more asks again."""

MOST_ANSWER_BYTES = 1024 * 1024
"""How large the arguments of all events of one answer may be together; one event is always given."""


@dataclass(frozen=True, slots=True)
class HistoryRule:
    """Keep the last ``limit`` events of a topic or a pattern of topics."""

    uri: str
    match: Match = "exact"
    limit: int = 100


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One event, as it was published. ``timestamp`` is seconds since 1970, UTC."""

    timestamp: float
    publication: int
    topic: str
    details: dict[str, Any]
    payload: Payload
    receivers: ReceiverFilter | None

    @property
    def size_bytes(self) -> int:
        """About how much memory what the publisher has sent takes."""
        return self.payload.size_bytes + size_bytes(self.details)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; whatever is given has to hold. Times are as in RFC 3339."""

    limit: int = MOST_EVENTS
    reverse: bool = False
    topic: str | None = None
    from_time: str | None = None
    after_time: str | None = None
    before_time: str | None = None
    until_time: str | None = None
    from_publication: int | None = None
    after_publication: int | None = None
    before_publication: int | None = None
    until_publication: int | None = None


class EventHistory:
    """The events kept in a realm, in memory, by the rules of its configuration."""

    def __init__(self, rules: Iterable[HistoryRule]) -> None:
        # rule's pattern -> its newest events, the oldest first
        self._kept: PatternIndex[_Shelf] = PatternIndex()
        self.rules = tuple(rules)
        for rule in self.rules:
            self._kept.add(rule.uri, rule.match, _Shelf(rule.limit))

    def keep(self, event: KeptEvent) -> None:
        """Keep an event where a rule says so."""
        for shelf in self._kept.matching(event.topic):
            shelf.add(event)

    def wants(self, topic: str, options: PublishOptions) -> bool:
        """Return whether an event is to be kept: a rule says so, and it is not meant for certain sessions."""
        if options.eligible is not UNSET or options.exclude is not UNSET:
            return False
        return self._kept.best(topic) is not None

    def find(self, subscription: Subscription, session: Session, query: Query) -> list[dict[str, Any]]:
        """Return what the history procedure answers: the events of a subscription that ``session`` may see."""
        shelf = self._kept.get(subscription.topic, subscription.match)
        if shelf is None:
            raise RequestError(errors.NO_SUCH_SUBSCRIPTION, "no history is kept for this subscription")
        found = [event for event in _selected(shelf.events, query) if _is_for(event, session)]
        if query.reverse:
            found.reverse()
        return _described(found, subscription.id, session, query.limit)


class _Shelf:
    """The newest events of one rule, the oldest first; their number and their size are bounded."""

    __slots__ = ("_limit", "_size_bytes", "events")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size_bytes = 0
        self.events: deque[KeptEvent] = deque()

    def add(self, event: KeptEvent) -> None:
        self.events.append(event)
        self._size_bytes += event.size_bytes
        while len(self.events) > self._limit or self._size_bytes > MAX_HISTORY_BYTES:
            self._size_bytes -= self.events.popleft().size_bytes


def _selected(events: deque[KeptEvent], query: Query) -> Iterator[KeptEvent]:
    """Iterate over the events that the query is about, the oldest first."""
    first, last = _range_of_publications(list(events), query)
    start, after = _time(query.from_time), _time(query.after_time)
    before, until = _time(query.before_time), _time(query.until_time)
    for position, event in enumerate(events):
        time = event.timestamp
        if not first <= position <= last or (query.topic is not None and event.topic != query.topic):
            continue
        if (start is not None and time < start) or (after is not None and time <= after):
            continue
        if (before is not None and time >= before) or (until is not None and time > until):
            continue
        yield event


def _range_of_publications(events: list[KeptEvent], query: Query) -> tuple[int, int]:
    """Return the first and last position that the query's publication ids leave; an id that is not kept leaves none."""
    positions = {event.publication: position for position, event in enumerate(events)}
    first, last = 0, len(events) - 1
    for publication, offset in ((query.from_publication, 0), (query.after_publication, 1)):
        if publication is not None:
            first = max(first, positions.get(publication, len(events)) + offset)
    for publication, offset in ((query.until_publication, 0), (query.before_publication, -1)):
        if publication is not None:
            last = min(last, positions.get(publication, -1) + offset)
    return first, last


def _time(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return seconds_of(text)
    except ValueError:
        raise RequestError(errors.INVALID_ARGUMENT, f"{text[:40]!a} is not a time as in RFC 3339") from None


def _is_for(event: KeptEvent, session: Session) -> bool:
    return session.guard.receives(event.topic) and (event.receivers is None or event.receivers.admits(session))


def _described(events: list[KeptEvent], subscription: int, session: Session, limit: int) -> list[dict[str, Any]]:
    """Return the first events as the procedure answers them, without those that the session cannot be sent."""
    described: list[dict[str, Any]] = []
    answer_bytes = 0
    for event in events:
        answer_bytes += event.size_bytes
        if len(described) == limit or (described and answer_bytes > MOST_ANSWER_BYTES):
            break
        description = _describe(event, subscription)
        try:
            session.codec.dump(description)
        except Unrepresentable:
            continue
        described.append(description)
    return described


def _describe(event: KeptEvent, subscription: int) -> dict[str, Any]:
    args, kwargs = event.payload.values()
    return {
        "timestamp": iso8601(event.timestamp),
        "subscription": subscription,
        "publication": event.publication,
        "details": event.details | {"topic": event.topic},
        "args": args,
        "kwargs": kwargs,
    }
