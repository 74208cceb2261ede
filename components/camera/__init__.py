"""The camera: live JPEG frames while somebody watches, and snapshots."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .component import Camera

__all__ = ["Camera"]


def __getattr__(name: str) -> object:
    """Load the component when it is asked for."""
    if name == "Camera":
        from .component import Camera  # noqa: PLC0415

        return Camera
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
