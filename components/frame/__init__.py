"""The picture frame: a slideshow over a folder of photographs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .component import Frame

__all__ = ["Frame"]


def __getattr__(name: str) -> object:
    """Load the component when it is asked for."""
    if name == "Frame":
        from .component import Frame  # noqa: PLC0415

        return Frame
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
