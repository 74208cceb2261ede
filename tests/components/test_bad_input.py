"""Bad input to every declared procedure of every device, generated from the declarations."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.bad_input import BadCall, bad_calls
from support.devices import ALICE, House, attach
from twisted.internet.defer import Deferred, maybeDeferred
from wampi.components import Device, InvalidArgumentError
from wampi.components.camera import Camera
from wampi.components.frame import Frame
from wampi.components.lighting import Lighting
from wampi.components.settings import decode_settings
from wampi.components.sprinkler import Sprinkler


class ClosedValves:
    """Valves that a refused call must never reach."""

    ready = True

    def start(self) -> Deferred[None]:
        raise AssertionError

    def stop(self) -> Deferred[None]:
        raise AssertionError

    def open(self, zone: str, seconds: float, run: str) -> None:
        raise AssertionError

    def close(self, zone: str) -> None:
        raise AssertionError


def make_devices(house: House) -> dict[str, Device[Any]]:
    """One device of each kind."""
    environment = house.environment
    camera = decode_settings('{"id":"c","name":"C","driver":"simulator"}', Camera.Settings)
    lights = '{"driver":"simulator","lights":{"l":{"name":"L","pin":1}}}'
    frame = decode_settings('{"id":"f","name":"F","driver":"file"}', Frame.Settings)
    zones = '{"id":"s","name":"S","driver":"simulator","zones":{"a":{"name":"A","pin":1,"max_seconds":60}}}'
    sprinkler = Sprinkler(decode_settings(zones, Sprinkler.Settings), environment, lambda _: ClosedValves())
    lighting = Lighting(decode_settings(lights, Lighting.Settings), environment)
    return {
        "camera": Camera(camera, environment),
        "lighting": lighting.devices[0],
        "frame": Frame(frame, environment),
        "sprinkler": sprinkler,
    }


def cases() -> Iterator[Any]:
    """Every bad call of every procedure."""
    from wampi.components.lighting.component import Light

    for cls in (Camera, Light, Frame, Sprinkler):
        for procedure in cls.procedures().values():
            for number, bad in enumerate(bad_calls(procedure)):
                label = f"{cls.kind}.{procedure.name}-{bad.culprit}-{bad.problem}-{number}"
                yield pytest.param(cls.kind, procedure.name, bad, id=label.replace(" ", "_"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(Path(tmp_path_factory.mktemp("house")))


@pytest.fixture(scope="module")
def devices(house: House) -> dict[str, Device[Any]]:
    return make_devices(house)


@pytest.mark.parametrize(("kind", "name", "bad"), list(cases()))
def test_bad_input_is_refused_in_one_sentence_and_changes_nothing(
    devices: dict[str, Device[Any]], house: House, kind: str, name: str, bad: BadCall
) -> None:
    device = devices[kind]
    port = attach(device)
    before, logged = device.describe_state(), len(house.log_lines)
    outcomes: list[Any] = []
    maybeDeferred(device.call, name, (), bad.kwargs, ALICE).addBoth(outcomes.append)
    error = outcomes[0].value
    assert isinstance(error, InvalidArgumentError)
    assert error.uri == "wamp.error.invalid_argument"
    assert bad.culprit in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 250
    assert device.describe_state() == before
    assert len(port.states) == 1
    assert len(house.log_lines) == logged


def test_the_generator_covers_every_device_and_more_than_a_hundred_calls() -> None:
    kinds = {case.values[0] for case in cases()}
    assert kinds == {"camera", "lighting", "frame", "sprinkler"}
    assert sum(1 for _ in cases()) > 100
