"""How long a bystander waits while one read of small publishes goes out to a thousand subscribers.

    python -m benchmarks.bystander [--subscribers 1000] [--rounds 10] [--tls] [--out FILE]

A publisher sends 64 kB of PUBLISH messages at once. Another session calls a procedure of its own again and again,
before, and until every subscriber has every event; the longest of its calls is what counts. Subscribers live in a
process of their own, which only reads.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import multiprocessing
import os
import selectors
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from . import routers
from .machine import describe_machine

READ_BYTES = 64 * 1024
PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
TOPIC, PROCEDURE = "bench.topic", "bench.echo"
ROLES: dict[str, Any] = {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}
EVENT = b"[36,"


@dataclass(frozen=True)
class Round:
    """One read. Times are milliseconds: the longest call, the median of those before, and until all had everything."""

    events: int
    longest_ms: float
    before_ms: float
    delivered_ms: float


class Session:
    """A session that has joined, on a blocking WebSocket, in JSON."""

    def __init__(self, router: routers.RunningRouter, tls: bool) -> None:
        self.socket = socket.create_connection(("127.0.0.1", router.tls_port if tls else router.plain_port))
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        try:
            if tls:
                self.socket = trusting_anyone().wrap_socket(self.socket)
            self._join(router)
        except BaseException:
            self.socket.close()
            raise

    def _join(self, router: routers.RunningRouter) -> None:
        self.socket.sendall(
            b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + base64.b64encode(os.urandom(16))
            + b"\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n"
        )
        while b"\r\n\r\n" not in self._got:
            self._read()
        self._got = self._got.partition(b"\r\n\r\n")[2]
        self.send(1, "bench", {"roles": ROLES, "authid": router.authid, "authmethods": ["wampcra"]})
        answer = self.receive()
        if answer[0] == 4 and router.secret is not None:
            signature = hmac.digest(router.secret.encode(), answer[2]["challenge"].encode(), hashlib.sha256)
            self.send(5, base64.b64encode(signature).decode(), {})
            answer = self.receive()
        if answer[0] != 2:
            raise routers.RouterError(f"{router.name} does not let the benchmark in: {answer}")

    def send(self, *message: Any) -> None:
        """Send one message."""
        self.socket.sendall(frame(message))

    def receive(self) -> Any:
        """Return the next message; pings are passed over."""
        while True:
            opcode, payload = self._frame()
            if opcode == 1:
                return json.loads(payload)

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

    def call(self) -> float:
        """Call the procedure that this session has registered, and answer; return the seconds that took."""
        began = time.perf_counter()
        self.send(48, 2, {}, PROCEDURE)
        self.send(70, self.receive()[1], {})
        self.receive()
        return time.perf_counter() - began

    def _frame(self) -> tuple[int, bytes]:
        while len(self._got) < 4:
            self._read()
        size, head = self._got[1], 2
        if size == 126:
            size, head = int.from_bytes(self._got[2:4], "big"), 4
        while len(self._got) < head + size:
            self._read()
        opcode, payload = self._got[0] & 15, self._got[head : head + size]
        self._got = self._got[head + size :]
        return opcode, payload

    def _read(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise routers.RouterError("the router has ended a connection of the benchmark")
        self._got += data


def trusting_anyone() -> ssl.SSLContext:
    """Return a context for a loopback connection to a certificate made a moment ago."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def frame(message: Sequence[Any]) -> bytes:
    """Return a message as a client's frame, with a mask of zeros (RFC 6455, section 5.2)."""
    payload = json.dumps(message, separators=(",", ":")).encode()
    size = len(payload)
    head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0xFE)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def one_read() -> tuple[bytes, int]:
    """Return 64 kB of publishes, and how many they are."""
    each = frame([16, 1, {}, TOPIC, [1]])
    count = READ_BYTES // len(each)
    return each * count, count


def subscribe(router: routers.RunningRouter, tls: bool, subscribers: int, parent: Connection) -> None:
    """Subscribe so many sessions; then read, and for each number that the parent sends, say when so many have come."""
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
    """Read all there is and return the number of events in it; one may be cut at the end."""
    count = 0
    while True:
        try:
            data = connection.recv(262144)
        except (BlockingIOError, ssl.SSLWantReadError):
            return count
        if not data:
            raise routers.RouterError("a subscriber was disconnected")
        data = tails[connection] + data
        count += data.count(EVENT)
        tails[connection] = data[-(len(EVENT) - 1) :]


def measure(router: routers.RunningRouter, subscribers: int, rounds: int, tls: bool) -> list[Round]:
    """Send the read `rounds` times and return what the bystander saw."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    reader = context.Process(target=subscribe, args=(router, tls, subscribers, there), daemon=True)
    reader.start()
    there.close()
    try:
        here.recv()
        with closing(Session(router, tls)) as publisher, closing(Session(router, tls)) as bystander:
            bystander.send(64, 1, {}, PROCEDURE)
            bystander.receive()
            results = [_round(publisher, bystander, here, subscribers) for _ in range(rounds)]
        here.send(None)
    except EOFError:
        raise routers.RouterError("the subscribers have ended") from None
    finally:
        reader.join(PAUSE_SECONDS)
        reader.kill()
        here.close()
    return results


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


def table(name: str, rounds: list[Round]) -> str:
    """Return one line on all rounds."""
    return (
        f"{name}: {rounds[0].events} events in {median(one.delivered_ms for one in rounds):.0f} ms; the bystander's "
        f"longest call took {median(one.longest_ms for one in rounds):.1f} ms (median of {len(rounds)} rounds; "
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
    results: dict[str, list[Round]] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="wampi-bystander-") as folder:
            for name in options.routers.split(","):
                with routers.start(name, Path(folder) / name) as router:
                    results[name] = measure(router, options.subscribers, options.rounds, options.tls)
                print(table(name, results[name]), flush=True)
    except (routers.RouterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.out is not None:
        shown = {name: [asdict(one) for one in rounds] for name, rounds in results.items()}
        report = {"machine": describe_machine(), "subscribers": options.subscribers, "tls": options.tls, **shown}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
