"""Retained events: the newest of each topic, for those who subscribe later (advanced profile, "Event Retention")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import errors
from .errors import RequestError
from .limits import MAX_RETAINED_TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..codec import Payload
    from .receivers import ReceiverFilter
    from .session import Session


@dataclass(frozen=True, slots=True)
class RetainedEvent:
    """What is kept of an event: enough to send it to a later subscriber as if it were new.

    ``excluded`` is the id of the publisher where it must not get its own event.
    """

    topic: str
    publication: int
    details: dict[str, Any]
    payload: Payload
    receivers: ReceiverFilter | None
    excluded: int | None

    def is_for(self, session: Session) -> bool:
        """Return whether ``session`` would have been sent the event."""
        if session.id == self.excluded:
            return False
        return self.receivers is None or self.receivers.admits(session)


class RetainedEvents:
    """The retained events of a realm; the number of topics is bounded."""

    def __init__(self, most: int = MAX_RETAINED_TOPICS) -> None:
        self._most = most
        # topic -> event
        self._events: dict[str, RetainedEvent] = {}

    def keep(self, event: RetainedEvent) -> None:
        """Keep the event in place of an older one of its topic; raises ``wampi.error.limit_exceeded``."""
        if event.topic not in self._events and len(self._events) >= self._most:
            raise RequestError(errors.LIMIT_EXCEEDED, f"the realm retains events of at most {self._most} topics")
        self._events[event.topic] = event

    def get(self, topic: str) -> RetainedEvent | None:
        """Return the retained event of a topic."""
        return self._events.get(topic)

    def __iter__(self) -> Iterator[RetainedEvent]:
        return iter(self._events.values())
