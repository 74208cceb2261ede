"""How deep and how wide a message may be: checked before any recursive parser sees it.

100 kB of ``[[[[…`` is enough to freeze a client that parses it recursively. The check costs next to nothing for
ordinary messages: an upper bound by counting bytes comes first, a scan only where the bound is passed.
"""

import re
from dataclasses import dataclass

from .errors import ProtocolViolation


@dataclass(frozen=True, slots=True)
class Shape:
    """The limits of a message: ``depth`` of nested containers, and ``elements`` in all containers together."""

    depth: int = 32
    elements: int = 10_000


DEFAULT_SHAPE = Shape()

# The closing quote is optional and nothing backtracks, so that an unclosed string costs one pass and not one a quote.
_JSON_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_JSON_BRACKET = re.compile(rb"[\[\]{}]")
_MSGPACK_CONTAINERS = bytes([*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF])


def check_json(data: bytes, shape: Shape) -> None:
    """Raise :class:`ProtocolViolation` when a JSON text is nested too deep or has too many elements."""
    if data.count(b"[") + data.count(b"{") <= shape.depth and data.count(b",") < shape.elements:
        return
    structure = _JSON_STRING.sub(b"", data)
    if structure.count(b",") + structure.count(b"[") + structure.count(b"{") > shape.elements:
        raise too_many(shape)
    depth = 0
    for bracket in _JSON_BRACKET.findall(structure):
        depth += 1 if bracket in b"[{" else -1
        if depth > shape.depth:
            raise too_deep(shape)


def check_msgpack(data: bytes, shape: Shape) -> None:
    """Raise :class:`ProtocolViolation` when MessagePack data is nested too deep or has too many elements."""
    if len(data) <= shape.elements and len(data) - len(data.translate(None, _MSGPACK_CONTAINERS)) <= shape.depth:
        return
    _walk_msgpack(data, shape)


def _walk_msgpack(data: bytes, shape: Shape) -> None:
    """Visit each item of MessagePack data without building it; malformed data is left to the parser."""
    position, end, elements = 0, len(data), 0
    open_items: list[int] = [1]
    while position < end:
        while open_items and not open_items[-1]:
            open_items.pop()
        if not open_items:
            return
        open_items[-1] -= 1
        elements += 1
        if elements > shape.elements:
            raise too_many(shape)
        skip, items = _msgpack_item(data, position)
        position += skip
        if items:
            open_items.append(items)
            if len(open_items) - 1 > shape.depth:
                raise too_deep(shape)


def _msgpack_item(data: bytes, position: int) -> tuple[int, int]:
    """Return how many bytes an item's own part takes, and how many items it contains (MessagePack, "Formats")."""
    code = data[position]
    if code < 0x80 or code >= 0xE0:
        return 1, 0
    if code < 0x90:
        return 1, 2 * (code & 0x0F)
    if code < 0xA0:
        return 1, code & 0x0F
    if code < 0xC0:
        return 1 + (code & 0x1F), 0
    fixed = _MSGPACK_FIXED.get(code)
    if fixed is not None:
        return fixed, 0
    width, per_item, extra = _MSGPACK_SIZED[code]
    size = int.from_bytes(data[position + 1 : position + 1 + width], "big")
    if per_item:
        return 1 + width, size * per_item
    return 1 + width + extra + size, 0


_MSGPACK_FIXED = {
    **{0xC0: 1, 0xC1: 1, 0xC2: 1, 0xC3: 1, 0xCA: 5, 0xCB: 9},
    **{0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9},
    **{0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18},
}
"""Type code -> bytes of the whole item."""

_MSGPACK_SIZED = {
    **{0xC4: (1, 0, 0), 0xC5: (2, 0, 0), 0xC6: (4, 0, 0)},
    **{0xC7: (1, 0, 1), 0xC8: (2, 0, 1), 0xC9: (4, 0, 1)},
    **{0xD9: (1, 0, 0), 0xDA: (2, 0, 0), 0xDB: (4, 0, 0)},
    **{0xDC: (2, 1, 0), 0xDD: (4, 1, 0), 0xDE: (2, 2, 0), 0xDF: (4, 2, 0)},
}
"""Type code -> width of the size field, items per unit of size (0: the size counts bytes), further bytes."""


def too_deep(shape: Shape) -> ProtocolViolation:
    """Return the error for a message that is nested too deep."""
    return ProtocolViolation(f"the message is nested deeper than {shape.depth} levels")


def too_many(shape: Shape) -> ProtocolViolation:
    """Return the error for a message with too many elements."""
    return ProtocolViolation(f"the message has more than {shape.elements} elements")
