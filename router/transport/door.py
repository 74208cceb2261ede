"""The door: the first protocol of every connection, inside TLS where there is TLS.

It looks at the first bytes and hands the connection on: a WebSocket handshake for a known path to WebSocket, other
HTTP requests to the web site or to a service, RawSocket to RawSocket where that is served. It starts to count when the
connection is accepted, so that one absolute timer covers the TLS handshake and the request head together; a timer that
each byte restarts would let a dribbled head hold a connection for ever. What a service gives back, because its client
wants to ask more, begins here again, with the same timer.

Where a proxy that the listener trusts stands before it, who is at the other end is known with each request head, and
not before: see :class:`.sender.Sender`.

Wiring::

    routes = Routes(hosts={"home.test", "192.0.2.1"}, websockets={"/ws": websocket_factory}, site=site)
    door = DoorFactory(routes, connections, clock, log)     # ``connections`` is one object for the whole node
    reactor.listenTCP(port, over_tls(door, context))        # a plain or UNIX listener takes ``door`` as it is
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Factory, Protocol, connectionDone

from .addresses import is_tls, tune
from .exchange import Exchange
from .head import BadRequest, RequestHead, check_body, check_host, check_origin, check_query, parse_head
from .knock import Knock
from .proxies import NO_PROXIES, Proxies
from .rawsocket_frames import HANDSHAKE_BYTES, MAGIC, Refusal
from .responses import response, security_headers
from .sender import Sender, never, sender_of
from .strangers import InLine, Strangers, StrangersTlsFactory

if TYPE_CHECKING:
    from twisted.internet.interfaces import (
        IAddress,
        IOpenSSLServerConnectionCreator,
        IProtocol,
    )
    from twisted.python.failure import Failure

    from ..core.authentication import Principal
    from ..core.ports import Clock, Log, Timer
    from .connections import Admission, Connections
    from .exchange import Service
    from .routes import Routes
    from .websocket import WebSocketFactory

_END_OF_HEAD = b"\r\n\r\n"

_CLIENT_CLOSES_SECONDS = 1.0
"""How long a client that wants its connection closed has to do so itself."""

_HEADERS: Mapping[int, Mapping[str, str]] = {
    405: {"Allow": "POST"},
    426: {"Upgrade": "websocket", "Connection": "Upgrade, close"},
    503: {"Retry-After": "1"},
}
"""Status of a refusal -> what its response says besides."""


@dataclass(frozen=True, slots=True)
class DoorOptions:
    """``head_seconds`` run from accept, or from the answer to the request before.

    ``exchange_seconds`` bound a whole HTTP request and its response; where a service may take long to answer,
    ``body_seconds`` bound the body of a request, and then the taking of the answer.

    ``gate_seconds`` are for whoever decides who a handshake is from; meanwhile no more than ``head_bytes`` are kept.
    """

    head_seconds: float = 5.0
    body_seconds: float = 30.0
    head_bytes: int = 16 * 1024
    gate_seconds: float = 10.0
    exchange_seconds: float = 120.0
    linger_seconds: float = 2.0


def over_tls(
    door: DoorFactory, context: IOpenSSLServerConnectionCreator, strangers: Strangers | None = None
) -> StrangersTlsFactory:
    """Return the factory of a TLS listener with ``door`` inside; ``strangers`` is one object for the whole node."""
    return StrangersTlsFactory(context, door, strangers or Strangers(door.clock))


class DoorFactory(Factory):
    """Makes the doors of one listener."""

    noisy = False

    def __init__(
        self,
        routes: Routes,
        connections: Connections,
        clock: Clock,
        log: Log,
        options: DoorOptions | None = None,
        proxies: Proxies = NO_PROXIES,
        is_public: Callable[[], bool] = never,
    ) -> None:
        """``is_public`` is asked whether the listener's certificate is one that browsers accept by themselves."""
        self.routes = routes
        self.connections = connections
        self.clock = clock
        self.log = log
        self.options = options or DoorOptions()
        self.proxies = proxies
        self.is_public = is_public

    def buildProtocol(self, addr: IAddress | None) -> Door:  # noqa: N802 -- Twisted's signature
        """Return the door of a new connection."""
        return Door(self, addr)


class Door(Protocol):
    """One connection until it is known what it speaks; from then on it only passes on its end.

    To an exchange it is the :class:`.exchange.Keeper`.
    """

    transport: Any

    # Who the connection is with, and who has sent the request that is served on it.
    _connected: Sender
    _sender: Sender

    def __init__(self, factory: DoorFactory, address: IAddress | None) -> None:
        self._factory = factory
        self._address = address
        self._options = factory.options
        self._admission: Admission | None = None
        self._timer: Timer | None = None
        self._next_look: Timer | None = None
        self._behind: IProtocol | None = None
        self._is_over = False
        self._is_judged_for: WebSocketFactory | None = None
        self._head = bytearray()

    def connectionMade(self) -> None:  # noqa: N802
        """Take a place among all connections, and start the time for the head."""
        factory = self._factory
        self._connected = self._sender = sender_of(self.transport, self._address, factory.is_public)
        if factory.proxies.speak_for_others(self._connected):
            self._admission = factory.connections.admit_proxy()
        else:
            self._admission = factory.connections.admit(self._connected.address)
        if self._admission is None:
            self._turn_away()
            return
        if isinstance(self.transport, InLine):
            self.transport.count_as(self._admission)
        tune(self.transport)
        self._start_timer(self._options.head_seconds)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Gather the head, and act on it when it is complete. Once handed on, the bytes do not pass here any more."""
        if self._is_over:
            return
        if self._next_look is not None:
            self._head += data
            return
        searched = max(0, len(self._head) - len(_END_OF_HEAD))
        self._head += data
        if self._is_judged_for is not None:
            if len(self._head) > self._options.head_bytes:
                self._time_out(None)
            return
        if self._head[0] == MAGIC or not self._factory.routes.has_http:
            self._to_rawsocket()
            return
        end = self._head.find(_END_OF_HEAD, searched)
        try:
            if not 0 <= end <= self._options.head_bytes:
                self._check_unfinished()
                return
            self._to_http(parse_head(bytes(self._head[: end + len(_END_OF_HEAD)])))
        except BadRequest as error:
            self._refuse(error)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Give the place back, and tell whoever is behind the door."""
        self._stop_timer()
        self._is_judged_for = None
        if self._next_look is not None:
            self._next_look.cancel()
        if self._admission is not None:
            self._admission.release()
        if self._behind is not None:
            self._behind.connectionLost(reason)

    # ---- deciding --------------------------------------------------------------------------------------------

    def _check_unfinished(self) -> None:
        """Raise for the beginning of a head that cannot become one."""
        if len(self._head) > self._options.head_bytes:
            raise BadRequest(431, f"the request head is larger than {self._options.head_bytes} bytes")
        if not 0x41 <= self._head[0] <= 0x5A:  # A to Z; TLS, which no client should speak here, begins with 0x16
            raise BadRequest(400, "this port speaks HTTP and WebSocket")

    def _to_http(self, head: RequestHead) -> None:
        routes = self._factory.routes
        sender = self._sender = self._factory.proxies.sender(head, self._connected)
        self._count_for(sender)
        check_host(head, routes.hosts)
        check_origin(head, sender.scheme)
        service, path = routes.service(head.path)
        if service is not None:
            self._to_service(service, head, path)
            return
        websocket = routes.websocket(head.path)
        if head.wants_websocket:
            if websocket is None:
                raise BadRequest(404, f"there is no WebSocket at {head.path}")
            check_query(head)
            self._to_websocket(websocket, head)
        elif routes.site is None:
            code, line = (404, "there is nothing here") if websocket is None else (426, "here is only WebSocket")
            raise BadRequest(code, line)
        else:
            check_body(head, routes.largest_body(head.path))
            self._start_timer(self._options.exchange_seconds)
            self._hand_on(routes.site.build(sender))

    def _count_for(self, sender: Sender) -> None:
        """Give a proxy's connection a place among those of the client that it speaks for now."""
        if sender.speaks_itself or sender.address is None or self._admission is None:
            return
        if not self._admission.belongs_to(sender.address):
            raise BadRequest(503, "there are too many connections from your address")

    def _to_websocket(self, websocket: WebSocketFactory, head: RequestHead) -> None:
        """Hand a handshake on, at once or when the gate knows who it is from."""
        if websocket.gate is None:
            self._open(websocket, None)
            return
        self._is_judged_for = websocket
        self._start_timer(self._options.gate_seconds)
        websocket.gate.judge(Knock.of(head, self._sender), self._judged)

    def _judged(self, found: Principal | BadRequest | None) -> None:
        websocket, self._is_judged_for = self._is_judged_for, None
        if websocket is None:
            return
        if isinstance(found, BadRequest):
            self._refuse(found)
        else:
            self._open(websocket, found)

    def _open(self, websocket: WebSocketFactory, principal: Principal | None) -> None:
        self._stop_timer()
        self._hand_on(websocket.build(self._admission, principal, self._sender))

    def _to_service(self, service: Service, head: RequestHead, path: str) -> None:
        """Lend the connection for one request. What the head says of an upgrade is of no interest to a service."""
        request = service.accept(head, path)
        options = self._options
        self._stop_timer()
        del self._head[: self._head.index(_END_OF_HEAD) + len(_END_OF_HEAD)]
        self._hand_on(
            Exchange(
                head,
                request,
                self._sender,
                self,
                self._admission,
                self._factory.clock,
                options.body_seconds,
                options.head_seconds,
            )
        )

    def _to_rawsocket(self) -> None:
        """Hand a RawSocket on once its handshake is whole, so that the time for it holds until then."""
        factory = self._factory.routes.rawsocket
        # Nothing in a RawSocket could say whom a proxy speaks for.
        is_nobodys = self._factory.proxies.speak_for_others(self._connected)
        if factory is None or self._head[0] != MAGIC or is_nobodys:
            self._is_over = True
            self.transport.abortConnection()
        elif len(self._head) >= HANDSHAKE_BYTES:
            self._stop_timer()
            self._hand_on(factory.build(self._admission, self._sender))

    def _turn_away(self) -> None:
        """End a connection for which there is no place; where all clients speak RawSocket, they are told why."""
        self._is_over = True
        if self._factory.routes.has_http or is_tls(self.transport):
            self.transport.abortConnection()
            return
        # Without lingering: connections that are too many must not hold descriptors.
        self.transport.write(Refusal.CONNECTIONS.reply)
        self.transport.loseConnection()

    def _hand_on(self, protocol: IProtocol) -> None:
        """Let ``protocol`` have the connection, with everything that has come."""
        received, self._head = bytes(self._head), bytearray()
        self._behind = protocol
        # On the instance, so that no byte takes the way through the door any more.
        self.dataReceived = protocol.dataReceived  # type: ignore[method-assign]
        protocol.makeConnection(self.transport)
        protocol.dataReceived(received)

    # ---- taking back -----------------------------------------------------------------------------------------

    def take_back(self, rest: bytes) -> None:
        """Wait for the next head, for the same time as for the first."""
        self._behind = None
        self._sender = self._connected
        vars(self).pop("dataReceived", None)
        if self._admission is not None:
            self._admission.set_pending(True)
        self._start_timer(self._options.head_seconds)
        if rest:
            # Not at once: a client that sends hundreds of requests without waiting would nest as many calls.
            self._head += rest
            self._next_look = self._factory.clock.call_later(0, self._look)

    def _look(self) -> None:
        """Look at what came behind the request before."""
        self._next_look = None
        received, self._head = bytes(self._head), bytearray()
        self.dataReceived(received)

    def end(self) -> None:
        """Close the connection behind what has been written, or let the client do so.

        The end of TLS is bytes of its own. A client that closes without reading them resets the connection, before it
        has acknowledged what it read last: who has to know what has arrived would be misled. So it may go first.
        """
        self._behind = None
        self._is_over = True
        vars(self).pop("dataReceived", None)
        if is_tls(self.transport):
            self._start_timer(_CLIENT_CLOSES_SECONDS, partial(self._close_our_side, self._options.body_seconds))
        else:
            self._close_our_side(self._options.body_seconds)

    # ---- refusing --------------------------------------------------------------------------------------------

    def _refuse(self, error: BadRequest) -> None:
        """Answer with one line and end the connection.

        What the client still sends is read and dropped for a moment: a socket closed over unread bytes resets the
        connection, and the client would never see the answer.
        """
        sender = self._sender
        self._factory.log.info("request refused", address=sender.address, code=error.code, reason=error.message)
        headers = {**security_headers(sender), **_HEADERS.get(error.code, {})}
        self.transport.write(response(error.code, error.message, headers, error.as_json, error.challenges))
        self._close_our_side(self._options.linger_seconds)

    def _close_our_side(self, seconds: float) -> None:
        """Say that nothing more comes. The client has so many seconds to take what has been written, and to close."""
        self._is_over = True
        self._head = bytearray()
        self._start_timer(seconds)
        if is_tls(self.transport):
            self.transport.loseConnection()
        else:
            self.transport.loseWriteConnection()

    # ---- time ------------------------------------------------------------------------------------------------

    def _start_timer(self, seconds: float, on_timeout: Callable[[], None] | None = None) -> None:
        """End the connection after ``seconds``, whatever comes meanwhile; takes the place of an earlier timer."""
        self._stop_timer()
        self._timer = self._factory.clock.call_later(seconds, partial(self._time_out, on_timeout))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self, on_timeout: Callable[[], None] | None) -> None:
        self._timer = None
        if on_timeout is not None:
            on_timeout()
            return
        self._is_judged_for = None
        self.transport.abortConnection()
