"""The lighting component: one device for each named light."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta, Struct

from ..component import Caller, Cause, Component, Device, Environment
from ..errors import DeviceFailedError, InvalidArgumentError
from ..procedures import procedure
from .driver import LampDriver, open_driver
from .fade import Fade
from .memory import LightMemory, Remembered
from .settings import LightingSettings, LightSettings, check_pins

Brightness = Annotated[float, Meta(ge=0, le=1)]
TransitionSeconds = Annotated[float, Meta(ge=0, le=60)]


class LightState(Struct, frozen=True):
    """The state in docs/protocol.md, "lighting". With a transition it is the one that is being approached."""

    on: bool
    brightness: float
    dimmable: bool


class Light(Device[LightState]):
    """One light.

    `brightness` in the state is what it has, or had when it was last on: turning it on again needs no number.
    """

    kind = "lighting"

    def __init__(
        self,
        light: str,
        settings: LightSettings,
        write: Callable[[float], None],
        memory: LightMemory,
        environment: Environment,
    ) -> None:
        super().__init__(light, settings.name, LightState(False, 1.0, settings.dimmable), environment)
        self._settings = settings
        self._write_power = write
        self._memory = memory
        self._fade = Fade(environment.clock, self._write)

    def restore(self) -> None:
        """Be what the rule says at start."""
        last = self._memory.recall(self.id)
        brightness = last.brightness if last and 0 < last.brightness <= 1 and self._settings.dimmable else 1.0
        is_on = self._settings.restore == "on" or (self._settings.restore == "last" and last is not None and last.on)
        self._set(Cause("start"), is_on, brightness, 0.0)

    @procedure
    def turn_on(
        self,
        caller: Caller,
        brightness: Brightness | None = None,
        transition_seconds: TransitionSeconds = 0.0,
    ) -> LightState:
        """Turn the light on, as bright as it was last unless told otherwise."""
        if brightness is None:
            return self._set(Cause.command(caller), True, self.state.brightness, transition_seconds)
        return self.set_brightness(caller, brightness, transition_seconds)

    @procedure
    def turn_off(self, caller: Caller, transition_seconds: TransitionSeconds = 0.0) -> LightState:
        """Turn the light off."""
        return self._set(Cause.command(caller), False, self.state.brightness, transition_seconds)

    @procedure
    def toggle(self, caller: Caller, transition_seconds: TransitionSeconds = 0.0) -> LightState:
        """Turn the light off if it is on, and on if it is off."""
        return self._set(Cause.command(caller), not self.state.on, self.state.brightness, transition_seconds)

    @procedure
    def set_brightness(
        self, caller: Caller, brightness: Brightness, transition_seconds: TransitionSeconds = 0.0
    ) -> LightState:
        """Set the brightness; 0 turns the light off, anything else turns it on."""
        if not self._settings.dimmable and brightness not in (0, 1):
            raise InvalidArgumentError(
                f"brightness must be 0 or 1, because {self.name} cannot be dimmed, not {brightness:g}"
            )
        wanted = brightness or self.state.brightness
        return self._set(Cause.command(caller), brightness > 0, wanted, transition_seconds)

    def stop(self) -> None:
        """End a transition where it is."""
        self._fade.cancel()

    def _set(self, cause: Cause, is_on: bool, brightness: float, seconds: float) -> LightState:
        self.set_fault(None)
        self._fade.go(brightness if is_on else 0.0, seconds if self._settings.dimmable else 0.0)
        if self.fault is not None and cause.why == "command":
            raise DeviceFailedError(f"{self.name} does not work: {self.fault}")
        state = self.change(cause, on=is_on, brightness=brightness)
        self._memory.remember(self.id, Remembered(is_on, brightness))
        return state

    def _write(self, brightness: float) -> None:
        """Set the lamp's power: what the eye sees as half is less than a fourth of the power."""
        power = brightness**self._settings.gamma if self._settings.dimmable else float(brightness > 0)
        try:
            self._write_power(power)
        except OSError as error:
            self._fade.cancel()
            self.set_fault(f"the lamp cannot be driven: {error}")


class Lighting(Component):
    """All lights of one driver."""

    Settings = LightingSettings

    def __init__(
        self,
        settings: LightingSettings,
        environment: Environment,
        open_lamps: Callable[[LightingSettings, Environment], LampDriver] = open_driver,
    ) -> None:
        check_pins(settings)
        self._memory = LightMemory(environment.data_dir / "lights.json", environment.clock, environment.log)
        self._lamps = open_lamps(settings, environment)
        self._lights = [
            Light(light, one, self._writer(light), self._memory, environment) for light, one in settings.lights.items()
        ]
        for light in self._lights:
            light.driver = settings.driver

    @property
    def devices(self) -> Sequence[Light]:
        """The lights."""
        return self._lights

    def start(self) -> None:
        """Bring each light to what its rule says."""
        for light in self._lights:
            light.restore()

    def stop(self) -> None:
        """Keep what the lights are, end transitions and turn the lamps off."""
        for light in self._lights:
            light.stop()
        self._memory.write()
        self._lamps.close()

    def _writer(self, light: str) -> Callable[[float], None]:
        return lambda power: self._lamps.write(light, power, "brightness")
