"""How long a bystander waits while one read of small publishes goes out to a thousand subscribers.

    python -m benchmarks.bystander [--subscribers 1000] [--rounds 10] [--tls] [--out FILE]

A publisher sends 64 kB of PUBLISH messages at once. Another session calls a procedure of its own again and again,
before, and until every subscriber has every event; the longest of its calls is what counts. Subscribers live in a
process of their own, which only reads.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import selectors
import ssl
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from . import routers
from .machine import describe_machine
from .session import PATIENCE_SECONDS, Session, frame, pong

READ_BYTES = 64 * 1024
PAUSE_SECONDS = 0.5
TOPIC = "bench.topic"
EVENT = b"[36,"
PING_FRAME = b"\x89"  # the first byte of a ping: FIN and the opcode, RFC 6455 section 5.2


@dataclass(frozen=True)
class Round:
    """One read. Times are milliseconds: the longest call, the median of those before, and until all had everything."""

    events: int
    longest_ms: float
    before_ms: float
    delivered_ms: float


@dataclass(frozen=True)
class Read:
    """All rounds on one router."""

    router: str
    subscribers: int
    rounds: list[Round]

    @property
    def longest_ms(self) -> float:
        """The longest call of a round, the median of the rounds."""
        return median(one.longest_ms for one in self.rounds)


def one_read() -> tuple[bytes, int]:
    """Return 64 kB of publishes, and how many they are."""
    each = frame([16, 1, {}, TOPIC, [1]])
    count = READ_BYTES // len(each)
    return each * count, count


def subscribe(router: routers.RunningRouter, tls: bool, subscribers: int, parent: Connection) -> None:
    """Subscribe so many sessions; then read, and for each number that the parent sends, say when so many have come."""
    try:
        _subscribe(router, tls, subscribers, parent)
    except (routers.RouterError, OSError) as error:
        print(f"a subscriber of {router.name}: {error}", file=sys.stderr)


def _subscribe(router: routers.RunningRouter, tls: bool, subscribers: int, parent: Connection) -> None:
    selector = selectors.DefaultSelector()
    tails: dict[Any, bytes] = {}
    for _ in range(subscribers):
        session = Session(router, tls)
        session.send(32, 1, {}, TOPIC)
        session.receive()
        session.socket.setblocking(False)
        selector.register(session.socket, selectors.EVENT_READ)
        tails[session.socket] = b""
    parent.send("subscribed")
    while (wanted := parent.recv()) is not None:
        while wanted > 0:
            for key, _ in selector.select(PATIENCE_SECONDS):
                wanted -= _count(key.fileobj, tails)
        parent.send(time.perf_counter())


def _count(connection: Any, tails: dict[Any, bytes]) -> int:
    """Read all there is, answer pings, and return the number of events; one may be cut at the end."""
    count = 0
    while True:
        try:
            data = connection.recv(262144)
        except (BlockingIOError, ssl.SSLWantReadError):
            return count
        if not data:
            raise routers.RouterError("a subscriber was disconnected")
        events, pings, tails[connection] = events_and_pings(tails[connection] + data)
        count += events
        for payload in pings:
            connection.sendall(pong(payload))


def events_and_pings(data: bytes) -> tuple[int, list[bytes], bytes]:
    """Return the number of events in what a subscriber was sent, the payloads of pings, and the part that is cut.

    To walk from frame to frame would cost more than the router's work. What is sent here is short and ASCII, so that
    a ping's first byte is seen without that.
    """
    count = 0
    pings: list[bytes] = []
    while (at := data.find(PING_FRAME)) >= 0:
        count += data[:at].count(EVENT)
        end = at + 2 + data[at + 1] if at + 1 < len(data) else len(data) + 1
        if end > len(data):
            return count, pings, data[at:]
        pings.append(data[at + 2 : end])
        data = data[end:]
    return count + data.count(EVENT), pings, data[-(len(EVENT) - 1) :]


def measure(router: routers.RunningRouter, subscribers: int, rounds: int, tls: bool = False) -> Read:
    """Send the read `rounds` times and return what the bystander saw."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    reader = context.Process(target=subscribe, args=(router, tls, subscribers, there), daemon=True)
    reader.start()
    there.close()
    try:
        here.recv()
        with closing(Session(router, tls)) as publisher, closing(Session(router, tls)) as bystander:
            bystander.register()
            results = [_round(publisher, bystander, here, subscribers) for _ in range(rounds)]
        here.send(None)
    except EOFError:
        raise routers.RouterError("the subscribers have ended") from None
    finally:
        reader.join(PAUSE_SECONDS)
        reader.kill()
        here.close()
    return Read(router.name, subscribers, results)


def _round(publisher: Session, bystander: Session, reader: Connection, subscribers: int) -> Round:
    data, count = one_read()
    time.sleep(PAUSE_SECONDS)
    before = [bystander.call() for _ in range(50)]
    reader.send(count * subscribers)
    began = time.perf_counter()
    publisher.socket.sendall(data)
    calls = []
    while not reader.poll():
        calls.append(bystander.call())
    delivered = reader.recv() - began
    return Round(count * subscribers, max(calls) * 1000, median(before) * 1000, delivered * 1000)


def line(read: Read) -> str:
    """Return one line on all rounds."""
    rounds = read.rounds
    return (
        f"{read.router}: {rounds[0].events} events in {median(one.delivered_ms for one in rounds):.0f} ms; the "
        f"bystander's longest call took {read.longest_ms:.1f} ms (median of {len(rounds)} rounds; "
        f"at most {max(one.longest_ms for one in rounds):.1f}), {median(one.before_ms for one in rounds):.2f} ms before"
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 0, or 1 after one line that says what went wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks.bystander", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--routers", default="wampi", help="comma separated (wampi,yardstick,crossbar)")
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--out", type=Path, default=None, help="file of results")
    options = parser.parse_args(arguments)
    results = []
    try:
        with tempfile.TemporaryDirectory(prefix="wampi-bystander-") as folder:
            for name in options.routers.split(","):
                with routers.start(name, Path(folder) / name) as router:
                    results.append(measure(router, options.subscribers, options.rounds, options.tls))
                print(line(results[-1]), flush=True)
    except (routers.RouterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.out is not None:
        reads = [asdict(read) for read in results]
        report = {"machine": describe_machine(), "tls": options.tls, "reads": reads}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
