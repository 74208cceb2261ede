"""The head of a WAMP message in CBOR: what stands before the arguments, and nearly always is of three kinds.

A type code and ids are unsigned integers, a URI is text, options and details are an empty map. Those are read and
written here, in half the time that it takes to ask the library for one item after the other. Everything else is left to
the library (RFC 8949, section 3).
"""

from __future__ import annotations

from typing import Any

import cbor2

_ARRAY, _EMPTY_MAP = 0x80, 0xA0
_TEXT, _TEXT_END = 0x60, 0x78
_MOST_ELEMENTS = 7
"""No WAMP message has more."""

_HEADERS = tuple(bytes([_ARRAY + count]) for count in range(16))
_SMALL = tuple(cbor2.dumps(number) for number in range(256))


def read_head(data: bytes) -> tuple[list[Any], int, int] | None:
    """Return the elements that a message begins with, where they end, and how many it has in all.

    The list ends before the first element that is of another kind. None where that is the first of all, and where
    ``data`` is no array in its shortest form. Raises ``IndexError`` when it is cut short, ``UnicodeDecodeError`` for
    text that is no UTF-8.
    """
    count = data[0] - _ARRAY
    if not 0 < count <= _MOST_ELEMENTS:
        return None
    items: list[Any] = []
    at = 1
    for _ in range(count):
        first = data[at]
        if first < 24:
            items.append(first)
            at += 1
        elif first == 24:
            items.append(data[at + 1])
            at += 2
        elif first < 28:
            start, at = at + 1, at + 1 + (1 << (first - 24))
            items.append(int.from_bytes(data[start:at], "big"))
        elif first == _EMPTY_MAP:
            items.append({})
            at += 1
        elif _TEXT <= first <= _TEXT_END:
            start = at + 1 if first < _TEXT_END else at + 2
            at = start + (first - _TEXT if first < _TEXT_END else data[at + 1])
            items.append(data[start:at].decode())
        elif items:
            break
        else:
            return None
    if at > len(data):
        raise IndexError(at)
    return items, at, count


def write_head(elements: tuple[Any, ...], more: int) -> bytes:
    """Return the header of an array of ``elements`` and ``more`` others behind them, and the elements themselves."""
    parts = [_HEADERS[len(elements) + more]]
    for element in elements:
        if element.__class__ is int:
            if element < 256:
                parts.append(_SMALL[element])
            elif element < 65536:
                parts.append(b"\x19" + element.to_bytes(2, "big"))
            elif element < 2**32:
                parts.append(b"\x1a" + element.to_bytes(4, "big"))
            else:
                parts.append(b"\x1b" + element.to_bytes(8, "big"))
        elif element.__class__ is dict and not element:
            parts.append(b"\xa0")
        else:
            parts.append(cbor2.dumps(element))
    return b"".join(parts)
