"""Lamps on the pins of a Raspberry Pi, by the module `RPi.GPIO` (from RPi.GPIO, or on a Pi 5 from rpi-lgpio).

Dimmable lamps get the library's software pulse-width modulation, others a plain level.
"""

from typing import Any

from ..errors import SetupError
from ..gpio import gpio_errors
from .settings import LightingSettings, LightSettings


class GpioLamps:
    """Drives lamps on pins in BCM numbering. `gpio` is the module, or in tests something like it."""

    def __init__(self, gpio: Any, settings: LightingSettings) -> None:
        self._gpio = gpio
        self._lights = settings.lights
        self._frequency_hz = settings.frequency_hz
        self._modulated: dict[str, Any] = {}
        self._closed = False
        try:
            with gpio_errors():
                self._take()
        except OSError as error:
            raise SetupError(f"the driver rpi_gpio cannot take its lines: {error}") from None

    def _take(self) -> None:
        gpio = self._gpio
        gpio.setwarnings(False)
        gpio.setmode(gpio.BCM)
        for light, one in self._lights.items():
            # direction and level in one step: no flash, whichever the polarity
            gpio.setup(one.pin, gpio.OUT, initial=self._level(one, False))
            if one.dimmable:
                self._modulated[light] = gpio.PWM(one.pin, self._frequency_hz)
                self._modulated[light].start(self._duty(one, 0.0))

    def write(self, light: str, power: float, why: str) -> None:
        """Set the power of a lamp."""
        one = self._lights[light]
        with gpio_errors():
            if one.dimmable:
                self._modulated[light].ChangeDutyCycle(self._duty(one, power))
            else:
                self._gpio.output(one.pin, self._level(one, power > 0))

    def close(self) -> None:
        """Turn all lamps off and make their lines inputs."""
        if self._closed:
            return
        self._closed = True
        with gpio_errors():
            for light, one in self._lights.items():
                if one.dimmable:
                    self._modulated[light].stop()
                self._gpio.output(one.pin, self._level(one, False))
            self._modulated.clear()
            self._gpio.cleanup([one.pin for one in self._lights.values()])

    def _level(self, one: LightSettings, is_on: bool) -> int:
        level: int = self._gpio.HIGH if is_on != one.active_low else self._gpio.LOW
        return level

    def _duty(self, one: LightSettings, power: float) -> float:
        """The share of time that the line is high, in percent."""
        return 100.0 * (1.0 - power if one.active_low else power)
