"""CBOR (``wamp.2.cbor``), restricted to what the other serializers can carry.

There is no raw type for CBOR: the envelope is walked item by item and the byte ranges of the arguments are kept, so
that the payload is passed on as it came. What nearly all messages begin with is read in :mod:`.cbor_head`, the rest
with the library. Tags (dates, shared references, big numbers …) are refused: they make values that no other peer could
be sent, and some let a small message grow without bound. The one exception is the tag that JavaScript's libraries put
before bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, NoReturn

import cbor2
import msgspec

from .base import Codec
from .binary_shape import check_cbor
from .cbor_head import read_head, write_head
from .errors import ProtocolViolation, Unrepresentable, hint
from .javascript import CBOR_UNDEFINED, as_meant
from .messages import ABSENT, KINDS, WITH_PAYLOAD, Incoming
from .plain import check_plain
from .shape import DEFAULT_SHAPE, Shape
from .transparency import take_transparency

if TYPE_CHECKING:
    from msgspec import Raw

    from .outgoing import Outgoing

_BYTE_ARRAY = 64
"""The tag of an array of bytes (RFC 8746, section 2.1): what autobahn-js and wampy.js write for a ``Uint8Array``."""

_BYTE_ARRAY_BYTES = b"\xd8\x40"
"""The same as it stands in a message."""

_EMPTY_ARRAY, _PAIR = b"\x80", b"\x82"
"""An array without elements, and the header of one with two (RFC 8949, section 3)."""

_LAST_VALUE = token_bytes(16)
_LAST = cbor2.dumps(_LAST_VALUE)
"""An item that no peer can write, because it is another one each time that the router starts."""

_LONG_ARRAY, _ARRAY_UNTIL_BREAK, _BREAK = 0x98, 0x9F, 0xFF


class _Tags(dict[int, Callable[..., object]]):
    """The decoders of tags, where the library looks them up; every other tag is refused."""

    def __getitem__(self, key: int) -> Callable[..., object]:
        return self.get(key, _refuse_tag)


def _refuse_tag(*_: object) -> NoReturn:
    raise ProtocolViolation("CBOR tags are not accepted")


def _byte_array(value: object, _immutable: bool) -> bytes:
    """Return what stands behind the tag of an array of bytes."""
    if not isinstance(value, bytes):
        raise ProtocolViolation("what is tagged as an array of bytes is none")
    return value


_REFUSALS = (cbor2.CBORError, ValueError, TypeError, LookupError, RecursionError, OverflowError)
"""What the libraries raise for data that is no message."""


class CborCodec(Codec):
    """CBOR in binary frames."""

    name = "cbor"
    is_binary = True

    def __init__(self, shape: Shape = DEFAULT_SHAPE) -> None:
        super().__init__(shape)
        self._tags = _Tags({0: _refuse_tag})
        self._tags_but_bytes = _Tags({_BYTE_ARRAY: _byte_array})

    def decode(self, data: bytes) -> Incoming:
        """Return the message in ``data``; see :meth:`.Codec.decode`."""
        check_cbor(data, self.shape)
        try:
            try:
                message = self._message(data)
            except _REFUSALS:
                if _BYTE_ARRAY_BYTES not in data:
                    raise
                message = self._message(self._untagged(data))
        except _REFUSALS as error:
            raise ProtocolViolation(f"not a WAMP message in CBOR: {_reason(error)}") from None
        return message

    def _message(self, data: bytes) -> Incoming:
        """Return the message that is in ``data`` as it stands."""
        return self._short_form(data) or self._any_form(data)

    def _short_form(self, data: bytes) -> Incoming | None:
        """Return a message with a simple head and ``args`` behind it, as most are; None for any other.

        ``kwargs`` are taken where ``args`` are empty: only then is it known where they begin.
        """
        head = read_head(data)
        if head is None:
            return None
        items, at, count = head
        kind, size = KINDS[items[0]]
        if len(items) != size or kind not in WITH_PAYLOAD or not size < count <= size + 2:
            return None
        message: Any = msgspec.convert(items, kind)
        if count == size + 1:
            message.args = self._whole(data[at:], list)
        elif data[at] == _EMPTY_ARRAY[0]:
            message.args, message.kwargs = _EMPTY_ARRAY, self._whole(data[at + 1 :], dict)
        else:
            return None
        checked: Incoming = message
        return checked

    def _whole(self, data: bytes, kind: type) -> bytes:
        """Return ``data`` after a check that it is one item, of this type, and nothing else.

        The library stops behind an item whatever follows. So it is asked for two, the second of which no peer can know.
        """
        pair = b"".join((_PAIR, data, _LAST))
        item, last = cbor2.loads(pair, semantic_decoders=self._tags, allow_duplicate_keys=False)
        if last != _LAST_VALUE:
            raise ProtocolViolation("there are trailing bytes")
        _check_payload(item, kind)
        return data

    def _any_form(self, data: bytes) -> Incoming:
        """Return a message of any form."""
        items, ends = self._items(data)
        kind, head = KINDS[items[0]]
        message = _convert(items[:head], kind)
        if message.__class__ in WITH_PAYLOAD:
            _keep_payload(message, items, ends, data, head)
        elif len(items) > head:
            raise ProtocolViolation("it has too many elements")
        return message

    def _untagged(self, data: bytes) -> bytes:
        """Return the same message with plain bytes for tagged ones, which not every receiver could read."""
        source = BytesIO(data)
        value = cbor2.CBORDecoder(source, semantic_decoders=self._tags_but_bytes, allow_duplicate_keys=False).decode()
        if source.tell() != len(data):
            raise ProtocolViolation("there are trailing bytes")
        return cbor2.dumps(value)

    def _items(self, data: bytes) -> tuple[list[Any], list[int]]:
        """Return the elements of the envelope, and where each ends in ``data``."""
        start, count = _envelope(data)
        source = BytesIO(data)
        source.seek(start)
        tell = source.tell
        decode = cbor2.CBORDecoder(source, semantic_decoders=self._tags, allow_duplicate_keys=False).decode
        items: list[Any] = []
        ends: list[int] = []
        for _ in range(count) if count is not None else iter(lambda: data[tell()], _BREAK):
            items.append(decode())
            ends.append(tell())
        if tell() + (count is None) != len(data):
            raise ProtocolViolation("there are trailing bytes")
        return items, ends

    def encode(self, message: Outgoing) -> bytes:
        """Return the bytes of a message; see :meth:`.Codec.encode`."""
        payload = message.payload
        if payload is None or payload.args is ABSENT:
            return write_head(message.head, 0)
        args, kwargs = (payload.args, payload.kwargs) if payload.codec is self else payload.form(self)
        if kwargs is ABSENT:
            return write_head(message.head, 1) + args
        return b"".join((write_head(message.head, 2), args, kwargs))

    def load(self, data: bytes | Raw) -> Any:
        """Return the value of checked CBOR."""
        return cbor2.loads(bytes(data))

    def dump(self, value: Any) -> bytes:
        """Return ``value`` as CBOR; see :meth:`.Codec.dump`."""
        check_plain(value)
        try:
            return cbor2.dumps(value)
        except (cbor2.CBORError, ValueError, TypeError, RecursionError) as error:
            raise Unrepresentable(f"CBOR cannot carry it: {hint(error)}") from None


def _convert(elements: list[Any], kind: Any) -> Incoming:
    """Return the message of these elements before the arguments, if they are of the right types."""
    try:
        message: Incoming = msgspec.convert(elements, kind)
    except msgspec.ValidationError:
        message = msgspec.convert([_as_meant(element) for element in elements], kind)
    return message


def _as_meant(element: Any) -> Any:
    return as_meant(element, CBOR_UNDEFINED) if isinstance(element, dict) else element


def _envelope(data: bytes) -> tuple[int, int | None]:
    """Return where the elements of the message begin, and how many there are; None means until the break code."""
    first = data[0]
    if 0x80 <= first < 0x98:
        return 1, first - 0x80
    if first == _LONG_ARRAY:
        return 2, data[1]
    if first == _ARRAY_UNTIL_BREAK:
        return 1, None
    raise ProtocolViolation("it is not an array")


def _keep_payload(message: Any, items: list[Any], ends: list[int], data: bytes, head: int) -> None:
    """Put the byte ranges of ``args`` and ``kwargs`` into the message, after a check of their types."""
    if len(items) > head:
        if not _is_transparent(message, items, head):
            _check_payload(items[head], list)
        message.args = data[ends[head - 1] : ends[head]]
    if len(items) > head + 1:
        _check_payload(items[head + 1], dict)
        message.kwargs = data[ends[head] : ends[head + 1]]
    if len(items) > head + 2:
        raise ProtocolViolation("it has too many elements")


def _is_transparent(message: Incoming, items: list[Any], head: int) -> bool:
    """Return whether the payload is nothing but bytes in the place of ``args``, and options say so."""
    return len(items) == head + 1 and take_transparency(message, items, items[head])


def _check_payload(item: Any, kind: type) -> None:
    """Raise for ``args`` that are no list, or ``kwargs`` that are no map with text for keys."""
    if item.__class__ is not kind:
        raise ProtocolViolation(
            "the arguments are not a list" if kind is list else "the keyword arguments are not a map"
        )
    if isinstance(item, dict) and not all(isinstance(key, str) for key in item):
        raise ProtocolViolation("a keyword is not text")


def _reason(error: Exception) -> str:
    """Return a line on what is wrong; the library hides a refusal of ours behind an error of its own."""
    if isinstance(error, KeyError):
        return "unknown message type"
    if isinstance(error, IndexError):
        return "it is cut short"
    return hint(error.__cause__ if isinstance(error.__cause__, Exception) else error)
