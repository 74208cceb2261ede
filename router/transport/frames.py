"""WebSocket frames (RFC 6455, section 5.2): how a server builds them, and how those of a client are unmasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autobahn.websocket.xormasker import create_xor_masker  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from ..codec import Codec

TEXT, BINARY = 0x81, 0x82
"""The first byte of a whole, unfragmented data frame: FIN, no reserved bit, opcode 1 or 2."""

_XOR_BYTES = 1024
"""Up to here two Python integers are faster than setting up Autobahn's masker: measured."""

_from_bytes = int.from_bytes


class Framing:
    """Makes frames of one kind, for messages of one codec.

    ``name`` is that of the subprotocol, behind ``wamp.2.``; ``wire`` is the key under which an outgoing message
    remembers its bytes for all connections that speak the same.
    """

    __slots__ = ("_first_byte", "_short_headers", "first_byte", "name", "wire")

    def __init__(self, codec: Codec, name: str | None = None) -> None:
        self.name = name or codec.name
        self.wire = f"websocket.{self.name}"
        self.first_byte = BINARY if codec.is_binary else TEXT
        self._first_byte = bytes((self.first_byte,))
        self._short_headers = [bytes((self.first_byte, size)) for size in range(126)]

    def frame(self, payload: bytes) -> bytes:
        """Return ``payload`` as one unmasked frame."""
        size = len(payload)
        if size < 126:
            return self._short_headers[size] + payload
        if size < 65536:
            return b"%b\x7e%b%b" % (self._first_byte, size.to_bytes(2, "big"), payload)
        return b"%b\x7f%b%b" % (self._first_byte, size.to_bytes(8, "big"), payload)


def unmask(mask: bytes, masked: bytes) -> bytes:
    """Return the payload of a frame; ``mask`` has four bytes (RFC 6455, section 5.3)."""
    size = len(masked)
    if size > _XOR_BYTES:
        unmasked: bytes = create_xor_masker(mask, size).process(masked)
        return unmasked
    key = _from_bytes((mask * (size // 4 + 1))[:size], "little")
    return (_from_bytes(masked, "little") ^ key).to_bytes(size, "little")
