"""A doorbell: whoever presses it is heard by everybody who subscribes to `wampi.doorbell.front.rang`.

    python -m wampi.components doorbell:Doorbell --router unix:/path/to/router.sock --authid doorbell \
        --key-file doorbell.key --data-dir doorbell --extra '{"id": "front", "name": "Front door"}'
"""

from typing import Annotated

from msgspec import Meta, Struct
from wampi.components import Caller, Cause, Device, DeviceId, Environment, Name, procedure


class DoorbellSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The doorbell's `extra` in the configuration."""

    id: DeviceId
    name: Name


class DoorbellState(Struct, frozen=True):
    """What is published, retained, on `wampi.doorbell.front.state`."""

    presses: int = 0


class Doorbell(Device[DoorbellState]):
    """One doorbell."""

    kind = "doorbell"
    Settings = DoorbellSettings

    def __init__(self, settings: DoorbellSettings, environment: Environment) -> None:
        super().__init__(settings.id, settings.name, DoorbellState(), environment)

    @procedure
    def press(self, caller: Caller, visitor: Annotated[str, Meta(max_length=60)] = "somebody") -> DoorbellState:
        """Ring."""
        self.emit("rang", visitor=visitor)
        return self.change(Cause.command(caller), presses=self.state.presses + 1)
