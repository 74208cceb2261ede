from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from support.transport import (
    CODECS,
    PLENTY,
    Behind,
    FakeTlsTransport,
    FakeTransport,
    KeptLink,
    call,
    client_frame,
    handshake,
)
from twisted.internet.address import UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from wampi.router.core.authentication import Principal
from wampi.router.core.ports import Peer
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.door import Door, DoorFactory
from wampi.router.transport.head import BadRequest
from wampi.router.transport.knock import Judged, Knock
from wampi.router.transport.routes import ANY_PATH, Routes
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory


class BehindFactory(Factory):
    def __init__(self) -> None:
        self.protocols: list[Behind] = []

    def build(self, *_whose: Any) -> Behind:
        return self.buildProtocol(None)

    def buildProtocol(self, addr: Any) -> Behind:  # noqa: N802
        self.protocols.append(Behind())
        return self.protocols[-1]


class FakeGate:
    """Keeps who knocks, and decides when a test says so."""

    def __init__(self) -> None:
        self.knocks: list[Knock] = []
        self.judged: list[Judged] = []

    def judge(self, knock: Knock, judged: Judged) -> None:
        self.knocks.append(knock)
        self.judged.append(judged)


class House:
    """A door with fakes behind it; ``open`` makes a connection."""

    def __init__(
        self, path: str = "/ws", limits: ConnectionLimits | None = None, gate: FakeGate | None = None, **routes: Any
    ) -> None:
        self.clock = FakeClock()
        self.log = KeptLog()
        self.links: list[KeptLink] = []
        self.connections = Connections(limits or ConnectionLimits(per_address=10, pending=10, total=10))
        self.site = BehindFactory()
        websocket = WebSocketFactory(
            self._attach, CODECS, self.clock, Turn(self.clock), self.log, limits=PLENTY, gate=gate
        )
        served = {"hosts": {"hub.test"}, "websockets": {path: websocket}, "site": self.site, **routes}
        self.factory = DoorFactory(Routes(**served), self.connections, self.clock, self.log)

    def _attach(self, peer: Peer) -> KeptLink:
        self.links.append(KeptLink(peer))
        return self.links[-1]

    def open(self, transport: FakeTransport | None = None) -> tuple[Door, FakeTransport]:
        door, transport = self.factory.buildProtocol(None), transport or FakeTransport()
        door.makeConnection(transport)
        return door, transport


@pytest.fixture
def house() -> House:
    return House()


def get(path: str = "/", *fields: str, method: str = "GET", host: str = "hub.test") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode()


def status(transport: FakeTransport) -> int:
    return int(transport.value().split(b" ", 2)[1])


def test_a_websocket_handshake_for_a_known_path_goes_to_websocket(house: House) -> None:
    door, transport = house.open()
    door.dataReceived(handshake() + client_frame(call(1)))
    assert status(transport) == 101
    door.dataReceived(client_frame(call(2)))
    assert [message.request for message in house.links[0].messages] == [1, 2]  # type: ignore[union-attr]


def test_other_requests_go_to_the_site_with_every_byte(house: House) -> None:
    door, _ = house.open()
    request = get("/page?x=1")
    door.dataReceived(request[:20])
    door.dataReceived(request[20:])
    door.dataReceived(b"more")
    assert house.site.protocols[0].received == request + b"more"


@pytest.mark.parametrize(("path", "length", "passes"), [
    ("/publish", 10, True), ("/publish?key=1", 10, True), ("/publish/below", 10, True),
    ("/publish", 11, False), ("/publishes", 1, False), ("/", 1, False),
])  # fmt: skip
def test_a_body_may_be_as_large_as_its_path_says(path: str, length: int, passes: bool) -> None:
    house = House(bodies={"/publish": 10})
    door, transport = house.open()
    door.dataReceived(get(path, f"Content-Length: {length}", method="POST"))
    assert [len(house.site.protocols), transport.is_ended] == [passes, not passes]


def test_small_writes_are_not_delayed(house: House) -> None:
    _, transport = house.open()
    assert transport.options == {"nodelay": True}


def test_a_head_may_come_byte_by_byte(house: House) -> None:
    door, transport = house.open()
    for byte in handshake():
        door.dataReceived(bytes((byte,)))
    assert status(transport) == 101


def test_a_websocket_handshake_for_another_path_is_not_found(house: House) -> None:
    door, transport = house.open()
    door.dataReceived(handshake(path="/other"))
    assert status(transport) == 404
    assert house.links == []


def test_a_listener_may_serve_websocket_at_any_path() -> None:
    house = House(path=ANY_PATH, site=None)
    door, transport = house.open()
    door.dataReceived(handshake(path="/anything"))
    assert status(transport) == 101


@pytest.mark.parametrize(("path", "code"), [("/ws", 426), ("/", 404)])
def test_without_a_site_there_is_only_websocket(path: str, code: int) -> None:
    house = House(site=None)
    door, transport = house.open()
    door.dataReceived(get(path))
    assert status(transport) == code


def test_rawsocket_goes_where_it_is_served() -> None:
    rawsocket = BehindFactory()
    house = House(rawsocket=rawsocket)
    door, _ = house.open()
    door.dataReceived(b"\x7f")
    door.dataReceived(b"\xf2\x00\x00")
    assert rawsocket.protocols[0].received == b"\x7f\xf2\x00\x00"


def test_the_time_for_a_rawsocket_handshake_runs_until_it_is_whole() -> None:
    rawsocket = BehindFactory()
    house = House(rawsocket=rawsocket)
    door, transport = house.open()
    for octet in b"\x7f\xf2\x00":
        door.dataReceived(bytes((octet,)))
        house.clock.advance(1)
    house.clock.advance(2.1)
    assert transport.is_aborted
    assert rawsocket.protocols == []


def test_a_rawsocket_in_time_stays() -> None:
    house = House(rawsocket=BehindFactory())
    door, transport = house.open()
    door.dataReceived(b"\x7f\xf2\x00\x00")
    house.clock.advance(1000)
    assert not transport.is_ended


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\nHost: hub.test\r\n\r\n", b"\x16\x03\x01", b"\x00"])
def test_where_only_rawsocket_is_served_nothing_else_is_answered(octets: bytes) -> None:
    house = House(site=None, websockets={}, rawsocket=BehindFactory())
    door, transport = house.open()
    door.dataReceived(octets)
    assert transport.is_aborted
    assert transport.value() == b""


def test_where_only_rawsocket_is_served_a_connection_too_many_is_told_so() -> None:
    house = House(
        limits=ConnectionLimits(per_address=1, pending=10, total=10),
        site=None,
        websockets={},
        rawsocket=BehindFactory(),
    )
    house.open()
    door, transport = house.open()
    assert transport.value() == b"\x7f\x40\x00\x00"
    assert transport.disconnecting
    door.dataReceived(b"\x7f\xf2\x00\x00")
    door.connectionLost()
    assert house.connections.total == 1
    _, inside_tls = house.open(FakeTlsTransport())
    assert inside_tls.is_aborted
    assert inside_tls.value() == b""


def test_rawsocket_is_closed_where_it_is_not_served(house: House) -> None:
    door, transport = house.open()
    door.dataReceived(b"\x7f\xf2\x00\x00")
    assert transport.is_aborted
    assert transport.value() == b""


# ---- time


def test_a_dribbled_head_is_cut_off_at_its_absolute_time(house: House) -> None:
    door, transport = house.open()
    for byte in get("/")[:9]:
        door.dataReceived(bytes((byte,)))
        house.clock.advance(0.5)
    assert not transport.is_aborted
    house.clock.advance(0.6)
    assert transport.is_aborted


def test_silence_is_cut_off(house: House) -> None:
    _, transport = house.open()
    house.clock.advance(5.0)
    assert transport.is_aborted


def test_a_websocket_is_not_bound_by_the_time_of_the_head(house: House) -> None:
    door, transport = house.open()
    door.dataReceived(handshake())
    house.clock.advance(14)
    assert not transport.is_ended


def test_a_request_to_the_site_has_an_absolute_time(house: House) -> None:
    door, transport = house.open()
    door.dataReceived(get("/"))
    house.clock.advance(119)
    assert not transport.is_aborted
    house.clock.advance(2)
    assert transport.is_aborted


# ---- refusals


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (get("/", host="evil.example"), 421),
        (handshake(headers={"Host": "evil.example"}), 421),
        (handshake(headers={"Origin": "https://evil.example"}), 403),
        (handshake(headers={"Origin": "null"}), 403),
        (handshake(headers={"Origin": "https://hub.test"}), 403),
        (get("/", "Origin: https://evil.example"), 403),
        (get("/", "bad header"), 400),
        (get("/", "Content-Length: 1", method="POST"), 413),
        (get("/", "Transfer-Encoding: chunked", method="POST"), 411),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"hello\r\n", 400),
        (b"G" * 16_385, 431),
        (get("/", "Cookie: " + "c" * 17_000), 431),
        (handshake(["chat"]), 400),
        (handshake(headers={"Sec-WebSocket-Key": ""}), 400),
        (handshake(headers={"Connection": ""}), 400),
    ],
)
def test_a_request_that_may_not_pass_gets_one_line(house: House, request_bytes: bytes, code: int) -> None:
    door, transport = house.open()
    door.dataReceived(request_bytes)
    assert status(transport) == code
    body = transport.value().partition(b"\r\n\r\n")[2]
    assert body.endswith(b"\n")
    assert body.count(b"\n") == 1
    assert transport.is_ended
    assert (house.links, house.site.protocols) == ([], [])


def test_the_origin_of_an_encrypted_page_has_its_scheme(house: House) -> None:
    door, transport = house.open(FakeTlsTransport())
    door.dataReceived(handshake(headers={"Origin": "https://hub.test"}))
    assert status(transport) == 101
    assert house.links[0].peer.details.secure


def test_a_refused_connection_is_read_for_a_moment_and_then_cut_off(house: House) -> None:
    door, transport = house.open()
    door.dataReceived(get("/", "bad header"))
    answer = transport.value()
    for _ in range(100):
        door.dataReceived(bytes(10_000))
    assert transport.value() == answer
    assert not transport.is_aborted
    house.clock.advance(2.0)
    assert transport.is_aborted


def test_a_refusal_is_logged_with_its_reason(house: House) -> None:
    door, _ = house.open()
    door.dataReceived(get("/", host="evil.example"))
    [(event, fields)] = house.log.lines
    assert (event, fields["address"], fields["code"]) == ("request refused", "192.0.2.7", 421)


# ---- how many


def test_connections_are_counted_from_accept_to_their_end(house: House) -> None:
    door, _ = house.open()
    assert (house.connections.total, house.connections.pending) == (1, 1)
    door.dataReceived(handshake())
    house.links[0].peer.set_limits(PLENTY)
    assert (house.connections.total, house.connections.pending) == (1, 0)
    door.connectionLost(Failure(ConnectionDone()))
    assert (house.connections.total, house.connections.pending) == (0, 0)
    assert house.links[0].times_lost == 1


def test_one_connection_too_many_is_closed_at_once_and_unheard() -> None:
    house = House(limits=ConnectionLimits(per_address=2, pending=10, total=10))
    house.open()
    house.open()
    door, transport = house.open()
    assert transport.is_aborted
    door.dataReceived(handshake())
    door.connectionLost(Failure(ConnectionDone()))
    assert transport.value() == b""
    assert house.connections.total == 2


def test_a_unix_socket_is_admitted_without_an_address() -> None:
    house = House(limits=ConnectionLimits(per_address=0, pending=10, total=10), hosts=None)
    door, transport = house.open(FakeTransport(UNIXAddress("")))
    door.dataReceived(handshake(headers={"Host": "localhost:80"}))
    assert status(transport) == 101
    assert house.links[0].peer.details.peer == "unix"


@pytest.mark.parametrize("sent", [b"", b"GET / HT", get("/"), get("/", host="evil.example"), handshake()])
def test_a_connection_lost_at_any_moment_leaves_nothing(house: House, sent: bytes) -> None:
    door, _ = house.open()
    if sent:
        door.dataReceived(sent)
    door.connectionLost(Failure(ConnectionDone()))
    assert house.clock.twisted.getDelayedCalls() == []
    assert (house.connections.total, house.connections.pending) == (0, 0)
    assert all(protocol.is_lost for protocol in house.site.protocols)


# ---- the gate ----------------------------------------------------------------------------------------------------

ANNA = Principal("anna", "resident", "basic", "accounts", "password", since=5.0)


def knocking(more: bytes = b"", **fields: str) -> tuple[House, FakeGate, Door, FakeTransport]:
    """A handshake that waits at a gate."""
    gate = FakeGate()
    house = House(gate=gate)
    door, transport = house.open()
    door.dataReceived(handshake(headers=fields) + more)
    return house, gate, door, transport


def test_a_handshake_waits_until_the_gate_knows_who_it_is_from() -> None:
    house, gate, door, transport = knocking(client_frame(call(1)), Authorization="Basic abc")
    door.dataReceived(client_frame(call(2)))
    assert transport.value() == b""
    [knock] = gate.knocks
    assert (knock.peer, knock.address, knock.secure) == ("tcp:192.0.2.7:51234", "192.0.2.7", False)
    assert knock.head.fields["authorization"] == ["Basic abc"]
    gate.judged[0](ANNA)
    assert status(transport) == 101
    assert house.links[0].peer.details.principal == ANNA
    assert [message.request for message in house.links[0].messages] == [1, 2]  # type: ignore[union-attr]


def test_a_handshake_that_is_nobodys_opens_as_nobodys() -> None:
    house, gate, _, transport = knocking()
    gate.judged[0](None)
    assert status(transport) == 101
    assert house.links[0].peer.details.principal is None


def test_who_is_refused_at_the_gate_is_told_how_to_log_in() -> None:
    house, gate, _, transport = knocking()
    gate.judged[0](BadRequest(401, "no", challenges=("Digest a=b", "Basic c")))
    assert status(transport) == 401
    assert b"\r\nWWW-Authenticate: Digest a=b\r\nWWW-Authenticate: Basic c\r\n" in transport.value()
    assert house.links == []


def test_who_is_gone_before_the_gate_decides_opens_nothing() -> None:
    house, gate, door, transport = knocking()
    door.connectionLost()
    gate.judged[0](ANNA)
    assert transport.value() == b""
    assert house.links == []


def test_a_gate_that_takes_too_long_ends_the_connection() -> None:
    house, gate, _, transport = knocking()
    house.clock.advance(10.1)
    assert transport.is_aborted
    gate.judged[0](ANNA)
    assert house.links == []


def test_who_floods_while_the_gate_decides_is_cut_off() -> None:
    house, gate, door, transport = knocking()
    door.dataReceived(b"x" * 16 * 1024)
    assert transport.is_aborted
    gate.judged[0](ANNA)
    assert house.links == []


def test_a_page_of_another_site_never_gets_to_the_gate() -> None:
    _, gate, _, transport = knocking(Origin="http://evil.test")
    assert status(transport) == 403
    assert gate.knocks == []


@pytest.mark.parametrize(
    "query", ["user=anna&password=x", "PASSWORD=x", "a=1&access_token=x", "token=", "pass%77ord=x"]
)
def test_names_passwords_and_tokens_in_the_query_are_refused_and_it_says_why(house: House, query: str) -> None:
    door, transport = house.open()
    door.dataReceived(handshake(path=f"/ws?{query}"))
    assert status(transport) == 400
    assert b"in an address end up in logs and histories" in transport.value()
    assert "anna" not in repr(house.log.lines)


def test_other_queries_do_not_matter(house: House) -> None:
    door, transport = house.open()
    door.dataReceived(handshake(path="/ws?x=1&ticket=abc"))
    assert status(transport) == 101
