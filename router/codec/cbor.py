"""CBOR (``wamp.2.cbor``), restricted to what the other serializers can carry.

There is no raw type for CBOR: the envelope is walked item by item with the library and the byte ranges of the
arguments are kept, so that the payload is passed on as it came. Tags (dates, shared references, big numbers …) are
refused: they make values that no other peer could be sent, and some let a small message grow without bound.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn

import cbor2
import msgspec

from .base import Codec
from .errors import ProtocolViolation, Unrepresentable
from .messages import ABSENT, WITH_PAYLOAD, Incoming
from .plain import check_plain
from .shape import DEFAULT_SHAPE, Shape, too_many

if TYPE_CHECKING:
    from msgspec import Raw

    from .outgoing import Outgoing

_HEADER = tuple(bytes([0x80 + count]) for count in range(8))
"""Element count -> header of an array; no WAMP message has more than seven elements (RFC 8949, section 3)."""

_ARRAY = {header: count for count, header in enumerate(_HEADER)}

_HEAD = {1: 3, 3: 3, 5: 3, 6: 3, 8: 5, 16: 4, 32: 4, 34: 3, 48: 4, 49: 3, 64: 4, 66: 3, 70: 3}
"""Message type -> number of elements before the arguments."""


class _NoTags(dict[int, Callable[[object], NoReturn]]):
    """Stands for "every tag is refused" where the library looks up the decoder of a tag."""

    def get(self, _key: object, _default: object = None) -> Any:
        return _refuse_tag

    def __getitem__(self, _key: int) -> Callable[[object], NoReturn]:
        return _refuse_tag

    def __contains__(self, _key: object) -> bool:
        return True


def _refuse_tag(*_: object) -> NoReturn:
    raise ProtocolViolation("CBOR tags are not accepted")


class CborCodec(Codec):
    """CBOR in binary frames."""

    name = "cbor"
    is_binary = True

    def __init__(self, shape: Shape = DEFAULT_SHAPE) -> None:
        super().__init__(shape)
        self._tags = _NoTags({0: _refuse_tag})

    def decode(self, data: bytes) -> Incoming:
        """Return the message in ``data``; see :meth:`.Codec.decode`."""
        try:
            items, ends = self._items(data)
            message: Incoming = msgspec.convert(items[: _HEAD[items[0]]], Incoming)
            if message.__class__ in WITH_PAYLOAD:
                _keep_payload(message, items, ends, data)
            elif len(items) > _HEAD[items[0]]:
                raise ProtocolViolation("it has too many elements")
        except (cbor2.CBORError, ValueError, TypeError, LookupError, RecursionError, OverflowError) as error:
            raise ProtocolViolation(f"not a WAMP message in CBOR: {_reason(error)}") from None
        return message

    def _items(self, data: bytes) -> tuple[list[Any], list[int]]:
        """Return the elements of the envelope, and where each ends in ``data``."""
        header = data[:1]
        if header not in _ARRAY:
            raise ProtocolViolation("it is not an array of up to 7 elements")
        source = BytesIO(data)
        source.seek(1)
        decode = cbor2.CBORDecoder(
            source, semantic_decoders=self._tags, max_depth=self.shape.depth - 1, allow_duplicate_keys=False
        ).decode
        items, ends = [], []
        for _ in range(_ARRAY[header]):
            items.append(decode())
            ends.append(source.tell())
        if ends and ends[-1] != len(data):
            raise ProtocolViolation("there are trailing bytes")
        if len(data) > self.shape.elements:
            _check_elements(items, self.shape)
        return items, ends

    def encode(self, message: Outgoing) -> bytes:
        """Return the bytes of a message; see :meth:`.Codec.encode`."""
        head = cbor2.dumps(message.head)
        payload = message.payload
        if payload is None or payload.args is ABSENT:
            return head
        args, kwargs = payload.form(self)
        count = len(message.head)
        if kwargs is ABSENT:
            return b"".join((_HEADER[count + 1], head[1:], args))
        return b"".join((_HEADER[count + 2], head[1:], args, kwargs))

    def load(self, data: bytes | Raw) -> Any:
        """Return the value of checked CBOR."""
        return cbor2.loads(bytes(data))

    def dump(self, value: Any) -> bytes:
        """Return ``value`` as CBOR; see :meth:`.Codec.dump`."""
        check_plain(value)
        try:
            return cbor2.dumps(value)
        except (cbor2.CBORError, ValueError, TypeError, RecursionError) as error:
            raise Unrepresentable(f"CBOR cannot carry it: {error}") from None


def _keep_payload(message: Any, items: list[Any], ends: list[int], data: bytes) -> None:
    """Put the byte ranges of ``args`` and ``kwargs`` into the message, after a check of their types."""
    head = _HEAD[items[0]]
    if len(items) > head:
        if not isinstance(items[head], list):
            raise ProtocolViolation("the arguments are not a list")
        message.args = data[ends[head - 1] : ends[head]]
    if len(items) > head + 1:
        if not isinstance(items[head + 1], dict):
            raise ProtocolViolation("the keyword arguments are not a map")
        if not all(isinstance(key, str) for key in items[head + 1]):
            raise ProtocolViolation("a keyword is not text")
        message.kwargs = data[ends[head] : ends[head + 1]]
    if len(items) > head + 2:
        raise ProtocolViolation("it has too many elements")


def _check_elements(items: list[Any], shape: Shape) -> None:
    """Raise :class:`ProtocolViolation` for too many elements; the nesting has been bounded by the parser."""
    count = 0
    todo: list[Any] = [items]
    while todo:
        container = todo.pop()
        count += len(container)
        if count > shape.elements:
            raise too_many(shape)
        values = container.values() if isinstance(container, dict) else container
        todo.extend(value for value in values if isinstance(value, list | dict))


def _reason(error: Exception) -> str:
    """Return a line on what is wrong; the library hides a refusal of ours behind an error of its own."""
    cause = error.__cause__ or error
    return "unknown message type" if isinstance(error, LookupError) else str(cause)
