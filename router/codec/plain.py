"""The values that every serializer of WAMP has: null, booleans, numbers, text, bytes, lists and maps with text keys."""

from typing import Any

from .errors import Unrepresentable

_SCALARS = frozenset({type(None), bool, float, str, bytes})


def count_elements(value: Any) -> int:
    """Return what is in all containers of a value together; the pair of a key and a value counts as one."""
    if isinstance(value, dict):
        return len(value) + sum(map(count_elements, value.values()))
    if isinstance(value, list | tuple):
        return len(value) + sum(map(count_elements, value))
    return 0


def check_plain(value: Any) -> None:
    """Raise :class:`~.errors.Unrepresentable` for extension types, tags, other keys and integers past 64 bits."""
    kind = value.__class__
    if kind in _SCALARS:
        return
    if kind is int:
        if not -(2**63) <= value < 2**64:
            raise Unrepresentable("an integer has more than 64 bits")
    elif kind is list or kind is tuple:
        for item in value:
            check_plain(item)
    elif kind is dict:
        for key, item in value.items():
            if key.__class__ is not str:
                raise Unrepresentable("the key of a map is not text")
            check_plain(item)
    else:
        raise Unrepresentable(f"no common form for a value of type {kind.__name__}")
