"""Something like the module `RPi.GPIO`, which keeps what it is told."""

from __future__ import annotations

from typing import Any


class LibraryError(Exception):
    """An exception of the library's own, as `lgpio.error` is one."""


class FakeGpio:
    """The functions and constants that the drivers use."""

    BCM, OUT, LOW, HIGH = 11, 0, 0, 1

    def __init__(self) -> None:
        self.mode: int | None = None
        self.levels: dict[int, int] = {}
        self.duties: dict[int, float] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.broken = False

    def setwarnings(self, flag: bool) -> None:
        assert flag is False

    def setmode(self, mode: int) -> None:
        self.mode = mode

    def setup(self, pin: int, direction: int, initial: int) -> None:
        if self.broken:
            raise LibraryError("GPIO busy")
        self.calls.append(("setup", pin, direction, initial))
        self.levels[pin] = initial

    def output(self, pin: int, level: int) -> None:
        if self.broken:
            raise LibraryError("GPIO not allocated")
        assert pin in self.levels, "a line is driven before it is set up"
        self.calls.append(("output", pin, level))
        self.levels[pin] = level

    def cleanup(self, pins: list[int]) -> None:
        for pin in pins:
            del self.levels[pin]

    def PWM(self, pin: int, hertz: float) -> FakePwm:  # noqa: N802
        self.calls.append(("PWM", pin, hertz))
        return FakePwm(self, pin)


class FakePwm:
    """A modulated pin."""

    def __init__(self, gpio: FakeGpio, pin: int) -> None:
        self._gpio = gpio
        self._pin = pin

    def start(self, duty: float) -> None:
        self.ChangeDutyCycle(duty)

    def ChangeDutyCycle(self, duty: float) -> None:  # noqa: N802
        if self._gpio.broken:
            raise LibraryError("GPIO not allocated")
        assert 0.0 <= duty <= 100.0
        self._gpio.duties[self._pin] = duty

    def stop(self) -> None:
        del self._gpio.duties[self._pin]
