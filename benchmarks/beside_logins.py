"""How long a session that calls every 100 ms waits while others log in as fast as they can, by each way in.

    python -m benchmarks.beside_logins [--ways wampcra,basic] [--seconds 10] [--out FILE]

The session speaks TLS, and calls a procedure of its own: two messages in and two out. So that the hub can be told from
the machine, the hub's own turns are watched: what the longest wait is without the times in which the machine let no
thread of the hub run, and what the dearest turn cost.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from . import flood, hub, routers, turns
from .attempts import ATTEMPTS
from .machine import describe_machine
from .session import Session, p99, paced

from support.machine import thread_waited_seconds  # isort: skip - hub has said where it is


@dataclass(frozen=True)
class Way:
    """What the session saw beside logins by one way: milliseconds; what others did is by the second.

    ``own_ms`` is the longest call without what the machine had the hub wait for; ``turn_cpu_ms`` what the hub's dearest
    turn cost.
    """

    way: str
    right_per_second: float
    wrong_per_second: float
    turned_away_per_second: float
    unexpected: int
    calls: int
    p50_ms: float
    p99_ms: float
    longest_ms: float
    own_ms: float
    turn_cpu_ms: float


@dataclass(frozen=True)
class Beside:
    """All ways, on one router."""

    router: str
    ways: list[Way]

    @property
    def longest_ms(self) -> float:
        """The longest call beside any of them."""
        return max(way.longest_ms for way in self.ways)


@dataclass(frozen=True)
class House:
    """A hub, and the session that is to notice nothing."""

    hub: hub.Hub
    session: Session
    flooders: flood.Flooders

    def beside(self, way: str, seconds: float) -> Way:
        """Call beside a flood of logins for so long."""
        with self.flooders.flooding(way) as counts:
            began = time.monotonic()
            calls = list(self._calls(began + seconds))
            took = time.monotonic() - began
        long_turns = [turn for turn in turns.read(Path(self.hub.turns)) if turn.overlaps(began, began + took)]
        waits = [call.ms for call in calls]
        return Way(
            way,
            counts[flood.RIGHT] / took,
            counts[flood.WRONG] / took,
            counts[flood.TURNED_AWAY] / took,
            counts[flood.UNEXPECTED],
            len(calls),
            median(waits),
            p99(waits),
            max(waits),
            max(call.own_ms(long_turns) for call in calls),
            max((turn.cpu_ms for turn in long_turns), default=0.0),
        )

    def _calls(self, until: float) -> Iterator[Call]:
        waited = 0.0

        def call() -> float:
            nonlocal waited
            before = thread_waited_seconds()
            took = self.session.call()
            waited = thread_waited_seconds() - before
            return took

        for took in paced(call, lambda: time.monotonic() >= until):
            yield Call(time.monotonic(), 1000 * took, 1000 * waited)


@dataclass(frozen=True)
class Call:
    """One call: when it ended (monotonic seconds), how long it took, and how long of that the machine had the caller
    wait for."""

    ended: float
    ms: float
    waited_ms: float = 0.0

    def own_ms(self, long_turns: Iterable[turns.Turn]) -> float:
        """How long it took without what the machine had the hub and the caller wait for."""
        began = self.ended - self.ms / 1000
        stalled = sum(turn.stalled_ms for turn in long_turns if turn.overlaps(began, self.ended))
        return max(0.0, self.ms - self.waited_ms - stalled)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Run a hub with its files in `folder`."""
    with (
        hub.start(folder) as running,
        closing(Session(running.router, tls=True)) as session,
        flood.Flooders(running) as flooders,
    ):
        session.register()
        yield House(running, session, flooders)


def measure(_router: routers.RunningRouter, ways: Sequence[str] = tuple(ATTEMPTS), seconds: float = 10.0) -> Beside:
    """Measure each way on one hub, which is another than the router, since it has accounts."""
    with tempfile.TemporaryDirectory(prefix="wampi-beside-") as folder, house(Path(folder)) as running:
        return Beside("wampi", [running.beside(way, seconds) for way in ways])


def line(one: Way) -> str:
    """Return one line on what the session saw."""
    return (
        f"{one.way}: beside {one.right_per_second:.0f} right and {one.wrong_per_second:.0f} wrong a second "
        f"({one.turned_away_per_second:.0f} turned away), {one.calls} calls took {one.p50_ms:.1f} ms (median), "
        f"{one.p99_ms:.1f} ms (p99), at most {one.longest_ms:.1f} ms ({one.own_ms:.1f} ms of that "
        f"the hub's); the dearest turn of the hub was {one.turn_cpu_ms:.1f} ms"
    )


def lines(beside: Beside) -> str:
    """Return a line for each way."""
    return "\n".join(map(line, beside.ways))


def _ways(text: str) -> list[str]:
    ways = text.split(",")
    for way in ways:
        if way not in ATTEMPTS:
            raise argparse.ArgumentTypeError(f"there is no way {way!r}, but {', '.join(ATTEMPTS)}")
    return ways


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 0, or 1 after one line that says what went wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks.beside_logins", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--ways", default=",".join(ATTEMPTS), type=_ways, help="comma separated")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each way")
    parser.add_argument("--out", type=Path, default=None, help="file of results")
    options = parser.parse_args(arguments)
    ways: list[Way] = []
    try:
        with tempfile.TemporaryDirectory(prefix="wampi-beside-") as folder, house(Path(folder)) as running:
            for way in options.ways:
                ways.append(running.beside(way, options.seconds))
                print(line(ways[-1]), flush=True)
    except (routers.RouterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.out is not None:
        report = {"machine": describe_machine(), "ways": [asdict(way) for way in ways]}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
