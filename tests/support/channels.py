"""The same WAMP client over every transport and serializer, for the integration suite.

A channel carries encoded messages; a session speaks lists on one. What encodes and decodes here is not the router's.
"""

from __future__ import annotations

import base64
import json
import random
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, Protocol

import cbor2
import msgspec
import ubjson
from wampi.router.codec import codecs
from wampi.router.core.limits import Limits
from wampi.router.core.realm import Environment
from wampi.router.core.router import Router
from wampi.router.transport.memory import connect as connect_in_memory
from wampi.router.transport.turn import Turn

from support.core import ALL, AcceptAnyone, CountedIds, FakeClock, KeptLog, Permission, Role
from support.live import LiveServer
from support.live import client as websocket_client
from support.longpoll_client import longpoll_client
from support.rawsocket import MESSAGE, PING, PONG, hello_octets, raw_frame
from support.waiting import PATIENCE_SECONDS
from support.wamp import ENCODE, ERROR, EVENT, GOODBYE, HELLO, RESULT, WELCOME

WEBSOCKET_WAYS = {"ws": "plain", "wss": "tls", "ws over UNIX": "unix"}
RAWSOCKET_WAYS = {"RawSocket": "plain", "RawSocket over TLS": "tls", "RawSocket over UNIX": "unix"}
LONGPOLL_WAYS = {"long-poll": "plain", "long-poll over TLS": "tls", "long-poll over UNIX": "unix"}
MEMORY = "memory"
WAYS = (MEMORY, *WEBSOCKET_WAYS, *RAWSOCKET_WAYS, *LONGPOLL_WAYS)

LIMITS = {"messages_per_second": 1e6, "burst": 100_000, "subscriptions": 16, "sessions_per_account": 100}
"""Of every session in the suite."""

DECODE: dict[str, Callable[[bytes], Any]] = {
    "json": json.loads,
    "msgpack": msgspec.msgpack.decode,
    "cbor": cbor2.loads,
    "ubjson": ubjson.loadb,
}
_ROLES: dict[str, Any] = {
    "publisher": {"features": {"publisher_identification": True}},
    "subscriber": {"features": {"pattern_based_subscription": True, "event_retention": True}},
    "caller": {"features": {"call_canceling": True, "progressive_call_results": True}},
    "callee": {"features": {"call_canceling": True, "progressive_call_results": True}},
}


class Channel(Protocol):
    """Carries encoded messages; raises :class:`ConnectionError` when the connection has ended."""

    def send_bytes(self, data: bytes) -> None: ...

    def receive_bytes(self) -> bytes: ...

    def drop(self) -> None:
        """Be gone without a word."""


class RawSocketChannel:
    """A RawSocket client that answers pings."""

    def __init__(self, connection: socket.socket, serializer: str) -> None:
        self._socket = connection
        self._socket.sendall(hello_octets(serializer))
        reply = self._exactly(4)
        assert reply[0] == 0x7F and reply[1] & 15 == hello_octets(serializer)[1] & 15, reply
        self.largest_bytes = 2 ** (9 + (reply[1] >> 4))

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(raw_frame(data))

    def receive_bytes(self) -> bytes:
        while True:
            (prefix,) = struct.unpack("!I", self._exactly(4))
            payload = self._exactly(prefix & 0xFFFFFF)
            if prefix >> 24 == MESSAGE:
                return payload
            if prefix >> 24 == PING:
                self._socket.sendall(raw_frame(payload, PONG))

    def drop(self) -> None:
        self._socket.close()

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._socket.recv(size - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data


class BatchedChannel:
    """Puts each message into a batch, and takes batches apart."""

    def __init__(self, channel: Channel, is_binary: bool) -> None:
        self._channel = channel
        self._is_binary = is_binary
        self._received: list[bytes] = []
        self.drop = channel.drop

    def send_bytes(self, data: bytes) -> None:
        self._channel.send_bytes(struct.pack("!I", len(data)) + data if self._is_binary else data + b"\x1e")

    def receive_bytes(self) -> bytes:
        if not self._received:
            batch = self._channel.receive_bytes()
            if self._is_binary:
                self._received = list(_split_by_length(batch))
            else:
                *self._received, rest = batch.split(b"\x1e")
                assert rest == b""
        return self._received.pop(0)


def _split_by_length(batch: bytes) -> Iterator[bytes]:
    assert batch, "a batch has at least one message"
    while batch:
        end = 4 + struct.unpack("!I", batch[:4])[0]
        assert end <= len(batch), "the last message is whole"
        yield batch[4:end]
        batch = batch[end:]


class MemoryRouter:
    """A router in this process, with time that stands still."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.turn = Turn(self.clock)
        self.codecs = codecs()
        role = Role("everything", (Permission("", "prefix", ALL),), Limits(**LIMITS))
        self.router = Router(
            Environment(CountedIds(), self.clock, KeptLog(), self.codecs["msgpack"], random.Random(1).randrange)
        )
        self.router.add_realm("home", [role])


class MemoryChannel:
    """A client within the process."""

    def __init__(self, router: MemoryRouter, serializer: str) -> None:
        self._codec = router.codecs[serializer]
        self._clock = router.clock
        self._received: list[bytes] = []
        self._is_closed = False
        attach = partial(router.router.attach, authenticator=AcceptAnyone())
        self._client = connect_in_memory(
            attach,
            self._codec,
            router.turn,
            lambda message: self._received.append(self._codec.encode(message)),
            self._end,
        )

    def _end(self) -> None:
        self._is_closed = True

    def send_bytes(self, data: bytes) -> None:
        self._client.send(self._codec.decode(data))

    def receive_bytes(self) -> bytes:
        self._clock.advance(0)
        if not self._received and self._is_closed:
            raise ConnectionError("closed")
        assert self._received, "nothing comes"
        return self._received.pop(0)

    def drop(self) -> None:
        self._client.close()


class Place:
    """A router, and one way and serializer to reach it; ``join`` makes sessions, which end with ``stack``."""

    def __init__(
        self, live: LiveServer, memory: MemoryRouter, way: str, serializer: str, stack: ExitStack, name: str
    ) -> None:
        self.way = way
        self.serializer = serializer
        self.prefix = name
        self._live = live
        self._memory = memory
        self._stack = stack

    def uri(self, name: str) -> str:
        """Return a URI that no other test has."""
        return f"{self.prefix}.{name}"

    def open(self, serializer: str | None = None) -> Session:
        """Connect, and say nothing yet."""
        serializer = serializer or self.serializer
        plain = serializer.removesuffix(".batched")
        return Session(self._channel(serializer, plain), plain)

    def join(self, serializer: str | None = None) -> Session:
        """Connect and join the realm."""
        session = self.open(serializer)
        session.join()
        return session

    def _channel(self, serializer: str, plain: str) -> Channel:
        if self.way == MEMORY:
            return MemoryChannel(self._memory, plain)
        if self.way in RAWSOCKET_WAYS:
            return RawSocketChannel(self._connect(RAWSOCKET_WAYS[self.way]), plain)
        if self.way in LONGPOLL_WAYS:
            longpoll = longpoll_client(self._live, LONGPOLL_WAYS[self.way], f"wamp.2.{serializer}")
            self._stack.callback(longpoll.drop)
            return longpoll if serializer == plain else BatchedChannel(longpoll, plain != "json")
        options = {"subprotocols": [f"wamp.2.{serializer}"]}
        way = WEBSOCKET_WAYS[self.way]
        channel = self._stack.enter_context(websocket_client(self._live, way, plain, **options))
        return channel if serializer == plain else BatchedChannel(channel, plain != "json")

    def _connect(self, way: str) -> socket.socket:
        live, enter = self._live, self._stack.enter_context
        if way == "unix":
            connection = enter(socket.socket(socket.AF_UNIX))
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect(live.unix)
            return connection
        port = live.tls if way == "tls" else live.plain
        connection = enter(socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS))
        if way == "tls":
            return enter(live.trusting().wrap_socket(connection, server_hostname="localhost"))
        return connection


class Session:
    """A client that speaks lists. Events that come while it waits for an answer are kept for :meth:`event`."""

    def __init__(self, channel: Channel, serializer: str) -> None:
        self._channel = channel
        self._serializer = serializer
        self._request = 0
        self._events: list[list[Any]] = []
        self.drop = channel.drop
        self.welcome: list[Any] = []

    def join(self) -> None:
        self.send(HELLO, "home", {"roles": _ROLES})
        self._request = 0
        self.welcome = self.receive()
        assert self.welcome[0] == WELCOME, self.welcome

    def binary(self, value: bytes) -> Any:
        """Return bytes as this serializer has them (JSON: basic profile, "Binary conversion of JSON strings")."""
        return "\0" + base64.b64encode(value).decode() if self._serializer == "json" else value

    def send(self, *message: Any) -> None:
        self._channel.send_bytes(ENCODE[self._serializer](list(message)))

    def receive(self) -> list[Any]:
        message: list[Any] = DECODE[self._serializer](self._channel.receive_bytes())
        return message

    def request(self, kind: int, *rest: Any) -> int:
        """Send a request and return its id, which is the next."""
        self._request += 1
        self.send(kind, self._request, *rest)
        return self._request

    def answer(self) -> list[Any]:
        """Return the next message that is no event."""
        while (message := self.receive())[0] == EVENT:
            self._events.append(message)
        return message

    def ask(self, kind: int, *rest: Any) -> list[Any]:
        """Send a request and return its answer."""
        request = self.request(kind, *rest)
        message = self.answer()
        assert request in message[1:3], message
        return message

    def succeed(self, kind: int, *rest: Any) -> Any:
        """Send a request that has to succeed; return the id in its answer."""
        message = self.ask(kind, *rest)
        assert message[0] not in (ERROR, RESULT, GOODBYE), message
        return message[2]

    def event(self) -> list[Any]:
        """Return the next event."""
        if self._events:
            return self._events.pop(0)
        message = self.receive()
        assert message[0] == EVENT, message
        return message
