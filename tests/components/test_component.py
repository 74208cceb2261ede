"""The base of devices: one state, published whole with what changed and why."""

from pathlib import Path

import pytest
from msgspec import Struct
from support.devices import ALICE, NOON, House, RecordingPort, attach, call
from wampi.components import Caller, Cause, Device, procedure


class LampState(Struct, frozen=True):
    on: bool = False
    colour: str = "white"


class Lamp(Device[LampState]):
    kind = "lamp"

    @procedure
    def press(self, caller: Caller) -> LampState:
        return self.change(Cause.command(caller), on=not self.state.on)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def lamp(house: House) -> Lamp:
    return Lamp("desk", "Desk", LampState(), house.environment)


def test_joining_publishes_the_whole_state(lamp: Lamp) -> None:
    port = attach(lamp)
    assert port.topics == ["wampi.lamp.desk.state"]
    assert port.last == {
        "kind": "lamp",
        "id": "desk",
        "name": "Desk",
        "available": True,
        "state": {"on": False, "colour": "white"},
        "changed": ["on", "colour"],
        "cause": {"why": "start", "authid": None, "authrole": None},
        "fault": None,
        "sequence": 1,
        "published_at": NOON,
    }


def test_a_change_says_what_changed_and_who_caused_it(lamp: Lamp) -> None:
    port = attach(lamp)
    call(lamp, "press", ALICE)
    assert port.last["state"] == {"on": True, "colour": "white"}
    assert port.last["changed"] == ["on"]
    assert port.last["cause"] == {"why": "command", "authid": "alice", "authrole": "owner"}
    assert port.last["sequence"] == 2


def test_what_changes_nothing_publishes_nothing(lamp: Lamp) -> None:
    port = attach(lamp)
    lamp.change(Cause("schedule"), on=False)
    assert len(port.states) == 1


def test_a_fault_is_published_once_and_without_changed_keys(lamp: Lamp) -> None:
    port = attach(lamp)
    lamp.set_fault("the bulb is broken")
    lamp.set_fault("the bulb is broken")
    assert len(port.states) == 2
    assert port.last["fault"] == "the bulb is broken"
    assert port.last["changed"] == []


def test_what_changes_while_the_router_is_away_is_published_after_joining_again(lamp: Lamp) -> None:
    lamp.detach()
    call(lamp, "press")
    port = attach(lamp)
    assert port.last["state"] == {"on": True, "colour": "white"}
    assert port.last["sequence"] == 2


def test_an_event_goes_out_under_the_prefix_of_the_device(lamp: Lamp) -> None:
    port = attach(lamp)
    lamp.emit("flickered", 3, bright=True)
    assert port.events == [("wampi.lamp.desk.flickered", (3,), {"bright": True})]


def test_an_event_is_lost_while_the_router_is_away(lamp: Lamp) -> None:
    lamp.emit("flickered")
    assert not lamp.offer("flickered")
    assert attach(lamp).events == []


def test_an_offered_event_is_left_out_when_the_connection_is_behind(lamp: Lamp) -> None:
    port = attach(lamp)
    port.behind = True
    assert not lamp.offer("flickered")
    port.behind = False
    assert lamp.offer("flickered")
    assert len(port.events) == 1


def test_the_testament_says_that_the_device_is_gone(lamp: Lamp) -> None:
    lamp.set_fault("the bulb is broken")
    event = lamp.lost_event()
    assert event["available"] is False
    assert event["state"] is None
    assert event["fault"] is None
    assert event["cause"] == {"why": "lost", "authid": None, "authrole": None}
    assert event["sequence"] == 0
    assert event["published_at"] is None


def test_health_tells_driver_uptime_and_fault(lamp: Lamp, house: House) -> None:
    house.clock.advance(90)
    lamp.set_fault("the bulb is broken")
    health = call(lamp, "health")
    assert (health.driver, health.uptime_seconds, health.fault) == ("none", 90.0, "the bulb is broken")


def test_who_watches_is_forgotten_with_the_connection(house: House) -> None:
    told: list[bool] = []

    class Watched(Lamp):
        @property
        def watched(self) -> dict[str, object]:  # type: ignore[override]
            return {"frames": told.append}

    device = Watched("desk", "Desk", LampState(), house.environment)
    device.attach(RecordingPort())
    device.detach()
    assert told == [False]
