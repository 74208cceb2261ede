"""The sprinkler's settings, and what of them the valves need."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ..component import DeviceId, Name
from ..errors import SetupError
from .valves import Valve

ZoneId = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[0-9a-z_]+$")]
Pin = Annotated[int, Meta(ge=0, le=27)]
LONGEST_RUN_SECONDS = 86_400


class ZoneSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A zone: the pin of its valve in BCM numbering, and how long it may water at most."""

    name: Name
    pin: Pin
    active_low: bool = False
    max_seconds: Annotated[float, Meta(ge=1, le=LONGEST_RUN_SECONDS)] = 1800.0


class SprinklerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The sprinkler's `extra`."""

    id: DeviceId
    name: Name
    driver: Literal["simulator", "rpi_gpio"]
    zones: Annotated[dict[ZoneId, ZoneSettings], Meta(min_length=1, max_length=28)]


def valves_of(settings: SprinklerSettings) -> dict[str, Valve]:
    """The valve of each zone.

    Raises:
        SetupError: two zones have one pin.
    """
    owners: dict[int, str] = {}
    for zone, one in settings.zones.items():
        if one.pin in owners:
            raise SetupError(f"extra: zones {owners[one.pin]!r} and {zone!r} both have pin {one.pin}")
        owners[one.pin] = zone
    return {zone: Valve(one.pin, one.active_low, one.max_seconds) for zone, one in settings.zones.items()}
