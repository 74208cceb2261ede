"""The sprinkler device: runs, their queue, and what it says about its valves; the keeper is played by the test."""

from pathlib import Path
from typing import Any

import pytest
from support.devices import ALICE, BOB, House, RecordingPort, attach, call, counted, result_of
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from wampi.components import BusyError, DeviceFailedError, InvalidArgumentError, NotFoundError, SetupError
from wampi.components.settings import decode_settings
from wampi.components.sprinkler import Sprinkler
from wampi.components.sprinkler.component import LONGEST_QUEUE
from wampi.components.sprinkler.settings import SprinklerSettings, valves_of

SETTINGS = """{"id": "garden", "name": "Garden", "driver": "simulator", "zones": {
    "lawn": {"name": "Lawn", "pin": 17, "max_seconds": 600},
    "beds": {"name": "Flower beds", "pin": 27, "max_seconds": 60}}}"""


class PlayedValves:
    """Valves that do as they are told, or as the test says."""

    def __init__(self, listener: Any) -> None:
        self.ready = True
        self.listener = listener
        self.requests: list[tuple[Any, ...]] = []
        self.open_run: tuple[str, str] | None = None
        self.prompt = True

    def start(self) -> Deferred[None]:
        return succeed(None)

    def stop(self) -> Deferred[None]:
        self.ready = False
        return succeed(None)

    def open(self, zone: str, seconds: float, run: str) -> None:
        self.requests.append(("open", zone, seconds, run))
        self.open_run = (zone, run)
        if self.prompt:
            self.listener.opened(zone, run)

    def close(self, zone: str) -> None:
        self.requests.append(("close", zone))
        if self.prompt:
            self.ends("request")

    def ends(self, why: str) -> None:
        """The valve that is open closes."""
        assert self.open_run is not None
        ended, self.open_run = self.open_run, None
        self.listener.closed(*ended, why)


class Garden:
    """A sprinkler, its valves and what it publishes."""

    def __init__(self, directory: Path) -> None:
        self.house = House(directory)
        made: list[PlayedValves] = []

        def make_valves(listener: Any) -> PlayedValves:
            made.append(PlayedValves(listener))
            return made[0]

        settings = decode_settings(SETTINGS, SprinklerSettings)
        self.device = Sprinkler(settings, self.house.environment, make_valves, counted("r"))
        self.valves = made[0]
        self.port: RecordingPort = attach(self.device)

    def call(self, name: str, *args: object, **kwargs: object) -> Any:
        return call(self.device, name, *args, **kwargs)

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.port.last["state"]
        return state

    @property
    def open_zones(self) -> list[str]:
        return [zone for zone, one in self.state["zones"].items() if one["open"]]


@pytest.fixture
def garden(tmp_path: Path) -> Garden:
    return Garden(tmp_path)


def test_a_run_opens_its_zone_for_its_duration(garden: Garden) -> None:
    accepted = garden.call("run", ALICE, zone="lawn", duration_seconds=120)
    assert (accepted.run, accepted.queued) == ("r1", False)
    assert garden.valves.requests == [("open", "lawn", 120.0, "r1")]
    assert garden.open_zones == ["lawn"]
    assert garden.state["running"] == {
        "run": "r1",
        "zone": "lawn",
        "duration_seconds": 120.0,
        "remaining_seconds": 120.0,
        "authid": "alice",
    }
    assert garden.port.last["cause"] == {"why": "command", "authid": "alice", "authrole": "owner"}


def test_the_state_shows_a_zone_open_only_when_its_valve_is(garden: Garden) -> None:
    garden.valves.prompt = False
    garden.call("run", ALICE, zone="lawn", duration_seconds=120)
    assert garden.open_zones == []
    garden.valves.listener.opened("lawn", "r1")
    assert garden.open_zones == ["lawn"]


def test_the_duration_is_mandatory(garden: Garden) -> None:
    with pytest.raises(InvalidArgumentError, match="duration_seconds is missing"):
        garden.call("run", zone="lawn")


def test_a_duration_over_the_zones_limit_is_refused(garden: Garden) -> None:
    with pytest.raises(InvalidArgumentError, match="duration_seconds must be a number from 1 to 60 in zone beds"):
        garden.call("run", zone="beds", duration_seconds=61)
    assert garden.valves.requests == []


def test_an_unknown_zone_is_refused_with_the_known_ones(garden: Garden) -> None:
    with pytest.raises(NotFoundError, match="there is no zone 'pond'; the zones are lawn, beds"):
        garden.call("run", zone="pond", duration_seconds=10)


def test_the_remaining_seconds_are_right_whenever_the_state_is_published(garden: Garden) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=120)
    garden.house.clock.advance(50)
    assert attach(garden.device).last["state"]["running"]["remaining_seconds"] == 70.0


def test_a_run_that_ends_on_time_has_the_cause_of_its_command(garden: Garden) -> None:
    garden.call("run", BOB, zone="lawn", duration_seconds=120)
    garden.valves.ends("deadline")
    assert garden.open_zones == []
    assert garden.state["running"] is None
    assert garden.port.last["cause"] == {"why": "command", "authid": "bob", "authrole": "resident"}


def test_one_zone_waters_at_a_time_and_the_others_wait_in_order(garden: Garden) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    assert garden.call("run", BOB, zone="beds", duration_seconds=20).queued
    garden.call("run", ALICE, zone="lawn", duration_seconds=30)
    assert garden.open_zones == ["lawn"]
    assert [one["run"] for one in garden.state["queue"]] == ["r2", "r3"]
    garden.valves.ends("deadline")
    assert garden.open_zones == ["beds"]
    assert garden.state["queue"] == [{"run": "r3", "zone": "lawn", "duration_seconds": 30.0, "authid": "alice"}]
    assert garden.port.last["cause"]["authid"] == "bob"


def test_the_queue_is_limited(garden: Garden) -> None:
    for _ in range(LONGEST_QUEUE + 1):
        garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    with pytest.raises(BusyError, match="16 runs wait already"):
        garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    assert len(garden.state["queue"]) == LONGEST_QUEUE


def test_stopping_a_zone_ends_its_run_and_drops_its_queued_ones(garden: Garden) -> None:
    for zone in ("lawn", "beds", "lawn"):
        garden.call("run", ALICE, zone=zone, duration_seconds=10)
    garden.call("stop", BOB, zone="lawn")
    assert garden.open_zones == ["beds"]
    assert garden.state["queue"] == []


def test_the_answer_to_stop_comes_when_the_valve_is_closed(garden: Garden) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    garden.valves.prompt = False
    answer = maybeDeferred(garden.device.call, "stop", ("lawn",), {}, BOB)
    assert not answer.called
    garden.valves.ends("request")
    assert result_of(answer)["running"] is None
    assert garden.port.last["cause"] == {"why": "command", "authid": "bob", "authrole": "resident"}


def test_stopping_a_zone_that_does_not_water_changes_nothing(garden: Garden) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    published = len(garden.port.states)
    assert garden.call("stop", BOB, zone="beds")["running"]["zone"] == "lawn"
    assert len(garden.port.states) == published


def test_a_run_can_be_cancelled_in_the_queue_or_while_it_waters(garden: Garden) -> None:
    for zone in ("lawn", "beds", "lawn"):
        garden.call("run", ALICE, zone=zone, duration_seconds=10)
    garden.call("cancel", BOB, run="r2")
    assert [one["run"] for one in garden.state["queue"]] == ["r3"]
    garden.call("cancel", BOB, run="r1")
    assert garden.state["running"]["run"] == "r3"


def test_an_unknown_run_cannot_be_cancelled(garden: Garden) -> None:
    with pytest.raises(NotFoundError, match="there is no run 'r7' now"):
        garden.call("cancel", run="r7")


def test_stop_all_closes_the_valve_and_empties_the_queue(garden: Garden) -> None:
    for zone in ("lawn", "beds", "lawn"):
        garden.call("run", ALICE, zone=zone, duration_seconds=10)
    state = garden.call("stop_all", BOB)
    assert (state["running"], state["queue"]) == (None, [])
    assert garden.open_zones == []
    assert garden.valves.requests[-1] == ("close", "lawn")


@pytest.mark.parametrize("why", ["heartbeat", "end of input", "failure"])
def test_a_valve_closed_for_safety_says_so_and_empties_the_queue(garden: Garden, why: str) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    garden.call("run", ALICE, zone="beds", duration_seconds=10)
    garden.valves.ends(why)
    assert garden.port.last["cause"] == {"why": "safety", "authid": None, "authrole": None}
    assert (garden.open_zones, garden.state["queue"]) == ([], [])


def test_a_lost_keeper_is_a_fault_until_the_next_one_is_ready(garden: Garden) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    garden.valves.ready = False
    garden.valves.listener.keeper_lost("the valve keeper was ended by signal 9")
    assert garden.port.states[-2]["cause"]["why"] == "safety"
    assert garden.open_zones == []
    assert garden.port.last["fault"] == "the valve keeper was ended by signal 9"
    with pytest.raises(DeviceFailedError, match="valve keeper is being started again"):
        garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    garden.valves.ready = True
    garden.valves.listener.keeper_ready()
    assert garden.port.last["fault"] is None
    assert not garden.call("run", ALICE, zone="lawn", duration_seconds=10).queued


def test_who_waits_for_a_valve_to_close_is_answered_when_the_keeper_dies(garden: Garden) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    garden.valves.prompt = False
    answer = maybeDeferred(garden.device.call, "stop_all", (), {}, BOB)
    garden.valves.listener.keeper_lost("it died")
    assert result_of(answer)["running"] is None


def test_a_valve_that_does_not_open_is_a_fault(garden: Garden) -> None:
    garden.valves.prompt = False
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    garden.valves.listener.refused("lawn", "r1", "the line is stuck")
    assert garden.port.last["fault"] == "the valve of zone lawn cannot be opened: the line is stuck"
    assert garden.open_zones == []


def test_a_valve_that_opens_for_a_run_that_is_over_is_closed(garden: Garden) -> None:
    garden.valves.prompt = False
    garden.valves.listener.opened("beds", "r99")
    assert garden.valves.requests == [("close", "beds")]


def test_stopping_drops_the_queue_before_the_valves_close(garden: Garden) -> None:
    garden.call("run", ALICE, zone="lawn", duration_seconds=10)
    garden.call("run", ALICE, zone="beds", duration_seconds=10)
    result_of(garden.device.stop())
    garden.valves.ends("end of input")
    assert garden.open_zones == []


def test_two_zones_on_one_pin_are_refused() -> None:
    settings = decode_settings(SETTINGS.replace("27", "17"), SprinklerSettings)
    with pytest.raises(SetupError, match="zones 'lawn' and 'beds' both have pin 17"):
        valves_of(settings)
