"""The settings of the lights."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..component import DeviceId, Name
from ..errors import SetupError

Pin = Annotated[int, Meta(ge=0, le=27)]


class LightSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One light.

    Attributes:
        pin: BCM number of its line.
        active_low: the light is on when the line is low.
        dimmable: it takes pulse-width modulation; a relay does not.
        restore: what it does when the component starts: stay off, go on, or be as it was last.
        gamma: exponent from brightness, as the eye sees it, to power.
    """

    name: Name
    pin: Pin
    active_low: bool = False
    dimmable: bool = True
    restore: Literal["off", "on", "last"] = "off"
    gamma: Annotated[float, Meta(ge=1, le=4)] = 2.2


class LightingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The `extra` of the lighting component."""

    driver: Literal["simulator", "rpi_gpio"]
    lights: Annotated[dict[DeviceId, LightSettings], Meta(min_length=1, max_length=28)]
    frequency_hz: Annotated[int, Meta(ge=50, le=1000)] = 200


def check_pins(settings: LightingSettings) -> None:
    """Each light needs a pin of its own.

    Raises:
        SetupError: two lights have one pin.
    """
    owners: dict[int, str] = {}
    for light, one in settings.lights.items():
        if one.pin in owners:
            raise SetupError(f"extra: lights {owners[one.pin]!r} and {light!r} both have pin {one.pin}")
        owners[one.pin] = light
