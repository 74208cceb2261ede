"""WebSocket frames (RFC 6455, section 5.2): how a server builds them, and how those of a client are unmasked.

``unmask(masked, mask)`` returns the payload of a frame; ``mask`` has four bytes (section 5.3). It is the C function of
the websockets library: five times as fast as two Python integers at 100 bytes, ten times as fast as Autobahn's masker,
set up for one frame, at 4 kB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from websockets.speedups import apply_mask
except ImportError:  # a machine for which the library has no C code
    from websockets.utils import apply_mask

if TYPE_CHECKING:
    from ..codec import Codec

TEXT, BINARY = 0x81, 0x82
"""The first byte of a whole, unfragmented data frame: FIN, no reserved bit, opcode 1 or 2."""

PING, PONG = 0x89, 0x8A
"""The same of the control frames with opcodes 9 and 10."""

unmask = apply_mask


class Framing:
    """Makes frames of one kind, for messages of one codec.

    ``subprotocol`` is what a client asks for to speak so; ``wire`` is the key under which an outgoing message remembers
    its bytes for all connections that do.
    """

    __slots__ = ("_first_byte", "_short_headers", "first_byte", "subprotocol", "wire")

    def __init__(self, codec: Codec, name: str | None = None) -> None:
        name = name or codec.name
        self.subprotocol = f"wamp.2.{name}"
        self.wire = f"websocket.{name}"
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
