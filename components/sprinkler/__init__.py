"""The sprinkler: zones that water for a while and close, whatever happens to the process that opened them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .component import Sprinkler

__all__ = ["Sprinkler"]


def __getattr__(name: str) -> object:
    """Load the component when it is asked for: the valve keeper lives in this package and stays small."""
    if name == "Sprinkler":
        from .component import Sprinkler  # noqa: PLC0415

        return Sprinkler
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
