from dataclasses import replace
from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from support.transport import CODECS, server_frames
from wampi.router.codec import EMPTY, Outgoing
from wampi.router.core.limits import Limits
from wampi.router.core.ports import TransportDetails
from wampi.router.transport.frames import Framing
from wampi.router.transport.peer import LARGEST_MESSAGE_BYTES, StreamPeer
from wampi.router.transport.turn import Turn

LIMITS = Limits(message_bytes=1000, outbox_bytes=10_000, stalled_seconds=10.0)


class Wire:
    """A carrier that keeps what is written; ``takes`` writes are accepted before it asks for a pause."""

    def __init__(self, codec: str = "json", limits: Limits = LIMITS) -> None:
        self.clock = FakeClock()
        self.turn = Turn(self.clock)
        self.log = KeptLog()
        self.writes: list[bytes] = []
        self.events: list[str] = []
        self.limits: Limits | None = None
        self.takes: int | None = None
        self.peer = StreamPeer(
            self, CODECS[codec], Framing(CODECS[codec]), TransportDetails(), limits, self.turn, self.clock, self.log
        )

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        if self.takes is not None:
            self.takes -= 1
            if self.takes <= 0:
                self.peer.pauseProducing()

    def apply(self, limits: Limits) -> None:
        self.limits = limits

    def say_close(self) -> None:
        self.events.append("close")
        self.peer.put(b"\x88\x00")

    def finish(self) -> None:
        self.events.append("finish")

    def abort(self) -> None:
        self.events.append("abort")

    def sent(self) -> list[Any]:
        """Return the JSON messages that were written since the last time."""
        data, self.writes[:] = b"".join(self.writes), []
        return [CODECS["json"].load(payload) for _, payload in server_frames(data)]


def event(number: int, shared: bool = False, size: int = 0) -> Outgoing:
    if size:
        return Outgoing((17, number, "x" * size))
    return Outgoing((36, 1, number, {}), EMPTY, {} if shared else None)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_messages_of_a_turn_leave_in_one_write(wire: Wire) -> None:
    wire.turn.begin()
    for number in (1, 2, 3):
        assert wire.peer.send(event(number)) is None
    assert wire.writes == []
    wire.turn.end()
    assert len(wire.writes) == 1
    assert wire.sent() == [[36, 1, 1, {}], [36, 1, 2, {}], [36, 1, 3, {}]]


def test_what_is_sent_from_a_timer_leaves_in_the_reactors_next_turn(wire: Wire) -> None:
    wire.peer.send(event(1))
    assert wire.writes == []
    wire.clock.advance(0)
    assert wire.sent() == [[36, 1, 1, {}]]


def test_an_event_for_many_is_encoded_once_for_each_serializer() -> None:
    wires = [Wire("json"), Wire("json"), Wire("msgpack")]
    message = event(1, shared=True)
    for wire in wires:
        wire.peer.send(message)
        wire.clock.advance(0)
    assert wires[0].writes[0] is wires[1].writes[0]
    assert wires[2].writes[0] != wires[0].writes[0]
    assert message.forms is not None
    assert len(message.forms) == 2


def test_a_value_that_the_serializer_cannot_carry_is_an_error_for_this_receiver_only(wire: Wire) -> None:
    infinity = CODECS["msgpack"].payload([float("inf")])
    for forms in (None, {}, {}):
        message = Outgoing((36, 1, 2, {}), infinity, forms)
        assert wire.peer.send(message) == "wamp.error.invalid_argument"
        assert wire.peer.send_latest(message, 1) == "wamp.error.invalid_argument"
    assert wire.peer.send(event(3)) is None
    wire.clock.advance(0)
    assert wire.sent() == [[36, 1, 3, {}]]


def test_a_message_that_no_receiver_accepts_is_an_error(wire: Wire) -> None:
    huge = event(1, size=LARGEST_MESSAGE_BYTES)
    assert wire.peer.send(huge) == "wamp.error.payload_size_exceeded"
    assert wire.peer.send_latest(huge, 1) == "wamp.error.payload_size_exceeded"
    wire.clock.advance(0)
    assert wire.sent() == []


def test_while_the_transport_is_full_messages_wait_in_order(wire: Wire) -> None:
    wire.peer.pauseProducing()
    wire.peer.send(event(1))
    wire.clock.advance(0)
    wire.peer.send(event(2))
    wire.clock.advance(0)
    assert wire.writes == []
    wire.peer.resumeProducing()
    assert wire.sent() == [[36, 1, 1, {}], [36, 1, 2, {}]]


def test_latest_replaces_what_still_waits(wire: Wire) -> None:
    wire.peer.pauseProducing()
    wire.peer.send_latest(event(1), 1)
    wire.peer.send(event(2))
    wire.peer.send_latest(event(3, shared=True), 1)
    wire.peer.send_latest(event(4), 2)
    wire.peer.resumeProducing()
    assert [message[2] for message in wire.sent()] == [2, 3, 4]


def test_a_slow_reader_is_kicked_when_its_outbox_is_full_and_not_in_the_middle_of_a_turn(wire: Wire) -> None:
    wire.peer.pauseProducing()
    wire.turn.begin()
    for number in range(30):
        wire.peer.send(event(number, size=500))
    assert wire.events == []
    wire.turn.end()
    assert wire.events == ["abort"]
    assert wire.log.lines == [
        ("connection kicked", {"peer": "memory", "reason": "it reads too slowly: its outbox is full"})
    ]
    wire.peer.send(event(1))
    wire.clock.advance(0)
    assert (wire.writes, wire.events) == ([], ["abort"])


def test_a_burst_in_one_turn_does_not_kick_a_reader_that_takes_it(wire: Wire) -> None:
    wire.turn.begin()
    for number in range(100):
        wire.peer.send(event(number, size=500))
    wire.turn.end()
    assert wire.events == []
    assert len(wire.sent()) == 100


def test_a_latest_stream_never_fills_the_outbox(wire: Wire) -> None:
    wire.peer.pauseProducing()
    for number in range(1000):
        wire.peer.send_latest(event(number, size=500), 1)
        wire.clock.advance(0)
    assert wire.events == []


def test_a_stalled_reader_is_kicked_after_its_time(wire: Wire) -> None:
    wire.peer.pauseProducing()
    wire.peer.send(event(1))
    wire.clock.advance(9.9)
    assert wire.events == []
    wire.clock.advance(0.2)
    wire.clock.advance(0)
    assert wire.events == ["abort"]
    assert wire.log.lines[0][1]["reason"] == "it has stalled"


def test_a_reader_that_makes_progress_is_not_kicked(wire: Wire) -> None:
    for number in range(20):
        wire.peer.pauseProducing()
        wire.peer.send(event(number))
        wire.clock.advance(9)
        wire.peer.resumeProducing()
    assert wire.events == []
    assert len(wire.sent()) == 20


def test_a_reader_with_nothing_waiting_is_not_kicked_however_long_it_pauses(wire: Wire) -> None:
    wire.peer.pauseProducing()
    wire.clock.advance(1000)
    assert wire.events == []
    wire.peer.send(event(1))
    wire.clock.advance(9)
    assert wire.events == []
    wire.clock.advance(11)
    wire.clock.advance(0)
    assert wire.events == ["abort"]


def test_closing_delivers_what_is_queued_and_takes_no_more(wire: Wire) -> None:
    wire.peer.send(event(1))
    wire.peer.close()
    wire.peer.close()
    assert wire.peer.send(event(2)) is None
    assert wire.peer.send_latest(event(3), 1) is None
    wire.clock.advance(0)
    assert wire.events == ["close"]
    assert [opcode for opcode, _ in server_frames(b"".join(wire.writes))] == [1, 8]


def test_what_waits_for_a_peer_that_is_cut_is_forgotten_and_the_last_word_is_not(wire: Wire) -> None:
    wire.peer.pauseProducing()
    for number in range(5):
        wire.peer.send(event(number))
    wire.peer.cut(0.8)
    wire.peer.send(event(9))
    wire.clock.advance(0)
    assert wire.sent() == []
    wire.peer.resumeProducing()
    assert [message[2] for message in wire.sent()] == [9]


@pytest.mark.parametrize("is_closing", [False, True])
def test_a_peer_that_is_cut_is_gone_in_time_even_if_it_is_closing(wire: Wire, is_closing: bool) -> None:
    wire.peer.pauseProducing()
    wire.peer.cut(1.0)
    wire.peer.cut(100.0)
    if is_closing:
        wire.peer.close()
    wire.events.clear()
    wire.clock.advance(0.5)
    assert wire.events == []
    wire.clock.advance(0.5)
    wire.clock.advance(0)
    assert wire.events == ["abort"]


def test_a_peer_that_goes_before_its_time_leaves_no_timer(wire: Wire) -> None:
    wire.peer.cut(0.8)
    wire.peer.lost()
    assert wire.clock.twisted.getDelayedCalls() == []


def test_finishing_writes_everything_whatever_the_transport_says(wire: Wire) -> None:
    wire.takes = 1
    for number in range(1000):
        wire.peer.send(event(number, size=500))
        if number == 15:
            break
    wire.peer.finish()
    assert wire.events == ["finish"]
    assert len(wire.sent()) == 16


def test_a_large_message_leaves_in_pieces_as_the_transport_takes_them(wire: Wire) -> None:
    wire.takes = 1
    wire.peer.send(event(1, size=500_000))
    wire.clock.advance(0)
    pieces = [wire.writes[0]]
    while len(pieces) < 10 and sum(map(len, pieces)) < 500_000:
        wire.peer.resumeProducing()
        pieces.append(wire.writes[-1])
    assert len(pieces) == 4
    assert wire.sent()[0][2] == "x" * 500_000


def test_limits_reach_both_directions(wire: Wire) -> None:
    limits = replace(LIMITS, outbox_bytes=100_000)
    wire.peer.set_limits(limits)
    wire.peer.pauseProducing()
    for number in range(30):
        wire.peer.send(event(number, size=500))
    wire.clock.advance(0)
    assert wire.limits is limits
    assert wire.events == []


def test_a_lost_connection_is_left_alone(wire: Wire) -> None:
    wire.peer.pauseProducing()
    wire.peer.send(event(1))
    wire.peer.lost()
    wire.peer.send(event(2))
    wire.peer.kick("late")
    wire.peer.stopProducing()
    wire.clock.advance(100)
    assert (wire.writes, wire.log.lines) == ([], [])
