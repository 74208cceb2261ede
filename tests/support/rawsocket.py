"""RawSocket in tests: octets of a client, and a connection without a socket."""

import json
import struct
from typing import Any

from wampi.router.core.limits import Limits
from wampi.router.transport.rawsocket import RawSocketFactory, RawSocketOptions
from wampi.router.transport.turn import Turn

from support.core import FakeClock
from support.transport import CODECS, PLENTY, FakeStream, FakeTransport

MESSAGE, PING, PONG = 0, 1, 2
SERIALIZERS = {"json": 1, "msgpack": 2, "cbor": 3, "ubjson": 4}
NO_PINGS = RawSocketOptions(ping_seconds=None)


def hello_octets(serializer: str = "json", exponent: int = 15) -> bytes:
    """Return a client's handshake; it takes messages of 2^(9+exponent) octets."""
    return bytes((0x7F, exponent << 4 | SERIALIZERS[serializer], 0, 0))


def raw_frame(payload: bytes, kind: int = MESSAGE) -> bytes:
    """Return a frame with a length of 24 bits."""
    assert len(payload) < 2**24
    return struct.pack("!I", kind << 24 | len(payload)) + payload


def raw_frames(data: bytes) -> list[tuple[int, bytes]]:
    """Return frames as (type, payload); they are whole."""
    frames = []
    while data:
        (prefix,) = struct.unpack("!I", data[:4])
        kind, size = prefix >> 24 & 7, prefix & 0xFFFFFF
        if prefix & 0x08000000:
            assert size == 0, "the 25th bit stands alone"
            size = 2**24
        assert prefix >> 28 == 0, "the reserved bits are 0"
        assert len(data) >= 4 + size, "the frame is whole"
        frames.append((kind, data[4 : 4 + size]))
        data = data[4 + size :]
    return frames


class FakeRawSocket(FakeStream):
    """A RawSocket that a client has opened, with everything around it fake."""

    def __init__(
        self,
        serializer: str = "json",
        exponent: int = 15,
        limits: Limits = PLENTY,
        options: RawSocketOptions | None = None,
        clock: FakeClock | None = None,
        turn: Turn | None = None,
        transport: FakeTransport | None = None,
        handshake: bytes | None = None,
    ) -> None:
        super().__init__(clock, turn, transport or FakeTransport())
        factory = RawSocketFactory(self.attach, CODECS, self.clock, self.turn, self.log, options, limits)
        self.open(factory.build(), hello_octets(serializer, exponent) if handshake is None else handshake)

    def encode(self, payload: bytes) -> bytes:
        return raw_frame(payload)

    def frames(self) -> list[tuple[int, bytes]]:
        return raw_frames(self.transport.take())

    def messages(self) -> list[Any]:
        """Return the JSON messages that were sent since the last time."""
        return [json.loads(payload) for kind, payload in self.frames() if kind == MESSAGE]
