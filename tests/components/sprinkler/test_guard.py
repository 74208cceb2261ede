"""The component's side of the valve keeper, with a keeper that the test plays."""

from pathlib import Path
from typing import Any

import pytest
from support.devices import House, result_of
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from wampi.components import SetupError
from wampi.components.sprinkler.guard import (
    BEAT_SECONDS,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    READY_LIMIT_SECONDS,
    Guard,
)


class Exit(Exception):
    """Why a process ended."""

    def __init__(self, exitCode: int | None, signal: int | None) -> None:  # noqa: N803
        self.exitCode = exitCode
        self.signal = signal


class PlayedKeeper:
    """A keeper process, played by the test."""

    def __init__(self, protocol: ProcessProtocol) -> None:
        self.protocol = protocol
        self.requests: list[str] = []
        self.killed = False
        self.stdin_closed = False

    def writeToChild(self, descriptor: int, data: bytes) -> None:  # noqa: N802
        assert descriptor == 0
        self.requests += data.decode().splitlines()

    def signalProcess(self, name: str) -> None:  # noqa: N802
        assert name == "KILL"
        self.killed = True
        self.end(None, 9)

    def closeStdin(self) -> None:  # noqa: N802
        self.stdin_closed = True

    def say(self, text: str) -> None:
        self.protocol.outReceived(text.encode() + b"\n")

    def end(self, status: int | None, signal: int | None = None) -> None:
        self.protocol.processExited(Failure(Exit(status, signal)))


class Claimed:
    """Lines that the component holds."""

    def __init__(self, why: str) -> None:
        self.why = why
        self.released = False

    def release(self) -> None:
        self.released = True


class Bench:
    """A guard with everything it touches; as listener it keeps what it is told."""

    def __init__(self, house: House) -> None:
        self.clock = house.clock
        self.keepers: list[PlayedKeeper] = []
        self.claims: list[Claimed] = []
        self.claim_error: Exception | None = None
        self.told: list[tuple[Any, ...]] = []
        self.guard = Guard(house.clock, self.spawn, self.claim, self, house.log)

    def spawn(self, protocol: ProcessProtocol) -> Any:
        self.keepers.append(PlayedKeeper(protocol))
        return self.keepers[-1]

    def claim(self, why: str) -> Any:
        if self.claim_error:
            raise self.claim_error
        self.claims.append(Claimed(why))
        return self.claims[-1]

    @property
    def keeper(self) -> PlayedKeeper:
        return self.keepers[-1]

    def keeper_ready(self) -> None:
        self.told.append(("ready",))

    def keeper_lost(self, reason: str) -> None:
        self.told.append(("lost", reason))

    def opened(self, zone: str, run: str) -> None:
        self.told.append(("opened", zone, run))

    def closed(self, zone: str, run: str, why: str) -> None:
        self.told.append(("closed", zone, run, why))

    def refused(self, zone: str, run: str, reason: str) -> None:
        self.told.append(("refused", zone, run, reason))

    def failed(self, zone: str, reason: str) -> None:
        self.told.append(("failed", zone, reason))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(House(tmp_path))


@pytest.fixture
def ready(bench: Bench) -> Bench:
    started = bench.guard.start()
    bench.keeper.say("ready")
    result_of(started)
    return bench


def test_it_is_started_when_the_keeper_is_ready(bench: Bench) -> None:
    started = bench.guard.start()
    assert not started.called
    assert not bench.guard.ready
    bench.keeper.say("ready")
    result_of(started)
    assert bench.guard.ready
    assert bench.told == [("ready",)]


def test_a_keeper_that_cannot_work_here_ends_the_start(bench: Bench) -> None:
    started = bench.guard.start()
    bench.keeper.end(2)
    with pytest.raises(SetupError, match="valve keeper cannot start"):
        result_of(started)


def test_it_beats_as_long_as_it_is_answered(ready: Bench) -> None:
    for _ in range(20):
        ready.keeper.say("alive")
        ready.clock.advance(BEAT_SECONDS)
    assert ready.keeper.requests == ["beat"] * 21
    assert not ready.keeper.killed


def test_a_keeper_that_does_not_answer_is_killed_within_two_seconds_and_its_lines_claimed(ready: Bench) -> None:
    ready.clock.pump([BEAT_SECONDS] * int(2 / BEAT_SECONDS))
    assert ready.keepers[0].killed
    assert len(ready.claims) == 1
    assert ready.told[-1][0] == "lost"


def test_requests_and_reports_are_passed_on(ready: Bench) -> None:
    ready.guard.open("lawn", 12.5, "r1")
    ready.guard.close("lawn")
    assert ready.keeper.requests[-2:] == ["open lawn 12.5 r1", "close lawn"]
    ready.keeper.say("opened lawn r1")
    ready.keeper.say("closed lawn r1 end of input")
    ready.keeper.say("refused lawn r2 the limit is 10 seconds")
    ready.keeper.say("failed lawn the line is stuck")
    assert ready.told[1:] == [
        ("opened", "lawn", "r1"),
        ("closed", "lawn", "r1", "end of input"),
        ("refused", "lawn", "r2", "the limit is 10 seconds"),
        ("failed", "lawn", "the line is stuck"),
    ]


def test_a_report_may_come_in_pieces(ready: Bench) -> None:
    ready.keeper.protocol.outReceived(b"opened la")
    ready.keeper.protocol.outReceived(b"wn r1\nclosed lawn r1 request\n")
    assert [told[0] for told in ready.told[1:]] == ["opened", "closed"]


def test_when_the_keeper_dies_the_lines_are_claimed_before_anybody_is_told(ready: Bench) -> None:
    ready.keeper.end(None, 9)
    assert ready.claims[0].why == "the valve keeper was ended by signal 9"
    assert ready.told[-1][0] == "lost"
    assert not ready.guard.ready


def test_a_new_keeper_gets_the_lines_after_a_pause(ready: Bench) -> None:
    ready.keeper.end(None, 9)
    assert not ready.claims[0].released
    ready.clock.advance(FIRST_PAUSE_SECONDS)
    assert ready.claims[0].released
    assert len(ready.keepers) == 2
    ready.keeper.say("ready")
    assert ready.told[-1] == ("ready",)


def test_pauses_grow_while_keepers_die_and_are_short_again_after_a_steady_time(ready: Bench) -> None:
    pauses = []
    for _ in range(9):
        ready.keeper.end(1)
        pauses.append(ready.clock.getDelayedCalls()[0].getTime() - ready.clock.seconds())
        ready.clock.advance(pauses[-1])
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert max(pauses) == LONGEST_PAUSE_SECONDS
    ready.keeper.say("ready")
    for _ in range(200):
        ready.keeper.say("alive")
        ready.clock.advance(BEAT_SECONDS)
    ready.keeper.end(1)
    assert ready.clock.getDelayedCalls()[0].getTime() - ready.clock.seconds() == FIRST_PAUSE_SECONDS


def test_a_keeper_that_never_gets_ready_is_killed(bench: Bench) -> None:
    bench.guard.start()
    bench.clock.advance(READY_LIMIT_SECONDS)
    assert bench.keepers[0].killed
    assert len(bench.claims) == 1


def test_lines_that_cannot_be_claimed_are_said_to_be_dangerous(ready: Bench) -> None:
    ready.claim_error = OSError("GPIO busy")
    ready.keeper.end(None, 9)
    assert ready.told[-1] == (
        "lost",
        "the valve keeper was ended by signal 9, and the valves' lines cannot be claimed: GPIO busy",
    )


def test_stopping_closes_the_keepers_input_and_waits_for_its_end(ready: Bench) -> None:
    stopped = ready.guard.stop()
    assert ready.keeper.stdin_closed
    assert not stopped.called
    ready.keeper.end(0)
    result_of(stopped)
    assert ready.claims == []


def test_a_keeper_that_does_not_stop_is_killed_and_its_lines_closed(ready: Bench) -> None:
    stopped = ready.guard.stop()
    ready.clock.advance(2.0)
    assert ready.keeper.killed
    result_of(stopped)
    assert [claim.released for claim in ready.claims] == [True]
    assert ready.clock.getDelayedCalls() == []


def test_stopping_between_two_keepers_gives_the_lines_back(ready: Bench) -> None:
    ready.keeper.end(None, 9)
    result_of(ready.guard.stop())
    assert ready.claims[0].released
    assert ready.clock.getDelayedCalls() == []
