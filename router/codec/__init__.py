"""The wire form of WAMP messages: what arrives as bytes leaves as checked messages, and the other way round.

One codec for each serializer; all of them share the message types of :mod:`.messages` and the outgoing form of
:mod:`.outgoing`. A payload (``args`` and ``kwargs``) is checked and passed on as the bytes that it came in; it is
converted only between peers of different serializers.
"""

from .base import Codec
from .cbor import CborCodec
from .errors import ProtocolViolation, Unrepresentable
from .json import JsonCodec
from .msgpack import MsgpackCodec
from .outgoing import Outgoing, shared
from .payload import EMPTY, Payload
from .shape import DEFAULT_SHAPE, Shape
from .ubjson import UbjsonCodec

__all__ = [
    "DEFAULT_SHAPE",
    "EMPTY",
    "CborCodec",
    "Codec",
    "JsonCodec",
    "MsgpackCodec",
    "Outgoing",
    "Payload",
    "ProtocolViolation",
    "Shape",
    "UbjsonCodec",
    "Unrepresentable",
    "codecs",
    "shared",
]


def codecs(shape: Shape = DEFAULT_SHAPE) -> dict[str, Codec]:
    """Return one codec for each serializer, by the name in its WebSocket subprotocol (``wamp.2.<name>``)."""
    kinds: tuple[type[Codec], ...] = (JsonCodec, MsgpackCodec, CborCodec, UbjsonCodec)
    return {kind.name: kind(shape) for kind in kinds}
