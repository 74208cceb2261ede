"""The `extra` of a component's configuration, checked against the struct that the component declares."""

import difflib
import re
from typing import TypeVar

import msgspec
from msgspec import Struct

from .errors import SetupError

S = TypeVar("S", bound=Struct)


def decode_settings(text: str, kind: type[S]) -> S:
    """Decode JSON `text` as `kind`.

    Raises:
        SetupError: one sentence that names the key, what is wrong with it and, for an unknown one, the
        nearest known.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise SetupError(f"extra: {_explain(str(error), kind)}") from None
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise SetupError(f"extra is not JSON: {error}") from None


def _explain(message: str, kind: type[Struct]) -> str:
    unknown = re.match(r"Object contains unknown field `([^`]*)`", message)
    if unknown is None:
        return message
    known = sorted(_keys(kind))
    nearest = difflib.get_close_matches(unknown[1], known, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"known keys are {', '.join(known)}"
    return f"{message}; {hint}"


def _keys(kind: object, depth: int = 0) -> set[str]:
    """The keys of a struct and of the structs inside it."""
    info = msgspec.inspect.type_info(kind) if depth == 0 else kind
    found: set[str] = set()
    if isinstance(info, msgspec.inspect.StructType):
        for field in info.fields:
            found |= {field.encode_name} | _keys(field.type, depth + 1)
    for inside in ("value_type", "item_type", "type"):
        if isinstance(getattr(info, inside, None), msgspec.inspect.Type):
            found |= _keys(getattr(info, inside), depth + 1)
    for one in getattr(info, "types", ()):
        found |= _keys(one, depth + 1)
    return found
