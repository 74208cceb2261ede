"""Logs in as often as it can, rightly and wrongly in turn: ``python -m benchmarks.flood HUB_JSON``.

It is told the way on standard input, stops at an empty line, and then says how often each came about. It has the lowest
priority: what is to be measured is the hub, and not who wins the processor where both are on one machine.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field

from . import routers
from .attempts import ATTEMPTS, TurnedAway
from .hub import Hub

THREADS = 8
PROCESSES = 2
LOWEST_PRIORITY = 19
RIGHT, WRONG, TURNED_AWAY, UNEXPECTED = "right", "wrong", "turned away", "unexpected"


@dataclass
class Counts:
    """How many attempts were let in and refused as they should be, and how many the hub had no time for."""

    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys((RIGHT, WRONG, TURNED_AWAY, UNEXPECTED), 0))

    def __getitem__(self, outcome: str) -> int:
        return self.counted[outcome]

    def add(self, outcome: str, count: int = 1) -> None:
        """Count one more, or more."""
        self.counted[outcome] += count


class Flooders:
    """Processes that flood a hub, each with so many threads; they end with the context."""

    def __init__(self, hub: Hub) -> None:
        command = [sys.executable, "-m", "benchmarks.flood", json.dumps(asdict(hub))]
        self._processes = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=routers.ROOT
            )
            for _ in range(PROCESSES)
        ]

    def __enter__(self) -> Flooders:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.communicate()

    @contextmanager
    def flooding(self, way: str) -> Iterator[Counts]:
        """Flood by one way for the length of a block; what it yields has the counts when the block has ended."""
        counts = Counts()
        self._tell(way)
        self._told()
        try:
            yield counts
        finally:
            self._tell("")
            for told in self._told():
                for outcome, count in told.items():
                    counts.add(outcome, count)

    def _tell(self, line: str) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{line}\n")

    def _told(self) -> list[dict[str, int]]:
        """Return what each says; raises RouterError when one has ended."""
        lines = [process.stdout.readline() for process in self._processes if process.stdout is not None]
        if not all(lines):
            raise routers.RouterError("a flood has ended before its time")
        return [json.loads(line) for line in lines]


def flood(way: str, hub: Hub, is_over: threading.Event, counts: Counts) -> None:
    """Log in rightly and wrongly in turn until it is over."""
    attempt, is_right = ATTEMPTS[way], True
    while not is_over.is_set():
        try:
            is_in = attempt(hub, is_right)
        except TurnedAway:
            outcome = TURNED_AWAY
        except (OSError, ssl.SSLError, routers.RouterError, IndexError, ValueError):
            outcome = TURNED_AWAY  # too many connections, which a hub ends without a word
        else:
            outcome = UNEXPECTED if is_in is not is_right else RIGHT if is_right else WRONG
        counts.add(outcome)
        is_right = not is_right


def main(told: str) -> None:
    """Begin at a line with a way, stop at an empty one; ends with standard input."""
    os.nice(LOWEST_PRIORITY)
    hub = Hub(**json.loads(told))
    for line in sys.stdin:
        with suppress(OSError, TurnedAway):
            ATTEMPTS[line.strip()](hub, True)  # whatever is done once is done before the flood
        is_over, each = threading.Event(), [Counts() for _ in range(THREADS)]
        threads = [threading.Thread(target=flood, args=(line.strip(), hub, is_over, counts)) for counts in each]
        print("{}", flush=True)
        for thread in threads:
            thread.start()
        sys.stdin.readline()
        is_over.set()
        for thread in threads:
            thread.join()
        print(json.dumps({outcome: sum(counts[outcome] for counts in each) for outcome in each[0].counted}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
