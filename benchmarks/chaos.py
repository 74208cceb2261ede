"""How a bystander fares while others misbehave, and what they leave behind in the router.

    python -m benchmarks.chaos [--seconds 5] [--rounds 1] [--only NAME]

A session calls the router every 100 ms over TLS, under the limits that hold by default, while one kind of misbehaviour
after the other goes on beside it, each from processes of its own. The bystander's 99th percentile must stay under
250 ms, and memory and open descriptors of the router must come back to within a tenth of what they were.
Ends with status 1 where one of these does not hold.
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from wampi.router.store.accounts import Accounts

from . import routers
from .process import descriptors, resident_bytes, settle
from .session import EVERY_SECONDS, Session, frame, p99, paced, trusting_anyone

MOST_SECONDS = 0.25
MOST_GROWTH = 1.1
SETTLE_SECONDS = 40.0
"""Longer than the router keeps anything of a peer that is gone: a ping finds out within 15 s, and for 10 s more the
messages that it left are taken."""

WARM_SECONDS = 0.5

ATTACKERS = 2
HEAD = b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n"
UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n"
)
PERSON, PASSWORD = "anna", "seven otters juggle turnips"
GONE = (OSError, routers.RouterError, IndexError)
"""What an attacker sees when the router has had enough of it."""


@dataclass(frozen=True)
class Outcome:
    """What one kind of misbehaviour did: seconds of the bystander's calls; memory and descriptors before and after."""

    name: str
    calls: list[float]
    resident_bytes: tuple[int, int]
    descriptors: tuple[int, int]

    @property
    def p99_seconds(self) -> float:
        """The bystander's 99th percentile."""
        return p99(self.calls)

    @property
    def is_good(self) -> bool:
        """Whether the router kept what docs/security.md promises."""
        pairs = (self.resident_bytes, self.descriptors)
        return self.p99_seconds < MOST_SECONDS and all(after <= before * MOST_GROWTH for before, after in pairs)

    def __str__(self) -> str:
        before, after = self.resident_bytes
        verdict = "" if self.is_good else "   <-- too much"
        return (
            f"{self.name:24} {len(self.calls):4} calls, p99 {self.p99_seconds * 1000:6.1f} ms, "
            f"at most {max(self.calls) * 1000:6.1f}; {before >> 20} -> {after >> 20} MB, "
            f"{self.descriptors[0]} -> {self.descriptors[1]} descriptors{verdict}"
        )


# ---- before the login --------------------------------------------------------------------------------------------


def silent_connections(router: routers.RunningRouter) -> None:
    """Take as many connections as there are, and say nothing."""
    held = [_connect(router) for _ in range(40)]
    time.sleep(EVERY_SECONDS)
    for one in held:
        one.close()


def half_a_handshake(router: routers.RunningRouter) -> None:
    """Begin TLS, and stop."""
    with _connect(router) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        time.sleep(EVERY_SECONDS)


def tls_and_no_more(router: routers.RunningRouter) -> None:
    """Have the router do the work of a TLS handshake, and go."""
    _encrypted(router).close()


def endless_head(router: routers.RunningRouter) -> None:
    """Send fields until the router has enough."""
    with _encrypted(router) as connection:
        connection.sendall(HEAD + b"X: " + b"a" * 60_000)


def wrong_passwords(router: routers.RunningRouter) -> None:
    """Guess."""
    wrong = replace(router, authid="stranger", secret="wrong")  # noqa: S106 -- it is wrong
    Session(wrong, tls=True).close()


def logins_by_basic(router: routers.RunningRouter) -> None:
    """Log in by HTTP Basic, right and wrong in turn: each costs the router an Argon2id."""
    for password in (PASSWORD, "not " + PASSWORD):
        pair = base64.b64encode(f"{PERSON}:{password}".encode())
        with _encrypted(router) as connection:
            origin = f"Origin: https://127.0.0.1:{router.tls_port}\r\n".encode()
            head = HEAD.replace(b"127.0.0.1", f"127.0.0.1:{router.tls_port}".encode()) + UPGRADE + origin
            connection.sendall(head + b"Authorization: Basic " + pair + b"\r\n\r\n")
            connection.recv(4096)


# ---- behind the login --------------------------------------------------------------------------------------------


def too_many_messages(router: routers.RunningRouter) -> None:
    """Send as fast as the network takes it."""
    with closing(Session(router, tls=True)) as session:
        session.socket.settimeout(1.0)
        some = frame([16, 1, {}, "bench.flood", ["x" * 60]]) * 200
        while True:
            session.socket.sendall(some)


def deep_and_wide(router: routers.RunningRouter) -> None:
    """Send what is hard to parse."""
    for text in ("[" * 30_000, '{"a":' * 10_000, "[" + "0," * 30_000):
        with closing(Session(router, tls=True)) as session:
            payload = f'[48,1,{{}},"bench.deep",{text}'.encode()
            session.socket.sendall(b"\x81\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload)
            session.receive()


def who_does_not_read(router: routers.RunningRouter) -> None:
    """Subscribe and never read, while somebody publishes much."""
    with closing(Session(router, tls=True)) as slow, closing(Session(router, tls=True)) as publisher:
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.send(32, 1, {}, "bench.slow")
        for request in range(1, 100):
            publisher.send(16, request, {"acknowledge": True}, "bench.slow", ["x" * 60_000])
            publisher.receive()


def on_and_off(router: routers.RunningRouter) -> None:
    """Subscribe to many patterns and go, again and again."""
    with closing(Session(router, tls=True)) as session:
        for number in range(1, 200):
            session.send(32, number, {"match": "wildcard"}, f"bench..{number}.{'a.' * 50}z")
            session.receive()


MISBEHAVIOUR: tuple[Callable[[routers.RunningRouter], None], ...] = (
    *(silent_connections, half_a_handshake, tls_and_no_more, endless_head, wrong_passwords, logins_by_basic),
    *(too_many_messages, deep_and_wide, who_does_not_read, on_and_off),
)


# ---- measuring ---------------------------------------------------------------------------------------------------


def go_on(misbehave: Callable[[routers.RunningRouter], None], router: routers.RunningRouter, seconds: float) -> None:
    """Misbehave until the time is over, whatever the router does about it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(*GONE):
            misbehave(router)


def measure(
    router: routers.RunningRouter, misbehave: Callable[[routers.RunningRouter], None], seconds: float
) -> Outcome:
    """Return what the bystander saw, and what was left, when that went on for so long."""
    context = multiprocessing.get_context("spawn")
    pid = router.pids[0]
    with closing(Session(router, tls=True)) as bystander:
        before = resident_bytes(pid), descriptors(pid)
        attackers = [
            context.Process(target=go_on, args=(misbehave, router, seconds), daemon=True) for _ in range(ATTACKERS)
        ]
        for one in attackers:
            one.start()
        calls = list(paced(partial(_call_nothing, bystander), lambda: not any(one.is_alive() for one in attackers)))
        for one in attackers:
            one.join()
        settle(pid, before[1], SETTLE_SECONDS)
        after = resident_bytes(pid), descriptors(pid)
    return Outcome(misbehave.__name__.replace("_", " "), calls, (before[0], after[0]), (before[1], after[1]))


def _call_nothing(bystander: Session) -> float:
    """Call what nobody has registered; return the seconds until the router said so."""
    began = time.perf_counter()
    bystander.send(48, 1, {}, "bench.nothing")
    bystander.receive()
    return time.perf_counter() - began


def _connect(router: routers.RunningRouter) -> socket.socket:
    return socket.create_connection(("127.0.0.1", router.tls_port), 5.0)


def _encrypted(router: routers.RunningRouter) -> socket.socket:
    connection = _connect(router)
    try:
        return trusting_anyone().wrap_socket(connection)
    except BaseException:
        connection.close()
        raise


@contextmanager
def _router(folder: Path) -> Iterator[routers.RunningRouter]:
    """Run wampi under its default limits."""
    secret, ports = secrets.token_hex(16), (routers.free_port(), routers.free_port())
    configuration = folder / "config.json"
    configuration.touch(mode=0o600)
    node = routers.node_configuration(*ports, folder, secret)
    tls = node["workers"][0]["transports"][1]
    tls["auth"] = {**tls["auth"], "basic": {}}
    configuration.write_text(json.dumps(node), encoding="utf-8")
    with Accounts.open(folder / "data") as accounts:
        accounts.add_person(PERSON, "load", PASSWORD)
    command = [*routers.wampi_command(), "up", "--config", str(configuration), "--data", str(folder / "data")]
    with routers.serving("wampi", command, ports, folder) as (process, _):
        yield routers.RunningRouter("wampi", *ports, (process.pid,), 0.0, secret, folder / "log.txt")


def main(arguments: list[str] | None = None) -> int:
    """Go through all of it and print a line each; return 0 when the bystander did not mind, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="benchmarks.chaos", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="for each kind (default: 5)")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the name of what is to be done")
    options = parser.parse_args(arguments)
    chosen = [one for one in MISBEHAVIOUR if options.only in one.__name__.replace("_", " ")]
    is_good = True
    try:
        with tempfile.TemporaryDirectory(prefix="wampi-chaos-") as folder, _router(Path(folder)) as router:
            before = descriptors(router.pids[0])
            for misbehave in chosen:  # what is allocated once is there, before anything is compared
                go_on(misbehave, router, WARM_SECONDS)
            settle(router.pids[0], before, SETTLE_SECONDS)
            for _ in range(options.rounds):
                for misbehave in chosen:
                    outcome = measure(router, misbehave, options.seconds)
                    is_good = is_good and outcome.is_good
                    print(outcome, flush=True)
    except (routers.RouterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
