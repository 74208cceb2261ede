"""A session's whole life, thousands of times: the router's memory and descriptors stay where they were.

``make soak`` runs 100 000 lives, the test suite 2000.
"""

import json
import os
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.live import ROLES, LiveServer, live_server, wait_until
from support.transport import CLOSE, client_frame, handshake

LIVES = int(os.environ.get("WAMPI_SOAK_SESSIONS", "2000"))
TLS_EVERY = 5
PATIENCE_SECONDS = 20.0

# An allocator keeps some of what it was given, and its keeping is not smooth; what grows with each life is far more:
# a session that is not let go of holds 20 kB.
FREE_GROWTH_BYTES = 4_000_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    with live_server(tmp_path) as running:
        yield running


class Life:
    """One connection of a client, blocking."""

    def __init__(self, server: LiveServer, trust: ssl.SSLContext | None) -> None:
        port = server.plain if trust is None else server.tls
        self.socket = socket.create_connection(("localhost", port), timeout=PATIENCE_SECONDS)
        if trust is not None:
            self.socket = trust.wrap_socket(self.socket, server_hostname="localhost")
        self.got = b""

    def send(self, *messages: list[Any]) -> None:
        self.socket.sendall(b"".join(client_frame(json.dumps(message).encode()) for message in messages))

    def until(self, end: bytes) -> None:
        """Read until these bytes have come."""
        while end not in self.got:
            data = self.socket.recv(65536)
            assert data, self.got
            self.got += data

    def until_closed(self) -> None:
        while self.socket.recv(65536):
            pass

    def run(self) -> None:
        """Join, hold one of everything, use each, and leave a call and a testament open."""
        self.socket.sendall(handshake(["wamp.2.json"], {"Host": "localhost"}))
        self.until(b"\r\n\r\n")
        self.send([1, "home", {"roles": ROLES}])
        self.until(b"[2,")
        self.send(
            [32, 1, {"match": "prefix"}, "com.example"],
            [64, 2, {"invoke": "roundrobin"}, "com.example.echo"],
            [16, 3, {"exclude_me": False, "retain": True}, "com.example.topic", ["x" * 500]],
            [48, 4, {}, "wamp.session.add_testament", ["com.example.gone", ["it"], {}]],
            [48, 5, {"timeout": 60_000}, "com.example.echo", ["y" * 500]],
        )
        self.until(b"[36,")
        self.until(b"[50,4,")


def goodbye(life: Life) -> None:
    life.send([6, {}, "wamp.close.close_realm"])
    life.until(b"goodbye_and_out")
    life.socket.close()


def close(life: Life) -> None:
    life.socket.sendall(client_frame((1000).to_bytes(2, "big"), CLOSE))
    life.until_closed()
    life.socket.close()


def vanish(life: Life) -> None:
    life.socket.close()


def reset(life: Life) -> None:
    life.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    life.socket.close()


def violate(life: Life) -> None:
    life.socket.sendall(client_frame(b"[99]"))
    life.until(b"protocol_violation")
    life.socket.sendall(client_frame((1000).to_bytes(2, "big"), CLOSE))
    life.until_closed()
    life.socket.close()


ENDINGS: list[Callable[[Life], None]] = [goodbye, close, vanish, reset, violate]


def live(server: LiveServer, trust: ssl.SSLContext, first: int, last: int) -> None:
    for number in range(first, last):
        life = Life(server, trust if number % TLS_EVERY == 0 else None)
        life.run()
        ENDINGS[number // TLS_EVERY % len(ENDINGS)](life)


def test_memory_and_descriptors_stay_flat(server: LiveServer) -> None:
    trust, descriptors = server.trusting(), server.descriptors()
    live(server, trust, 0, LIVES // 4)
    wait_until(lambda: server.descriptors() <= descriptors, "all connections to be gone")
    before = server.resident_bytes()
    live(server, trust, LIVES // 4, LIVES)
    wait_until(lambda: server.descriptors() <= descriptors, "all connections to be gone")
    grown = server.resident_bytes() - before
    print(f"{LIVES} lives: {before / 1e6:.1f} MB after a quarter of them, {grown / 1e6:+.1f} MB since")
    assert grown < FREE_GROWTH_BYTES
