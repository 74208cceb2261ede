"""A WebSocket connection without a socket: a fake transport, a link that keeps what it gets, frames of a client."""

# ruff: noqa: N802 -- the names are those of Twisted

import base64
import json
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from wampi.router.codec import Outgoing, codecs
from wampi.router.codec.messages import Incoming
from wampi.router.core.limits import Limits
from wampi.router.core.ports import Peer
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory, WebSocketOptions
from zope.interface import implementer

from support.core import FakeClock, KeptLog

CODECS = codecs()
TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
PLENTY = Limits(message_bytes=64 * 1024, messages_per_second=1e9, burst=10**9)
KEY = base64.b64encode(b"0123456789abcdef").decode()


class FakeTransport(StringTransport):
    """A TCP transport that keeps what is written, and applies the back-pressure that a test asks for."""

    def __init__(self, peer: Any = None) -> None:
        super().__init__(peerAddress=peer or IPv4Address("TCP", "192.0.2.7", 51234))
        self.writes: list[bytes] = []
        self.options: dict[str, bool] = {}
        self.is_aborted = False
        self.is_write_closed = False
        self.pause_after_write = False
        self.handle: object = None

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        super().write(data)
        if self.pause_after_write and self.producer is not None:
            self.producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer; unlike its base, and like a socket, also when there is none."""
        self.producer = None

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.options["nodelay"] = enabled

    def getHandle(self) -> object:
        return self.handle

    def loseWriteConnection(self) -> None:
        self.is_write_closed = True

    def abortConnection(self) -> None:
        self.is_aborted = True
        self.disconnecting = True

    def connectionLost(self, reason: object) -> None:
        """Do nothing: a test tells the protocol itself."""

    @property
    def is_ended(self) -> bool:
        """Whether the connection has been ended in any way."""
        return bool(self.is_aborted or self.is_write_closed or self.disconnecting)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        data = self.value()
        self.clear()
        self.writes.clear()
        return data


@implementer(ISSLTransport)
class FakeTlsTransport(FakeTransport):
    """The same inside TLS."""

    def getPeerCertificate(self) -> None:
        return None


class Behind(Protocol):
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.received = b""
        self.is_lost = False

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008
        self.is_lost = True


class KeptLink:
    """Keeps the messages and the violations; ``on_message`` is called with each message."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.messages: list[Incoming] = []
        self.violations: list[str] = []
        self.times_lost = 0
        self.on_message: Callable[[Incoming], None] = lambda _: None

    def receive(self, message: Incoming) -> None:
        self.messages.append(message)
        self.on_message(message)

    def violate(self, reason: str) -> None:
        self.violations.append(reason)
        self.peer.send(Outgoing((3, {"message": reason}, "wamp.error.protocol_violation")))
        self.peer.close()

    def lost(self) -> None:
        self.times_lost += 1


def client_frame(
    payload: bytes, opcode: int = TEXT, fin: bool = True, rsv: int = 0, mask: bytes | None = b"\x11\x22\x33\x44"
) -> bytes:
    """Return a frame as a client sends it (RFC 6455, section 5.2); without a mask it breaks the rules."""
    size = len(payload)
    masked = 0 if mask is None else 0x80
    head = bytes((0x80 * fin | rsv << 4 | opcode,))
    if size < 126:
        head += bytes((masked | size,))
    elif size < 65536:
        head += bytes((masked | 126,)) + struct.pack("!H", size)
    else:
        head += bytes((masked | 127,)) + struct.pack("!Q", size)
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def server_frames(data: bytes) -> list[tuple[int, bytes]]:
    """Return the frames that a server has sent as (opcode, payload); they are whole and unmasked."""
    frames = []
    while data:
        opcode, size, head = data[0] & 15, data[1], 2
        assert data[0] & 0x80, "a server's frame is not fragmented here"
        assert size < 128, "a server's frame is not masked"
        if size == 126:
            size, head = struct.unpack("!H", data[2:4])[0], 4
        elif size == 127:
            size, head = struct.unpack("!Q", data[2:10])[0], 10
        assert len(data) >= head + size, "the frame is whole"
        frames.append((opcode, data[head : head + size]))
        data = data[head + size :]
    return frames


def handshake(
    protocols: Iterable[str] = ("wamp.2.json",), headers: Mapping[str, str] | None = None, path: str = "/ws"
) -> bytes:
    """Return the opening handshake of a client."""
    fields = {
        "Host": "hub.test",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": ", ".join(protocols),
        **(headers or {}),
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode()


class FakeStream:
    """What the fake connections of WebSocket and RawSocket have in common: a link that keeps what it gets."""

    protocol: Any

    def __init__(self, clock: FakeClock | None, turn: Turn | None, transport: FakeTransport) -> None:
        self.clock = clock or FakeClock()
        self.log = KeptLog()
        self.turn = turn or Turn(self.clock)
        self.links: list[KeptLink] = []
        self.transport = transport

    def open(self, protocol: Any, opening: bytes) -> None:
        """Let a protocol have the connection, and the client its first word; :attr:`greeting` is the answer."""
        self.protocol = protocol
        protocol.makeConnection(self.transport)
        if opening:
            protocol.dataReceived(opening)
        self.greeting = self.transport.take()

    def attach(self, peer: Peer) -> KeptLink:
        self.links.append(KeptLink(peer))
        return self.links[-1]

    @property
    def link(self) -> KeptLink:
        return self.links[0]

    @property
    def peer(self) -> Peer:
        return self.link.peer

    def encode(self, payload: bytes) -> bytes:
        """Return a message in a frame as the client sends it."""
        raise NotImplementedError

    def frames(self) -> list[tuple[int, bytes]]:
        """Return the frames that were sent since the last time."""
        raise NotImplementedError

    def receive(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def requests(self) -> list[int]:
        """Return the request ids of the messages that have come so far."""
        return [message.request for message in self.link.messages]  # type: ignore[union-attr]

    def lose(self) -> None:
        """End the connection as the network does."""
        self.protocol.connectionLost(Failure(ConnectionDone()))


class FakeConnection(FakeStream):
    """A WebSocket that a client has opened, with everything around it fake."""

    def __init__(
        self,
        subprotocol: str = "wamp.2.json",
        limits: Limits = PLENTY,
        options: WebSocketOptions | None = None,
        clock: FakeClock | None = None,
        turn: Turn | None = None,
        peer: Any = None,
    ) -> None:
        super().__init__(clock, turn, FakeTransport(peer))
        self.factory = WebSocketFactory(self.attach, CODECS, self.clock, self.turn, self.log, options, limits=limits)
        self.open(self.factory.build(), handshake([subprotocol]))

    def encode(self, payload: bytes) -> bytes:
        return client_frame(payload)

    def frames(self) -> list[tuple[int, bytes]]:
        return server_frames(self.transport.take())

    def messages(self) -> list[Any]:
        """Return the JSON messages that were sent since the last time."""
        return [json.loads(payload) for opcode, payload in self.frames() if opcode == TEXT]


def call(request: int, procedure: str = "com.example.add", args: list[Any] | None = None) -> bytes:
    """Return a CALL in JSON."""
    return json.dumps([48, request, {}, procedure, args or []]).encode()
