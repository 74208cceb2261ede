"""Valves on the pins of a Raspberry Pi, by the module `RPi.GPIO` (from RPi.GPIO, or on a Pi 5 from rpi-lgpio)."""

from collections.abc import Mapping
from typing import Any

from ..gpio import gpio_errors
from .valves import Valve


class GpioValves:
    """Drives valves on pins in BCM numbering. `gpio` is the module, or in tests something like it."""

    def __init__(self, gpio: Any, valves: Mapping[str, Valve]) -> None:
        self._gpio = gpio
        self._valves = valves
        with gpio_errors():
            gpio.setwarnings(False)
            gpio.setmode(gpio.BCM)
            for valve in valves.values():
                # direction and level in one step: the valve does not pulse, whichever its polarity
                gpio.setup(valve.pin, gpio.OUT, initial=self._level(valve, False))

    def write(self, zone: str, is_open: bool, why: str) -> None:
        """Open or close a valve."""
        valve = self._valves[zone]
        with gpio_errors():
            self._gpio.output(valve.pin, self._level(valve, is_open))

    def release(self) -> None:
        """Make the lines inputs and give them back; the wiring must keep an undriven valve closed."""
        with gpio_errors():
            self._gpio.cleanup([valve.pin for valve in self._valves.values()])

    def _level(self, valve: Valve, is_open: bool) -> int:
        level: int = self._gpio.HIGH if is_open != valve.active_low else self._gpio.LOW
        return level
