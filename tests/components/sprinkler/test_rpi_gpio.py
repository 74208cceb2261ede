"""Valves on `RPi.GPIO`, with a module that keeps what it is told."""

import pytest
from support.gpio import FakeGpio
from wampi.components.sprinkler.rpi_gpio import GpioValves
from wampi.components.sprinkler.valves import Valve

VALVES = {"lawn": Valve(17, False, 60.0), "beds": Valve(27, True, 60.0)}


def test_the_lines_are_taken_and_closed_in_one_step_whichever_their_polarity() -> None:
    gpio = FakeGpio()
    GpioValves(gpio, VALVES)
    assert gpio.mode == gpio.BCM
    assert gpio.calls == [("setup", 17, gpio.OUT, gpio.LOW), ("setup", 27, gpio.OUT, gpio.HIGH)]


def test_a_valve_opens_and_closes_by_its_polarity() -> None:
    gpio = FakeGpio()
    valves = GpioValves(gpio, VALVES)
    for zone in VALVES:
        valves.write(zone, True, "lease")
    assert gpio.levels == {17: gpio.HIGH, 27: gpio.LOW}
    for zone in VALVES:
        valves.write(zone, False, "deadline")
    assert gpio.levels == {17: gpio.LOW, 27: gpio.HIGH}


def test_released_lines_are_inputs() -> None:
    gpio = FakeGpio()
    GpioValves(gpio, VALVES).release()
    assert gpio.levels == {}


def test_whatever_the_library_raises_becomes_an_oserror() -> None:
    gpio = FakeGpio()
    valves = GpioValves(gpio, VALVES)
    gpio.broken = True
    with pytest.raises(OSError, match="GPIO not allocated"):
        valves.write("lawn", True, "lease")
    with pytest.raises(OSError, match="GPIO busy"):
        GpioValves(gpio, VALVES)
