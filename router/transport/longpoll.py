"""WAMP over HTTP long-poll (advanced profile, "HTTP Longpoll Transport"): the requests, and whose transport they mean.

``open`` makes a transport and gives its id, ``ID/receive``, ``ID/send`` and ``ID/close`` use it; all of them are POST.
The id is all that makes a request one of a session, so it is random, is never logged, and serves only the origin that
opened it. Whatever is wrong with an id gets the same answer.

Wiring::

    factory = LongPollFactory(attach, codecs(), connections, clock, turn, log)      # one for each path
    routes = Routes(hosts, services={"/lp": factory})
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ..core.limits import BEFORE_LOGIN
from .addresses import details_of
from .exchange import Request
from .head import BadRequest, RequestHead, check_body, check_query
from .knock import Knock
from .longpoll_bodies import Bodies
from .longpoll_transport import NO_SUCH_TRANSPORT, LongPollOptions, LongPollTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..codec import Codec
    from ..core.authentication import Principal
    from ..core.limits import Limits
    from ..core.ports import Clock, Log, TransportDetails
    from .connections import Connections
    from .exchange import Exchange
    from .knock import Gate
    from .link import Attach
    from .turn import Turn

_OPEN_BYTES = 4096
_EMPTY_BYTES = 1024
"""Of the bodies that should be empty: what is in them is not looked at."""

_ID_BYTES = 24

_GATE_SECONDS = 10.0
"""For whoever decides who a transport is opened by."""


def new_transport_id() -> str:
    """Return an id that nobody can guess: 192 random bits, fit for a path."""
    return secrets.token_urlsafe(_ID_BYTES)


class Opening(msgspec.Struct):
    """The body of ``open``."""

    protocols: list[str]


class LongPollFactory:
    """Makes the transports of one path, and finds them again; to the door it is a :class:`.exchange.Service`.

    ``attach`` is given the peer of each new transport and returns its link. ``codecs`` are the serializers offered, by
    name. A transport has a place of its own among ``connections``, besides those of the HTTP connections. ``limits``
    hold until the link sets others. ``gate`` is asked who a transport is opened by.
    """

    def __init__(
        self,
        attach: Attach,
        codecs: Mapping[str, Codec],
        connections: Connections,
        clock: Clock,
        turn: Turn,
        log: Log,
        options: LongPollOptions | None = None,
        limits: Limits = BEFORE_LOGIN,
        gate: Gate | None = None,
        new_id: Callable[[], str] = new_transport_id,
    ) -> None:
        self.attach = attach
        self.clock = clock
        self.turn = turn
        self.log = log
        self.options = options or LongPollOptions()
        self.limits = limits
        self._gate = gate
        self._connections = connections
        self._new_id = new_id
        offered = [(codec, Bodies(codec, is_batched)) for is_batched in (False, True) for codec in codecs.values()]
        # protocol -> codec and how its messages stand in bodies
        self.protocols = {bodies.protocol: (codec, bodies) for codec, bodies in offered}
        # id -> transport
        self.transports: dict[str, LongPollTransport] = {}

    # ---- what the door calls ---------------------------------------------------------------------------------

    def accept(self, head: RequestHead, path: str) -> Request:
        """Return what to do with a request; see :meth:`.exchange.Service.accept`."""
        if head.method != "POST":
            raise BadRequest(405, "only POST is allowed here")
        if path == "open":
            check_query(head)
            return Request(check_body(head, _OPEN_BYTES), self._open)
        transport_id, _, action = path.partition("/")
        transport = self._find(head, transport_id)
        if action == "send":
            return Request(_check_message(head, transport), partial(_use, transport.send))
        if action == "receive":
            return Request(check_body(head, _EMPTY_BYTES), partial(_use, _without_body(transport.receive)))
        if action == "close":
            return Request(check_body(head, _EMPTY_BYTES), partial(_use, _without_body(transport.close)))
        raise BadRequest(404, NO_SUCH_TRANSPORT)

    def _find(self, head: RequestHead, transport_id: str) -> LongPollTransport:
        transport = self.transports.get(transport_id)
        if transport is None or transport.origin != _origin_of(head):
            raise BadRequest(404, NO_SUCH_TRANSPORT)
        return transport

    # ---- opening ---------------------------------------------------------------------------------------------

    def _open(self, exchange: Exchange, body: bytes) -> None:
        """Make a transport for the first of the client's protocols that is spoken here."""
        try:
            wanted = msgspec.json.decode(body, type=Opening).protocols
        except (ValueError, RecursionError):
            exchange.say(400, 'the body of open must be JSON like {"protocols": ["wamp.2.json"]}')
            return
        protocol = next((name for name in wanted if name in self.protocols), None)
        if protocol is None:
            exchange.say(400, "offer one of the protocols " + ", ".join(self.protocols))
        elif self._gate is None:
            self._make(exchange, protocol, None)
        else:
            exchange.answer_within(_GATE_SECONDS)
            self._gate.judge(Knock.of(exchange.head, exchange.sender), partial(self._judged, exchange, protocol))

    def _judged(self, exchange: Exchange, protocol: str, found: Principal | BadRequest | None) -> None:
        if isinstance(found, BadRequest):
            self.log.info("request refused", address=exchange.sender.address, reason=found.message)
            exchange.refuse(found)
        elif not exchange.is_over:
            self._make(exchange, protocol, found)

    def _make(self, exchange: Exchange, protocol: str, principal: Principal | None) -> None:
        admission = self._connections.admit(exchange.sender.address)
        if admission is None:
            exchange.say(503, "there are too many connections")
            return
        codec, bodies = self.protocols[protocol]
        transport_id = self._new_id()
        self.transports[transport_id] = LongPollTransport(
            self,
            codec,
            bodies,
            _details_of(exchange, protocol, principal),
            _origin_of(exchange.head),
            admission,
            partial(self._forget, transport_id),
        )
        answer = {"protocol": protocol, "transport": transport_id}
        exchange.respond(200, msgspec.json.encode(answer), "application/json")

    def _forget(self, transport_id: str) -> None:
        del self.transports[transport_id]


def _use(use: Callable[[Exchange, bytes], None], exchange: Exchange, body: bytes) -> None:
    """Do what is asked of a transport. Its connection need not log in: the transport is counted until it has."""
    if exchange.admission is not None:
        exchange.admission.set_pending(False)
    use(exchange, body)


def _without_body(use: Callable[[Exchange], None]) -> Callable[[Exchange, bytes], None]:
    return lambda exchange, _body: use(exchange)


def _check_message(head: RequestHead, transport: LongPollTransport) -> int:
    """Return the size of the body of a send. One that is refused is a message lost, and so ends the transport."""
    try:
        return check_body(head, transport.largest_bytes)
    except BadRequest as error:
        transport.fail(error.message)
        raise


def _details_of(exchange: Exchange, protocol: str, principal: Principal | None) -> TransportDetails:
    """Return what the core gets to know of a transport.

    It is not told of the TLS connection: requests come on many, so that no login can be bound to this one.
    """
    details = details_of(exchange.transport, "longpoll", exchange.sender, {"protocol": protocol})
    return replace(details, tls=None, principal=principal)


def _origin_of(head: RequestHead) -> str | None:
    """Return the origin of a page, which the door has checked; None for what is no page."""
    return next(iter(head.fields.get("origin", ())), None)
