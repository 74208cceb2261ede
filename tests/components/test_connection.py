"""Staying connected: pauses that grow, one line for each reason, and leaving in order."""

from itertools import pairwise
from pathlib import Path

import pytest
from support.devices import House, result_of
from wampi.components.connection import (
    FIRST_PAUSE_SECONDS,
    JOIN_LIMIT_SECONDS,
    LEAVE_LIMIT_SECONDS,
    LONGEST_PAUSE_SECONDS,
    Connection,
    Outcome,
)


class PlayedAttempt:
    """An attempt, played by the test."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.finishing = False
        self.aborted = False

    def finish(self) -> None:
        self.finishing = True

    def abort(self) -> None:
        self.aborted = True
        self.outcome.ended("the connection was dropped")


class Bench:
    """A connection with everything it touches."""

    def __init__(self, house: House, random: float = 0.5) -> None:
        self.house = house
        self.clock = house.clock
        self.attempts: list[PlayedAttempt] = []
        self.connection = Connection(house.clock, self.connect, "unix:/router.sock", house.log, lambda: random)
        self.connection.start()

    def connect(self, outcome: Outcome) -> PlayedAttempt:
        self.attempts.append(PlayedAttempt(outcome))
        return self.attempts[-1]

    @property
    def last(self) -> PlayedAttempt:
        return self.attempts[-1]

    def pause(self) -> float:
        """The seconds until the next attempt."""
        [timer] = self.clock.getDelayedCalls()
        return timer.getTime() - self.clock.seconds()

    def fail(self, reason: str = "Connection refused") -> float:
        """End the attempt, and go through the pause after it."""
        self.last.outcome.ended(reason)
        pause = self.pause()
        self.clock.advance(pause)
        return pause


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(House(tmp_path))


def test_pauses_grow_up_to_a_limit(bench: Bench) -> None:
    pauses = [bench.fail() for _ in range(15)]
    assert pauses[0] == pytest.approx(FIRST_PAUSE_SECONDS)
    assert all(a <= b + 1e-9 for a, b in pairwise(pauses))
    assert pauses[-1] == pytest.approx(LONGEST_PAUSE_SECONDS)
    assert len(bench.attempts) == 16


def test_pauses_vary_by_a_fifth(tmp_path: Path) -> None:
    pauses = []
    for random in (0.0, 1.0):
        bench = Bench(House(tmp_path), random)
        bench.last.outcome.ended("refused")
        pauses.append(bench.pause())
    assert pauses == pytest.approx([FIRST_PAUSE_SECONDS * 0.8, FIRST_PAUSE_SECONDS * 1.2])


def test_a_session_that_joined_makes_the_next_pause_short(bench: Bench) -> None:
    for _ in range(5):
        bench.fail()
    bench.last.outcome.joined()
    assert bench.fail() == pytest.approx(FIRST_PAUSE_SECONDS)


def test_a_connection_that_is_refused_after_it_was_made_does_not(bench: Bench) -> None:
    for _ in range(5):
        bench.fail()
    bench.last.outcome.refused("wamp.error.not_authorized")
    assert bench.fail() > 5 * FIRST_PAUSE_SECONDS


def test_each_reason_is_logged_once(bench: Bench) -> None:
    for _ in range(4):
        bench.fail("Connection refused")
    bench.last.outcome.refused("wamp.error.not_authorized")
    bench.fail("closed")
    assert bench.house.log_lines == [
        "no session at unix:/router.sock: Connection refused; trying again",
        "no session at unix:/router.sock: wamp.error.not_authorized; trying again",
    ]


def test_an_attempt_that_leads_nowhere_is_given_up(bench: Bench) -> None:
    bench.clock.advance(JOIN_LIMIT_SECONDS)
    assert bench.attempts[0].aborted
    assert "no answer within 10 seconds" in bench.house.log_lines[-1]
    assert bench.pause() == pytest.approx(FIRST_PAUSE_SECONDS)


def test_a_joined_session_is_not_given_up(bench: Bench) -> None:
    bench.last.outcome.joined()
    bench.clock.advance(3600)
    assert not bench.last.aborted
    assert bench.clock.getDelayedCalls() == []


def test_stopping_leaves_in_order_and_waits_for_the_end(bench: Bench) -> None:
    bench.last.outcome.joined()
    stopped = bench.connection.stop()
    assert bench.last.finishing
    assert not stopped.called
    bench.last.outcome.ended("closed")
    result_of(stopped)
    assert bench.clock.getDelayedCalls() == []


def test_a_router_that_does_not_let_go_is_dropped(bench: Bench) -> None:
    bench.last.outcome.joined()
    stopped = bench.connection.stop()
    bench.clock.advance(LEAVE_LIMIT_SECONDS)
    assert bench.last.aborted
    result_of(stopped)


def test_stopping_during_a_pause_ends_the_pause(bench: Bench) -> None:
    bench.last.outcome.ended("refused")
    result_of(bench.connection.stop())
    bench.clock.advance(60)
    assert len(bench.attempts) == 1
