"""The yardstick: the cheapest WAMP router that Twisted and Autobahn allow. It checks nothing.

It does the least that routing needs. Autobahn does the WebSocket handshake and whatever is not a whole data frame;
a short path takes the rest. Payloads are passed on as the bytes they came in, an event is encoded and framed once,
and writes are gathered and flushed once a read. No login, no authorization, no limits: never put it on a network.

What the real router costs above it, measured in the same run, is the price of being complete. It is kept as it
is, so that results of different days can be compared.

    python -m benchmarks.yardstick PORT [--tls PORT PEM]

PEM holds a certificate and its key. Each serializer has a realm of its own here, because only that lets every
payload pass untouched; CBOR has no raw slot: it is decoded and encoded again.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cbor2
import msgspec
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.xormasker import create_xor_masker  # type: ignore[attr-defined]
from msgspec import json, msgpack
from twisted.internet import reactor, ssl
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol

ABSENT = msgspec.Raw()
XOR_BYTES = 1024  # up to here two Python integers are faster than setting up Autobahn's masker: measured
TEXT, BINARY = 0x81, 0x82  # the first byte of a whole data frame: FIN, no reserved bit, RFC 6455 section 5.2


class Request(msgspec.Struct, array_like=True):
    """A message of a client, [code, request, options, uri, args, kwargs]; the tag is the code."""

    request: int
    options: Any
    uri: str
    args: msgspec.Raw = ABSENT
    kwargs: msgspec.Raw = ABSENT


class Hello(msgspec.Struct, array_like=True, tag=1):
    """HELLO and its realm, which is not looked at."""

    realm: str


class Goodbye(msgspec.Struct, array_like=True, tag=6):
    """GOODBYE."""


class Publish(Request, tag=16):
    """PUBLISH of a topic."""


class Subscribe(Request, tag=32):
    """SUBSCRIBE to a topic."""


class Call(Request, tag=48):
    """CALL of a procedure."""


class Register(Request, tag=64):
    """REGISTER of a procedure."""


class Yield(msgspec.Struct, array_like=True, tag=70):
    """YIELD, the answer to an invocation."""

    request: int
    options: Any
    args: msgspec.Raw = ABSENT
    kwargs: msgspec.Raw = ABSENT


Message = Hello | Goodbye | Publish | Subscribe | Call | Register | Yield
Decode = Callable[[bytes], Message]
CBOR_TYPES: dict[int, Any] = {
    1: Hello, 6: Goodbye, 16: Publish, 32: Subscribe, 48: Call, 64: Register, 70: Yield,
}  # fmt: skip


def _decode_cbor(payload: bytes) -> Message:
    code, *rest = cbor2.loads(payload)
    message: Message = CBOR_TYPES[code](*rest[: len(CBOR_TYPES[code].__struct_fields__)])
    return message


class Realm:
    """Routes between the connections that speak one serializer."""

    def __init__(self, decode: Decode, encode: Callable[[Any], bytes], first_byte: int) -> None:
        self.decode, self.encode, self.first_byte = decode, encode, first_byte
        self.ids = itertools.count(1)
        self.procedures: dict[str, tuple[int, Connection]] = {}
        self.topics: dict[str, tuple[int, list[Connection]]] = {}
        self.unflushed: list[Connection] = []

    def frame(self, *message: object) -> bytes:
        """Return the message as one unmasked WebSocket frame."""
        payload = self.encode(message)
        size = len(payload)
        if size < 126:
            return bytes((self.first_byte, size)) + payload
        if size < 65536:
            return bytes((self.first_byte, 126, size >> 8, size & 255)) + payload
        return bytes((self.first_byte, 127)) + size.to_bytes(8, "big") + payload

    def flush(self) -> None:
        """Write what has been gathered, once a connection."""
        for connection in self.unflushed:
            connection.transport.writeSequence(connection.gathered)
            connection.gathered = []
        self.unflushed.clear()

    def forget(self, lost: Connection) -> None:
        """Drop what a lost connection had registered and subscribed."""
        self.procedures = {uri: entry for uri, entry in self.procedures.items() if entry[1] is not lost}
        for _, subscribers in self.topics.values():
            if lost in subscribers:
                subscribers.remove(lost)

    def on_call(self, caller: Connection, call: Call) -> None:
        """Hand a call to its callee."""
        registration, callee = self.procedures[call.uri]
        callee.invocations += 1
        callee.calls[callee.invocations] = caller, call.request
        callee.send(self.frame(68, callee.invocations, registration, {}, *_payload(call)))

    def on_yield(self, callee: Connection, answer: Yield) -> None:
        """Hand a result to its caller."""
        caller, request = callee.calls.pop(answer.request)
        caller.send(self.frame(50, request, {}, *_payload(answer)))

    def on_publish(self, publisher: Connection, publish: Publish) -> None:
        """Send an event to every subscriber but the publisher."""
        publication = next(self.ids)
        subscription, subscribers = self.topics.get(publish.uri, (0, []))
        if subscribers:
            event = self.frame(36, subscription, publication, {}, *_payload(publish))
            for subscriber in subscribers:
                if subscriber is not publisher:
                    subscriber.send(event)
        if publish.options.get("acknowledge"):
            publisher.send(self.frame(17, publish.request, publication))

    def on_subscribe(self, subscriber: Connection, subscribe: Subscribe) -> None:
        """Add a subscriber."""
        subscription, subscribers = self.topics.setdefault(subscribe.uri, (next(self.ids), []))
        subscribers.append(subscriber)
        subscriber.send(self.frame(33, subscribe.request, subscription))

    def on_register(self, callee: Connection, register: Register) -> None:
        """Add a procedure."""
        registration = next(self.ids)
        self.procedures[register.uri] = registration, callee
        callee.send(self.frame(65, register.request, registration))

    def on_hello(self, connection: Connection, _: Hello) -> None:
        """Welcome anyone."""
        connection.send(self.frame(2, next(self.ids), {"roles": {"broker": {}, "dealer": {}}}))

    def on_goodbye(self, connection: Connection, _: Goodbye) -> None:
        """Say goodbye."""
        connection.send(self.frame(6, {}, "wamp.close.goodbye_and_out"))


def _payload(message: Request | Yield) -> tuple[object, ...]:
    if message.args is ABSENT:
        return ()
    return (message.args,) if message.kwargs is ABSENT else (message.args, message.kwargs)


HANDLERS: dict[type, Any] = {
    Hello: Realm.on_hello, Goodbye: Realm.on_goodbye, Publish: Realm.on_publish,
    Subscribe: Realm.on_subscribe, Call: Realm.on_call, Register: Realm.on_register, Yield: Realm.on_yield,
}  # fmt: skip


class Connection(WebSocketServerProtocol):
    """A WebSocket whose whole data frames do not pass through Autobahn."""

    realm: Realm
    transport: Any

    def onConnect(self, request: Any) -> str:  # noqa: N802
        """Choose the serializer, and with it the realm."""
        self.transport.setTcpNoDelay(True)
        self.gathered: list[bytes] = []
        self.calls: dict[int, tuple[Connection, int]] = {}
        self.invocations = 0
        chosen: str = next(name for name in request.protocols if name in self.factory.realms)
        self.realm = self.factory.realms[chosen]
        return chosen

    def onClose(self, *_: object) -> None:  # noqa: N802
        """Forget the connection."""
        if hasattr(self, "realm"):
            self.realm.forget(self)

    def send(self, frame: bytes) -> None:
        """Gather a frame for the next flush."""
        if not self.gathered:
            self.realm.unflushed.append(self)
        self.gathered.append(frame)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Take the short path where it is open. Autobahn's own formats a log line for every read: 2.6 us."""
        if self.state != self.STATE_OPEN:
            self._dataReceived(data)
            return
        self.data += data
        more = True
        while more and self.state == self.STATE_OPEN:
            if self.current_frame is None and not self.inside_message:
                end = self._take_whole_frames(self.data)
                self.data = self.data[end:]
                if len(self.data) < 2 or self.data[0] in (TEXT, BINARY):
                    break  # nothing left, or the start of a data frame
            more = self.processData()
        self.realm.flush()

    def _take_whole_frames(self, data: bytes) -> int:
        """Handle every whole, unfragmented data frame at the start; return where they end."""
        at, have = 0, len(data)
        while have - at >= 6 and data[at] in (TEXT, BINARY):
            size, head = data[at + 1] & 127, at + 2
            if size == 126:
                size, head = int.from_bytes(data[head : head + 2], "big"), head + 2
            elif size == 127:
                size, head = int.from_bytes(data[head : head + 8], "big"), head + 8
            end = head + 4 + size
            if end > have:
                break
            self.on_payload(_unmask(data[head : head + 4], data[head + 4 : end]))
            at = end
        return at

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """Take a message that came in fragments, from Autobahn."""
        self.on_payload(payload)

    def on_payload(self, payload: bytes) -> None:
        """Route one message."""
        message = self.realm.decode(payload)
        HANDLERS[message.__class__](self.realm, self, message)


def _unmask(mask: bytes, masked: bytes) -> bytes:
    size = len(masked)
    if size > XOR_BYTES:
        unmasked: bytes = create_xor_masker(mask, size).process(masked)
        return unmasked
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(masked, "little") ^ key).to_bytes(size, "little")


def make_factory() -> Any:
    """Return the factory of a router with a realm for each serializer."""
    factory: Any = WebSocketServerFactory()
    factory.protocol = Connection
    factory.realms = {
        "wamp.2.json": Realm(json.Decoder(Message).decode, json.Encoder().encode, TEXT),
        "wamp.2.msgpack": Realm(msgpack.Decoder(Message).decode, msgpack.Encoder().encode, BINARY),
        "wamp.2.cbor": Realm(_decode_cbor, cbor2.dumps, BINARY),
    }
    return factory


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--tls", nargs=2, metavar=("PORT", "PEM"), help="another port, and its certificate and key")
    arguments = parser.parse_args()
    factory = make_factory()
    reactor.listenTCP(arguments.port, factory, interface="127.0.0.1")
    if arguments.tls is not None:
        certificate = ssl.PrivateCertificate.loadPEM(Path(arguments.tls[1]).read_bytes())
        secure: Any = TLSMemoryBIOFactory(certificate.options(), isClient=False, wrappedFactory=factory)
        secure.protocol = TLSMemoryBIOProtocol  # Twisted's buffering one would hold small writes for a turn
        reactor.listenTCP(int(arguments.tls[0]), secure, interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    main()
