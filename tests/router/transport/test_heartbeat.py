import pytest
from support.core import FakeClock
from wampi.router.transport.heartbeat import Heartbeat


class Pinged:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.pings: list[bytes] = []
        self.times_dead = 0
        self.heartbeat = Heartbeat(self.clock, self.pings.append, self._die, every_seconds=15, answer_seconds=10)

    def _die(self) -> None:
        self.times_dead += 1


@pytest.fixture
def pinged() -> Pinged:
    return Pinged()


def test_a_ping_is_sent_every_so_often(pinged: Pinged) -> None:
    pinged.clock.advance(14.9)
    assert pinged.pings == []
    for _ in range(3):
        pinged.clock.advance(15)
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
