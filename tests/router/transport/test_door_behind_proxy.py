"""The door of a listener that a proxy stands before: each request is its client's."""

from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from support.http_line import http_request
from support.transport import CODECS, PLENTY, FakeTlsTransport, FakeTransport, KeptLink, handshake
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from wampi.router.core.ports import Peer
from wampi.router.networks import is_local
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.door import Door, DoorFactory
from wampi.router.transport.exchange import Exchange, Request
from wampi.router.transport.head import RequestHead
from wampi.router.transport.knock import Judged, Knock
from wampi.router.transport.proxies import Proxies
from wampi.router.transport.routes import Routes
from wampi.router.transport.sender import ForwardedAddress, Sender
from wampi.router.transport.strangers import BUDGET_SECONDS, Strangers, StrangersFactory
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory

LOOPBACK = IPv4Address("TCP", "127.0.0.1", 51234)
ELSEWHERE = IPv4Address("TCP", "192.0.2.80", 51234)


class Behind(Protocol):
    """A site, a RawSocket and a service that keep who they are asked by."""

    def __init__(self) -> None:
        self.senders: list[Sender] = []

    def build(self, *whose: Any) -> Protocol:
        self.senders.append(whose[-1])
        return Protocol()

    def accept(self, head: RequestHead, path: str) -> Request:
        return Request(0, self._answer)

    def _answer(self, exchange: Exchange, _body: bytes) -> None:
        self.senders.append(exchange.sender)
        exchange.done()


class Told(Protocol):
    """Serves a request, and writes down whenever more comes from its client."""

    def __init__(self, client: str | None, order: list[str | None]) -> None:
        self._client = client
        self._order = order

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if data == b"more":
            self._order.append(self._client)


class OpenGate:
    """Keeps who knocks, and lets everybody in."""

    def __init__(self) -> None:
        self.knocks: list[Knock] = []

    def judge(self, knock: Knock, judged: Judged) -> None:
        self.knocks.append(knock)
        judged(None)


class House:
    """A door that trusts proxies on this machine, at 192.0.2.80 and at the UNIX socket."""

    def __init__(self, limits: ConnectionLimits | None = None, **proxies: bool) -> None:
        self.clock, self.log, self.gate, self.behind = FakeClock(), KeptLog(), OpenGate(), Behind()
        self.links: list[KeptLink] = []
        self.connections = Connections(limits or ConnectionLimits(per_address=10, pending=10, total=20))
        websocket = WebSocketFactory(
            self._attach, CODECS, self.clock, Turn(self.clock), self.log, limits=PLENTY, gate=self.gate
        )
        routes = Routes(
            {"hub.test"},
            {"/ws": websocket},
            self.behind,
            {"/post": 10},
            self.behind,
            {"/lp": self.behind},  # type: ignore[arg-type]
        )
        trusted = Proxies.of(["127.0.0.1", "192.0.2.80", "unix"], **proxies)
        self.factory = DoorFactory(routes, self.connections, self.clock, self.log, proxies=trusted)

    def _attach(self, peer: Peer) -> KeptLink:
        self.links.append(KeptLink(peer))
        return self.links[-1]

    def open(self, peer: Any = LOOPBACK, tls: bool = False, address: Any = None) -> tuple[Door, FakeTransport]:
        door, transport = self.factory.buildProtocol(address), (FakeTlsTransport if tls else FakeTransport)(peer)
        door.makeConnection(transport)
        return door, transport


def get(client: str, path: str = "/", *fields: str, proto: str = "https") -> bytes:
    return http_request(path, b"", f"X-Forwarded-For: {client}", f"X-Forwarded-Proto: {proto}", *fields, method="GET")


def websocket(client: str, proto: str = "https", **fields: str) -> bytes:
    return handshake(headers={"X-Forwarded-For": client, "X-Forwarded-Proto": proto, **fields})


def status(transport: FakeTransport) -> int:
    return int(transport.value().split(b" ", 2)[1])


@pytest.mark.parametrize("peer", [LOOPBACK, UNIXAddress("")])
def test_a_websocket_is_its_clients_to_the_gate_and_to_the_core(peer: Any) -> None:
    house = House()
    door, transport = house.open(peer)
    door.dataReceived(websocket("198.51.100.1, 203.0.113.9", Origin="https://hub.test"))
    assert status(transport) == 101
    (knock,) = house.gate.knocks
    details = house.links[0].peer.details
    assert (knock.peer, knock.address, knock.secure) == ("tcp:203.0.113.9", "203.0.113.9", True)
    assert (details.peer, details.address, details.secure) == ("tcp:203.0.113.9", "203.0.113.9", True)
    assert (details.tls, details.uid) == (None, None)


def test_a_request_to_the_site_is_its_clients() -> None:
    house = House()
    house.open()[0].dataReceived(get("203.0.113.9"))
    assert house.behind.senders[0].address == "203.0.113.9"


def test_requests_on_one_connection_of_a_proxy_may_be_of_several_clients() -> None:
    house = House()
    door, _ = house.open()
    for client in ("203.0.113.9", "203.0.113.10", "203.0.113.9"):
        door.dataReceived(get(client, "/lp/open"))
        assert house.connections._by_source == {client: 1}
    assert [sender.address for sender in house.behind.senders] == ["203.0.113.9", "203.0.113.10", "203.0.113.9"]
    door.dataReceived(http_request("/lp/open", b""))
    assert len(house.behind.senders) == 3
    door.connectionLost(Failure(ConnectionDone()))
    assert (house.connections.total, house.connections.pending, house.connections._by_source) == (0, 0, {})


def test_a_proxy_that_says_nothing_gets_a_line_that_says_what_is_missing() -> None:
    house = House()
    door, transport = house.open()
    door.dataReceived(http_request("/", method="GET"))
    assert status(transport) == 400
    assert b"let it set X-Forwarded-For" in transport.value()
    assert house.behind.senders == []


def test_an_origin_has_to_be_what_the_client_sees() -> None:
    for origin, proto, code in (
        ("https://hub.test", "https", 101),
        ("http://hub.test", "https", 403),
        ("https://hub.test", "http", 403),
        ("https://hub.test.evil.test", "https", 403),
        ("https://hub.test:8443", "https", 403),
        ("null", "https", 403),
    ):
        door, transport = House().open()
        door.dataReceived(websocket("203.0.113.9", proto, Origin=origin))
        assert status(transport) == code, origin


def test_the_host_is_that_of_the_host_field_and_of_no_other() -> None:
    door, transport = House().open(UNIXAddress(""))
    request = get("203.0.113.9", "/", "X-Forwarded-Host: hub.test")
    door.dataReceived(request.replace(b"Host: hub.test", b"Host: evil.test", 1))
    assert status(transport) == 421


def test_a_plain_proxy_on_another_machine_counts_as_plain_unless_its_owner_says_insecure() -> None:
    for insecure, is_secure in ((False, False), (True, True)):
        house = House(may_be_read=insecure)
        house.open(ELSEWHERE)[0].dataReceived(get("203.0.113.9"))
        assert house.behind.senders[0].secure is is_secure


def test_from_a_stranger_nothing_is_believed() -> None:
    house = House()
    house.open(IPv4Address("TCP", "203.0.113.66", 5))[0].dataReceived(get("127.0.0.1"))
    (sender,) = house.behind.senders
    assert (sender.address, sender.secure, sender.speaks_itself) == ("203.0.113.66", False, True)


def test_a_rawsocket_from_a_proxy_could_be_anybodys_and_is_cut_off() -> None:
    house = House()
    door, transport = house.open()
    door.dataReceived(b"\x7f\xf1\x00\x00")
    assert transport.is_aborted
    house.open(IPv4Address("TCP", "203.0.113.66", 5))[0].dataReceived(b"\x7f\xf1\x00\x00")
    assert [sender.address for sender in house.behind.senders] == ["203.0.113.66"]


def test_whom_a_proxy_passes_through_is_taken_for_himself_whatever_he_speaks() -> None:
    house = House(passes_through=True)
    passed = ForwardedAddress("203.0.113.9", 4711)
    house.open(tls=True, address=passed)[0].dataReceived(get("127.0.0.1"))
    house.open(tls=True, address=passed)[0].dataReceived(b"\x7f\xf1\x00\x00")
    for sender in house.behind.senders:
        assert (sender.peer, sender.secure, sender.speaks_itself) == ("tcp:203.0.113.9:4711", True, True)
        assert not is_local(sender.address)
    assert house.connections._by_source == {"203.0.113.9": 2}


# ---- how many


def test_each_client_behind_a_proxy_has_as_many_connections_as_one_that_comes_by_itself() -> None:
    house = House(ConnectionLimits(per_address=2, pending=10, total=20))
    for _ in range(2):
        door, transport = house.open()
        door.dataReceived(websocket("203.0.113.9"))
        assert status(transport) == 101
    door, transport = house.open()
    door.dataReceived(websocket("203.0.113.9"))
    assert status(transport) == 503
    door, transport = house.open()
    door.dataReceived(websocket("203.0.113.10"))
    assert status(transport) == 101


def test_who_has_not_logged_in_is_counted_as_without_a_proxy() -> None:
    house = House(ConnectionLimits(per_address=10, pending=2, total=20))
    for number in range(2):
        house.open()[0].dataReceived(websocket(f"203.0.113.{number}"))
    door, transport = house.open()
    door.dataReceived(websocket("203.0.113.9"))
    assert status(transport) == 503
    house.links[0].peer.set_limits(PLENTY)
    door, transport = house.open()
    door.dataReceived(websocket("203.0.113.9"))
    assert status(transport) == 101


def test_proxies_whose_clients_say_nothing_keep_nobody_out_who_comes_by_himself() -> None:
    house = House(ConnectionLimits(per_address=10, pending=3, total=20))
    waiting = [house.open()[1] for _ in range(5)]
    assert [transport.is_aborted for transport in waiting] == [False, False, False, True, True]
    door, transport = house.open(IPv4Address("TCP", "203.0.113.66", 5))
    door.dataReceived(handshake())
    assert status(transport) == 101


def test_strangers_wait_in_line_by_the_address_that_the_proxy_tells() -> None:
    house, order = House(), list[str | None]()
    house.behind.build = lambda sender: Told(sender.address, order)  # type: ignore[method-assign]
    strangers = Strangers(house.clock)
    factory = StrangersFactory(house.factory, strangers)
    flood, honest = "203.0.113.9", "198.51.100.1"
    ends = []
    for client in (flood, flood, flood, honest):
        ends.append(factory.buildProtocol(None))
        ends[-1].makeConnection(FakeTransport(LOOPBACK))
        ends[-1].dataReceived(get(client))
    strangers.take_turn(lambda: house.clock.pass_time(BUDGET_SECONDS))
    for end in ends:
        end.dataReceived(b"more")
    assert order == []
    house.clock.advance(0)
    assert order == [flood, honest, flood, flood]


def test_who_logs_in_behind_a_proxy_waits_no_more() -> None:
    house, order = House(), list[str | None]()
    house.behind.build = lambda sender: Told(sender.address, order)  # type: ignore[method-assign]
    strangers = Strangers(house.clock)
    end = StrangersFactory(house.factory, strangers).buildProtocol(None)
    end.makeConnection(FakeTransport(LOOPBACK))
    end.dataReceived(get("203.0.113.9"))
    assert end.wrappedProtocol is not None
    admission = end.wrappedProtocol._admission
    admission.set_pending(False)
    strangers.take_turn(lambda: house.clock.pass_time(BUDGET_SECONDS))
    end.dataReceived(b"more")
    assert order == ["203.0.113.9"]
