"""RawSocket's handshake and frames (WAMP advanced profile, "RawSocket Transport"), without I/O."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..codec import Codec

MAGIC = 0x7F
"""The first octet of a handshake, from either side."""

HANDSHAKE_BYTES = 4
PREFIX_BYTES = 4

MESSAGE, PING, PONG = 0, 1, 2
"""Types of frames."""

LARGEST_FRAME_BYTES = 2**24
"""What the payload of a frame can have: 24 bits of length, and one more for exactly this size."""

SERIALIZER_IDS = {"json": 1, "msgpack": 2, "cbor": 3, "ubjson": 4}

_SMALLEST_EXPONENT, _LARGEST_EXPONENT = 9, 24
_EXTRA_BIT = 0x08 << 24
_RESERVED_BITS = 0xF0 << 24


class Refusal(IntEnum):
    """Why a handshake is refused: the four bits of an error reply."""

    SERIALIZER = 1
    LENGTH = 2
    RESERVED_BITS = 3
    CONNECTIONS = 4

    @property
    def reply(self) -> bytes:
        """The octets that say so to a client."""
        return bytes((MAGIC, self << 4, 0, 0))


class BrokenFrame(Exception):
    """A prefix that breaks the rules; the connection is to be failed."""


class RawSocketFraming:
    """Makes message frames for messages of one codec; see :class:`.frames.Framing`."""

    __slots__ = ("wire",)

    def __init__(self, codec: Codec) -> None:
        self.wire = f"rawsocket.{codec.name}"

    def frame(self, payload: bytes) -> bytes:
        """Return ``payload`` as a frame. One of more than :data:`LARGEST_FRAME_BYTES` is not to be sent: see peer."""
        size = len(payload)
        if size >= LARGEST_FRAME_BYTES:
            return prefix_of(MESSAGE, LARGEST_FRAME_BYTES) + payload
        return size.to_bytes(PREFIX_BYTES, "big") + payload


def prefix_of(kind: int, size: int) -> bytes:
    """Return what stands before the payload of a frame, of :data:`LARGEST_FRAME_BYTES` at most."""
    length = _EXTRA_BIT if size == LARGEST_FRAME_BYTES else size
    return (kind << 24 | length).to_bytes(PREFIX_BYTES, "big")


def kind_and_size(prefix: int) -> tuple[int, int]:
    """Return type and payload size of a frame from the number that its first four octets are.

    Raises :class:`BrokenFrame` for reserved bits, for reserved types, and for a 25th bit beside others.
    """
    kind, size = prefix >> 24 & 0x07, prefix & 0xFFFFFF
    if prefix & _RESERVED_BITS:
        raise BrokenFrame("a frame with reserved bits came")
    if kind > PONG:
        raise BrokenFrame(f"a frame of the reserved type {kind} came")
    if prefix & _EXTRA_BIT:
        if size:
            raise BrokenFrame("a frame longer than 2^24 octets came")
        size = LARGEST_FRAME_BYTES
    return kind, size


def read_handshake(octets: bytes) -> tuple[int, int] | Refusal:
    """Return the largest message that a client takes, in bytes, and the id of its serializer; or why it is refused.

    ``octets`` are the four of a handshake, the first of which is :data:`MAGIC`.
    """
    if octets[2] or octets[3]:
        return Refusal.RESERVED_BITS
    exponent, serializer = octets[1] >> 4, octets[1] & 0x0F
    return 1 << (_SMALLEST_EXPONENT + exponent), serializer


def announced_bytes(largest_bytes: int) -> int:
    """Return the smallest length that a handshake can announce and that is not less, of 2^24 at most."""
    exponent = max(_SMALLEST_EXPONENT, (largest_bytes - 1).bit_length())
    return 1 << min(exponent, _LARGEST_EXPONENT)


def accept_handshake(announced: int, serializer: int) -> bytes:
    """Return the reply to a client; ``announced`` is what :func:`announced_bytes` has returned."""
    return bytes((MAGIC, announced.bit_length() - 1 - _SMALLEST_EXPONENT << 4 | serializer, 0, 0))
