"""UBJSON (``wamp.2.ubjson``), bytes as arrays of octets: ``[$U#``.

The library that there was has not been kept for years, and the one in its place speaks another format under the same
name (docs/adr). So values are read and written here, in :mod:`.ubjson_items`; the elements of a message keep the bytes
that they came in.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec

from .base import Codec
from .errors import ProtocolViolation, Unrepresentable, hint
from .javascript import with_whole_numbers
from .messages import ABSENT, KINDS, WITH_PAYLOAD, Incoming
from .plain import check_plain
from .shape import Shape
from .transparency import take_transparency
from .ubjson_items import Malformed, Reader, write

if TYPE_CHECKING:
    from msgspec import Raw

    from .outgoing import Outgoing


_LONGEST = max(head for _, head in KINDS.values()) + 2

_CHECKED = Shape(depth=1000, elements=2**63)
"""The limits of what has been checked before, which may be part of a larger whole: none."""


class UbjsonCodec(Codec):
    """UBJSON in binary frames."""

    name = "ubjson"
    is_binary = True

    def decode(self, data: bytes) -> Incoming:
        """Return the message in ``data``; see :meth:`.Codec.decode`."""
        try:
            items, parts = self._elements(data)
            kind, head = KINDS[items[0]]
            message = _convert(items[:head], kind)
            if len(items) > head + 2 * (kind in WITH_PAYLOAD):
                raise Malformed("it has too many elements")
            if len(items) > head:
                _keep_payload(message, items, parts, head)
        except ProtocolViolation:
            raise
        except (ValueError, TypeError, LookupError, struct.error) as error:
            raise ProtocolViolation(f"not a WAMP message in UBJSON: {_reason(error)}") from None
        return message

    def _elements(self, data: bytes) -> tuple[list[Any], list[bytes]]:
        """Return the elements of the message, and the bytes of each."""
        reader = Reader(data, self.shape)
        count = reader.open_array()
        items: list[Any] = []
        parts: list[bytes] = []
        while reader.has_more(count, len(items)):
            if len(items) == _LONGEST:
                raise Malformed("it has too many elements")
            start = reader.position
            items.append(reader.value())
            parts.append(data[start : reader.position])
        if not reader.is_at_end:
            raise Malformed("there are trailing bytes")
        return items, parts

    def encode(self, message: Outgoing) -> bytes:
        """Return the bytes of a message; see :meth:`.Codec.encode`."""
        parts: list[bytes] = [b"["]
        for element in message.head:
            write(element, parts)
        payload = message.payload
        if payload is not None and payload.args is not ABSENT:
            args, kwargs = (payload.args, payload.kwargs) if payload.codec is self else payload.form(self)
            parts += (bytes(args), bytes(kwargs))
        parts.append(b"]")
        return b"".join(parts)

    def load(self, data: bytes | Raw) -> Any:
        """Return the value of checked UBJSON."""
        return Reader(bytes(data), _CHECKED).value()

    def dump(self, value: Any) -> bytes:
        """Return ``value`` as UBJSON; see :meth:`.Codec.dump`."""
        check_plain(value)
        parts: list[bytes] = []
        try:
            write(value, parts)
        except (ValueError, RecursionError) as error:
            raise Unrepresentable(f"UBJSON cannot carry it: {hint(error)}") from None
        return b"".join(parts)


def _convert(elements: list[Any], kind: Any) -> Incoming:
    """Return the message of these elements before the arguments, if they are of the right types."""
    try:
        message: Incoming = msgspec.convert(elements, kind)
    except msgspec.ValidationError:
        meant = [with_whole_numbers(element) if isinstance(element, dict) else element for element in elements]
        message = msgspec.convert(meant, kind)
    return message


def _keep_payload(message: Any, items: list[Any], parts: list[bytes], head: int) -> None:
    """Put the bytes of ``args`` and ``kwargs`` into the message, after a check of their types."""
    args, *rest = items[head:]
    if not isinstance(args, list) and (rest or not take_transparency(message, items, args)):
        raise Malformed("the arguments are not a list")
    if rest and not isinstance(rest[0], dict):
        raise Malformed("the keyword arguments are not a map")
    message.args = parts[head]
    if rest:
        message.kwargs = parts[head + 1]


def _reason(error: Exception) -> str:
    """Return a line on what is wrong."""
    if isinstance(error, KeyError):
        return "unknown message type"
    if isinstance(error, IndexError | struct.error):
        return "it is cut short"
    return hint(error)
