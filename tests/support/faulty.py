"""A component with a bug, to see what becomes of it."""

from __future__ import annotations

from msgspec import Struct
from wampi.components import Caller, Device, Environment, procedure
from wampi.components.component import NoSettings


class FaultyState(Struct, frozen=True):
    """Nothing."""

    broken: bool = True


class Faulty(Device[FaultyState]):
    """Divides by zero."""

    kind = "faulty"

    def __init__(self, settings: NoSettings, environment: Environment) -> None:
        super().__init__("one", "One", FaultyState(), environment)

    @procedure
    def divide(self, caller: Caller) -> float:
        return 1 / 0
