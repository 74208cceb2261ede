"""Time and ids as the running node has them; tests have fakes of their own.

Wiring::

    run_on_monotonic_time(reactor)       # before anything is scheduled
    clock = ReactorClock(reactor)
    ids = RandomIds()
"""

from __future__ import annotations

import itertools
import os
import struct
import time
from collections.abc import Callable
from typing import Any

_BATCH = 512


def run_on_monotonic_time(reactor: Any) -> None:
    """Let a reactor measure its delays by a clock that never jumps; to be called before anything is scheduled.

    Twisted measures them by the time of day. A Pi without a clock of its own starts in 1970; when the network then
    tells it the time, everything that was ever scheduled would be due at once: every ping unanswered, every valve
    timed out.
    """
    reactor.seconds = time.monotonic


class ReactorClock:
    """Time from the system, delays by a Twisted reactor; see :class:`~wampi.router.core.ports.Clock`."""

    __slots__ = ("_call_later", "monotonic", "time")

    def __init__(self, reactor: Any) -> None:
        # The functions themselves: monotonic is read once a message.
        self.monotonic = time.monotonic
        self.time = time.time
        self._call_later = reactor.callLater

    def call_later(self, delay_seconds: float, callback: Callable[[], None]) -> Any:
        """Call ``callback`` once, after ``delay_seconds``."""
        return self._call_later(delay_seconds, callback)


class RandomIds:
    """Ids; see :class:`~wampi.router.core.ports.Ids`. Random bytes are fetched from the system in batches."""

    __slots__ = ("_batch", "router_id")

    def __init__(self) -> None:
        self._batch: list[int] = []
        self.router_id = itertools.count(1).__next__

    def global_id(self) -> int:
        """Return a random id, uniform over 1 to 2**53."""
        if not self._batch:
            # The upper 53 of 64 random bits: no value is likelier than another.
            self._batch = [(bits >> 11) + 1 for bits in struct.unpack(f"<{_BATCH}Q", os.urandom(8 * _BATCH))]
        return self._batch.pop()
