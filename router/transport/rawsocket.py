"""WAMP over RawSocket (WAMP advanced profile, "RawSocket Transport"): a handshake of four octets, then frames.

Everything around the frames is shared with WebSocket: see :mod:`.stream`.

Wiring::

    factory = RawSocketFactory(attach, codecs(), clock, turn, log)      # one for each listener
    protocol = factory.build(admission)                                 # the door does this
"""

# ruff: noqa: N802 -- the names are those of Twisted

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Factory, Protocol, connectionDone

from ..codec import ProtocolViolation
from ..core.limits import BEFORE_LOGIN
from .addresses import details_of, is_tls, keep_alive
from .heartbeat import Heartbeat, Pulse
from .peer import StreamPeer
from .rawsocket_frames import (
    HANDSHAKE_BYTES,
    MAGIC,
    MESSAGE,
    PING,
    PONG,
    PREFIX_BYTES,
    SERIALIZER_IDS,
    BrokenFrame,
    RawSocketFraming,
    Refusal,
    accept_handshake,
    announced_bytes,
    kind_and_size,
    prefix_of,
    read_handshake,
)
from .stream import StreamConnection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twisted.python.failure import Failure

    from ..codec import Codec
    from ..core.limits import Limits
    from ..core.ports import Clock, Log
    from .connections import Admission
    from .link import Attach
    from .sender import Sender
    from .turn import Turn

_prefix_at = Struct("!I").unpack_from

_PING_HINT = "if this client does not know pings, set 'auto_ping_interval' to 0"


@dataclass(frozen=True, slots=True)
class RawSocketOptions:
    """``ping_seconds`` between pings, None for none, because some clients do not know them; ``pong_seconds`` for the
    answer to one; ``close_seconds`` for a client to end a connection that the router has ended.

    ``largest_bytes`` is the largest message that is taken, rounded up to what a handshake can announce; a role's limit
    may be lower.
    """

    ping_seconds: float | None = 15.0
    pong_seconds: float = 10.0
    close_seconds: float = 2.0
    largest_bytes: int = 1024 * 1024


class RawSocketFactory(Factory):
    """Makes the protocols of one listener.

    ``attach`` is given the peer of each new connection and returns its link. ``codecs`` are the serializers offered,
    by name. ``limits`` hold until the link sets others.
    """

    noisy = False

    def __init__(
        self,
        attach: Attach,
        codecs: Mapping[str, Codec],
        clock: Clock,
        turn: Turn,
        log: Log,
        options: RawSocketOptions | None = None,
        limits: Limits = BEFORE_LOGIN,
    ) -> None:
        self.attach = attach
        self.clock = clock
        self.turn = turn
        self.pulse = Pulse(clock, turn)
        self.log = log
        self.options = options or RawSocketOptions()
        self.limits = limits
        self.announced_bytes = announced_bytes(self.options.largest_bytes)
        # id of the handshake -> codec and framing
        self.wires = {SERIALIZER_IDS[name]: (codec, RawSocketFraming(codec)) for name, codec in codecs.items()}

    def build(self, admission: Admission | None = None, sender: Sender | None = None) -> RawSocketProtocol:
        """Return the protocol of a new connection, which keeps its place among all up to date.

        ``sender`` is whose it is; None for who the connection is with.
        """
        return RawSocketProtocol(self, admission, sender)

    def buildProtocol(self, _address: object) -> RawSocketProtocol:
        """Return the protocol of a new connection that nobody counts."""
        return self.build()


class RawSocketProtocol(StreamConnection, Protocol):
    """One RawSocket connection; to its peer it is the :class:`.peer.Carrier`."""

    transport: Any
    write: Any
    """The transport's own, so that nothing lies between."""

    def __init__(
        self, factory: RawSocketFactory, admission: Admission | None = None, sender: Sender | None = None
    ) -> None:
        super().__init__(admission, sender)
        self._factory = factory
        self._options = factory.options
        self._accept_up_to(factory.limits.message_bytes)
        self._is_over = False
        self._is_lost = False
        self._has_pinged = False
        self._has_ponged = False

    # ---- opening ---------------------------------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Wait for the handshake; its time is limited by the door."""
        factory = self._factory
        self._start_reading(factory.clock, factory.turn, factory.limits)
        self.write = self.transport.write

    def _greet(self, data: bytes) -> bytes:
        """Answer the handshake at the start of ``data``; return what is behind it."""
        if data[0] != MAGIC:
            self._is_over = True
            self.transport.abortConnection()
        elif len(data) < HANDSHAKE_BYTES:
            self._keep(data, HANDSHAKE_BYTES)
        else:
            wanted = read_handshake(data[:HANDSHAKE_BYTES])
            if not isinstance(wanted, Refusal) and wanted[1] not in self._factory.wires:
                wanted = Refusal.SERIALIZER
            if isinstance(wanted, Refusal):
                self._refuse(wanted)
            else:
                self._open(*wanted)
                return data[HANDSHAKE_BYTES:]
        return b""

    def _refuse(self, refusal: Refusal) -> None:
        self._is_over = True
        self._factory.log.info("handshake refused", peer=self._sender.peer, reason=refusal.name.lower())
        self.write(refusal.reply)
        self._end()

    def _open(self, largest_to_send: int, serializer: int) -> None:
        """Accept the handshake, give the core its peer and take the link."""
        factory, options = self._factory, self._options
        self.write(accept_handshake(factory.announced_bytes, serializer))
        codec, framing = factory.wires[serializer]
        self._decode = codec.decode
        peer = StreamPeer(
            self,
            codec,
            framing,
            details_of(self.transport, "rawsocket", self._sender, {"rawsocket_serializer": codec.name}),
            factory.limits,
            factory.turn,
            factory.clock,
            factory.log,
            largest_frame_bytes=largest_to_send + PREFIX_BYTES,
        )
        self._peer = peer
        self.transport.registerProducer(peer, True)
        if options.ping_seconds is None:
            keep_alive(self.transport)
        else:
            self._heartbeat = Heartbeat(
                factory.pulse, self._ping, self._on_silence, options.ping_seconds, options.pong_seconds
            )
        self._link = factory.attach(peer)

    # ---- reading ---------------------------------------------------------------------------------------------

    def _consume(self, data: bytes) -> None:
        """Handle all of ``data``, or as much as the budget and the rate allow."""
        if self._is_over:
            return
        self._pace()
        if self._link is None:
            data = self._greet(data)
            if not data or self._is_over:
                return
        try:
            self._walk(data)
        except BrokenFrame as error:
            self._fail(str(error))

    def _walk(self, data: bytes) -> None:
        """Handle the whole frames at the start of ``data``, and keep the rest. Raises :class:`BrokenFrame`."""
        decode, monotonic, deadline, bucket = self._decode, self._monotonic, self._deadline, self._bucket
        link: Any = self._link
        at, have = 0, len(data)
        while have - at >= PREFIX_BYTES:
            if bucket.tokens < 1.0 or monotonic() > deadline:
                self._rest(data[at:])
                return
            kind, size = MESSAGE, _prefix_at(data, at)[0]
            if size > self._largest:
                # Anything but the prefix of a message that is small enough.
                kind, size = self._unusual(size)
            start = at + PREFIX_BYTES
            end = start + size
            if end > have:
                self._keep(data[at:], PREFIX_BYTES + size)
                return
            bucket.tokens -= 1.0
            at = end
            if kind != MESSAGE:
                self._control(kind, data[start:end])
                continue
            try:
                message = decode(data[start:end])
            except ProtocolViolation as violation:
                link.violate(str(violation))
            else:
                link.receive(message)
            if self._is_over:
                return
        if at < have:
            self._keep(data[at:], PREFIX_BYTES)

    def _accept_up_to(self, message_bytes: int) -> None:
        self._largest = min(message_bytes, self._factory.announced_bytes)

    def _unusual(self, prefix: int) -> tuple[int, int]:
        """Return type and size of a frame; raises :class:`BrokenFrame` also for one that is too large."""
        kind, size = kind_and_size(prefix)
        if size > self._largest:
            raise BrokenFrame(f"a frame of {size} octets came, {self._largest} are allowed")
        return kind, size

    def _control(self, kind: int, payload: bytes) -> None:
        """Answer a ping, or take the answer to one."""
        if kind == PING and self._peer is not None:
            self._peer.put(prefix_of(PONG, len(payload)) + payload)
        elif kind == PONG and self._heartbeat is not None:
            self._has_ponged = True
            self._heartbeat.answer(payload)

    def _has_ended(self) -> bool:
        return self._is_lost

    # ---- pinging ---------------------------------------------------------------------------------------------

    def _ping(self, payload: bytes) -> None:
        self._has_pinged = True
        if self._peer is not None:
            self._peer.put(prefix_of(PING, len(payload)) + payload)

    # ---- what the peer calls ---------------------------------------------------------------------------------

    def say_close(self) -> None:
        """End the connection: RawSocket has no closing handshake, what is queued is all that there is to say."""
        self._is_over = True
        if self._peer is not None:
            self._peer.finish()

    def finish(self) -> None:
        """Close the transport behind what it was given."""
        self.transport.unregisterProducer()
        self._end()

    def abort(self) -> None:
        """Close the transport at once."""
        self._is_over = True
        self.transport.abortConnection()

    # ---- ending ----------------------------------------------------------------------------------------------

    def _fail(self, reason: str) -> None:
        """End a connection whose frames are broken; what was queued before is delivered."""
        self._is_over = True
        if self._peer is not None:
            self._factory.log.warn("connection failed", peer=self._sender.peer, reason=reason)
            self._end_link()
            self._peer.finish()

    def _end(self) -> None:
        """Close our side. What the client still sends is read and dropped for a moment.

        A socket closed over unread bytes resets the connection, and the client would never see what was said last.
        """
        if self._heartbeat is not None:
            self._heartbeat.stop()
        self._drop_after(self._options.close_seconds)
        if is_tls(self.transport):
            self.transport.loseConnection()
        else:
            self.transport.loseWriteConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the core, and let go of everything."""
        if self._has_pinged and not self._has_ponged and not self._is_over:
            self._factory.log.warn("connection lost at its first ping", peer=self._sender.peer, hint=_PING_HINT)
        self._is_over = self._is_lost = True
        self._let_go()
