"""Where past events are kept: the interface of a shelf, and the shelf in memory.

A shelf holds the events of one rule of the configuration. The other implementation, which survives the process, is
:mod:`wampi.router.store.history`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from . import errors
from .errors import RequestError
from .limits import MAX_HISTORY_BYTES
from .passthru import size_bytes
from .timestamps import seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..codec import Payload
    from ..codec.messages import Match
    from .receivers import ReceiverFilter

MOST_EVENTS = 1000
"""How many events one answer may have; who wants more asks again."""


_OVERHEAD_BYTES = 256
"""About what an event takes beside its topic, its payload and its lists."""


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
        """About how much room what the publisher has sent takes."""
        lists = self.receivers.size_bytes if self.receivers else 0
        return _OVERHEAD_BYTES + len(self.topic) + self.payload.size_bytes + size_bytes(self.details) + lists


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; whatever is given has to hold. Times are seconds since 1970, UTC."""

    limit: int = MOST_EVENTS
    reverse: bool = False
    topic: str | None = None
    from_time: float | None = None
    after_time: float | None = None
    before_time: float | None = None
    until_time: float | None = None
    from_publication: int | None = None
    after_publication: int | None = None
    before_publication: int | None = None
    until_publication: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the events that a query is about, in its order; ``next`` is where to go on, None at the end."""

    events: list[KeptEvent]
    next: int | None = None


class Shelf(Protocol):
    """The newest events of one rule; their number and their size are bounded."""

    def add(self, event: KeptEvent) -> None:
        """Keep an event. Neither blocks nor raises: what cannot be kept is told to the log."""

    def read(
        self, query: Query, position: int | None, done: Callable[[Page], None], failed: Callable[[], None]
    ) -> None:
        """Call ``done`` with a page of events, now or later, or ``failed`` when they cannot be read.

        The first page has no ``position``, others go on at :attr:`Page.next`. Every event that was added before is
        found. The query's ``limit`` is left to the caller, who alone knows which events count.
        """


class MemoryShelf:
    """A shelf that is empty when the node starts; the oldest event first."""

    __slots__ = ("_events", "_limit", "_size_bytes")

    def __init__(self, rule: HistoryRule) -> None:
        self._limit = rule.limit
        self._size_bytes = 0
        self._events: deque[KeptEvent] = deque()

    def add(self, event: KeptEvent) -> None:
        """Keep an event; see :meth:`Shelf.add`."""
        self._events.append(event)
        self._size_bytes += event.size_bytes
        while len(self._events) > self._limit or self._size_bytes > MAX_HISTORY_BYTES:
            self._size_bytes -= self._events.popleft().size_bytes

    def read(
        self, query: Query, _position: int | None, done: Callable[[Page], None], _failed: Callable[[], None]
    ) -> None:
        """Call ``done`` at once, with everything."""
        found = list(_selected(list(self._events), query))
        if query.reverse:
            found.reverse()
        done(Page(found))


def time_of(text: str | None) -> float | None:
    """Return a time of a query, as in RFC 3339, in seconds since 1970; raises ``wamp.error.invalid_argument``."""
    if text is None:
        return None
    try:
        return seconds_of(text)
    except ValueError:
        raise RequestError(errors.INVALID_ARGUMENT, f"{text[:40]!a} is not a time as in RFC 3339") from None


def _selected(events: list[KeptEvent], query: Query) -> Iterator[KeptEvent]:
    """Iterate over the events that the query is about, the oldest first."""
    first, last = _range_of_publications(events, query)
    start, after, before, until = query.from_time, query.after_time, query.before_time, query.until_time
    for event in events[first : max(0, last + 1)]:
        time = event.timestamp
        if query.topic is not None and event.topic != query.topic:
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
