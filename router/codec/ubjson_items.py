"""UBJSON values: bytes to Python and back (Universal Binary JSON, draft 12).

One pass that never trusts a number it reads: the nesting, the elements and what is left of the data are known before
anything is built or read on. So a container that says it holds four billion nulls costs nothing, and there is no
second parser that would have to agree with the one that checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from struct import Struct, pack
from typing import Any

from .errors import Unrepresentable
from .shape import Shape, too_deep, too_many

NO_OP, TYPE, COUNT, UINT8, ARRAY, ARRAY_END, OBJECT, OBJECT_END = b"N$#U[]{}"

# marker -> format of the number behind it; the order of bytes is the network's
_NUMBERS = {ord(marker): Struct(">" + code) for marker, code in zip("iUIlLdD", "bBhiqfd", strict=True)}
_INTEGERS = frozenset(b"iUIlL")
_CONSTANTS = {ord("Z"): None, ord("T"): True, ord("F"): False}

_HIGH_PRECISION_BYTES = 1000
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


class Malformed(ValueError):
    """Bytes are not UBJSON, or a value that no other serializer could carry."""


class Reader:
    """Reads values one after the other; ``position`` is where the next one begins.

    Its methods raise :class:`Malformed` for what is not UBJSON, ``IndexError`` or ``struct.error`` where the data ends
    too early, and :class:`~.errors.ProtocolViolation` for what exceeds ``shape``.
    """

    __slots__ = ("_data", "_depth", "_elements", "_shape", "position")

    def __init__(self, data: bytes, shape: Shape) -> None:
        self._data = data
        self._shape = shape
        self._depth = 0
        self._elements = 0
        self.position = 0

    def value(self) -> Any:
        """Return the next value."""
        return self._value_of(self._marker())

    @property
    def is_at_end(self) -> bool:
        """Whether there is nothing more to read."""
        return self.position == len(self._data)

    def open_array(self) -> int | None:
        """Enter an array and return how many elements it has; None means until its end."""
        if self._marker() != ARRAY:
            raise Malformed("it is not an array")
        kind, count = self._parameters()
        if kind is not None:
            raise Malformed("its elements are all of one type")
        self._enter(count)
        return count

    def has_more(self, count: int | None, read: int, end: int = ARRAY_END) -> bool:
        """Return whether a container goes on after ``read`` elements; moves past no-ops, and past its end."""
        if count is not None and read == count:
            return False
        while self._data[self.position] == NO_OP:
            self.position += 1
            self._count_element()
        if count is None and self._data[self.position] == end:
            self.position += 1
            return False
        if count is None:
            self._count_element()
        return True

    # ---- values ----------------------------------------------------------------------------------------------

    def _value_of(self, marker: int) -> Any:
        if marker in _NUMBERS:
            return self._number(marker)
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        read = _READ.get(marker)
        if read is None:
            raise Malformed(f"there is no type {chr(marker)!a}")
        return read(self)

    def _number(self, marker: int) -> int | float:
        form = _NUMBERS[marker]
        number: int | float
        (number,) = form.unpack_from(self._data, self.position)
        self.position += form.size
        if marker not in _INTEGERS and not isfinite(number):
            raise Malformed("there is no form for NaN and infinity")
        return number

    def _char(self) -> str:
        return self._take(1).decode("ascii")

    def _text(self) -> str:
        return self._take(self._length()).decode()

    def _high_precision(self) -> int | float:
        """Return a number that is written in decimal digits, if it fits into the numbers that all serializers have."""
        length = self._length()
        digits = self._take(length).decode("ascii") if length <= _HIGH_PRECISION_BYTES else ""
        written = _NUMBER.fullmatch(digits)
        if written is None:
            raise Malformed("a high-precision number is not a number, or too long")
        if written[1] is None and written[2] is None:
            return _checked(int(digits))
        number = float(digits)
        if not isfinite(number):
            raise Malformed("a high-precision number is too large")
        return number

    def _array(self) -> list[Any] | bytes:
        kind, count = self._parameters()
        if kind == UINT8 and count is not None:
            return self._take(count)
        self._enter(count)
        items: list[Any] = []
        append = items.append
        if kind is not None:
            for _ in range(count or 0):
                append(self._value_of(kind))
        else:
            while self.has_more(count, len(items)):
                append(self.value())
        self._depth -= 1
        return items

    def _object(self) -> dict[str, Any]:
        kind, count = self._parameters()
        self._enter(count)
        items: dict[str, Any] = {}
        while self.has_more(count, len(items), OBJECT_END):
            key = self._text()
            if key in items:
                raise Malformed("a key is there twice")
            items[key] = self.value() if kind is None else self._value_of(kind)
        self._depth -= 1
        return items

    # ---- containers ------------------------------------------------------------------------------------------

    def _parameters(self) -> tuple[int | None, int | None]:
        """Return the type of all elements and their number, as far as a container says so ("Optimized Format")."""
        kind = None
        if self._data[self.position] == TYPE:
            kind = self._data[self.position + 1]
            self.position += 2
            if kind not in _TYPES:
                raise Malformed(f"there is no type {chr(kind)!a}")
            if self._data[self.position] != COUNT:
                raise Malformed("a container has a type and no number of elements")
        if self._data[self.position] != COUNT:
            return kind, None
        self.position += 1
        return kind, self._length()

    def _enter(self, count: int | None) -> None:
        self._depth += 1
        if self._depth > self._shape.depth:
            raise too_deep(self._shape)
        if count is not None:
            self._elements += count
            if self._elements > self._shape.elements:
                raise too_many(self._shape)

    def _count_element(self) -> None:
        self._elements += 1
        if self._elements > self._shape.elements:
            raise too_many(self._shape)

    # ---- bytes -----------------------------------------------------------------------------------------------

    def _marker(self) -> int:
        marker = self._data[self.position]
        self.position += 1
        return marker

    def _length(self) -> int:
        marker = self._marker()
        if marker not in _INTEGERS:
            raise Malformed("a length is not an integer")
        length = int(self._number(marker))
        if length < 0:
            raise Malformed("a length is negative")
        return length

    def _take(self, count: int) -> bytes:
        """Return that many bytes; a count past the end costs nothing."""
        end = self.position + count
        if end > len(self._data):
            raise IndexError
        taken = self._data[self.position : end]
        self.position = end
        return taken


_READ: dict[int, Callable[[Reader], Any]] = {
    ord("S"): Reader._text,
    ord("C"): Reader._char,
    ord("H"): Reader._high_precision,
    ARRAY: Reader._array,
    OBJECT: Reader._object,
}
"""Marker -> how to read what is behind it, where that is neither a plain number nor nothing at all."""

_TYPES = frozenset({*_NUMBERS, *_CONSTANTS, *_READ})


def _checked(integer: int) -> int:
    if not -(2**63) <= integer < 2**64:
        raise Malformed("an integer has more than 64 bits")
    return integer


def write(value: Any, into: list[bytes]) -> None:
    """Append the bytes of ``value`` to ``into``; raises :class:`Unrepresentable` for what UBJSON has no form for."""
    kind = value.__class__
    if kind is str:
        text = value.encode()
        into += (b"S", _integer(len(text)), text)
    elif kind is int:
        into.append(_integer(value))
    elif value is None or kind is bool:
        into.append({None: b"Z", True: b"T", False: b"F"}[value])
    elif kind is float:
        if not isfinite(value):
            raise Unrepresentable("UBJSON has no form for NaN and infinity")
        into.append(pack(">cd", b"D", value))
    elif kind is bytes:
        into += (b"[$U#", _integer(len(value)), value)
    elif kind is dict:
        into.append(b"{")
        for key, item in value.items():
            text = key.encode()
            into += (_integer(len(text)), text)
            write(item, into)
        into.append(b"}")
    else:
        into.append(b"[")
        for item in value:
            write(item, into)
        into.append(b"]")


def _integer(value: int) -> bytes:
    """Return an integer in its shortest form; the one past 63 bits is a number in digits, as there is no other."""
    if 0 <= value < 0x100:
        return bytes((UINT8, value))
    for marker, code, bits in ((b"i", "b", 7), (b"I", "h", 15), (b"l", "i", 31), (b"L", "q", 63)):
        if -(1 << bits) <= value < 1 << bits:
            return pack(">c" + code, marker, value)
    digits = str(value).encode()
    return b"".join((b"H", _integer(len(digits)), digits))
