"""MessagePack (``wamp.2.msgpack``): the fast path, bytes as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from .base import Codec
from .binary_shape import check_msgpack
from .errors import ProtocolViolation, Unrepresentable, hint
from .javascript import MSGPACK_SIGNS, MSGPACK_UNDEFINED, as_meant
from .messages import ABSENT, WITH_PAYLOAD, Incoming
from .plain import check_plain
from .shape import DEFAULT_SHAPE, Shape

if TYPE_CHECKING:
    from msgspec import Raw

    from .outgoing import Outgoing

_ARRAY = tuple(bytes([0x90 + count]) for count in range(16))
"""Headers of arrays of up to 15 elements (MessagePack, "fixarray"); no WAMP message has more than 8."""


class MsgpackCodec(Codec):
    """MessagePack in binary frames."""

    name = "msgpack"
    is_binary = True

    def __init__(self, shape: Shape = DEFAULT_SHAPE) -> None:
        super().__init__(shape)
        self._decode = msgspec.msgpack.Decoder(Incoming).decode
        self._check_args = msgspec.msgpack.Decoder(list[Any]).decode
        self._check_kwargs = msgspec.msgpack.Decoder(dict[str, Any]).decode
        self._load = msgspec.msgpack.Decoder().decode
        self._encode = msgspec.msgpack.Encoder().encode

    def decode(self, data: bytes) -> Incoming:
        """Return the message in ``data``; see :meth:`.Codec.decode`."""
        check_msgpack(data, self.shape)
        try:
            message = self._message(data)
            if message.__class__ in WITH_PAYLOAD:
                if message.args is not ABSENT:
                    try:
                        self._check_args(message.args)
                    except msgspec.ValidationError:
                        if not self._is_transparent(message, data):
                            raise
                if message.kwargs is not ABSENT:
                    self._check_kwargs(message.kwargs)
        except (ValueError, TypeError, RecursionError) as error:
            raise ProtocolViolation(f"not a WAMP message in MessagePack: {hint(error)}") from None
        return message

    def _message(self, data: bytes) -> Incoming:
        """Return the message; when it is refused, try again with its options read as JavaScript means them."""
        try:
            message: Incoming = self._decode(data)
        except msgspec.ValidationError:
            if not any(sign in data for sign in MSGPACK_SIGNS):
                raise
            elements = [bytes(element) for element in msgspec.msgpack.decode(data, type=list[msgspec.Raw])]
            # Options and details come before every other map of a message.
            at = next((index for index, element in enumerate(elements) if _is_map(element)), None)
            if at is None or len(elements) >= len(_ARRAY):
                raise
            elements[at] = self._encode(as_meant(self._load(elements[at]), MSGPACK_UNDEFINED))
            message = self._decode(b"".join((_ARRAY[len(elements)], *elements)))
        return message

    def encode(self, message: Outgoing) -> bytes:
        """Return the bytes of a message; see :meth:`.Codec.encode`."""
        payload = message.payload
        head = self._encode(message.head)
        if payload is None or payload.args is ABSENT:
            return head
        args, kwargs = (payload.args, payload.kwargs) if payload.codec is self else payload.form(self)
        count = len(message.head)
        if kwargs is ABSENT:
            return b"".join((_ARRAY[count + 1], head[1:], args))
        return b"".join((_ARRAY[count + 2], head[1:], args, kwargs))

    def load(self, data: bytes | Raw) -> Any:
        """Return the value of checked MessagePack."""
        return self._load(data)

    def dump(self, value: Any) -> bytes:
        """Return ``value`` as MessagePack; see :meth:`.Codec.dump`."""
        check_plain(value)
        try:
            return self._encode(value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise Unrepresentable(f"MessagePack cannot carry it: {hint(error)}") from None


def _is_map(element: bytes) -> bool:
    return 0x80 <= element[0] <= 0x8F or element[0] in (0xDE, 0xDF)
