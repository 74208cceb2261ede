"""The valve keeper's decisions, with a clock and lines that are not real."""

import pytest
from twisted.internet.task import Clock
from wampi.components.sprinkler.keeper import HEARTBEAT_LIMIT_SECONDS, RETRY_SECONDS, Keeper
from wampi.components.sprinkler.valves import Valve

VALVES = {"lawn": Valve(17, False, 60.0), "beds": Valve(27, True, 10.0)}


class Lines:
    """Remembers what is open; can be broken."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.writes: list[tuple[str, bool, str]] = []
        self.broken = False

    def write(self, zone: str, is_open: bool, why: str) -> None:
        if self.broken:
            raise OSError("the line is stuck")
        self.writes.append((zone, is_open, why))
        (self.open.add if is_open else self.open.discard)(zone)

    def release(self) -> None: ...


class Bench:
    """A keeper with everything it touches."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.lines = Lines()
        self.reports: list[str] = []
        self.keeper = Keeper(self.lines, VALVES, self.clock.seconds, self.reports.append)

    def pass_time(self, seconds: float, beating: bool = True) -> None:
        """Let time pass in small steps, as the keeper's loop would see it."""
        steps = round(seconds / 0.1)
        for _ in range(steps):
            self.clock.advance(0.1)
            if beating:
                self.keeper.handle("beat")
            self.keeper.tick()
        self.reports[:] = [report for report in self.reports if report != "alive"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_beat_is_answered(bench: Bench) -> None:
    bench.keeper.handle("beat")
    assert bench.reports == ["alive"]


def test_a_lease_opens_the_valve_and_ends_at_its_deadline(bench: Bench) -> None:
    bench.keeper.handle("open lawn 30 r1")
    assert bench.lines.open == {"lawn"}
    bench.pass_time(29.5)
    assert bench.lines.open == {"lawn"}
    bench.pass_time(0.6)
    assert bench.lines.open == set()
    assert bench.reports == ["opened lawn r1", "closed lawn r1 deadline"]


def test_a_lease_over_the_limit_is_refused(bench: Bench) -> None:
    bench.keeper.handle("open beds 10.1 r1")
    assert bench.lines.open == set()
    assert bench.reports == ["refused beds r1 the limit is 10 seconds"]


def test_the_limit_holds_however_diligently_the_component_beats(bench: Bench) -> None:
    bench.keeper.handle("open beds 10 r1")
    for _ in range(9):
        bench.pass_time(1)
        bench.keeper.handle("open beds 10 r2")
    bench.pass_time(1.1)
    assert bench.lines.open == set()
    assert "refused beds r2 the valve is open already" in bench.reports


def test_a_component_that_hangs_loses_its_valves(bench: Bench) -> None:
    bench.keeper.handle("open lawn 30 r1")
    bench.keeper.handle("open beds 5 r2")
    bench.pass_time(HEARTBEAT_LIMIT_SECONDS - 0.2, beating=False)
    assert bench.lines.open == {"lawn", "beds"}
    bench.pass_time(0.3, beating=False)
    assert bench.lines.open == set()
    assert "closed lawn r1 heartbeat" in bench.reports


def test_a_component_that_comes_back_can_open_again(bench: Bench) -> None:
    bench.keeper.handle("open lawn 30 r1")
    bench.pass_time(3, beating=False)
    bench.keeper.handle("open lawn 30 r2")
    assert bench.lines.open == {"lawn"}


def test_a_valve_closes_on_request_and_only_once(bench: Bench) -> None:
    bench.keeper.handle("open lawn 30 r1")
    bench.keeper.handle("close lawn")
    bench.keeper.handle("close lawn")
    assert bench.lines.open == set()
    assert bench.reports == ["opened lawn r1", "closed lawn r1 request"]


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "1e400", "soon"])
def test_a_lease_needs_a_sensible_duration(bench: Bench, seconds: str) -> None:
    bench.keeper.handle(f"open lawn {seconds} r1")
    assert bench.lines.writes == []
    assert bench.reports[0].startswith("refused lawn r1 ")


@pytest.mark.parametrize("request_", ["", "open", "open lawn", "close", "boil lawn 3 r1", "open pond 3 r1"])
def test_a_request_that_makes_no_sense_changes_nothing(bench: Bench, request_: str) -> None:
    bench.keeper.handle(request_)
    assert bench.lines.writes == []
    assert bench.reports[0].startswith("refused ")


def test_a_valve_that_does_not_open_is_driven_off_and_refused(bench: Bench) -> None:
    bench.lines.broken = True
    bench.keeper.handle("open lawn 30 r1")
    assert bench.reports[-1] == "refused lawn r1 the line is stuck"
    bench.lines.broken = False
    bench.pass_time(RETRY_SECONDS + 0.1)
    assert bench.lines.writes[-1][:2] == ("lawn", False)


def test_a_valve_that_does_not_close_is_reported_and_tried_again(bench: Bench) -> None:
    bench.keeper.handle("open beds 5 r1")
    bench.lines.broken = True
    bench.pass_time(5.5)
    assert "failed beds the line is stuck" in bench.reports
    assert bench.lines.open == {"beds"}
    bench.lines.broken = False
    bench.pass_time(RETRY_SECONDS + 0.1)
    assert bench.lines.open == set()
    assert bench.reports[-1] == "closed beds r1 deadline"


def test_closing_all_writes_every_line_whether_known_to_be_open_or_not(bench: Bench) -> None:
    bench.keeper.handle("open lawn 30 r1")
    assert bench.keeper.close_all("end of input")
    assert [(zone, is_open) for zone, is_open, _ in bench.lines.writes[1:]] == [("lawn", False), ("beds", False)]


def test_the_next_tick_is_the_first_deadline_or_the_heartbeat(bench: Bench) -> None:
    assert bench.keeper.next_tick() is None
    bench.keeper.handle("open lawn 1 r1")
    assert bench.keeper.next_tick() == pytest.approx(1.0)
    bench.keeper.handle("close lawn")
    bench.keeper.handle("open lawn 30 r2")
    assert bench.keeper.next_tick() == pytest.approx(HEARTBEAT_LIMIT_SECONDS)
