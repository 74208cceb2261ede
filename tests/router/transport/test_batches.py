"""Several messages in one WebSocket frame."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.core import FakeClock
from support.transport import BINARY, CLOSE, CODECS, PLENTY, TEXT, FakeConnection, call, client_frame, server_frames
from wampi.router.codec import Outgoing, ProtocolViolation, shared
from wampi.router.transport.batches import BatchedFraming
from wampi.router.transport.frames import Framing

SERIALIZERS = list(CODECS)


def batch(serializer: str, *messages: bytes) -> bytes:
    """Return messages as a batch."""
    if serializer == "json":
        return b"".join(message + b"\x1e" for message in messages)
    return b"".join(len(message).to_bytes(4, "big") + message for message in messages)


def calls(serializer: str, *requests: int) -> list[bytes]:
    return [CODECS[serializer].dump([48, request, {}, "com.example.add"]) for request in requests]


def frame_of(serializer: str, payload: bytes) -> bytes:
    return client_frame(payload, BINARY if CODECS[serializer].is_binary else TEXT)


def requests(connection: FakeConnection) -> list[int]:
    return [message.request for message in connection.link.messages]  # type: ignore[union-attr]


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_the_messages_of_a_batch_come_in_order(serializer: str) -> None:
    connection = FakeConnection(f"wamp.2.{serializer}.batched")
    connection.receive(frame_of(serializer, batch(serializer, *calls(serializer, 1, 2, 3))))
    connection.receive(frame_of(serializer, batch(serializer, *calls(serializer, 4))))
    assert requests(connection) == [1, 2, 3, 4]
    assert connection.peer.details.extra == {"websocket_protocol": f"wamp.2.{serializer}.batched"}


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_a_fragmented_batch_is_one(serializer: str) -> None:
    connection = FakeConnection(f"wamp.2.{serializer}.batched")
    payload = batch(serializer, *calls(serializer, 1, 2))
    opcode = BINARY if CODECS[serializer].is_binary else TEXT
    connection.receive(client_frame(payload[:20], opcode, fin=False) + client_frame(payload[20:], 0))
    assert requests(connection) == [1, 2]


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_each_message_that_is_sent_is_a_batch_of_its_own(serializer: str) -> None:
    connection = FakeConnection(f"wamp.2.{serializer}.batched")
    for number in (1, 2):
        connection.peer.send(Outgoing((50, number, {})))
    connection.clock.advance(0)
    encoded = [CODECS[serializer].dump([50, number, {}]) for number in (1, 2)]
    assert [payload for _, payload in connection.frames()] == [batch(serializer, message) for message in encoded]


def test_batched_and_plain_connections_do_not_share_the_bytes_of_an_event() -> None:
    clock = FakeClock()
    plain = FakeConnection("wamp.2.json", clock=clock)
    batched = FakeConnection("wamp.2.json.batched", clock=clock, turn=plain.turn)
    event = shared((36, 1, 2, {}), None)
    for connection in (plain, batched):
        connection.peer.send(event)
    clock.advance(0)
    assert plain.frames() == [(TEXT, b"[36,1,2,{}]")]
    assert batched.frames() == [(TEXT, b"[36,1,2,{}]\x1e")]


BROKEN = {
    "json": [b"", b'[48,1,{},"a.b"]', b"\x1e", b'[48,1,{},"a.b"]\x1e[', b"[]\x1e"],
    "msgpack": [b"", b"\x00", b"\x00\x00\x00\x05abcd", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff"],
    "cbor": [b"", b"\x00\x00\x00", b"\x00\x00\x00\x02\x80", b"\x00\x00\x00\x00"],
    "ubjson": [b"", b"\x00\x00\x00", b"\x00\x00\x00\x02[", b"\x00\x00\x00\x00"],
}


@pytest.mark.parametrize(("serializer", "payload"), [(name, one) for name, many in BROKEN.items() for one in many])
def test_what_is_no_batch_is_a_violation(serializer: str, payload: bytes) -> None:
    connection = FakeConnection(f"wamp.2.{serializer}.batched")
    connection.receive(frame_of(serializer, payload) + frame_of(serializer, batch(serializer, *calls(serializer, 9))))
    assert len(connection.link.violations) == 1
    assert connection.link.messages == []
    *_, (opcode, code) = connection.frames()
    assert (opcode, code) == (CLOSE, (1000).to_bytes(2, "big"))


def test_behind_a_broken_message_of_a_batch_nothing_is_taken() -> None:
    connection = FakeConnection("wamp.2.json.batched")
    connection.receive(client_frame(batch("json", call(1), b"[0]", call(2))))
    assert requests(connection) == [1]
    assert len(connection.link.violations) == 1


def test_nothing_is_taken_behind_the_message_that_made_the_core_close() -> None:
    connection = FakeConnection("wamp.2.json.batched")
    connection.link.on_message = lambda _: connection.peer.close()
    connection.receive(client_frame(batch("json", call(1), call(2))))
    assert requests(connection) == [1]
    assert connection.link.times_lost == 0
    connection.lose()
    assert connection.link.times_lost == 1
    assert connection.clock.twisted.getDelayedCalls() == []


def test_each_message_of_a_batch_counts_for_the_rate() -> None:
    connection = FakeConnection("wamp.2.json.batched", limits=replace(PLENTY, messages_per_second=100, burst=10))
    connection.receive(client_frame(batch("json", *(call(number) for number in range(1, 31)))))
    assert requests(connection) == list(range(1, 11))
    assert connection.transport.producerState == "paused"
    connection.receive(client_frame(batch("json", call(31))))
    for _ in range(10):
        connection.clock.advance(0.05)
    assert requests(connection) == list(range(1, 32))
    assert connection.transport.producerState == "producing"


def test_a_batch_of_one_costs_what_a_message_does() -> None:
    connection = FakeConnection("wamp.2.json.batched", limits=replace(PLENTY, messages_per_second=100, burst=10))
    connection.receive(client_frame(batch("json", call(1))) * 10)
    assert len(requests(connection)) == 10


class TickingClock(FakeClock):
    """A clock on which each look takes a millisecond."""

    def monotonic(self) -> float:
        self.twisted.rightNow += 0.001
        return super().monotonic()


def test_a_long_batch_lets_others_have_their_turn() -> None:
    clock = TickingClock()
    busy = FakeConnection("wamp.2.json.batched", clock=clock)
    busy.receive(client_frame(batch("json", *(call(number) for number in range(1, 31)))))
    assert 1 <= len(requests(busy)) < 10
    for _ in range(30):
        clock.advance(0)
    assert requests(busy) == list(range(1, 31))


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(SERIALIZERS),
    st.lists(st.integers(0, 5), min_size=1, max_size=5),
    st.lists(st.integers(0, 2000), max_size=6),
    st.sampled_from([1, 3, 10**9]),
)
def test_the_same_comes_wherever_the_bytes_are_cut(
    serializer: str, sizes: list[int], cuts: list[int], burst: int
) -> None:
    """Batches of several sizes, the empty one among them, in bytes that are cut anywhere, at any rate."""
    numbers = iter(range(1, 100))
    batches = [calls(serializer, *(next(numbers) for _ in range(size))) for size in sizes]
    stream = b"".join(frame_of(serializer, batch(serializer, *messages)) for messages in batches)
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    limits = replace(PLENTY, messages_per_second=1000, burst=burst)
    connection = FakeConnection(f"wamp.2.{serializer}.batched", limits=limits)
    for start, end in pairwise(edges):
        if start < end:
            connection.receive(stream[start:end])
    for _ in range(40):
        connection.clock.advance(0.05)
    until_empty = sizes.index(0) if 0 in sizes else len(sizes)
    assert requests(connection) == list(range(1, 1 + sum(sizes[:until_empty])))
    assert len(connection.link.violations) == (0 in sizes)


@pytest.mark.parametrize("serializer", SERIALIZERS)
@given(messages=st.lists(st.binary(min_size=1, max_size=300).filter(lambda data: b"\x1e" not in data), min_size=1))
def test_a_batch_is_split_into_what_it_was_made_of(serializer: str, messages: list[bytes]) -> None:
    assert BatchedFraming(CODECS[serializer]).split(batch(serializer, *messages)) == messages


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_a_batch_without_messages_is_none(serializer: str) -> None:
    with pytest.raises(ProtocolViolation, match="without messages"):
        BatchedFraming(CODECS[serializer]).split(b"")


def test_every_subprotocol_has_a_wire_form_of_its_own() -> None:
    wires: list[Any] = [kind(codec).wire for kind in (Framing, BatchedFraming) for codec in CODECS.values()]
    assert len(set(wires)) == 2 * len(CODECS)


def test_json_messages_never_contain_the_separator() -> None:
    encoded = CODECS["json"].dump(["\x1e", {"\x1e": "a\x1eb"}])
    assert b"\x1e" not in encoded
    assert json.loads(encoded) == ["\x1e", {"\x1e": "a\x1eb"}]


def test_a_frame_of_a_batch_is_an_ordinary_one() -> None:
    assert server_frames(BatchedFraming(CODECS["cbor"]).frame(b"abc")) == [(BINARY, b"\x00\x00\x00\x03abc")]
