"""Runs the hub and writes down its long turns: ``python -m benchmarks.turns FILE up --config …``.

A turn is all that the reactor does between one wait for something to happen and the next. Whoever has sent a message
meanwhile waits for its end. On the processor a turn takes what it costs. By the clock it takes longer when other
threads of the hub come between, or other programs; of the second the hub is innocent. So it is of the time between
something's happening and the turn's beginning, in which the machine does not let it run.
"""

from __future__ import annotations

import json
import select
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from twisted.internet import epollreactor  # what `wampi up` makes its reactor with
from wampi.router.cli import main as run

from . import routers  # noqa: F401 - it says where the next one is

from support.machine import thread_waited_seconds  # isort: skip

LONG_MS = 1.0
"""Shorter ones are not written down."""


@dataclass(frozen=True)
class Turn:
    """One turn: when it ended (monotonic seconds), and milliseconds by the clock, of its thread on a processor, and of
    all threads of the hub; and how long before it the machine let none of them run, though its own was ready."""

    ended: float
    took_ms: float
    cpu_ms: float
    hub_cpu_ms: float
    late_ms: float = 0.0

    @property
    def stalled_ms(self) -> float:
        """How long at least the machine let no thread of the hub run, before it and during it."""
        return self.late_ms + max(0.0, self.took_ms - self.hub_cpu_ms)

    def overlaps(self, began: float, ended: float) -> bool:
        """Return whether it was under way in that time."""
        return self.ended - (self.took_ms + self.late_ms) / 1000 < ended and began < self.ended


class Watched:
    """A poller that measures the time between its polls."""

    def __init__(self, poller: Any, file: TextIO) -> None:
        self._poller = poller
        self._file = file
        # what the clocks said; None before the first turn, since starting is none
        self._began: tuple[float, float, float] | None = None
        self._late_ms = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def poll(self, *arguments: Any) -> Any:
        """End a turn, wait, and begin the next."""
        if self._began is not None:
            now = _clocks()
            took, *cpu = (1000 * (after - before) for after, before in zip(now, self._began, strict=True))
            if took + self._late_ms >= LONG_MS:
                self._file.write(json.dumps([now[0], took, *cpu, self._late_ms]) + "\n")
        waited, busy = thread_waited_seconds(), time.process_time()
        found = self._poller.poll(*arguments)
        waited, busy = thread_waited_seconds() - waited, time.process_time() - busy
        self._late_ms = 1000 * max(0.0, waited - busy)
        self._began = _clocks()
        return found


def _clocks() -> tuple[float, float, float]:
    return time.monotonic(), time.thread_time(), time.process_time()


def read(file: Path) -> list[Turn]:
    """Return the long turns that a hub has had so far."""
    return [Turn(*json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def command(file: Path) -> list[str]:
    """Return how the command line of wampi begins for its long turns to be written down."""
    return [sys.executable, "-m", "benchmarks.turns", str(file)]


def main() -> int:
    """Run the command line of wampi."""
    with Path(sys.argv.pop(1)).open("w", buffering=1, encoding="utf-8") as file:
        epollreactor.epoll = lambda _size: Watched(select.epoll(), file)
        return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
