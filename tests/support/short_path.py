"""The router's WebSocket protocol beside stock Autobahn, both fed with the same bytes."""

# ruff: noqa: N802, N803 -- the names are those of Autobahn

from __future__ import annotations

from itertools import pairwise
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from wampi.router.codec import Codec
from wampi.router.core.limits import Limits
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory

from support.core import FakeClock, KeptLog
from support.transport import CLOSE, FakeTransport, KeptLink, handshake, server_frames

LARGEST = 70_000


class RawCodec(Codec):
    """Takes any bytes for a message, so that nothing but WebSocket is compared."""

    def __init__(self, name: str, is_binary: bool) -> None:
        super().__init__()
        self.name = name  # type: ignore[misc]
        self.is_binary = is_binary  # type: ignore[misc]

    def decode(self, data: bytes) -> Any:
        return data

    def encode(self, message: Any) -> bytes:
        raise NotImplementedError

    def load(self, data: Any) -> Any:
        raise NotImplementedError

    def dump(self, value: Any) -> bytes:
        raise NotImplementedError


RAW = {"json": RawCodec("json", False), "msgpack": RawCodec("msgpack", True)}


class RawLink(KeptLink):
    def violate(self, reason: str) -> None:
        self.peer.close()


class Ours:
    """The protocol under test."""

    def __init__(self, serializer: str, limits: Limits | None = None, budget_seconds: float = 1.0) -> None:
        self.clock = FakeClock()
        limits = limits or Limits(message_bytes=LARGEST, messages_per_second=1e12, burst=10**12)
        self.links: list[RawLink] = []
        turn = Turn(self.clock, budget_seconds)
        factory = WebSocketFactory(self._attach, RAW, self.clock, turn, KeptLog(), limits=limits)
        self.protocol = factory.build()
        self.transport = FakeTransport()
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(handshake([f"wamp.2.{serializer}"]))
        self.transport.take()

    def _attach(self, peer: Any) -> RawLink:
        self.links.append(RawLink(peer))
        return self.links[0]

    def receive(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def result(self) -> tuple[list[bytes], list[tuple[int, bytes]]]:
        """Return the messages that came and the frames that were sent."""
        return self.links[0].messages, server_frames(self.transport.value())  # type: ignore[return-value]


class StockProtocol(WebSocketServerProtocol):
    """Autobahn as it is, with the rules of WAMP on top: one kind of messages, none behind a close."""

    is_binary_expected: bool
    messages: list[bytes]

    def onConnect(self, request: Any) -> str:
        return str(request.protocols[0])

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.state != self.STATE_OPEN:
            return
        if isBinary is not self.is_binary_expected:
            self.sendClose(1000)
            return
        self.messages.append(payload)


class Stock:
    """What the protocol under test is compared with."""

    def __init__(self, serializer: str) -> None:
        factory = WebSocketServerFactory(reactor=FakeClock().twisted)
        factory.setProtocolOptions(
            maxFramePayloadSize=LARGEST,
            maxMessagePayloadSize=LARGEST,
            failByDrop=False,
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,
        )
        self.protocol = StockProtocol()
        self.protocol.is_binary_expected = serializer != "json"
        self.protocol.messages = []
        self.protocol.factory = factory
        self.transport = FakeTransport()
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(handshake([f"wamp.2.{serializer}"]))
        self.transport.take()

    def receive(self, data: bytes) -> None:
        if self.protocol.state != self.protocol.STATE_CLOSED:
            self.protocol.dataReceived(data)

    def result(self) -> tuple[list[bytes], list[tuple[int, bytes]]]:
        return self.protocol.messages, server_frames(self.transport.value())


def shown(result: tuple[list[bytes], list[tuple[int, bytes]]]) -> tuple[list[bytes], list[tuple[int, bytes]]]:
    """Leave out the reason of a close frame: only its code is part of the protocol."""
    messages, frames = result
    return messages, [(opcode, payload[:2] if opcode == CLOSE else payload) for opcode, payload in frames]


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]


def compare(serializer: str, parts: list[bytes]) -> None:
    """Feed both with the same parts; after each, both must have come to the same."""
    ours, stock = Ours(serializer), Stock(serializer)
    for part in parts:
        ours.receive(part)
        stock.receive(part)
        assert shown(ours.result()) == shown(stock.result())
