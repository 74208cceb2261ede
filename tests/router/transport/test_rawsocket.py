import json
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.core import AcceptAnyone, FakeClock, FakeRouter
from support.rawsocket import (
    MESSAGE,
    NO_PINGS,
    PING,
    PONG,
    SERIALIZERS,
    FakeRawSocket,
    hello_octets,
    raw_frame,
    raw_frames,
)
from support.transport import CODECS, PLENTY, FakeTlsTransport, FakeTransport, call
from twisted.internet.address import UNIXAddress
from wampi.router.codec import EMPTY, Outgoing, shared
from wampi.router.core.limits import BEFORE_LOGIN
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.rawsocket import RawSocketFactory, RawSocketOptions
from wampi.router.transport.turn import Turn

HELLO = b'[1, "home", {"roles": {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}}]'


@pytest.fixture
def connection() -> FakeRawSocket:
    return FakeRawSocket()


def event(number: int, size: int = 0) -> Outgoing:
    return Outgoing((36, 1, number, {"filler": "x" * size}), EMPTY)


# ---- opening


@pytest.mark.parametrize("serializer", list(SERIALIZERS))
def test_the_reply_names_the_clients_serializer_and_our_own_limit(serializer: str) -> None:
    options = RawSocketOptions(largest_bytes=100_000)
    connection = FakeRawSocket(serializer, options=options)
    assert connection.greeting == bytes((0x7F, 8 << 4 | SERIALIZERS[serializer], 0, 0))
    assert connection.peer.codec.name == serializer
    assert not connection.transport.is_ended


def test_a_handshake_may_come_octet_by_octet_and_with_the_first_message() -> None:
    octets = hello_octets() + raw_frame(call(1))
    for step in (1, 2, 3, 5, len(octets)):
        connection = FakeRawSocket(handshake=b"")
        for start in range(0, len(octets), step):
            connection.receive(octets[start : start + step])
        assert connection.requests() == [1]
        assert connection.transport.value()[:4] == b"\x7f\xb1\x00\x00"


@pytest.mark.parametrize("octets", [b"G", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b"\x00\xf1\x00\x00"])
def test_what_does_not_begin_as_a_handshake_is_closed_without_a_reply(octets: bytes) -> None:
    connection = FakeRawSocket(handshake=octets)
    assert connection.transport.is_aborted
    assert (connection.greeting, connection.links) == (b"", [])


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        *((bytes((0x7F, 0xF0 | serializer, 0, 0)), 1) for serializer in (0, *range(5, 16))),
        (b"\x7f\xf1\x01\x00", 3),
        (b"\x7f\xf1\x00\x80", 3),
    ],
)
def test_a_refused_handshake_is_told_why_and_closed(octets: bytes, error: int) -> None:
    connection = FakeRawSocket(handshake=octets + raw_frame(call(1)))
    assert connection.greeting == bytes((0x7F, error << 4, 0, 0))
    assert connection.transport.is_write_closed
    assert not connection.transport.is_aborted
    assert connection.links == []
    connection.receive(raw_frame(call(2)))
    assert connection.transport.value() == b""
    connection.clock.advance(2.1)
    assert connection.transport.is_aborted


def test_inside_tls_a_refused_handshake_is_closed_by_tls() -> None:
    connection = FakeRawSocket(handshake=b"\x7f\xf0\x00\x00", transport=FakeTlsTransport())
    assert connection.transport.disconnecting
    assert not connection.transport.is_write_closed


def test_the_core_learns_where_a_connection_comes_from(connection: FakeRawSocket) -> None:
    details = connection.peer.details
    assert (details.type, details.peer, details.address) == ("rawsocket", "tcp:192.0.2.7:51234", "192.0.2.7")
    assert details.extra == {"rawsocket_serializer": "json"}
    assert FakeRawSocket(transport=FakeTransport(UNIXAddress(""))).peer.details.peer == "unix"


# ---- messages


@pytest.mark.parametrize("name", list(CODECS))
def test_messages_come_decoded_in_every_serializer(name: str) -> None:
    connection, codec = FakeRawSocket(name), CODECS[name]
    for number, size in enumerate((0, 100, 1000, 60_000), start=1):
        connection.receive(raw_frame(codec.dump([48, number, {}, "com.example.add", ["x" * size]])))
    assert connection.requests() == [1, 2, 3, 4]


def test_everything_that_a_read_causes_is_written_once(connection: FakeRawSocket) -> None:
    connection.link.on_message = lambda message: connection.peer.send(Outgoing((50, message.request, {}))) and None  # type: ignore[union-attr]
    connection.receive(b"".join(raw_frame(call(number)) for number in range(1, 11)))
    assert len(connection.transport.writes) == 1
    assert connection.messages() == [[50, number, {}] for number in range(1, 11)]


def test_an_event_for_many_is_encoded_once_for_each_serializer() -> None:
    clock = FakeClock()
    first = FakeRawSocket(clock=clock)
    second = FakeRawSocket(clock=clock, turn=first.turn)
    message = shared((36, 1, 2, {}), EMPTY)
    first.peer.send(message)
    second.peer.send(message)
    clock.advance(0)
    assert first.transport.writes[0] is second.transport.writes[0]
    assert first.messages() == [[36, 1, 2, {}]]


def test_bytes_that_are_no_message_are_a_violation_and_the_client_is_told(connection: FakeRawSocket) -> None:
    connection.receive(raw_frame(b'["nonsense"]') + raw_frame(call(1)))
    assert connection.link.messages == []
    assert len(connection.link.violations) == 1
    assert [message[2] for message in connection.messages()] == ["wamp.error.protocol_violation"]
    assert connection.transport.is_write_closed
    connection.clock.advance(2.1)
    assert connection.transport.is_aborted


# ---- pings


@pytest.mark.parametrize("size", [0, 1, 125, 64 * 1024])
def test_a_ping_is_answered_at_once_with_the_same_payload(connection: FakeRawSocket, size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    connection.receive(raw_frame(payload, PING))
    assert connection.frames() == [(PONG, payload)]
    assert connection.link.messages == []


def test_a_ping_between_messages_is_answered_in_its_place(connection: FakeRawSocket) -> None:
    connection.link.on_message = lambda message: connection.peer.send(Outgoing((50, message.request, {}))) and None  # type: ignore[union-attr]
    connection.receive(raw_frame(call(1)) + raw_frame(b"?", PING) + raw_frame(call(2)))
    assert connection.frames() == [(MESSAGE, b"[50,1,{}]"), (PONG, b"?"), (MESSAGE, b"[50,2,{}]")]


def test_an_unasked_pong_is_ignored(connection: FakeRawSocket) -> None:
    connection.receive(raw_frame(b"what", PONG) + raw_frame(call(1)))
    assert connection.requests() == [1]
    assert connection.frames() == []


def test_a_peer_that_answers_pings_stays(connection: FakeRawSocket) -> None:
    for _ in range(4):
        connection.clock.advance(15)
        connection.clock.advance(0)
        [(kind, payload)] = connection.frames()
        assert (kind, len(payload)) == (PING, 8)
        connection.receive(raw_frame(payload, PONG))
    assert not connection.transport.is_ended


def test_other_traffic_is_no_answer_to_a_ping(connection: FakeRawSocket) -> None:
    connection.clock.advance(15)
    for _ in range(11):
        connection.receive(raw_frame(call(1)) + raw_frame(b"wrong", PONG))
        connection.clock.advance(1)
    connection.clock.advance(0)
    assert connection.transport.is_aborted
    assert connection.log.lines[-1][1]["reason"] == "it did not answer a ping"


def test_pings_can_be_switched_off_for_clients_that_do_not_know_them() -> None:
    connection = FakeRawSocket(options=NO_PINGS)
    connection.clock.advance(1000)
    assert connection.frames() == []
    assert not connection.transport.is_ended


def test_a_client_that_goes_away_at_its_first_ping_leaves_a_hint_in_the_log(connection: FakeRawSocket) -> None:
    connection.clock.advance(15)
    connection.lose()
    assert "auto_ping_interval" in str(connection.log.lines[-1][1]["hint"])


def test_a_client_that_has_answered_a_ping_leaves_no_hint(connection: FakeRawSocket) -> None:
    connection.clock.advance(15)
    connection.clock.advance(0)
    connection.receive(raw_frame(connection.frames()[0][1], PONG))
    connection.lose()
    assert connection.log.lines == []


# ---- broken frames


BROKEN = {
    "reserved bits": b"\x10\x00\x00\x00",
    "reserved type": b"\x03\x00\x00\x00",
    "too long": (64 * 1024 + 1).to_bytes(4, "big"),
    "too long a ping": (1 << 24 | 64 * 1024 + 1).to_bytes(4, "big"),
    "2^24 octets": b"\x08\x00\x00\x00",
    "the 25th bit and more": b"\x08\x00\x00\x01",
}


@pytest.mark.parametrize("prefix", BROKEN.values(), ids=BROKEN)
def test_a_broken_frame_ends_the_connection_at_its_prefix(prefix: bytes) -> None:
    connection = FakeRawSocket()
    connection.link.on_message = lambda message: connection.peer.send(Outgoing((50, message.request, {}))) and None  # type: ignore[union-attr]
    connection.receive(raw_frame(call(1)) + prefix)
    assert connection.link.times_lost == 1
    assert connection.messages() == [[50, 1, {}]]
    assert connection.transport.is_write_closed
    for _ in range(100):
        connection.receive(bytes(65_536))
    assert connection.requests() == [1]
    assert connection.protocol._parts == []
    connection.clock.advance(2.1)
    assert connection.transport.is_aborted
    connection.lose()
    assert connection.link.times_lost == 1


# ---- limits


def test_a_message_that_is_larger_than_the_client_takes_is_not_sent_to_it() -> None:
    connection = FakeRawSocket(exponent=0)
    overhead = len(CODECS["json"].encode(event(1)))
    for message in (event(1, 513 - overhead), event(2, 100_000)):
        assert connection.peer.send(message) == "wamp.error.payload_size_exceeded"
        assert connection.peer.send_latest(message, 1) == "wamp.error.payload_size_exceeded"
    assert connection.peer.send(event(3, 512 - overhead)) is None
    connection.clock.advance(0)
    [(kind, payload)] = connection.frames()
    assert (kind, len(payload)) == (MESSAGE, 512)


def test_a_client_that_takes_2_to_the_24_octets_gets_them() -> None:
    connection = FakeRawSocket(exponent=15)
    overhead = len(CODECS["json"].encode(event(1)))
    assert connection.peer.send(event(1, 2**24 + 1 - overhead)) == "wamp.error.payload_size_exceeded"
    assert connection.peer.send(event(1, 2**24 - overhead)) is None
    connection.clock.advance(0)
    [(kind, payload)] = connection.frames()
    assert (kind, len(payload)) == (MESSAGE, 2**24)


def test_before_the_login_messages_are_small_and_the_role_says_how_large_they_may_be() -> None:
    connection = FakeRawSocket(limits=BEFORE_LOGIN)
    connection.receive(raw_frame(call(1, args=["x" * 15_000])))
    connection.peer.set_limits(replace(PLENTY, message_bytes=50_000))
    connection.receive(raw_frame(call(2, args=["x" * 49_000])))
    assert connection.requests() == [1, 2]
    connection.receive(raw_frame(call(3, args=["x" * 51_000])))
    assert connection.requests() == [1, 2]
    assert connection.transport.is_write_closed


def test_a_role_may_send_no_more_than_was_announced() -> None:
    connection = FakeRawSocket(options=RawSocketOptions(largest_bytes=20_000))
    connection.peer.set_limits(replace(PLENTY, message_bytes=60_000))
    connection.receive(raw_frame(call(1, args=["x" * 32_000])))
    connection.receive(raw_frame(call(2, args=["x" * 33_000])))
    assert connection.requests() == [1]
    assert connection.transport.is_write_closed


def test_the_largest_frame_that_there_is_can_be_received() -> None:
    size = 2**24
    limits = replace(PLENTY, message_bytes=size)
    connection = FakeRawSocket(limits=limits, options=RawSocketOptions(largest_bytes=size))
    connection.receive(b"\x09\x00\x00\x00" + bytes(size))
    assert connection.transport.take() == b"\x0a\x00\x00\x00" + bytes(size)


def test_a_limit_that_a_message_changes_holds_for_the_next_in_the_same_read() -> None:
    connection = FakeRawSocket(limits=BEFORE_LOGIN)
    connection.link.on_message = lambda _: connection.peer.set_limits(PLENTY)
    connection.receive(raw_frame(call(1)) + raw_frame(call(2, args=["x" * 40_000])))
    assert connection.requests() == [1, 2]


def test_a_slow_reader_is_aborted() -> None:
    connection = FakeRawSocket(limits=replace(PLENTY, message_bytes=1000, outbox_bytes=10_000))
    connection.transport.pause_after_write = True
    for number in range(200):
        connection.peer.send(event(number, 500))
        connection.clock.advance(0)
    assert connection.transport.is_aborted


def test_a_connection_is_pending_until_its_session_has_joined() -> None:
    router, connections = FakeRouter(), Connections(ConnectionLimits(per_address=10, pending=10, total=10))
    attach = partial(router.router.attach, authenticator=AcceptAnyone())
    factory = RawSocketFactory(attach, CODECS, router.clock, Turn(router.clock), router.log)
    protocol = factory.build(connections.admit("192.0.2.7"))
    protocol.makeConnection(FakeTransport())
    protocol.dataReceived(hello_octets())
    assert connections.pending == 1
    protocol.dataReceived(raw_frame(HELLO))
    assert connections.pending == 0


# ---- ending


def test_closing_delivers_what_is_queued(connection: FakeRawSocket) -> None:
    connection.peer.send(Outgoing((6, {}, "wamp.close.normal")))
    connection.peer.close()
    assert connection.messages() == [[6, {}, "wamp.close.normal"]]
    assert connection.transport.is_write_closed
    connection.receive(raw_frame(call(1)))
    assert connection.link.messages == []


def test_nothing_is_taken_behind_the_message_that_made_the_core_close(connection: FakeRawSocket) -> None:
    connection.link.on_message = lambda _: connection.peer.close()
    connection.receive(raw_frame(call(1)) * 5)
    assert len(connection.link.messages) == 1


@pytest.mark.parametrize("moment", ["fresh", "resting", "closing", "failed", "pinged", "half a frame", "refused"])
def test_a_connection_lost_at_any_moment_leaves_no_timer(moment: str) -> None:
    handshake = b"\x7f\xf0\x00\x00" if moment == "refused" else None
    connection = FakeRawSocket(limits=replace(PLENTY, messages_per_second=1, burst=1), handshake=handshake)
    if moment == "resting":
        connection.receive(raw_frame(call(1)) * 5)
    elif moment == "closing":
        connection.peer.close()
    elif moment == "failed":
        connection.receive(b"\xff" * 4)
    elif moment == "pinged":
        connection.clock.advance(15)
        connection.clock.advance(0)
    elif moment == "half a frame":
        connection.receive(raw_frame(call(1))[:9])
    connection.lose()
    assert connection.clock.twisted.getDelayedCalls() == []
    assert [link.times_lost for link in connection.links] == ([] if moment == "refused" else [1])


# ---- the same wherever the bytes are cut


FRAMES = st.one_of(
    st.builds(lambda number: raw_frame(call(number)), st.integers(1, 1000)),
    st.builds(lambda number, size: raw_frame(call(number, args=["x" * size])), st.integers(1, 9), st.integers(0, 3000)),
    st.builds(raw_frame, st.binary(max_size=300), st.sampled_from([PING, PONG])),
)
ENDS = st.one_of(
    st.just(b""),
    st.sampled_from(list(BROKEN.values())),
    st.builds(raw_frame, st.binary(max_size=30)),
    st.binary(max_size=3),
)
STREAMS = st.builds(lambda frames, end: b"".join(frames) + end, st.lists(FRAMES, max_size=6), ENDS)


def outcome(parts: list[bytes], burst: int = 10**9) -> tuple[Any, ...]:
    """Feed the parts to a connection that answers each message, and return all that can be seen of it."""
    limits = replace(PLENTY, burst=burst, messages_per_second=1000 if burst < 100 else 1e9)
    connection = FakeRawSocket(handshake=b"", limits=limits, options=NO_PINGS)

    def answer(message: Any) -> None:
        connection.peer.send(Outgoing((50, message.request, {})))

    for part in parts:
        connection.receive(part)
        if connection.links:
            connection.link.on_message = answer
    for _ in range(20):
        connection.clock.advance(0.05)
    sent = connection.transport.value()
    [link] = connection.links
    came = [(message.request, bytes(message.args)) for message in link.messages]  # type: ignore[union-attr]
    return sent[:4], raw_frames(sent[4:]), came, len(link.violations), link.times_lost, connection.transport.is_ended


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(STREAMS, st.lists(st.integers(0, 20_000), max_size=8), st.sampled_from([1, 3, 10**9]))
def test_the_same_comes_out_wherever_the_bytes_are_cut(stream: bytes, cuts: list[int], burst: int) -> None:
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    parts = [stream[start:end] for start, end in pairwise(edges) if start < end]
    assert outcome([hello_octets(), *parts], burst) == outcome([hello_octets(), stream])


def test_the_same_comes_out_byte_by_byte() -> None:
    stream = raw_frame(call(1)) + raw_frame(b"?", PING) + raw_frame(call(2)) + BROKEN["reserved type"]
    octets = [bytes((octet,)) for octet in stream]
    assert outcome([hello_octets(), *octets]) == outcome([hello_octets(), stream])


# ---- with the real core


def open_session(exponent: int = 15) -> tuple[Any, FakeTransport]:
    router = FakeRouter()
    attach = partial(router.router.attach, authenticator=AcceptAnyone())
    factory = RawSocketFactory(attach, CODECS, router.clock, Turn(router.clock), router.log)
    protocol, transport = factory.build(), FakeTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(hello_octets(exponent=exponent))
    transport.take()
    protocol.dataReceived(raw_frame(b"early", PING) + raw_frame(HELLO))
    return protocol, transport


def test_a_session_over_the_whole_stack() -> None:
    protocol, transport = open_session()
    for message in (b'[64, 1, {}, "com.example.add"]', b'[48, 2, {}, "com.example.add", [2, 3]]'):
        protocol.dataReceived(raw_frame(message))
    protocol.dataReceived(raw_frame(b"[70, 1, {}, [5]]"))
    pong, *frames = raw_frames(transport.take())
    assert pong == (PONG, b"early")
    received = [json.loads(payload) for _, payload in frames]
    assert [message[0] for message in received] == [2, 65, 68, 50]
    assert received[-1] == [50, 2, {}, [5]]
    protocol.dataReceived(raw_frame(b"[99]"))
    [(_, abort)] = raw_frames(transport.take())
    assert json.loads(abort)[2] == "wamp.error.protocol_violation"


def test_a_client_that_cannot_take_its_welcome_is_told_so() -> None:
    _, transport = open_session(exponent=0)
    _, (_, abort) = raw_frames(transport.take())
    assert json.loads(abort)[::2] == [3, "wamp.error.payload_size_exceeded"]
    assert transport.is_write_closed


def test_pings_count_as_messages_do() -> None:
    connection = FakeRawSocket(limits=replace(PLENTY, messages_per_second=100, burst=10))
    connection.receive(raw_frame(b"", PING) * 50)
    assert connection.transport.producerState == "paused"
    assert len(connection.frames()) == 10
