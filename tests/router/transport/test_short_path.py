"""The short path and stock Autobahn on the same bytes, cut at every point: the same messages, the same refusals."""

from __future__ import annotations

import inspect
import os

import pytest
from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket import protocol
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.short_path import LARGEST, Ours, Stock, compare, pieces, shown
from support.transport import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    FakeConnection,
    client_frame,
)
from wampi.router.core.limits import Limits
from wampi.router.transport.websocket import AUTOBAHN_ATTRIBUTES, AUTOBAHN_NAMES

GOOD_TEXT = ["", "x", "hello", "grün 🌱", "é" * 70, "y" * 125, "z" * 126, "w" * 300]
BAD_UTF8 = [b"\xff", b"ok\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"cut \xe2\x82"]
MASKS = st.binary(min_size=4, max_size=4)


def _non_minimal(payload: bytes, opcode: int, width: int) -> bytes:
    """A frame whose length is written with more bytes than it needs."""
    code = {2: 126, 8: 127}[width]
    return bytes((0x80 | opcode, 0x80 | code)) + len(payload).to_bytes(width, "big") + bytes(4) + payload


def _huge(opcode: int) -> bytes:
    """The head of a frame of 2^63 bytes and more."""
    return bytes((0x80 | opcode, 0xFF)) + (2**63 + 5).to_bytes(8, "big") + bytes(4) + b"beginning"


def _close(code: int | None, reason: bytes = b"") -> bytes:
    return client_frame((b"" if code is None else code.to_bytes(2, "big")) + reason, CLOSE)


def _fragmented(payload: bytes, opcode: int, at: int, between: bytes = b"") -> bytes:
    at = at % (len(payload) + 1)
    head = client_frame(payload[:at], opcode, fin=False)
    return head + between + client_frame(payload[at:], CONTINUATION)


PAYLOADS = st.one_of(
    st.sampled_from(GOOD_TEXT).map(str.encode),
    st.binary(max_size=200),
    st.sampled_from(BAD_UTF8),
    st.sampled_from([bytes(1025), b"t" * 65535, b"u" * 65536, b"v" * LARGEST]),
)
DATA = st.sampled_from([TEXT, BINARY])
GOOD = st.one_of(
    st.builds(lambda text, mask: client_frame(text.encode(), TEXT, mask=mask), st.sampled_from(GOOD_TEXT), MASKS),
    st.builds(lambda data, mask: client_frame(data, BINARY, mask=mask), st.binary(max_size=300), MASKS),
    st.builds(client_frame, PAYLOADS, DATA),
    st.builds(client_frame, st.binary(max_size=125), st.sampled_from([PING, PONG])),
    st.builds(_fragmented, PAYLOADS, DATA, st.integers(0, 1000)),
    st.builds(_fragmented, PAYLOADS, DATA, st.integers(0, 1000), st.just(client_frame(b"between", PING))),
)
BAD = st.one_of(
    st.sampled_from(BAD_UTF8).map(client_frame),
    st.builds(lambda opcode: client_frame(b"unmasked", opcode, mask=None), DATA),
    st.builds(lambda rsv, opcode: client_frame(b"reserved", opcode, rsv=rsv), st.integers(1, 7), DATA),
    st.builds(lambda opcode: client_frame(b"opcode", opcode), st.sampled_from([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])),
    st.builds(_non_minimal, st.just(b"short"), DATA, st.sampled_from([2, 8])),
    st.builds(_non_minimal, st.just(b"m" * 300), DATA, st.just(8)),
    st.builds(_huge, DATA),
    st.builds(lambda opcode: client_frame(bytes(LARGEST + 1), opcode), DATA),
    st.just(client_frame(bytes(126), PING)),
    st.just(client_frame(b"part", PING, fin=False)),
    st.just(client_frame(b"lonely", CONTINUATION)),
    st.builds(lambda opcode: client_frame(b"a", opcode, fin=False) + client_frame(b"b", opcode), DATA),
    st.builds(
        lambda opcode: client_frame(bytes(40_000), opcode, fin=False) + client_frame(bytes(40_000), CONTINUATION), DATA
    ),
    st.builds(_close, st.sampled_from([None, 1000, 1001, 1005, 1006, 999, 2000, 3000, 5000]), st.just(b"reason")),
    st.just(_close(None)),
    st.just(_close(1000, b"\xff\xfe")),
    st.just(client_frame(b"\x03", CLOSE)),
)
STREAMS = st.lists(st.one_of(GOOD, GOOD, GOOD, BAD), min_size=1, max_size=6).map(b"".join)
SERIALIZERS = st.sampled_from(["json", "msgpack"])
RELAXED = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@RELAXED
@given(SERIALIZERS, STREAMS, st.lists(st.integers(0, 100_000), max_size=8))
@example("json", client_frame(b"partial \xff", TEXT) + client_frame(b"x"), [9])
def test_same_messages_and_refusals_wherever_the_bytes_are_cut(serializer: str, data: bytes, cuts: list[int]) -> None:
    compare(serializer, pieces(data, cuts))


EVERY_POINT = {
    "text": client_frame("grün 🌱".encode()) + client_frame(b"x"),
    "binary": client_frame(b"\x00\x01\x02", BINARY) + client_frame(bytes(130), BINARY) + client_frame(b"", BINARY),
    "16-bit length": client_frame(b"y" * 130) + client_frame(b"", TEXT),
    "ping between": client_frame(b"one") + client_frame(b"?", PING) + client_frame(b"two"),
    "ping in a fragmented message": _fragmented(b"frag", TEXT, 2, client_frame(b"?", PING)) + client_frame(b"x"),
    "fragmented binary": _fragmented(b"frag", BINARY, 1) + client_frame(b"x", BINARY),
    "bad UTF-8": client_frame(b"x") + client_frame(b"bad \xff utf") + client_frame(b"y"),
    "bad UTF-8 at the end": client_frame(b"cut \xe2\x82") + client_frame(b"y"),
    "unmasked": client_frame(b"x") + client_frame(b"naked", mask=None) + client_frame(b"y"),
    "reserved bit": client_frame(b"x", BINARY) + client_frame(b"r", BINARY, rsv=4) + client_frame(b"y", BINARY),
    "long form of a short length": client_frame(b"x") + _non_minimal(b"short", TEXT, 2) + client_frame(b"y"),
    "longest form of a short length": client_frame(b"x", BINARY) + _non_minimal(b"short", BINARY, 8),
    "a length past 2^63": _huge(BINARY),
    "close": client_frame(b"x") + _close(1000, b"bye") + client_frame(b"after"),
    "bad close code": _close(1005) + client_frame(b"after"),
    "wrong kind": client_frame(b"x") + client_frame(b"other", BINARY) + client_frame(b"after") + _close(1000),
}


@pytest.mark.parametrize("serializer", ["json", "msgpack"])
@pytest.mark.parametrize("stream", EVERY_POINT.values(), ids=EVERY_POINT)
def test_same_at_every_single_cut_and_byte_by_byte(stream: bytes, serializer: str) -> None:
    for cut in range(len(stream)):
        compare(serializer, pieces(stream, [cut]))
    compare(serializer, pieces(stream, list(range(len(stream)))))


@pytest.mark.parametrize(("serializer", "opcode"), [("json", TEXT), ("msgpack", BINARY)])
def test_too_large_is_refused_at_the_header_before_a_byte_of_it_is_kept(serializer: str, opcode: int) -> None:
    ours = Ours(serializer)
    ours.receive(client_frame(bytes(LARGEST + 1), opcode)[:14])
    messages, [(close, payload)] = ours.result()
    assert (messages, close, payload[:2]) == ([], CLOSE, (1009).to_bytes(2, "big"))


@RELAXED
@given(SERIALIZERS, STREAMS, st.lists(st.integers(0, 100_000), max_size=8), st.integers(1, 3))
def test_same_when_reading_rests_again_and_again(serializer: str, data: bytes, cuts: list[int], burst: int) -> None:
    """A rate so low that reading pauses after one to three frames; what comes out in the end is the same."""
    ours = Ours(serializer, Limits(message_bytes=LARGEST, messages_per_second=100, burst=burst))
    stock = Stock(serializer)
    for part in pieces(data, cuts):
        ours.receive(part)
        stock.receive(part)
    for _ in range(60):
        ours.clock.advance(0.02)
    assert shown(ours.result()) == shown(stock.result())


def frames_of_autobahn(connection: FakeConnection) -> int:
    """Return how many data frames have taken Autobahn's path."""
    count: int = connection.protocol.trafficStats.incomingWebSocketFrames
    return count


def test_whole_frames_never_take_autobahns_path() -> None:
    connection = FakeConnection("wamp.2.msgpack")
    message = connection.peer.codec.dump([48, 1, {}, "com.example.add", [1, 2]])
    stream = b"".join(client_frame(message, BINARY, mask=os.urandom(4)) for _ in range(50))
    for part in pieces(stream, [7, 100, 101, 555]):
        connection.receive(part)
    assert len(connection.link.messages) == 50
    assert frames_of_autobahn(connection) == 0


def test_after_one_split_text_frame_the_short_path_is_taken_again() -> None:
    connection = FakeConnection("wamp.2.json")
    frame = client_frame(connection.peer.codec.dump([48, 1, {}, "com.example.add"]))
    connection.receive(frame[:-5])
    connection.receive(frame[-5:] + frame * 20)
    assert len(connection.link.messages) == 21
    assert frames_of_autobahn(connection) == 1


def test_the_names_of_autobahn_that_are_used_exist() -> None:
    connection = FakeConnection()
    missing = [name for name in AUTOBAHN_NAMES if not hasattr(WebSocketServerProtocol, name)]
    missing += [name for name in AUTOBAHN_ATTRIBUTES if name not in vars(connection.protocol)]
    assert missing == []


def test_autobahn_still_calls_what_is_overridden() -> None:
    """Overriding a method that nobody calls any more would go unnoticed otherwise."""
    source = inspect.getsource(protocol)
    for call in ("self.sendData(", "self._closeConnection(", "self.sendCloseFrame(", "self.onFrameBegin()"):
        assert call in source, call
    for call in ("self.failHandshake(", "self.consumeData()", "self._onMessage(", "self._onOpen()"):
        assert call in source, call
