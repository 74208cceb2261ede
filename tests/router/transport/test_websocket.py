import json
import socket
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from support.core import AcceptAnyone, FakeClock, FakeRouter
from support.transport import (
    BINARY,
    CLOSE,
    CODECS,
    PING,
    PLENTY,
    PONG,
    TEXT,
    FakeConnection,
    FakeTransport,
    call,
    client_frame,
    handshake,
    server_frames,
)
from twisted.internet.address import UNIXAddress
from wampi.router.codec import Outgoing
from wampi.router.core.limits import BEFORE_LOGIN
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory

HELLO = b'[1, "home", {"roles": {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}}]'


@pytest.fixture
def connection() -> FakeConnection:
    return FakeConnection()


def greeting(request: bytes) -> tuple[str, FakeTransport, FakeConnection]:
    """Return the status line and the transport after a handshake."""
    spare = FakeConnection()
    protocol, transport = spare.factory.build(), FakeTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(request)
    return transport.value().partition(b"\r\n")[0].decode(), transport, spare


# ---- opening


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["wamp.2.json"], "wamp.2.json"),
        (["wamp.2.cbor", "wamp.2.json"], "wamp.2.cbor"),
        (["wamp.9.x", "wamp.2.msgpack", "wamp.2.json"], "wamp.2.msgpack"),
    ],
)
def test_the_clients_order_decides_the_serializer(offered: list[str], chosen: str) -> None:
    status, transport, spare = greeting(handshake(offered))
    assert status == "HTTP/1.1 101 Switching Protocols"
    assert f"Sec-WebSocket-Protocol: {chosen}\r\n".encode() in transport.value()
    assert spare.links[-1].peer.codec.name == chosen.removeprefix("wamp.2.")


@pytest.mark.parametrize("offered", [[], ["wamp.1"], ["wamp.2.flatbuffers", "chat"]])
def test_without_a_common_serializer_the_handshake_fails(offered: list[str]) -> None:
    status, transport, spare = greeting(handshake(offered))
    assert status == "HTTP/1.1 400 Bad Request"
    assert b"wamp.2.json, wamp.2.msgpack, wamp.2.cbor" in transport.value()
    assert transport.disconnecting
    assert len(spare.links) == 1


@pytest.mark.parametrize("version", ["8", "12", "0", "abc"])
def test_only_version_13_is_spoken(version: str) -> None:
    status, _, _ = greeting(handshake(headers={"Sec-WebSocket-Version": version}))
    assert status == "HTTP/1.1 400 Bad Request"


def test_compression_is_not_agreed_to() -> None:
    _, transport, _ = greeting(handshake(headers={"Sec-WebSocket-Extensions": "permessage-deflate"}))
    assert b"101 Switching" in transport.value()
    assert b"Extensions" not in transport.value()


def test_no_header_names_the_server() -> None:
    for request in (handshake(), handshake(["chat"])):
        _, transport, _ = greeting(request)
        assert b"server" not in transport.value().lower()
        assert b"autobahn" not in transport.value().lower()


def test_a_refusal_quotes_the_client_in_one_printable_line() -> None:
    _, transport, _ = greeting(handshake(headers={"Sec-WebSocket-Key": "\x1b[31m<b>é" + "k" * 5000}))
    body = transport.value().partition(b"\r\n\r\n")[2]
    assert body.endswith(b"\n")
    assert body[:-1].isascii()
    assert body[:-1].decode().isprintable()
    assert len(body) <= 201


def test_the_core_learns_where_a_connection_comes_from(connection: FakeConnection) -> None:
    details = connection.peer.details
    assert (details.type, details.peer, details.address) == ("websocket", "tcp:192.0.2.7:51234", "192.0.2.7")
    assert details.extra == {"websocket_protocol": "wamp.2.json"}
    assert FakeConnection(peer=UNIXAddress("")).peer.details.peer == "unix"


def test_messages_that_come_with_the_handshake_are_taken() -> None:
    spare = FakeConnection()
    protocol = spare.factory.build()
    protocol.makeConnection(FakeTransport())
    protocol.dataReceived(handshake() + client_frame(call(1)) + client_frame(call(2)))
    assert [message.request for message in spare.links[-1].messages] == [1, 2]  # type: ignore[union-attr]


# ---- messages


@pytest.mark.parametrize("name", list(CODECS))
def test_messages_come_decoded_in_every_serializer(name: str) -> None:
    connection = FakeConnection(f"wamp.2.{name}")
    codec = CODECS[name]
    opcode = BINARY if codec.is_binary else TEXT
    sizes = (0, 100, 1000, 40_000)
    for number, size in enumerate(sizes, start=1):
        message = codec.dump([48, number, {}, "com.example.add", ["x" * size]])
        connection.receive(client_frame(message, opcode))
    assert [message.request for message in connection.link.messages] == [1, 2, 3, 4]  # type: ignore[union-attr]
    args = [bytes(message.args) for message in connection.link.messages]  # type: ignore[union-attr]
    assert args == [codec.dump(["x" * size]) for size in sizes]


def test_a_binary_frame_that_comes_in_pieces_is_put_together() -> None:
    connection = FakeConnection("wamp.2.msgpack")
    frame = client_frame(CODECS["msgpack"].dump([48, 1, {}, "com.example.add", ["x" * 60_000]]), BINARY)
    for start in range(0, len(frame), 1000):
        connection.receive(frame[start : start + 1000])
    assert len(connection.link.messages) == 1


def test_everything_that_a_read_causes_is_written_once(connection: FakeConnection) -> None:
    connection.link.on_message = lambda message: connection.peer.send(Outgoing((50, message.request, {}))) and None  # type: ignore[union-attr]
    connection.receive(b"".join(client_frame(call(number)) for number in range(1, 11)))
    assert len(connection.transport.writes) == 1
    assert connection.messages() == [[50, number, {}] for number in range(1, 11)]


def test_what_one_connection_causes_for_another_is_written_at_the_end_of_its_read() -> None:
    clock = FakeClock()
    first = FakeConnection(clock=clock)
    second = FakeConnection(clock=clock, turn=first.turn)
    first.link.on_message = lambda _: second.peer.send(Outgoing((36, 1, 2, {}))) and None
    first.receive(client_frame(call(1)) * 3)
    assert len(second.transport.writes) == 1
    assert len(second.messages()) == 3


def test_bytes_that_are_no_message_are_a_violation(connection: FakeConnection) -> None:
    connection.receive(client_frame(b'["nonsense"]') + client_frame(call(1)))
    assert connection.link.messages == []
    assert len(connection.link.violations) == 1
    (abort, close) = connection.frames()
    assert json.loads(abort[1])[2] == "wamp.error.protocol_violation"
    assert close == (CLOSE, (1000).to_bytes(2, "big"))


@pytest.mark.parametrize(("subprotocol", "opcode"), [("wamp.2.json", BINARY), ("wamp.2.msgpack", TEXT)])
def test_the_wrong_kind_of_message_is_a_violation(subprotocol: str, opcode: int) -> None:
    connection = FakeConnection(subprotocol)
    connection.receive(client_frame(b"[]", opcode) + client_frame(b"[]", opcode))
    assert len(connection.link.violations) == 1
    assert subprotocol in connection.link.violations[0]


def test_a_fragmented_message_that_is_none_is_a_violation(connection: FakeConnection) -> None:
    connection.receive(client_frame(b"[", fin=False) + client_frame(b"]", 0))
    assert len(connection.link.violations) == 1


# ---- limits


def test_before_the_login_messages_are_small() -> None:
    connection = FakeConnection(limits=BEFORE_LOGIN)
    connection.receive(client_frame(call(1, args=["x" * 15_000])))
    assert len(connection.link.messages) == 1
    connection.receive(client_frame(call(2, args=["x" * 17_000])))
    [(opcode, payload)] = connection.frames()
    assert (opcode, payload[:2]) == (CLOSE, (1009).to_bytes(2, "big"))
    assert len(connection.link.messages) == 1


@pytest.mark.parametrize("fin", [True, False])
def test_the_limits_of_a_role_hold_on_both_paths(fin: bool) -> None:
    connection = FakeConnection(limits=BEFORE_LOGIN)
    connection.peer.set_limits(replace(PLENTY, message_bytes=50_000))
    connection.receive(client_frame(call(1, args=["x" * 49_000])))
    assert len(connection.link.messages) == 1
    connection.receive(client_frame(call(2, args=["x" * 51_000]), fin=fin))
    assert connection.frames()[0][1][:2] == (1009).to_bytes(2, "big")


def test_pings_and_fragments_count_as_messages_do() -> None:
    connection = FakeConnection(limits=replace(PLENTY, messages_per_second=100, burst=10))
    connection.receive(client_frame(b"", PING) * 50)
    assert connection.transport.producerState == "paused"
    assert 9 <= len(connection.frames()) <= 10
    for _ in range(20):
        connection.clock.advance(0.05)
    assert 40 <= len(connection.frames()) <= 41


def test_a_peer_whose_reading_rests_need_not_answer_pings() -> None:
    connection = FakeConnection(limits=replace(PLENTY, messages_per_second=1, burst=1))
    connection.receive(b"".join(client_frame(call(number)) for number in range(1, 61)))
    for _ in range(58):
        connection.clock.advance(1.0)
    assert not connection.transport.is_aborted
    assert len(connection.link.messages) > 50


def test_what_a_peer_that_hung_up_has_left_is_taken_for_a_while_only() -> None:
    connection = FakeConnection(limits=replace(PLENTY, messages_per_second=10, burst=1))
    client, connection.transport.handle = ends = socket.socketpair()
    with ends[1]:
        connection.receive(b"".join(client_frame(call(number)) for number in range(1, 1001)))
        advance(connection, 5.0)
        client.close()
        advance(connection, 9.5)
        assert not connection.transport.is_aborted
        assert len(connection.link.messages) > 100
        advance(connection, 1.0)
        assert connection.transport.is_aborted
        assert len(connection.link.messages) < 200


def advance(connection: FakeConnection, seconds: float) -> None:
    for _ in range(int(seconds * 20)):
        connection.clock.advance(0.05)


class TickingClock(FakeClock):
    """A clock on which each look takes a millisecond."""

    def monotonic(self) -> float:
        self.twisted.rightNow += 0.001
        return super().monotonic()


def test_a_long_read_lets_others_have_their_turn_and_keeps_the_order() -> None:
    clock = TickingClock()
    busy = FakeConnection(clock=clock)
    other = FakeConnection(clock=clock, turn=busy.turn)
    busy.receive(b"".join(client_frame(call(number)) for number in range(1, 31)))
    after_one_turn = len(busy.link.messages)
    assert 1 <= after_one_turn < 10
    other.receive(client_frame(call(1)))
    assert len(other.link.messages) == 1
    for _ in range(30):
        clock.advance(0)
    assert [message.request for message in busy.link.messages] == list(range(1, 31))  # type: ignore[union-attr]


def test_a_connection_is_pending_until_its_session_has_joined() -> None:
    router, connections = FakeRouter(), Connections(ConnectionLimits(per_address=10, pending=10, total=10))
    attach = partial(router.router.attach, authenticator=AcceptAnyone())
    factory = WebSocketFactory(attach, CODECS, router.clock, Turn(router.clock), router.log)
    protocol = factory.build(connections.admit("192.0.2.7"))
    protocol.makeConnection(FakeTransport())
    protocol.dataReceived(handshake())
    assert connections.pending == 1
    protocol.dataReceived(client_frame(HELLO))
    assert connections.pending == 0
    protocol.dataReceived(client_frame(b'[6, {}, "wamp.close.normal"]'))
    assert connections.pending == 1


# ---- control frames


def test_a_ping_is_answered(connection: FakeConnection) -> None:
    connection.receive(client_frame(b"are you there", PING))
    assert connection.frames() == [(PONG, b"are you there")]


def test_a_peer_that_answers_pings_stays_whatever_else_it_does(connection: FakeConnection) -> None:
    for _ in range(4):
        connection.clock.advance(15)
        connection.clock.advance(0)
        [(opcode, payload)] = connection.frames()
        assert opcode == PING
        connection.receive(client_frame(payload, PONG))
    assert not connection.transport.is_aborted


def test_other_traffic_is_no_answer_to_a_ping(connection: FakeConnection) -> None:
    connection.clock.advance(15)
    for _ in range(11):
        connection.receive(client_frame(call(1)))
        connection.clock.advance(1)
    connection.clock.advance(0)
    assert connection.transport.is_aborted
    assert connection.log.lines[-1][1]["reason"] == "it did not answer a ping"


# ---- ending


def test_closing_sends_what_is_queued_and_a_close_frame(connection: FakeConnection) -> None:
    connection.peer.send(Outgoing((6, {}, "wamp.close.normal")))
    connection.peer.close()
    connection.clock.advance(0)
    assert [opcode for opcode, _ in connection.frames()] == [TEXT, CLOSE]
    connection.receive(client_frame((1000).to_bytes(2, "big"), CLOSE))
    assert connection.transport.disconnecting
    assert not connection.transport.is_aborted


def test_nothing_is_taken_after_closing(connection: FakeConnection) -> None:
    connection.peer.close()
    connection.receive(client_frame(call(1)))
    assert connection.link.messages == []


def test_nothing_is_taken_behind_the_message_that_made_the_core_close(connection: FakeConnection) -> None:
    connection.link.on_message = lambda _: connection.peer.close()
    connection.receive(client_frame(call(1)) * 5)
    assert len(connection.link.messages) == 1


def test_a_peer_that_does_not_answer_a_close_frame_is_dropped(connection: FakeConnection) -> None:
    connection.peer.close()
    connection.clock.advance(1.9)
    assert not connection.transport.is_aborted
    connection.clock.advance(0.2)
    assert connection.transport.is_aborted


def test_a_close_frame_is_answered_and_the_core_is_told_once(connection: FakeConnection) -> None:
    connection.receive(client_frame((1000).to_bytes(2, "big") + b"bye", CLOSE) + client_frame(call(1)))
    assert connection.frames() == [(CLOSE, (1000).to_bytes(2, "big"))]
    assert connection.transport.disconnecting
    connection.lose()
    assert connection.link.times_lost == 1
    assert connection.link.messages == []


def test_a_peer_that_does_not_read_our_answer_to_its_close_frame_is_dropped(connection: FakeConnection) -> None:
    connection.receive(client_frame(b"", CLOSE))
    connection.clock.advance(2.1)
    assert connection.transport.is_aborted


def test_a_broken_frame_ends_the_session_at_once_and_the_connection_soon(connection: FakeConnection) -> None:
    connection.receive(client_frame(call(1), mask=None) + client_frame(call(2)))
    assert connection.frames()[0][1][:2] == (1002).to_bytes(2, "big")
    assert connection.link.times_lost == 1
    connection.peer.send(Outgoing((36, 1, 2, {})))
    connection.receive(client_frame(call(3)))
    connection.clock.advance(1.0)
    assert (connection.frames(), connection.link.messages) == ([], [])
    connection.clock.advance(1.1)
    assert connection.transport.is_aborted
    connection.lose()
    assert connection.link.times_lost == 1


def test_behind_a_broken_frame_nothing_is_kept_however_much_comes(connection: FakeConnection) -> None:
    connection.receive(bytes((0x89, 0xFF)) + (2**62).to_bytes(8, "big") + bytes(4))
    for _ in range(100):
        connection.receive(bytes(65536))
    protocol = connection.protocol
    kept = [protocol.data, *protocol._parts, *(protocol.control_frame_data or [])]
    assert sum(map(len, kept)) < 100


def test_a_lost_connection_is_told_once_and_leaves_no_timer(connection: FakeConnection) -> None:
    connection.receive(client_frame(call(1)))
    connection.lose()
    assert connection.link.times_lost == 1
    assert connection.clock.twisted.getDelayedCalls() == []
    connection.peer.send(Outgoing((36, 1, 2, {})))
    connection.peer.close()
    connection.clock.advance(100)
    assert connection.transport.value() == b""


@pytest.mark.parametrize("moment", ["resting", "closing", "failed", "pinged", "half a frame"])
def test_a_connection_lost_at_any_moment_leaves_no_timer(moment: str) -> None:
    connection = FakeConnection(limits=replace(PLENTY, messages_per_second=1, burst=1))
    if moment == "resting":
        connection.receive(client_frame(call(1)) * 5)
    elif moment == "closing":
        connection.peer.close()
        connection.clock.advance(0)
    elif moment == "failed":
        connection.receive(client_frame(b"x", mask=None))
    elif moment == "pinged":
        connection.clock.advance(15)
        connection.clock.advance(0)
    else:
        connection.receive(client_frame(call(1))[:9])
    connection.lose()
    assert connection.clock.twisted.getDelayedCalls() == []
    assert connection.link.times_lost == 1


def test_a_slow_reader_is_aborted_and_others_are_not_disturbed() -> None:
    connection = FakeConnection(limits=replace(PLENTY, message_bytes=1000, outbox_bytes=10_000))
    connection.transport.pause_after_write = True
    for number in range(200):
        connection.peer.send(Outgoing((36, 1, number, {"filler": "x" * 500})))
        connection.clock.advance(0)
    assert connection.transport.is_aborted
    assert connection.link.times_lost == 0
    connection.lose()
    assert connection.link.times_lost == 1


def test_an_error_of_the_core_in_a_later_turn_ends_the_connection() -> None:
    connection = FakeConnection(limits=replace(PLENTY, messages_per_second=10, burst=1))

    def fail(message: Any) -> None:
        if message.request == 2:
            raise RuntimeError("a bug")

    connection.link.on_message = fail
    connection.receive(client_frame(call(1)) + client_frame(call(2)))
    with pytest.raises(RuntimeError, match="a bug"):
        connection.clock.advance(1.0)
    assert connection.transport.is_aborted


# ---- with the real core


def test_a_session_over_the_whole_stack() -> None:
    router = FakeRouter()
    attach = partial(router.router.attach, authenticator=AcceptAnyone())
    factory = WebSocketFactory(attach, CODECS, router.clock, Turn(router.clock), router.log)
    protocol, transport = factory.build(), FakeTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(handshake())
    transport.take()
    for message in (HELLO, b'[64, 1, {}, "com.example.add"]', b'[48, 2, {}, "com.example.add", [2, 3]]'):
        protocol.dataReceived(client_frame(message))
    protocol.dataReceived(client_frame(b"[70, 1, {}, [5]]"))
    received = [json.loads(payload) for _, payload in server_frames(transport.take())]
    assert [message[0] for message in received] == [2, 65, 68, 50]
    assert received[-1] == [50, 2, {}, [5]]
    protocol.dataReceived(client_frame(b"[99]"))
    abort, close = server_frames(transport.take())
    assert json.loads(abort[1])[2] == "wamp.error.protocol_violation"
    assert close[0] == CLOSE
