"""Retained events: the newest of each topic, for those who subscribe later (advanced profile, "Event Retention").

A later subscriber gets the most recent event that it would have been eligible for. So an older event stays beside a
newer one as long as somebody could be eligible for the older one alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import errors
from .errors import RequestError
from .limits import MAX_RETAINED_BYTES, MAX_RETAINED_TOPICS
from .passthru import size_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ..codec import Payload
    from .receivers import ReceiverFilter
    from .session import Identity, Session

_AUDIENCES = 8
"""How many events of one topic are kept for different receivers, before the oldest is forgotten."""

_OVERHEAD_BYTES = 512
"""What an event takes beside its topic, its payload and its lists."""


@dataclass(frozen=True, slots=True)
class RetainedEvent:
    """What is kept of an event: enough to send it to a later subscriber as if it were new.

    ``excluded`` is the id of the publisher where it must not get its own event; ``publisher`` is who that was.
    """

    topic: str
    publication: int
    details: dict[str, Any]
    payload: Payload
    receivers: ReceiverFilter | None
    excluded: int | None
    publisher: Identity

    def is_for(self, session: Session) -> bool:
        """Return whether ``session`` would have been sent the event."""
        if session.id == self.excluded:
            return False
        return self.receivers is None or self.receivers.admits(session)

    def outdates(self, older: RetainedEvent) -> bool:
        """Return whether this event is for everybody that ``older`` is for."""
        return self.receivers in (None, older.receivers) and self.excluded in (None, older.excluded)

    @property
    def size_bytes(self) -> int:
        """About how much memory the event takes."""
        lists = self.receivers.size_bytes if self.receivers else 0
        return _OVERHEAD_BYTES + len(self.topic) + size_bytes(self.details) + self.payload.size_bytes + lists


class RetainedEvents:
    """The retained events of a realm; the number of topics and the memory they take are bounded."""

    def __init__(self, most_topics: int = MAX_RETAINED_TOPICS, most_bytes: int = MAX_RETAINED_BYTES) -> None:
        self._most_topics = most_topics
        self._most_bytes = most_bytes
        # topic -> events for different receivers, the newest first
        self._events: dict[str, list[RetainedEvent]] = {}
        self.size_bytes = 0

    def keep(self, event: RetainedEvent) -> None:
        """Keep the event in place of the older ones that it outdates; raises ``wampi.error.limit_exceeded``."""
        older = self._events.get(event.topic, [])
        kept = _needed([event, *older])
        size_bytes = self.size_bytes - _size_bytes(older) + _size_bytes(kept)
        if not older and len(self._events) >= self._most_topics:
            raise RequestError(errors.LIMIT_EXCEEDED, f"a realm retains events of at most {self._most_topics} topics")
        if size_bytes > self._most_bytes and size_bytes > self.size_bytes:
            raise RequestError(errors.LIMIT_EXCEEDED, f"a realm retains at most {self._most_bytes} bytes of events")
        self._events[event.topic] = kept
        self.size_bytes = size_bytes

    def drop(self, is_unwanted: Callable[[RetainedEvent], bool]) -> None:
        """Forget the events of which ``is_unwanted`` says so."""
        for topic, events in list(self._events.items()):
            kept = [event for event in events if not is_unwanted(event)]
            self.size_bytes += _size_bytes(kept) - _size_bytes(events)
            if kept:
                self._events[topic] = kept
            else:
                del self._events[topic]

    def newest(self, topic: str, session: Session) -> RetainedEvent | None:
        """Return the most recent event of a topic that ``session`` is eligible for."""
        return next((event for event in self._events.get(topic, ()) if event.is_for(session)), None)

    def last(self, topic: str) -> RetainedEvent | None:
        """Return the most recent event of a topic, whoever it is for."""
        return next(iter(self._events.get(topic, ())), None)

    @property
    def topics(self) -> Collection[str]:
        """The topics of which an event is retained."""
        return self._events.keys()


def _needed(events: list[RetainedEvent]) -> list[RetainedEvent]:
    """Return those events, the newest first, that are the most recent one for somebody."""
    needed: list[RetainedEvent] = []
    unserved: int | None = None
    for event in events:
        if any(newer.outdates(event) for newer in needed):
            continue
        needed.append(event)
        if event.receivers is None:
            # All sessions but one have got an event now. Where that one differs from the last, nobody is left.
            if event.excluded is None or unserved is not None:
                break
            unserved = event.excluded
    return needed[:_AUDIENCES]


def _size_bytes(events: list[RetainedEvent]) -> int:
    return sum(event.size_bytes for event in events)
