"""The router's WebSocket stack with an echo at its end, as a process of its own: what conformance suites talk to.

    python echo_server.py

listens on a free loopback port and prints one line of JSON that says which. It ends when its standard input does.
``/text`` has text messages on the short path and hands binary ones to Autobahn, ``/binary`` the other way round. The
protocol under test is the router's own; only what the router would refuse for the sake of WAMP is let through here.
"""

# ruff: noqa: N802, N803 -- the names are those of Twisted and Autobahn

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twisted.internet import reactor as _reactor
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO
from wampi.router.codec import Codec, Outgoing
from wampi.router.core.limits import Limits
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.door import DoorFactory, DoorOptions
from wampi.router.transport.routes import Routes
from wampi.router.transport.system import ReactorClock
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory, WebSocketOptions, WebSocketProtocol

if TYPE_CHECKING:
    from autobahn.websocket.types import ConnectionRequest
    from wampi.router.core.ports import Peer

reactor: Any = _reactor
LARGEST_BYTES = 16 * 1024 * 1024
FREE = Limits(
    message_bytes=LARGEST_BYTES,
    messages_per_second=1e12,
    burst=10**12,
    outbox_bytes=8 * LARGEST_BYTES,
    stalled_seconds=60.0,
)
OPTIONS = WebSocketOptions(ping_seconds=600.0)


class SilentLog:
    """Keeps quiet: what went wrong is what the suite sees on the wire."""

    def info(self, event: str, **fields: object) -> None: ...

    def warn(self, event: str, **fields: object) -> None: ...


class EchoCodec(Codec):
    """Takes any payload for a message, and gives it back as it came."""

    def __init__(self, name: str, is_binary: bool) -> None:
        super().__init__()
        self.name = name  # type: ignore[misc]
        self.is_binary = is_binary  # type: ignore[misc]

    def decode(self, data: bytes) -> Any:
        return data

    def encode(self, message: Outgoing) -> bytes:
        payload: bytes = message.head[0]
        return payload

    def load(self, data: Any) -> Any:
        return data

    def dump(self, value: Any) -> bytes:
        payload: bytes = value
        return payload


class EchoLink:
    """Sends back what it receives."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def receive(self, message: Any) -> None:
        self._peer.send(Outgoing((message,)))

    def violate(self, _reason: str) -> None:
        self._peer.close()

    def lost(self) -> None: ...


class EchoProtocol(WebSocketProtocol):
    """The protocol under test, open to clients that offer no subprotocol and mix text with binary."""

    def onConnect(self, request: ConnectionRequest) -> Any:
        (self._codec, self._framing), *_batched = self.factory.wires.values()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        assert self._codec is not None
        if isBinary is self._codec.is_binary:
            super().onMessage(payload, isBinary)
        elif self.state == self.STATE_OPEN:
            self.sendMessage(payload, isBinary)  # type: ignore[no-untyped-call]


class EchoFactory(WebSocketFactory):
    """Makes the protocols of one of the two paths."""

    def build(self, *given: Any) -> EchoProtocol:
        protocol = EchoProtocol(*given)
        protocol.factory = self
        return protocol


class StopAtEnd(Protocol):
    """Stops the reactor when standard input ends."""

    def connectionLost(self, *_: object) -> None:
        if reactor.running:
            reactor.stop()


def listen() -> int:
    """Listen behind a door like the router's and return the port."""
    clock, log = ReactorClock(reactor), SilentLog()
    turn = Turn(clock)
    paths = {
        f"/{kind}": EchoFactory(
            EchoLink, {kind: EchoCodec(kind, kind == "binary")}, clock, turn, log, OPTIONS, limits=FREE
        )
        for kind in ("text", "binary")
    }
    connections = Connections(ConnectionLimits(per_address=1000, pending=1000, total=1000))
    door = DoorFactory(Routes({"127.0.0.1"}, paths), connections, clock, log, DoorOptions())
    port: int = reactor.listenTCP(0, door, interface="127.0.0.1").getHost().port
    return port


if __name__ == "__main__":
    StandardIO(StopAtEnd())
    print(json.dumps({"port": listen()}), flush=True)
    reactor.run()
