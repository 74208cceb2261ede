"""How deep and how wide a message may be: checked before any recursive parser sees it.

100 kB of ``[[[[…`` is enough to freeze a client that parses it recursively. The check costs next to nothing for
ordinary messages: an upper bound by counting bytes comes first, a scan only where the bound is passed. JSON is looked
at here, the binary serializers in :mod:`.binary_shape`; all of them count in the same way.
"""

import re
from dataclasses import dataclass

from .errors import ProtocolViolation


@dataclass(frozen=True, slots=True)
class Shape:
    """The limits of a message.

    ``depth`` bounds nested containers, the message itself included. ``elements`` bounds what is in all containers
    together; the pair of a key and a value counts as one.
    """

    depth: int = 32
    elements: int = 10_000


DEFAULT_SHAPE = Shape()

# The closing quote is optional and nothing backtracks, so that an unclosed string costs one pass and not one a quote.
_JSON_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_JSON_BRACKET = re.compile(rb"[\[\]{}]")
_JSON_EMPTY = re.compile(rb"\[\s*+\]|\{\s*+\}")
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))


def check_json(data: bytes, shape: Shape) -> None:
    """Raise :class:`ProtocolViolation` when a JSON text is nested too deep or has too many elements."""
    opened = data.count(b"[") + data.count(b"{")
    if opened <= shape.depth and (len(data) <= shape.elements or data.count(b",") + opened <= shape.elements):
        return
    structure = _JSON_STRING.sub(b"0", data)
    # A container has one element more than it has commas, unless it is empty; of well-formed JSON at most half can be.
    most = structure.count(b",") + structure.count(b"[") + structure.count(b"{")
    if most > shape.elements and most - min(most // 2, len(_JSON_EMPTY.findall(structure))) > shape.elements:
        raise too_many(shape)
    if _is_flat(structure, shape.depth):
        return
    depth = 0
    for bracket in _JSON_BRACKET.finditer(structure):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > shape.depth:
            raise too_deep(shape)
        if depth <= 0:
            return


def _is_flat(structure: bytes, depth: int) -> bool:
    """Return whether all brackets have their match, and none is nested deeper: as nearly always, and found fast.

    Taking out all pairs with nothing between them takes away one level.
    """
    brackets = structure.translate(_AS_SQUARE, _NO_BRACKET)
    for _ in range(depth):
        brackets = brackets.replace(b"[]", b"")
    return not brackets


def too_deep(shape: Shape) -> ProtocolViolation:
    """Return the error for a message that is nested too deep."""
    return ProtocolViolation(f"the message is nested deeper than {shape.depth} levels")


def too_many(shape: Shape) -> ProtocolViolation:
    """Return the error for a message with too many elements."""
    return ProtocolViolation(f"the message has more than {shape.elements} elements")
