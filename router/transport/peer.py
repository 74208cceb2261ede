"""The way out to a connection that carries a stream of bytes: encoding, framing, outbox and its end.

WebSocket and RawSocket use it, and every other framing on a stream can. What differs between them is a
:class:`Framing`, and the few things that a :class:`Carrier` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from ..codec import Unrepresentable
from ..core import errors
from .outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec import Codec, Outgoing
    from ..core.limits import Limits
    from ..core.ports import Clock, Log, Timer, TransportDetails
    from .turn import Turn

LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024
"""What any receiver is taken to accept. A WebSocket client has no way to announce a limit of its own, so the largest
size that the other framing of WAMP knows holds for all (advanced profile, "RawSocket Transport": 2^24)."""

LARGEST_FRAME_BYTES = LARGEST_MESSAGE_BYTES + 10
"""A WebSocket frame with such a message: its head comes on top (RFC 6455, section 5.2)."""

_CANNOT_CARRY = b""
"""Stands among the forms of a shared message for "this serializer cannot carry it"; a real frame is never empty."""


class Framing(Protocol):
    """Makes frames of messages."""

    @property
    def wire(self) -> str:
        """The key under which a message remembers its frame for all connections that speak the same."""

    def frame(self, payload: bytes) -> bytes:
        """Return the frame of an encoded message; never empty."""


class Carrier(Protocol):
    """The protocol under a peer."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport."""

    def apply(self, limits: Limits) -> None:
        """Apply limits to what is received."""

    def hold(self) -> None:
        """Read no more for the time being."""

    def release(self) -> None:
        """Read again."""

    def say_close(self) -> None:
        """Begin to end the connection in order; what it has to say goes through :meth:`StreamPeer.put`."""

    def finish(self) -> None:
        """Close the transport once it has sent what it was given."""

    def abort(self) -> None:
        """Close the transport at once."""


@implementer(IPushProducer)
class StreamPeer:
    """A :class:`~wampi.router.core.ports.Peer` on a stream; to its transport it is a streaming producer.

    A message whose frame has more than ``largest_frame_bytes`` is not sent: the receiver would not take it.

    Messages are gathered and written at the end of the turn. The outbox is at least four times the largest message it
    was given; when it runs full or stalls, the connection is kicked at the end of the turn, never in the middle.
    """

    def __init__(
        self,
        carrier: Carrier,
        codec: Codec,
        framing: Framing,
        details: TransportDetails,
        limits: Limits,
        turn: Turn,
        clock: Clock,
        log: Log,
        largest_frame_bytes: int = LARGEST_FRAME_BYTES,
        outbox: Outbox | None = None,
    ) -> None:
        self.codec = codec
        self.details = details
        self._encode = codec.encode
        self._frame: Callable[[bytes], bytes] = framing.frame
        self._wire = framing.wire
        self._largest_frame_bytes = largest_frame_bytes
        self._carrier = carrier
        self._write = carrier.write
        self._outbox = Outbox(limits, clock.monotonic) if outbox is None else outbox
        self._put = self._outbox.put
        self._turn = turn
        self._clock = clock
        self._log = log
        self._stall_timer: Timer | None = None
        self._cut_timer: Timer | None = None
        self._is_closed = False
        self._is_kicked = False
        self._is_gone = False

    __slots__ = (
        "_carrier",
        "_clock",
        "_cut_timer",
        "_encode",
        "_frame",
        "_is_closed",
        "_is_gone",
        "_is_kicked",
        "_largest_frame_bytes",
        "_log",
        "_outbox",
        "_put",
        "_stall_timer",
        "_turn",
        "_wire",
        "_write",
        "codec",
        "details",
    )

    # ---- what the core calls ---------------------------------------------------------------------------------

    def send(self, message: Outgoing) -> str | None:
        """Queue a message; see :meth:`.Peer.send`."""
        forms = message.forms
        if forms is None:
            try:
                frame = self._frame(self._encode(message))
            except Unrepresentable:
                return errors.INVALID_ARGUMENT
        else:
            shared = forms.get(self._wire)
            frame = self._share(message, forms) if shared is None else shared
            if not frame:
                return errors.INVALID_ARGUMENT
        if len(frame) > self._largest_frame_bytes:
            return errors.PAYLOAD_SIZE_EXCEEDED
        if not self._is_closed and self._put(frame):
            self._act()
        return None

    def send_latest(self, message: Outgoing, subscription: int) -> str | None:
        """Queue an event in place of an older one of the same subscription; see :meth:`.Peer.send_latest`."""
        try:
            frame = self._form(message)
        except Unrepresentable:
            return errors.INVALID_ARGUMENT
        if not frame:
            return errors.INVALID_ARGUMENT
        if len(frame) > self._largest_frame_bytes:
            return errors.PAYLOAD_SIZE_EXCEEDED
        if not self._is_closed and self._outbox.put_latest(frame, subscription):
            self._act()
        return None

    def hold(self) -> None:
        """Read no more for the time being."""
        self._carrier.hold()

    def release(self) -> None:
        """Read again."""
        if not self._is_gone:
            self._carrier.release()

    def set_limits(self, limits: Limits) -> None:
        """Apply other limits, in both directions."""
        self._outbox.configure(limits)
        self._carrier.apply(limits)

    def cut(self, seconds: float) -> None:
        """Forget what is queued, and end the connection after so many seconds at the latest."""
        self._outbox.forget_waiting()
        if self._cut_timer is None:
            self._cut_timer = self._clock.call_later(seconds, self._be_gone)

    def close(self) -> None:
        """Deliver what is queued, then end the connection."""
        if not self._is_closed:
            self._is_closed = True
            self._carrier.say_close()

    # ---- what the carrier calls ------------------------------------------------------------------------------

    def put(self, frame: bytes) -> None:
        """Queue a frame of the carrier's own: a pong, a close frame. It is sent even after :meth:`close`."""
        if not self._is_kicked and self._put(frame):
            self._act()

    def silence(self) -> None:
        """Accept no more messages: the carrier has begun to end the connection."""
        self._is_closed = True

    def finish(self) -> None:
        """Write everything that waits, then let the carrier close its transport."""
        self._is_closed = True
        while self._outbox.size:
            self._write(self._outbox.take())
        self._carrier.finish()

    def lost(self) -> None:
        """Learn that the transport is gone."""
        self._is_closed = self._is_kicked = self._is_gone = True
        self._outbox.clear()
        for timer in (self._stall_timer, self._cut_timer):
            if timer is not None:
                timer.cancel()
        self._stall_timer = self._cut_timer = None

    def kick(self, reason: str) -> None:
        """Abort the connection at the end of the turn; ``reason`` is for the log."""
        if self._is_kicked:
            return
        self._log.warn("connection kicked", peer=self.details.peer, reason=reason)
        self._is_closed = self._is_kicked = True
        self._outbox.clear()
        self._turn.add(self)

    # ---- what the turn calls ---------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what has been gathered, as far as the transport takes it."""
        if self._is_kicked:
            if not self._is_gone:
                self._is_gone = True
                self._carrier.abort()
            return
        outbox = self._outbox
        while outbox.size and not outbox.is_paused:
            self._write(outbox.take())

    # ---- what the transport calls: a streaming producer ------------------------------------------------------

    def pauseProducing(self) -> None:  # noqa: N802
        """Let bytes wait in the outbox."""
        self._outbox.pause()
        if self._stall_timer is None and not self._is_kicked:
            self._look_for_stall()

    def resumeProducing(self) -> None:  # noqa: N802
        """Write what has waited."""
        self._outbox.resume()
        if not self._is_kicked:
            self.flush()

    def stopProducing(self) -> None:  # noqa: N802
        """Do nothing: a lost connection is told to the carrier."""

    # ---- details ---------------------------------------------------------------------------------------------

    def _form(self, message: Outgoing) -> bytes:
        """Return the frame of a message; may raise for one that is not shared."""
        if message.forms is None:
            return self._frame(self._encode(message))
        return message.forms.get(self._wire) or self._share(message, message.forms)

    def _share(self, message: Outgoing, forms: dict[object, bytes]) -> bytes:
        """Make the frame of a shared message and remember it, or that there is none."""
        try:
            frame = self._frame(self._encode(message))
        except Unrepresentable:
            frame = _CANNOT_CARRY
        forms[self._wire] = frame
        return frame

    def _act(self) -> None:
        """Something has begun to wait, or too much does."""
        outbox = self._outbox
        if outbox.is_full():
            if not outbox.is_paused:
                self.flush()
            if outbox.is_full():
                self.kick("it reads too slowly: its outbox is full")
        else:
            self._turn.add(self)

    def _be_gone(self) -> None:
        self._cut_timer = None
        self.kick("its session was ended, and it did not go")

    def _look_for_stall(self) -> None:
        """Kick a reader that has stalled, or look again when it could have."""
        self._stall_timer = None
        seconds = self._outbox.seconds_to_stall()
        if seconds is not None and seconds <= 0:
            self.kick("it has stalled")
        elif self._outbox.is_paused:
            later = self._outbox.stalled_seconds if seconds is None else seconds
            self._stall_timer = self._clock.call_later(later, self._look_for_stall)
