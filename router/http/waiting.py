"""What waits for somebody to come back: good once, for a while, and bounded so that nobody pushes out the others alone.

Wiring::

    waiting: Waiting[str, Flow] = Waiting(clock, seconds=600.0, most=1024, most_of_one=32)
    waiting.put(key, flow, source)
    flow = waiting.take(key)        # None for one that is not there, or not any more
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from ..networks import source_of

if TYPE_CHECKING:
    from ..core.ports import Clock

Key = TypeVar("Key", str, bytes)
Value = TypeVar("Value")


class Waiting(Generic[Key, Value]):
    """A table of what waits for ``seconds``.

    With more than ``most_of_one`` of one source, its oldest is forgotten; with more than ``most``, the oldest of all.
    """

    def __init__(self, clock: Clock, seconds: float, most: int, most_of_one: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._most_of_one = most_of_one
        # key -> what waits, whose it is, until when it is good; oldest first
        self._entries: OrderedDict[Key, tuple[Value, str, float]] = OrderedDict()

    def put(self, key: Key, value: Value, source: str) -> None:
        """Let something wait, in the place of what has waited under the same key."""
        self._entries.pop(key, None)
        self._forget()
        same = [other for other, (_, owner, _) in self._entries.items() if owner == source]
        if len(same) >= self._most_of_one:
            del self._entries[same[0]]
        elif len(self._entries) >= self._most:
            self._entries.popitem(last=False)
        self._entries[key] = value, source, self._clock.monotonic() + self._seconds

    def take(self, key: Key) -> Value | None:
        """Take out what waits, None for nothing."""
        self._forget()
        found = self._entries.pop(key, None)
        return None if found is None else found[0]

    def __len__(self) -> int:
        return len(self._entries)

    def _forget(self) -> None:
        """Drop what is too old."""
        now = self._clock.monotonic()
        while self._entries and next(iter(self._entries.values()))[2] <= now:
            self._entries.popitem(last=False)


def stranger_of(address: str | None) -> str:
    """Return the source that a request of a stranger counts for, by its address; None is a UNIX socket."""
    return "unix" if address is None else source_of(address)
