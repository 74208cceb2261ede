"""Event history: the last events of the topics that the configuration names (advanced profile, "Event History").

An event that was published to named sessions (``eligible`` or ``exclude``) is not kept, since those mean nothing later.
Lists of authids and authroles are kept with the event, and hold for whoever asks for it.

Where the events are kept is not decided here: each rule has a :class:`.Shelf`, in memory or in the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ..codec import Unrepresentable
from ..codec.plain import count_elements
from . import errors
from .errors import RequestError
from .patterns import PatternIndex
from .timestamps import iso8601

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..codec import Payload
    from ..codec.messages import PublishOptions
    from .session import Session
    from .shelves import HistoryRule, KeptEvent, Page, Query, Shelf
    from .subscriptions import Subscription

MOST_ANSWER_BYTES = 1024 * 1024
MOST_ANSWER_ELEMENTS = 20_000
"""How large the events of one answer may be together, and how many elements they may have (what is in all containers,
as :class:`~..codec.shape.Shape` counts), so that nobody else waits long for it; one event is always given."""


class EventHistory:
    """The events kept in a realm, by the rules of its configuration; ``shelf`` makes the place for those of a rule."""

    def __init__(self, rules: Iterable[HistoryRule], shelf: Callable[[HistoryRule], Shelf]) -> None:
        # rule's pattern -> its events
        self._kept: PatternIndex[Shelf] = PatternIndex()
        self.rules = tuple(rules)
        for rule in self.rules:
            self._kept.add(rule.uri, rule.match, shelf(rule))

    def keep(self, event: KeptEvent) -> None:
        """Keep an event where a rule says so."""
        for shelf in self._kept.matching(event.topic):
            shelf.add(event)

    def wants(self, topic: str, options: PublishOptions) -> bool:
        """Return whether an event is to be kept: a rule says so, and it is not meant for certain sessions."""
        if options.eligible is not UNSET or options.exclude is not UNSET:
            return False
        return self._kept.best(topic) is not None

    def search(self, subscription: Subscription, session: Session, query: Query) -> Search:
        """Return the search for those events of a subscription that ``session`` may see."""
        shelf = self._kept.get(subscription.topic, subscription.match)
        if shelf is None:
            raise RequestError(errors.NO_SUCH_SUBSCRIPTION, "no history is kept for this subscription")
        return Search(shelf, subscription, session, query)


class Search:
    """A question about past events. It takes its time: a shelf is read page by page until the answer is full."""

    def __init__(self, shelf: Shelf, subscription: Subscription, session: Session, query: Query) -> None:
        self._shelf = shelf
        self._subscription = subscription
        self._session = session
        self._query = query
        self._found: list[dict[str, Any]] = []
        self._size_bytes = 0
        self._elements = 0

    def begin(self, answer: Callable[[Payload | RequestError], None], is_wanted: Callable[[], bool]) -> None:
        """Read what is asked for; the answer is the events as the history procedure has them."""
        self._answer = answer
        self._is_wanted = is_wanted
        self._read(None)

    def _read(self, position: int | None) -> None:
        self._shelf.read(self._query, position, self._take, self._fail)

    def _take(self, page: Page) -> None:
        """Take what a page has for the session, and go on unless that was all, or nobody waits any more."""
        if not self._is_wanted():
            return
        has_room = all(self._add(event) for event in page.events)
        if has_room and page.next is not None:
            self._read(page.next)
        else:
            self._answer(self._session.payload([self._found]))

    def _fail(self) -> None:
        self._answer(
            RequestError(errors.HISTORY_UNAVAILABLE, "the history cannot be read at present; the hub's log says why")
        )

    def _add(self, event: KeptEvent) -> bool:
        """Add an event to the answer, if the session may see it; return whether there is room for another."""
        if not self._is_for_session(event):
            return True
        self._size_bytes += event.size_bytes
        if self._found and self._size_bytes > MOST_ANSWER_BYTES:
            return False
        description = _describe(event, self._subscription.id)
        self._elements += count_elements(description)
        if self._found and self._elements > MOST_ANSWER_ELEMENTS:
            return False
        try:
            self._session.codec.dump(description)
        except Unrepresentable:
            return True
        self._found.append(description)
        return len(self._found) < self._query.limit

    def _is_for_session(self, event: KeptEvent) -> bool:
        session = self._session
        return session.guard.receives(event.topic) and (event.receivers is None or event.receivers.admits(session))


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
