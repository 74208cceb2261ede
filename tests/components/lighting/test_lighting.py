"""The lights: commands, transitions, gamma, and what survives a restart."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.devices import ALICE, BOB, House, RecordingPort, attach, call
from wampi.components import DeviceFailedError, InvalidArgumentError, SetupError
from wampi.components.lighting.component import Light, Lighting
from wampi.components.lighting.memory import WRITE_AFTER_SECONDS
from wampi.components.lighting.settings import LightingSettings
from wampi.components.lines import SimulatedLines
from wampi.components.settings import decode_settings

PORCH = {"name": "Porch", "pin": 17}
RELAY = {"name": "Garage", "pin": 27, "dimmable": False}


class Room:
    """Lights on simulated lines."""

    def __init__(self, directory: Path, **lights: dict[str, Any]) -> None:
        self.house = House(directory)
        extra = json.dumps({"driver": "simulator", "lights": lights or {"porch": PORCH, "garage": RELAY}})
        self.component = Lighting(decode_settings(extra, LightingSettings), self.house.environment)
        self.component.start()
        self.lines = SimulatedLines(directory / "lines", "test")
        self.ports: dict[str, RecordingPort] = {light.id: attach(light) for light in self.component.devices}

    def light(self, name: str) -> Light:
        return next(light for light in self.component.devices if light.id == name)

    def call(self, name: str, verb: str, *args: object, **kwargs: object) -> dict[str, Any]:
        state = call(self.light(name), verb, *args, **kwargs)
        return {"on": state.on, "brightness": state.brightness, "dimmable": state.dimmable}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_each_light_is_a_device_of_its_own(room: Room) -> None:
    assert [light.prefix for light in room.component.devices] == ["wampi.lighting.porch.", "wampi.lighting.garage."]


def test_turning_on_drives_the_line_and_is_published_with_who_did_it(room: Room) -> None:
    assert room.call("porch", "turn_on", BOB) == {"on": True, "brightness": 1.0, "dimmable": True}
    assert room.lines.level("porch") == 1.0
    assert room.ports["porch"].last["cause"] == {"why": "command", "authid": "bob", "authrole": "resident"}
    assert room.ports["porch"].last["changed"] == ["on"]
    assert room.lines.level("garage") == 0.0


def test_toggle_turns_on_and_off(room: Room) -> None:
    assert room.call("porch", "toggle")["on"]
    assert not room.call("porch", "toggle")["on"]
    assert room.lines.level("porch") == 0.0


def test_brightness_is_gamma_corrected(room: Room) -> None:
    room.call("porch", "set_brightness", ALICE, 0.5)
    assert room.lines.level("porch") == pytest.approx(0.5**2.2, abs=1e-4)


def test_a_light_comes_back_as_bright_as_it_was(room: Room) -> None:
    room.call("porch", "set_brightness", ALICE, 0.4)
    assert room.call("porch", "turn_off") == {"on": False, "brightness": 0.4, "dimmable": True}
    assert room.call("porch", "turn_on") == {"on": True, "brightness": 0.4, "dimmable": True}


def test_brightness_zero_turns_the_light_off(room: Room) -> None:
    room.call("porch", "set_brightness", ALICE, 0.4)
    assert room.call("porch", "set_brightness", ALICE, 0) == {"on": False, "brightness": 0.4, "dimmable": True}
    assert room.call("porch", "turn_on", ALICE, 0)["on"] is False


def test_a_transition_passes_through_what_lies_between(room: Room) -> None:
    state = room.call("porch", "turn_on", transition_seconds=1)
    assert state["on"], "the state is the one that is being approached"
    room.house.clock.pump([0.02] * 25)
    assert room.lines.level("porch") == pytest.approx(0.5**2.2, abs=0.02)
    room.house.clock.pump([0.02] * 26)
    assert room.lines.level("porch") == 1.0
    levels = [entry["level"] for entry in room.lines.log() if entry["line"] == "porch"]
    assert levels == sorted(levels)
    assert len(levels) > 40


def test_a_new_command_ends_a_transition_where_it_is(room: Room) -> None:
    room.call("porch", "turn_on", transition_seconds=10)
    room.house.clock.pump([0.02] * 100)
    before = room.lines.level("porch")
    room.call("porch", "turn_off", transition_seconds=1)
    assert room.lines.level("porch") == pytest.approx(before, abs=0.01)
    room.house.clock.pump([0.02] * 60)
    assert room.lines.level("porch") == 0.0


def test_a_transition_makes_no_more_state_events_than_a_switch(room: Room) -> None:
    room.call("porch", "turn_on", transition_seconds=1)
    room.house.clock.pump([0.02] * 60)
    assert len(room.ports["porch"].states) == 2


def test_a_light_that_cannot_be_dimmed_takes_on_and_off_only(room: Room) -> None:
    with pytest.raises(InvalidArgumentError, match="brightness must be 0 or 1, because Garage cannot be dimmed"):
        room.call("garage", "set_brightness", ALICE, 0.5)
    assert room.call("garage", "set_brightness", ALICE, 1) == {"on": True, "brightness": 1.0, "dimmable": False}
    room.call("garage", "turn_off", transition_seconds=5)
    assert room.lines.level("garage") == 0.0, "a relay has no transition"


def restarted(directory: Path, make: Callable[[], None], **light: object) -> dict[str, Any]:
    """The state of a light after a restart under its rule."""
    make()
    return Room(directory, porch=PORCH | light).light("porch").describe_state()


@pytest.mark.parametrize(("rule", "expected"), [("off", False), ("on", True), ("last", True)])
def test_after_a_restart_a_light_is_what_its_rule_says(tmp_path: Path, rule: str, expected: bool) -> None:
    def before() -> None:
        room = Room(tmp_path)
        room.call("porch", "turn_on", ALICE, 0.3)
        room.component.stop()

    state = restarted(tmp_path, before, restore=rule)
    assert state == {"on": expected, "brightness": 0.3, "dimmable": True}
    level = SimulatedLines(tmp_path / "lines", "test").level("porch")
    assert level == pytest.approx(0.3**2.2 if expected else 0.0, abs=1e-4)


def test_a_state_survives_a_crash_a_second_after_it_changed(tmp_path: Path) -> None:
    def before() -> None:
        room = Room(tmp_path)
        room.call("porch", "turn_on", ALICE, 0.3)
        room.house.clock.advance(WRITE_AFTER_SECONDS)

    assert restarted(tmp_path, before, restore="last")["on"]


def test_a_damaged_memory_is_as_good_as_none(tmp_path: Path) -> None:
    def before() -> None:
        (tmp_path / "lights.json").write_bytes(b'{"porch": {"on": tru')

    assert restarted(tmp_path, before, restore="last") == {"on": False, "brightness": 1.0, "dimmable": True}


def test_stopping_ends_transitions_and_turns_the_lamps_off(room: Room) -> None:
    room.call("porch", "turn_on", transition_seconds=10)
    room.house.clock.pump([0.02] * 50)
    room.component.stop()
    assert room.lines.level("porch") == 0.0
    assert room.house.clock.getDelayedCalls() == []
    assert room.lines.log()[-1]["why"] == "stop"


class BrokenLamps:
    """Lamps that can be broken."""

    def __init__(self) -> None:
        self.broken = False

    def write(self, light: str, power: float, why: str) -> None:
        if self.broken:
            raise OSError("the driver board does not answer")

    def close(self) -> None: ...


def test_a_lamp_that_cannot_be_driven_is_a_fault_until_it_can(tmp_path: Path) -> None:
    house, lamps = House(tmp_path), BrokenLamps()
    settings = decode_settings(json.dumps({"driver": "simulator", "lights": {"porch": PORCH}}), LightingSettings)
    component = Lighting(settings, house.environment, lambda *_: lamps)
    component.start()
    light = component.devices[0]
    port = attach(light)
    lamps.broken = True
    with pytest.raises(DeviceFailedError, match="the driver board does not answer"):
        call(light, "turn_on")
    assert port.last["fault"] == "the lamp cannot be driven: the driver board does not answer"
    assert port.last["state"]["on"] is False
    lamps.broken = False
    call(light, "turn_on")
    assert (port.last["fault"], port.last["state"]["on"]) == (None, True)


def test_a_lamp_that_breaks_during_a_transition_is_a_fault(tmp_path: Path) -> None:
    house, lamps = House(tmp_path), BrokenLamps()
    settings = decode_settings(json.dumps({"driver": "simulator", "lights": {"porch": PORCH}}), LightingSettings)
    light = Lighting(settings, house.environment, lambda *_: lamps).devices[0]
    port = attach(light)
    call(light, "turn_on", transition_seconds=1)
    lamps.broken = True
    house.clock.pump([0.02] * 3)
    assert port.last["fault"] == "the lamp cannot be driven: the driver board does not answer"
    house.clock.advance(WRITE_AFTER_SECONDS)
    assert house.clock.getDelayedCalls() == [], "the transition is over"


def test_two_lights_on_one_pin_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="lights 'porch' and 'garage' both have pin 17"):
        Room(tmp_path, porch=PORCH, garage=PORCH)
