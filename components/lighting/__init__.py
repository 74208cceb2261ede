"""The lights: named lights on pins, with brightness and transitions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .component import Lighting

__all__ = ["Lighting"]


def __getattr__(name: str) -> object:
    """Load the component when it is asked for."""
    if name == "Lighting":
        from .component import Lighting  # noqa: PLC0415

        return Lighting
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
