"""JSON (``wamp.2.json``), with bytes as the specification has them.

A JSON string that begins with U+0000 stands for bytes, encoded as base64 behind it (advanced profile, "Binary
conversion of JSON Strings"). Between two JSON peers such strings pass untouched.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from .base import Codec
from .errors import ProtocolViolation, Unrepresentable, hint
from .messages import ABSENT, WITH_PAYLOAD, Incoming
from .shape import DEFAULT_SHAPE, Shape, check_json

if TYPE_CHECKING:
    from msgspec import Raw

    from .outgoing import Outgoing


class JsonCodec(Codec):
    """JSON in text frames."""

    name = "json"
    is_binary = False

    def __init__(self, shape: Shape = DEFAULT_SHAPE) -> None:
        super().__init__(shape)
        self._decode = msgspec.json.Decoder(Incoming).decode
        self._check_args = msgspec.json.Decoder(list[Any]).decode
        self._check_kwargs = msgspec.json.Decoder(dict[str, Any]).decode
        self._load = msgspec.json.Decoder().decode
        self._encode = msgspec.json.Encoder().encode

    def decode(self, data: bytes) -> Incoming:
        """Return the message in ``data``; see :meth:`.Codec.decode`."""
        check_json(data, self.shape)
        try:
            message: Incoming = self._decode(data)
            if message.__class__ in WITH_PAYLOAD:
                if message.args is not ABSENT:
                    try:
                        self._check_args(message.args)
                    except msgspec.ValidationError:
                        if not self._is_transparent(message, data):
                            raise
                if message.kwargs is not ABSENT:
                    self._check_kwargs(message.kwargs)
        except (ValueError, RecursionError) as error:
            raise ProtocolViolation(f"not a WAMP message in JSON: {hint(error)}") from None
        return message

    def encode(self, message: Outgoing) -> bytes:
        """Return the bytes of a message; see :meth:`.Codec.encode`."""
        head = self._encode(message.head)
        payload = message.payload
        if payload is None or payload.args is ABSENT:
            return head
        args, kwargs = (payload.args, payload.kwargs) if payload.codec is self else payload.form(self)
        if kwargs is ABSENT:
            return b"".join((head[:-1], b",", args, b"]"))
        return b"".join((head[:-1], b",", args, b",", kwargs, b"]"))

    def load(self, data: bytes | Raw) -> Any:
        """Return the value of checked JSON, strings that stand for bytes turned into bytes."""
        value = self._load(data)
        return _bytes_from_text(value) if b"\\u0000" in bytes(data) else value

    def dump(self, value: Any) -> bytes:
        """Return ``value`` as JSON; see :meth:`.Codec.dump`."""
        try:
            return self._encode(_text_from_bytes(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise Unrepresentable(f"JSON cannot carry it: {hint(error)}") from None


def _bytes_from_text(value: Any) -> Any:
    if isinstance(value, str):
        return _bytes_or_text(value)
    if isinstance(value, list):
        return [_bytes_from_text(item) for item in value]
    if isinstance(value, dict):
        return {key: _bytes_from_text(item) for key, item in value.items()}
    return value


def _bytes_or_text(text: str) -> str | bytes:
    """Return the bytes that ``text`` stands for; text with bad base64 behind its U+0000 stays text."""
    if not text.startswith("\0"):
        return text
    try:
        return b64decode(text[1:].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return text


def _text_from_bytes(value: Any) -> Any:
    """Return ``value`` with bytes as text, or raise :class:`Unrepresentable` for what JSON has no form for."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if isinstance(_bytes_or_text(value), bytes):
            raise Unrepresentable("text would be read as bytes in JSON")
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise Unrepresentable("an integer has more than 64 bits")
        return value
    if isinstance(value, float):
        if not isfinite(value):
            raise Unrepresentable("JSON has no form for NaN and infinity")
        return value
    if isinstance(value, bytes):
        return "\0" + b64encode(value).decode("ascii")
    if isinstance(value, list | tuple):
        return [_text_from_bytes(item) for item in value]
    if isinstance(value, dict):
        return {_key(key): _text_from_bytes(item) for key, item in value.items()}
    raise Unrepresentable(f"JSON has no form for a {type(value).__name__}")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise Unrepresentable("the key of a map is not text")
    return key
