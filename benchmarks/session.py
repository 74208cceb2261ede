"""A WAMP client for the benchmarks in which what counts is what one session sees: blocking, JSON, WAMP-CRA."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import routers

PATIENCE_SECONDS = 60.0
EVERY_SECONDS = 0.1
PROCEDURE = "bench.echo"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10  # RFC 6455, section 5.2
NORMAL = (1000).to_bytes(2, "big")  # section 7.4.1
ROLES: dict[str, Any] = {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}


class Channel:
    """WAMP messages in JSON over a WebSocket, as a client; pings are answered whenever something is received."""

    def __init__(self, connection: socket.socket) -> None:
        """Take a connection over; its WebSocket may be open already, or be opened."""
        self.socket = connection
        self._got = b""

    def open_websocket(self, query: str = "", fields: Mapping[str, str] | None = None) -> int:
        """Upgrade the connection, with more header fields if there are; return the status, 101 when it is open."""
        more = "".join(f"{name}: {value}\r\n" for name, value in (fields or {}).items())
        self.socket.sendall(
            f"GET /ws{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            f"Sec-WebSocket-Protocol: wamp.2.json\r\n{more}\r\n".encode()
        )
        while b"\r\n\r\n" not in self._got:
            self._read()
        head, _, self._got = self._got.partition(b"\r\n\r\n")
        return int(head.split(maxsplit=2)[1])

    def send(self, *message: Any) -> None:
        """Send one message."""
        self.socket.sendall(frame(message))

    def receive(self) -> Any:
        """Return the next message."""
        while True:
            opcode, payload = self._frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == PING:
                self.socket.sendall(pong(payload))

    def receive_until(self, code: int) -> None:
        """Pass over messages up to the next with this code."""
        while self.receive()[0] != code:
            pass

    def close_websocket(self) -> None:
        """Close the WebSocket in order, and wait until the router has ended the connection."""
        self.socket.sendall(_framed(CLOSE, NORMAL))
        while self.socket.recv(65536):
            pass

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

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


class Session(Channel):
    """A session that has joined."""

    def __init__(self, router: routers.RunningRouter, tls: bool) -> None:
        """Connect and join; raises RouterError when the router refuses."""
        super().__init__(socket.create_connection(("127.0.0.1", router.tls_port if tls else router.plain_port)))
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if tls:
                self.socket = trusting_anyone().wrap_socket(self.socket)
            self.open_websocket()
            self._join(router)
        except BaseException:
            self.socket.close()
            raise

    def _join(self, router: routers.RunningRouter) -> None:
        self.send(1, "bench", {"roles": ROLES, "authid": router.authid, "authmethods": ["wampcra"]})
        answer = self.receive()
        if answer[0] == 4 and router.secret is not None:
            signature = hmac.digest(router.secret.encode(), answer[2]["challenge"].encode(), hashlib.sha256)
            self.send(5, base64.b64encode(signature).decode(), {})
            answer = self.receive()
        if answer[0] != 2:
            raise routers.RouterError(f"{router.name} does not let the benchmark in: {answer}")

    def register(self) -> None:
        """Register the procedure that `call` calls."""
        self.send(64, 1, {}, PROCEDURE)
        self.receive()

    def call(self) -> float:
        """Call the procedure that this session has registered, and answer; return the seconds that took."""
        began = time.perf_counter()
        self.send(48, 2, {}, PROCEDURE)
        self.send(70, self.receive()[1], {})
        self.receive()
        return time.perf_counter() - began


def trusting_anyone() -> ssl.SSLContext:
    """Return a context for a loopback connection to a certificate made a moment ago."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def frame(message: Sequence[Any]) -> bytes:
    """Return a message as a client's frame."""
    return _framed(TEXT, json.dumps(message, separators=(",", ":")).encode())


def pong(payload: bytes) -> bytes:
    """Return the answer to a ping as a client's frame."""
    return _framed(PONG, payload)


def _framed(opcode: int, payload: bytes) -> bytes:
    """Return a whole frame, with a mask of zeros (RFC 6455, section 5.2)."""
    size, first = len(payload), 0x80 | opcode
    head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0xFE)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def paced(call: Callable[[], float], is_over: Callable[[], bool]) -> Iterator[float]:
    """Call every 100 ms until it is over, at least once; yield the seconds that each call took."""
    began, count = time.monotonic(), 0
    while not count or not is_over():
        count += 1
        yield call()
        time.sleep(max(0.0, began + count * EVERY_SECONDS - time.monotonic()))


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return sorted(values)[int(len(values) * 0.99)]
