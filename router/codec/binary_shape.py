"""The shape of MessagePack and CBOR data, found without building a value of it.

A map may have keys that are lists; such a list becomes a tuple, whose hash anyone can compute, so that a map of them
can be made as slow as a list to look up in. Their number is bounded as well.
"""

from __future__ import annotations

from collections.abc import Callable

from .errors import ProtocolViolation
from .shape import Shape, too_deep, too_many

_MSGPACK_CONTAINERS = bytes([*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF])
_CBOR_CONTAINERS = bytes(range(0x80, 0xC0))

_MOST_COMPOUND_KEYS = 32

_UNTIL_BREAK = -1
"""The number of items of a CBOR container of indefinite length (RFC 8949, section 3.2)."""

_BREAK = -2
"""Stands for the end of such a container, where the number of contained items is expected."""

_PLAIN = -3
"""Stands for an item that is no container, where the number of contained items is expected."""

_PREFIX = -4
"""Stands for what belongs to the item behind it and is none itself, where the number of contained items is expected."""

_Item = Callable[[bytes, int], tuple[int, int, bool]]
"""Data and the position of an item -> bytes of its own part, number of items it contains, whether it is a map."""


def check_msgpack(data: bytes, shape: Shape) -> None:
    """Raise :class:`ProtocolViolation` when MessagePack data is nested too deep or has too many elements."""
    if len(data) > shape.elements or len(data) - len(data.translate(None, _MSGPACK_CONTAINERS)) > shape.depth:
        _walk(data, shape, _msgpack_item)


def check_cbor(data: bytes, shape: Shape) -> None:
    """Raise :class:`ProtocolViolation` when CBOR data is nested too deep or has too many elements."""
    if len(data) > shape.elements or len(data) - len(data.translate(None, _CBOR_CONTAINERS)) > shape.depth:
        _walk(data, shape, _cbor_item)


def _walk(data: bytes, shape: Shape, item: _Item) -> None:
    """Visit each item once, the outermost first; malformed data is left to the parser."""
    position, end, elements, prefixes, compound_keys = 0, len(data), 0, 0, 0
    # what is left of the innermost open container, and of those around it; a map's items are its keys and values
    left, is_map = 1, False
    outer: list[tuple[int, bool]] = []
    while position < end and (left or outer):
        if not left:
            left, is_map = outer.pop()
            continue
        is_key = is_map and not left & 1
        own, items, opens_map = item(data, position)
        position += own
        if items == _BREAK:
            left = 0
            continue
        if items == _PREFIX:
            # counted, since it costs what an element does
            prefixes += 1
            if prefixes > shape.elements:
                raise too_many(shape)
            continue
        left -= 1
        elements += not is_key
        if elements > shape.elements + 1:
            raise too_many(shape)
        if items != _PLAIN:
            compound_keys += is_key
            if compound_keys > _MOST_COMPOUND_KEYS:
                raise ProtocolViolation("too many keys of maps are lists")
            outer.append((left, is_map))
            if len(outer) > shape.depth:
                raise too_deep(shape)
            left, is_map = -2 if items == _UNTIL_BREAK else items, opens_map


def _msgpack_item(data: bytes, position: int) -> tuple[int, int, bool]:
    """Return what ``_Item`` says (MessagePack specification, "Formats")."""
    code = data[position]
    if code < 0x80 or code >= 0xE0:
        return 1, _PLAIN, False
    if code < 0x90:
        return 1, 2 * (code & 0x0F), True
    if code < 0xA0:
        return 1, code & 0x0F, False
    if code < 0xC0:
        return 1 + (code & 0x1F), _PLAIN, False
    fixed = _MSGPACK_FIXED.get(code)
    if fixed is not None:
        return fixed, _PLAIN, False
    width, per_item, extra = _MSGPACK_SIZED[code]
    size = int.from_bytes(data[position + 1 : position + 1 + width], "big")
    if per_item:
        return 1 + width, size * per_item, per_item == 2
    return 1 + width + extra + size, _PLAIN, False


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


def _cbor_item(data: bytes, position: int) -> tuple[int, int, bool]:
    """Return what ``_Item`` says (RFC 8949, section 3)."""
    major, info = data[position] >> 5, data[position] & 0x1F
    if info == 31:
        if major == 7:
            return 1, _BREAK, False
        return 1, _UNTIL_BREAK if 2 <= major <= 5 else _PLAIN, major == 5
    width = 1 << (info - 24) if 24 <= info < 28 else 0
    size = int.from_bytes(data[position + 1 : position + 1 + width], "big") if width else info
    if major in (2, 3):
        return 1 + width + size, _PLAIN, False
    if major in (4, 5):
        return 1 + width, size * (major - 3), major == 5
    return 1 + width, _PREFIX if major == 6 else _PLAIN, False
