"""WAMP over WebSocket (RFC 6455; WAMP basic profile, "WebSocket Transport").

Autobahn does the handshake, control frames, fragmentation and closing; what nearly all traffic is, whole data frames,
takes a short path past it: see :mod:`.websocket_reader`. Here a connection opens, writes and ends.

Wiring::

    factory = WebSocketFactory(attach, codecs(), clock, turn, log)      # one for each listener
    protocol = factory.build(admission)                                 # the door does this

The names of Autobahn that are used here and there beyond its documentation are listed in :data:`AUTOBAHN_NAMES`; a
test sees to it that they exist.
"""

# ruff: noqa: N802, N803 -- the names are those of Twisted and Autobahn

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny
from twisted.internet.protocol import connectionDone

from ..core.limits import BEFORE_LOGIN
from .addresses import details_of
from .batches import BatchedFraming
from .frames import PING, Framing
from .heartbeat import Heartbeat, Pulse
from .peer import StreamPeer
from .responses import response, security_headers
from .websocket_reader import WebSocketReader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autobahn.websocket.types import ConnectionRequest
    from twisted.python.failure import Failure

    from ..codec import Codec
    from ..core.authentication import Principal
    from ..core.limits import Limits
    from ..core.ports import Clock, Log
    from .connections import Admission
    from .knock import Gate
    from .link import Attach
    from .sender import Sender
    from .turn import Turn

AUTOBAHN_NAMES = (
    *("CONFIG_ATTRS", "STATE_CLOSED", "STATE_CONNECTING", "STATE_OPEN", "_closeConnection", "_connectionLost"),
    *("_connectionMade", "_dataReceived", "_onOpen", "consumeData", "failHandshake", "onFrameBegin"),
    *("processData", "sendCloseFrame", "sendData"),
)
"""Methods and constants of Autobahn's protocol class that are overridden or used here."""

AUTOBAHN_ATTRIBUTES = (
    *("current_frame", "data", "failedByMe", "inside_message", "state", "wasClean"),
    *("maxFramePayloadSize", "maxMessagePayloadSize"),
)
"""Attributes of an open connection of Autobahn's that are used here."""


@dataclass(frozen=True, slots=True)
class WebSocketOptions:
    """Times in seconds: between pings, for the answer to one, for the answer to a close frame."""

    ping_seconds: float = 15.0
    pong_seconds: float = 10.0
    close_seconds: float = 2.0


class WebSocketFactory(WebSocketServerFactory):
    """Makes the protocols of one listener.

    ``attach`` is given the peer of each new connection and returns its link. ``codecs`` are the serializers offered,
    by name. ``limits`` hold until the link sets others. ``gate`` is asked by the door who a handshake is from.
    """

    noisy = False

    def __init__(
        self,
        attach: Attach,
        codecs: Mapping[str, Codec],
        clock: Clock,
        turn: Turn,
        log: Log,
        options: WebSocketOptions | None = None,
        limits: Limits = BEFORE_LOGIN,
        gate: Gate | None = None,
    ) -> None:
        # Autobahn wants a reactor only to remember it: all times here are those of the clock.
        super().__init__(server="", reactor=clock)  # type: ignore[no-untyped-call]
        self.attach = attach
        self.clock = clock
        self.turn = turn
        self.pulse = Pulse(clock, turn)
        self.wamp_log = log
        self.options = options or WebSocketOptions()
        self.limits = limits
        self.gate = gate
        framings = [(codec, kind(codec)) for kind in (Framing, BatchedFraming) for codec in codecs.values()]
        # subprotocol -> codec and framing
        self.wires = {framing.subprotocol: (codec, framing) for codec, framing in framings}
        self.setProtocolOptions(  # type: ignore[no-untyped-call]
            versions=[13],
            webStatus=False,
            maxFramePayloadSize=limits.message_bytes,
            maxMessagePayloadSize=limits.message_bytes,
            failByDrop=False,
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,
            autoPingInterval=0,
            autoPingRestartOnAnyTraffic=False,
            allowNullOrigin=True,  # the door has checked Origin; Autobahn's own check is not to be relied on
        )
        self.session_options = {name: getattr(self, name) for name in WebSocketServerProtocol.CONFIG_ATTRS}

    def build(
        self, admission: Admission | None = None, principal: Principal | None = None, sender: Sender | None = None
    ) -> WebSocketProtocol:
        """Return the protocol of a new connection of ``principal``'s, which keeps its place among all up to date.

        ``sender`` is who has sent the handshake; None for who the connection is with.
        """
        protocol = WebSocketProtocol(admission, principal, sender)
        protocol.factory = self
        return protocol

    def buildProtocol(self, _address: object) -> WebSocketProtocol:
        """Return the protocol of a new connection that nobody counts."""
        return self.build()


class _Quiet:
    """Takes the place of Autobahn's logger, which formats lines for every read and quotes what peers sent."""

    def debug(self, *_: object, **__: object) -> None:
        """Say nothing."""

    trace = info = warn = error = failure = debug


class WebSocketProtocol(WebSocketReader):
    """One WebSocket connection."""

    log = _Quiet()

    # Autobahn would copy its options one by one, and format them all for a log line that nobody reads.
    CONFIG_ATTRS: list[str] = []

    def __init__(
        self, admission: Admission | None = None, principal: Principal | None = None, sender: Sender | None = None
    ) -> None:
        super().__init__(admission, sender)
        self._principal = principal

    # ---- opening ---------------------------------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Begin with the handshake; its time is limited by the door.

        Autobahn's adapter for Twisted is passed by, here, in ``_onOpen`` and in ``connectionLost``: it would fetch a
        channel id for each TLS connection that TLS 1.3 does not have.
        """
        vars(self).update(self.factory.session_options)
        self._connectionMade()
        factory = self.factory
        self._options = factory.options
        self._start_reading(factory.clock, factory.turn, factory.limits)

    def onConnect(self, request: ConnectionRequest) -> str:
        """Choose the serializer: the first that the client names and this router has."""
        for name in request.protocols:
            if name in self.factory.wires:
                self._codec, self._framing = self.factory.wires[name]
                return str(name)
        raise ConnectionDeny(400, "offer one of the subprotocols " + ", ".join(self.factory.wires))

    def _onOpen(self) -> None:
        """Go straight to :meth:`onOpen`."""
        self.onOpen()

    def onOpen(self) -> None:
        """Give the core its peer and take the link."""
        codec, framing, factory, options = self._codec, self._framing, self.factory, self._options
        if codec is None or framing is None:
            raise AssertionError("the subprotocol is chosen before the connection opens")
        extra = {"websocket_protocol": framing.subprotocol}
        details = replace(details_of(self.transport, "websocket", self._sender, extra), principal=self._principal)
        self._accept_up_to(factory.limits.message_bytes)
        carrier = _Carrier(self)
        peer = StreamPeer(
            carrier, codec, framing, details, factory.limits, factory.turn, factory.clock, factory.wamp_log
        )
        self._peer = peer
        self.transport.registerProducer(peer, True)
        self._heartbeat = Heartbeat(
            factory.pulse, self._ping, self._on_silence, options.ping_seconds, options.pong_seconds
        )
        self._link = link = factory.attach(peer)
        self._hand_to(link, codec, framing)

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:
        """Refuse the handshake with one line."""
        headers = {**security_headers(self._sender), **dict(responseHeaders or ())}
        self.transport.write(response(code, reason, headers))
        self.dropConnection(abort=False)

    # ---- writing ---------------------------------------------------------------------------------------------

    def _ping(self, payload: bytes) -> None:
        """Send a ping (RFC 6455, section 5.5.2)."""
        if self._peer is not None and self.state == self.STATE_OPEN:
            self._peer.put(bytes((PING, len(payload))) + payload)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Send a frame that Autobahn has made, in order with the messages."""
        if self._peer is None:
            self.transport.write(data)
        else:
            self._peer.put(data)

    # ---- ending ----------------------------------------------------------------------------------------------

    def sendCloseFrame(self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False) -> None:
        """Send a close frame; from then on no message is sent, and the connection has only so long to end."""
        if self._peer is not None:
            self._peer.silence()
        if self._heartbeat is not None:
            self._heartbeat.stop()
        super().sendCloseFrame(code, reasonUtf8, isReply)
        self._drop_after(self._options.close_seconds)

    def _closeConnection(self, abort: bool = False) -> None:
        """Close the transport behind what is queued; what was ended in order needs no reset."""
        self._drop_after(self._options.close_seconds)
        if self._peer is None:
            self.transport.loseConnection()
        elif abort and not self.wasClean:
            self._peer.kick(self.wasNotCleanReason or "it broke the rules of WebSocket")
        else:
            self._peer.finish()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the core, and let go of everything."""
        self._let_go()
        self._connectionLost(reason)  # type: ignore[arg-type]  # it is handed the failure, whatever it declares


class _Carrier:
    """What the peer may do with its WebSocket; see :class:`.peer.Carrier`."""

    __slots__ = ("_protocol", "_transport", "write")

    def __init__(self, protocol: WebSocketProtocol) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self.write = self._transport.write

    def apply(self, limits: Limits) -> None:
        self._protocol.apply(limits)

    def hold(self) -> None:
        self._protocol.hold()

    def release(self) -> None:
        self._protocol.release()

    def say_close(self) -> None:
        self._protocol.sendClose(1000)

    def finish(self) -> None:
        self._transport.unregisterProducer()
        self._transport.loseConnection()

    def abort(self) -> None:
        self._transport.abortConnection()
