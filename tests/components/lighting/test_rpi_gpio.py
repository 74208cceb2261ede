"""Lamps on `RPi.GPIO`, with a module that keeps what it is told."""

import pytest
from support.gpio import FakeGpio
from wampi.components import SetupError
from wampi.components.lighting.rpi_gpio import GpioLamps
from wampi.components.lighting.settings import LightingSettings, LightSettings

LIGHTS = LightingSettings(
    driver="rpi_gpio",
    lights={
        "porch": LightSettings("Porch", 17),
        "desk": LightSettings("Desk", 18, active_low=True),
        "garage": LightSettings("Garage", 27, active_low=True, dimmable=False),
    },
    frequency_hz=400,
)


def test_lines_are_taken_in_the_off_level_and_modulated_where_the_light_can_be_dimmed() -> None:
    gpio = FakeGpio()
    GpioLamps(gpio, LIGHTS)
    assert gpio.mode == gpio.BCM
    assert gpio.calls == [
        ("setup", 17, gpio.OUT, gpio.LOW),
        ("PWM", 17, 400),
        ("setup", 18, gpio.OUT, gpio.HIGH),
        ("PWM", 18, 400),
        ("setup", 27, gpio.OUT, gpio.HIGH),
    ]
    assert gpio.duties == {17: 0.0, 18: 100.0}


def test_power_is_the_share_of_time_that_the_lamp_is_on_whichever_its_polarity() -> None:
    gpio = FakeGpio()
    lamps = GpioLamps(gpio, LIGHTS)
    lamps.write("porch", 0.25, "brightness")
    lamps.write("desk", 0.25, "brightness")
    assert gpio.duties == {17: 25.0, 18: 75.0}


def test_a_light_that_cannot_be_dimmed_gets_a_plain_level() -> None:
    gpio = FakeGpio()
    lamps = GpioLamps(gpio, LIGHTS)
    lamps.write("garage", 1.0, "brightness")
    assert gpio.levels[27] == gpio.LOW
    lamps.write("garage", 0.0, "brightness")
    assert gpio.levels[27] == gpio.HIGH


def test_closing_twice_turns_off_and_gives_the_lines_back_once() -> None:
    gpio = FakeGpio()
    lamps = GpioLamps(gpio, LIGHTS)
    lamps.write("garage", 1.0, "brightness")
    lamps.close()
    lamps.close()
    assert gpio.calls[-1] == ("output", 27, gpio.HIGH)
    assert (gpio.levels, gpio.duties) == ({}, {})


def test_lines_that_somebody_else_has_are_a_clear_error() -> None:
    gpio = FakeGpio()
    gpio.broken = True
    with pytest.raises(SetupError, match="the driver rpi_gpio cannot take its lines: GPIO busy"):
        GpioLamps(gpio, LIGHTS)


@pytest.mark.parametrize("light", ["porch", "garage"])
def test_whatever_the_library_raises_becomes_an_oserror(light: str) -> None:
    gpio = FakeGpio()
    lamps = GpioLamps(gpio, LIGHTS)
    gpio.broken = True
    with pytest.raises(OSError, match="GPIO not allocated"):
        lamps.write(light, 0.5, "brightness")
