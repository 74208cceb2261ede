"""Batched WebSocket subprotocols: several messages in one frame (WAMP advanced profile, "Batched WebSocket Transport").

JSON messages each end with a record separator, the last one too; those of binary serializers each follow their length,
four octets, big-endian. What the router sends are batches of one message.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ..codec import ProtocolViolation
from .frames import Framing

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec import Codec
    from ..codec.messages import Incoming
    from .bucket import TokenBucket
    from .link import Link

_SEPARATOR = b"\x1e"
"""No JSON text contains this octet: control characters are escaped in it (RFC 8259, section 7)."""

_LENGTH_BYTES = 4


class BatchedFraming(Framing):
    """Makes frames that hold a batch of one message."""

    __slots__ = ("_is_binary",)

    def __init__(self, codec: Codec) -> None:
        super().__init__(codec, f"{codec.name}.batched")
        self._is_binary = codec.is_binary

    def frame(self, payload: bytes) -> bytes:
        """Return the frame of one encoded message."""
        return super().frame(batch_of_one(payload, self._is_binary))

    def split(self, batch: bytes) -> list[bytes]:
        """Return the encoded messages of a batch. Raises :class:`.ProtocolViolation` for one that has none."""
        return split_batch(batch, self._is_binary)


def batch_of_one(payload: bytes, is_binary: bool) -> bytes:
    """Return an encoded message as it stands in a batch."""
    if is_binary:
        return len(payload).to_bytes(_LENGTH_BYTES, "big") + payload
    return payload + _SEPARATOR


def split_batch(batch: bytes, is_binary: bool) -> list[bytes]:
    """Return the encoded messages of a batch. Raises :class:`.ProtocolViolation` for one that has none."""
    messages = _split_by_length(batch) if is_binary else _split_by_separator(batch)
    if not messages:
        raise ProtocolViolation("a batch without messages")
    return messages


def _split_by_separator(batch: bytes) -> list[bytes]:
    *messages, rest = batch.split(_SEPARATOR)
    if rest:
        raise ProtocolViolation("the last message of a batch does not end with a record separator (0x1e)")
    return messages


def _split_by_length(batch: bytes) -> list[bytes]:
    messages, at = [], 0
    while at < len(batch):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(batch[at:start], "big")
        if start > len(batch) or at > len(batch):
            raise ProtocolViolation("a message of a batch is shorter than the length before it")
        messages.append(batch[start:at])
    return messages


class BatchReceiver:
    """Takes batches, and hands their messages to a link as fast as the rate and the turn allow.

    ``may_go_on`` says whether the connection is open and its turn not over; it is asked before each message. What waits
    when it says no is handed on by :meth:`go_on`.
    """

    __slots__ = ("_bucket", "_decode", "_link", "_may_go_on", "waiting")

    def __init__(
        self,
        link: Link,
        decode: Callable[[bytes], Incoming],
        bucket: TokenBucket,
        may_go_on: Callable[[], bool],
    ) -> None:
        self._link = link
        self._decode = decode
        self._bucket = bucket
        self._may_go_on = may_go_on
        self.waiting: deque[bytes] = deque()

    def receive(self, messages: list[bytes]) -> None:
        """Take the messages of a frame, for which a token is paid: it goes to the first of them."""
        self._bucket.tokens += 1.0
        self.waiting.extend(messages)
        self.go_on()

    def violate(self, reason: str) -> None:
        """Hand on that bytes came that are no batch."""
        self.waiting.clear()
        self._link.violate(reason)

    def go_on(self) -> None:
        """Hand on what waits, as far as it may be."""
        waiting, bucket = self.waiting, self._bucket
        while waiting and bucket.tokens >= 1.0 and self._may_go_on():
            bucket.tokens -= 1.0
            try:
                message = self._decode(waiting.popleft())
            except ProtocolViolation as violation:
                self.violate(str(violation))
                return
            self._link.receive(message)
