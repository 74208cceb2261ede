"""Device components: WAMP clients, a process each.

The names that a component of one's own needs are here; they are loaded when they are asked for, because the
valve keeper, which must start fast and stay small, lives in this package and needs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .component import Caller, Cause, Component, Device, DeviceId, Environment, Name
    from .errors import BusyError, DeviceFailedError, InvalidArgumentError, NotFoundError, SetupError
    from .procedures import procedure

__all__ = [
    "BusyError",
    "Caller",
    "Cause",
    "Component",
    "Device",
    "DeviceFailedError",
    "DeviceId",
    "Environment",
    "InvalidArgumentError",
    "Name",
    "NotFoundError",
    "SetupError",
    "procedure",
]

_HOMES = {
    "component": ("Caller", "Cause", "Component", "Device", "DeviceId", "Environment", "Name"),
    "errors": ("BusyError", "DeviceFailedError", "InvalidArgumentError", "NotFoundError", "SetupError"),
    "procedures": ("procedure",),
}


def __getattr__(name: str) -> object:
    """Load a public name from its module (PEP 562)."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
