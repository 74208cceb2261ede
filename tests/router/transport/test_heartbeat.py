import pytest
from support.core import FakeClock
from wampi.router.transport.heartbeat import BEATS_A_SECOND, MOST_AT_ONCE, Heartbeat, Pulse
from wampi.router.transport.turn import Turn

BEAT_SECONDS = 1 / BEATS_A_SECOND


class Pinged:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.pings: list[bytes] = []
        self.times_dead = 0
        pulse = Pulse(self.clock, Turn(self.clock))
        self.heartbeat = Heartbeat(pulse, self.pings.append, self._die, every_seconds=15, answer_seconds=10)

    def _die(self) -> None:
        self.times_dead += 1


@pytest.fixture
def pinged() -> Pinged:
    return Pinged()


def test_a_ping_is_sent_every_so_often(pinged: Pinged) -> None:
    pinged.clock.advance(14.9)
    assert pinged.pings == []
    for _ in range(3):
        pinged.clock.advance(15 + BEAT_SECONDS)
        pinged.heartbeat.answer(pinged.pings[-1])
    assert len(pinged.pings) == 3
    assert pinged.times_dead == 0


def test_a_peer_that_does_not_answer_is_dead(pinged: Pinged) -> None:
    pinged.clock.advance(15)
    pinged.clock.advance(9.9)
    assert pinged.times_dead == 0
    pinged.clock.advance(0.2)
    assert pinged.times_dead == 1


def test_another_payload_is_no_answer(pinged: Pinged) -> None:
    pinged.heartbeat.answer(b"")
    pinged.clock.advance(15)
    pinged.heartbeat.answer(b"guessed")
    pinged.clock.advance(10)
    assert pinged.times_dead == 1


def test_no_two_pings_are_alike(pinged: Pinged) -> None:
    for _ in range(5):
        pinged.clock.advance(15)
        pinged.heartbeat.answer(pinged.pings[-1])
    assert len(set(pinged.pings)) == 5


def test_a_peer_that_could_not_be_heard_gets_another_while(pinged: Pinged) -> None:
    pinged.clock.advance(15)
    pinged.heartbeat.excuse()
    pinged.clock.advance(10)
    assert pinged.times_dead == 0
    pinged.clock.advance(10)
    assert pinged.times_dead == 1


def test_an_excuse_from_before_the_ping_does_not_count(pinged: Pinged) -> None:
    pinged.heartbeat.excuse()
    pinged.clock.advance(15)
    pinged.clock.advance(10)
    assert pinged.times_dead == 1


def test_a_stopped_heartbeat_is_silent(pinged: Pinged) -> None:
    pinged.heartbeat.stop()
    pinged.heartbeat.stop()
    pinged.clock.advance(100)
    assert (pinged.pings, pinged.times_dead) == ([], 0)


class Together:
    """Several heartbeats on one pulse; what they send is gathered in turns."""

    def __init__(self, number: int) -> None:
        self.clock = FakeClock()
        self.turn = Turn(self.clock)
        self.pulse = Pulse(self.clock, self.turn)
        # pings of a turn, for each turn
        self.turns: list[int] = []
        self.sent = 0
        self.heartbeats = [Heartbeat(self.pulse, self._ping, self._die, 15, 10) for _ in range(number)]
        self.dead = 0

    def _ping(self, _payload: bytes) -> None:
        if not self.sent:
            self.turn.add(self)
        self.sent += 1

    def _die(self) -> None:
        self.dead += 1

    def flush(self) -> None:
        self.turns.append(self.sent)
        self.sent = 0


def test_pings_that_are_due_together_leave_in_one_turn() -> None:
    together = Together(3)
    together.clock.advance(15)
    assert together.turns == [3]


def test_when_many_are_due_others_have_their_turn_in_between_and_nobody_is_forgotten() -> None:
    together = Together(2 * MOST_AT_ONCE + 1)
    together.clock.advance(15)
    assert together.turns == [MOST_AT_ONCE, MOST_AT_ONCE, 1]
    together.clock.advance(10)
    assert together.dead == 2 * MOST_AT_ONCE + 1


def test_one_that_stops_while_it_waits_for_its_turn_is_silent() -> None:
    together = Together(MOST_AT_ONCE + 2)
    together.heartbeats[0]._ping = lambda _payload: together.heartbeats[-1].stop()
    together.clock.advance(15)
    assert together.turns == [MOST_AT_ONCE - 1, 1]


def test_one_that_is_stopped_by_another_in_the_same_turn_is_silent() -> None:
    together = Together(1)
    second = Heartbeat(together.pulse, together._ping, together._die, 15, 10)
    first = together.heartbeats[0]
    first._ping = lambda _payload: second.stop()
    together.clock.advance(15)
    assert (together.turns, together.sent) == ([], 0)


def test_one_that_fails_does_not_take_the_others_with_it() -> None:
    together = Together(3)

    def fail(_payload: bytes) -> None:
        raise RuntimeError("no ping today")

    together.heartbeats[0]._ping = fail
    with pytest.raises(RuntimeError, match="today"):
        together.clock.advance(15)
    together.clock.advance(0)
    assert together.turns == [2]


def test_a_pulse_sleeps_while_nothing_is_due() -> None:
    together = Together(2)
    assert len(together.clock.twisted.getDelayedCalls()) == 1
    for heartbeat in together.heartbeats:
        heartbeat.stop()
    together.clock.advance(15)
    assert together.clock.twisted.getDelayedCalls() == []


def test_a_heartbeat_that_is_due_earlier_than_the_others_wakes_the_pulse() -> None:
    together = Together(1)
    Heartbeat(together.pulse, together._ping, together._die, 1, 10)
    together.clock.advance(1)
    assert together.turns == [1]
    together.clock.advance(14)
    assert together.turns == [1, 1]
