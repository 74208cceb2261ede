"""Reading from a WebSocket connection (RFC 6455, section 5): the short path, and Autobahn for the rest.

Whole, unfragmented data frames of the right kind, which is nearly all that ever comes, take a short path past
Autobahn: they are found by an index that walks the buffer, unmasked, decoded and handed to the link. Everything unusual
goes to Autobahn one step at a time, and the walk resumes as soon as no frame and no message is half read. Every rule
that Autobahn enforces holds on both paths.
"""

# ruff: noqa: N802, N803 -- the names are those of Twisted and Autobahn

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autobahn.twisted.websocket import WebSocketServerProtocol

from ..codec import ProtocolViolation
from .batches import BatchedFraming, BatchReceiver
from .frames import BINARY, PONG, Framing, unmask
from .stream import StreamConnection

if TYPE_CHECKING:
    from ..codec import Codec
    from .connections import Admission
    from .link import Link
    from .sender import Sender

_SMALLEST_FRAME = 6
"""Bytes of a client's frame without payload: two of the header and the mask."""

_LARGEST_CONTROL_FRAME = _SMALLEST_FRAME + 125


class WebSocketReader(StreamConnection, WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn's bases disagree
    """A WebSocket connection that is open, as far as it is read; how it opens, writes and ends is for a subclass."""

    transport: Any

    def __init__(self, admission: Admission | None = None, sender: Sender | None = None) -> None:
        super().__init__(admission, sender)
        self._codec: Codec | None = None
        self._framing: Framing | None = None
        self._batches: BatchReceiver | None = None

    def _hand_to(self, link: Link, codec: Codec, framing: Framing) -> None:
        """Hand what is read to ``link`` from now on."""
        self._first_byte = framing.first_byte
        self._decode: Any = codec.decode
        self._receiver: Any = link
        if isinstance(framing, BatchedFraming):
            self._decode = framing.split
            self._receiver = self._batches = BatchReceiver(link, codec.decode, self._bucket, self._may_go_on)

    # ---- what has come ---------------------------------------------------------------------------------------

    def consumeData(self) -> None:
        """Go on with ``self.data``: Autobahn calls this with what came behind the handshake."""
        if self.state == self.STATE_CONNECTING:
            super().consumeData()
        else:
            data, self.data = self.data, b""
            self._consume(data)

    def _consume(self, data: bytes) -> None:
        """Handle all of ``data``, or as much as the budget and the rate allow."""
        if self.state == self.STATE_CONNECTING:
            self._dataReceived(data)
            return
        self._pace()
        if self.data:
            data = self.data + data
            self.data = b""
        if self._batches is not None:
            self._batches.go_on()
        while not self._is_over():
            if self.current_frame is None and not self.inside_message and self.state == self.STATE_OPEN:
                end = self._walk(data)
                data = data[end:] if end else data
                if not data and not self._has_messages():
                    return
            if self._bucket.tokens < 1.0 or self._monotonic() > self._deadline:
                self._rest(data)
                return
            if self._wanted:
                self._keep(data, self._wanted)
                return
            end = self._take_pong(data)
            if end:
                data = data[end:]
                continue
            self.data = data
            more = self.processData()
            data, self.data = self.data, b""
            if not more and self._has_messages():
                self._rest(data)
                return
            if not more:
                self.data = data
                break
        if self.state != self.STATE_OPEN:
            self._end_link()

    def _walk(self, data: bytes) -> int:  # noqa: PLR0912 -- one loop: a call for each part of it is measurable
        """Handle the whole data frames at the start of ``data``; return where they end (RFC 6455, section 5.2)."""
        first_byte, largest, decode = self._first_byte, self._largest, self._decode
        monotonic, deadline, bucket = self._monotonic, self._deadline, self._bucket
        link = self._receiver
        is_open = self.STATE_OPEN
        at, have = 0, len(data)
        while have - at >= 6 and data[at] == first_byte:
            size = data[at + 1] - 128
            if 0 <= size < 126:
                start = at + 6
            elif size == 126 and have - at >= 8:
                size = data[at + 2] << 8 | data[at + 3]
                start = at + 8
                if size < 126:
                    break
            elif size == 127 and have - at >= 14:
                size = int.from_bytes(data[at + 2 : at + 10], "big")
                start = at + 14
                if size < 65536:
                    break
            else:
                break
            end = start + size
            if end > have or size > largest:
                if first_byte == BINARY and size <= largest:
                    self._wanted = end - at
                break
            if bucket.tokens < 1.0 or monotonic() > deadline:
                break
            payload = unmask(data[start:end], data[start - 4 : start])
            if first_byte != BINARY and not payload.isascii() and not _is_utf8(payload):
                break
            at = end
            bucket.tokens -= 1.0
            try:
                message = decode(payload)
            except ProtocolViolation as violation:
                link.violate(str(violation))
                break
            link.receive(message)
            if self.state != is_open:
                break
        return at

    def _take_pong(self, data: bytes) -> int:
        """Take a pong at the start of ``data``; return where it ends, 0 where there is none (RFC 6455, section 5.5.3).

        With thousands of idle sessions pongs are nearly all that comes. One that is not whole, or comes between the
        fragments of a message, is left to Autobahn.
        """
        if len(data) < _SMALLEST_FRAME or data[0] != PONG or self.current_frame is not None or self.inside_message:
            return 0
        end = _SMALLEST_FRAME + data[1] - 0x80
        if not _SMALLEST_FRAME <= end <= min(len(data), _LARGEST_CONTROL_FRAME) or self.state != self.STATE_OPEN:
            return 0
        self._bucket.tokens -= 1.0
        self.onPong(unmask(data[_SMALLEST_FRAME:end], data[2:_SMALLEST_FRAME]))
        return end

    def _accept_up_to(self, message_bytes: int) -> None:
        self._largest = self.maxFramePayloadSize = self.maxMessagePayloadSize = message_bytes

    # ---- how far it may go -----------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """Return whether nothing that comes is looked at any more, not even for the answer to a close frame.

        Behind a frame that breaks the rules there is nothing to be trusted (RFC 6455, section 7.1.7).
        """
        return self.state == self.STATE_CLOSED or self.failedByMe

    def _has_messages(self) -> bool:
        """Return whether messages of a batch wait that have come already."""
        return bool(self._batches is not None and self._batches.waiting and self.state == self.STATE_OPEN)

    def _may_go_on(self) -> bool:
        """Return whether the connection is open and its turn not over."""
        return bool(self.state == self.STATE_OPEN and self._monotonic() <= self._deadline)

    def _has_ended(self) -> bool:
        return bool(self.state == self.STATE_CLOSED)

    # ---- what Autobahn reads ---------------------------------------------------------------------------------

    def onFrameBegin(self) -> None:
        """Count the frame: pings and fragments cost more than messages do."""
        self._bucket.tokens -= 1.0
        super().onFrameBegin()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take a message that did not come by the short path."""
        codec, framing, link = self._codec, self._framing, self._receiver
        if codec is None or framing is None or self._link is None or self.state != self.STATE_OPEN:
            return
        if isBinary is not codec.is_binary:
            kinds = ("text", "binary")
            link.violate(f"a {kinds[isBinary]} message came, {framing.subprotocol} has {kinds[not isBinary]} ones")
            return
        try:
            message = self._decode(payload)
        except ProtocolViolation as violation:
            link.violate(str(violation))
            return
        link.receive(message)

    def onPong(self, payload: bytes) -> None:
        """Take the answer to a ping."""
        if self._heartbeat is not None:
            self._heartbeat.answer(payload)


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
