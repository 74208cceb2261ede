"""Messages as bodies of long-poll requests and answers (WAMP advanced profile, "HTTP Longpoll Transport")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .batches import batch_of_one, split_batch

if TYPE_CHECKING:
    from ..codec import Codec


class Bodies:
    """Messages as bodies of requests and answers; see :class:`.peer.Framing`."""

    __slots__ = ("is_batched", "is_binary", "media_type", "protocol", "wire")

    def __init__(self, codec: Codec, is_batched: bool) -> None:
        name = f"{codec.name}.batched" if is_batched else codec.name
        self.protocol = f"wamp.2.{name}"
        self.wire = f"longpoll.{name}"
        self.media_type = f"application/{codec.name}"
        self.is_batched = is_batched
        self.is_binary = codec.is_binary

    def frame(self, payload: bytes) -> bytes:
        """Return an encoded message as it stands in a body."""
        return batch_of_one(payload, self.is_binary) if self.is_batched else payload

    def split(self, body: bytes) -> list[bytes]:
        """Return the encoded messages of a body. Raises :class:`.ProtocolViolation` for a batch that is none."""
        return split_batch(body, self.is_binary) if self.is_batched else [body]
