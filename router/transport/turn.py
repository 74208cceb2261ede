"""The turn: what one read of a connection causes is written once a connection, at its end.

One turn object serves a whole node. A transport opens it around each read; connections that have got something to
write, or that are to be kicked, are visited when it ends. What comes from timers and threads is gathered in the same
way and flushed in the reactor's next turn.

Writing has a budget of its own. An event for a thousand subscribers is a thousand writes, which take longer than what
caused them; those who are left over have their visit a few at a time, and others are read in between. Meanwhile
further events for them gather, so that they cost fewer writes.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.ports import Clock

BUDGET_SECONDS = 0.005
"""How long one connection may keep the reactor before the others get theirs: with reading, and again with writing."""


class Flushable(Protocol):
    """What a turn visits at its end."""

    def flush(self) -> None:
        """Write what has been gathered. Must not raise."""


class Turn:
    """Gathers what has to be visited at the end of a read."""

    __slots__ = ("_clock", "_is_open", "_is_scheduled", "_left_over", "_waiting", "budget_seconds", "monotonic")

    def __init__(self, clock: Clock, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._clock = clock
        self._is_open = False
        self._is_scheduled = False
        self._waiting: list[Flushable] = []
        # what the turns before this one had no time for, in order
        self._left_over: deque[Flushable] = deque()
        self.monotonic = clock.monotonic
        self.budget_seconds = budget_seconds

    def add(self, flushable: Flushable) -> None:
        """Visit ``flushable`` when the turn ends: this one, or the reactor's next when none is open."""
        self._waiting.append(flushable)
        if not self._is_open:
            self._schedule()

    def begin(self) -> None:
        """Open the turn; :meth:`end` must follow, whatever happens in between."""
        self._is_open = True

    def end(self) -> None:
        """Visit what was added, as far as there is time; what is added meanwhile comes in the reactor's next turn."""
        self._is_open = False
        waiting = self._waiting
        if waiting:
            self._waiting = []
            deadline = self.monotonic() + self.budget_seconds
            for number, flushable in enumerate(waiting, 1):
                flushable.flush()
                if self.monotonic() > deadline and number < len(waiting):
                    self._left_over.extend(waiting[number:])
                    self._schedule()
                    break

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._clock.call_later(0, self._run)

    def _run(self) -> None:
        """Have a turn that no read has caused."""
        self._is_scheduled = False
        self.end()
        deadline = self.monotonic() + self.budget_seconds
        while self._left_over and self.monotonic() <= deadline:
            self._left_over.popleft().flush()
        if self._left_over:
            self._schedule()
