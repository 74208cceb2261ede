"""The PROXY protocol, as proxies send it and as nobody else may."""

import struct
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import FakeClock, KeptLog
from support.transport import Behind, FakeTransport
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from wampi.router.networks import is_local
from wampi.router.transport.proxies import Proxies
from wampi.router.transport.proxy_protocol import BadProxyHeader, ProxyProtocolFactory, read_header
from wampi.router.transport.sender import ForwardedAddress

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")
LINE = b"PROXY TCP4 203.0.113.9 192.0.2.80 51234 443\r\n"
PROXY = IPv4Address("TCP", "192.0.2.1", 5)
STRANGER = IPv4Address("TCP", "203.0.113.66", 6)


def binary(client: str, port: int, command: int = 0x21, family: int | None = None, more: bytes = b"") -> bytes:
    """A header of version 2."""
    packed = ip_address(client).packed
    rest = packed + packed + struct.pack("!HH", port, 443) + more
    family = (0x11 if len(packed) == 4 else 0x21) if family is None else family
    return SIGNATURE + struct.pack("!BBH", command, family, len(rest)) + rest


HEADERS = [
    (LINE, "203.0.113.9", 51234),
    (b"PROXY TCP6 2001:db8::9 2001:db8::80 1 443\r\n", "2001:db8::9", 1),
    (binary("203.0.113.9", 51234), "203.0.113.9", 51234),
    (binary("2001:db8::9", 1), "2001:db8::9", 1),
    (binary("::ffff:203.0.113.9", 2), "203.0.113.9", 2),
    (binary("203.0.113.9", 3, more=b"\x03\x00\x04abcd"), "203.0.113.9", 3),
]


@pytest.mark.parametrize(("header", "host", "port"), HEADERS)
def test_a_header_names_the_client_and_ends_where_it_ends(header: bytes, host: str, port: int) -> None:
    assert read_header(header + b"\x16\x03\x01") == (ForwardedAddress(host, port), len(header))
    for cut in range(1, len(header)):
        assert read_header(header[:cut]) is None


@pytest.mark.parametrize("header", [
    b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02", b"PROXY UNKNOWNS\r\n", b"PROXY \r\n",
    b"PROXY UNKNOWN" + b" " * 94,
    b"PROXY TCP4 203.0.113.9 192.0.2.80 51234\r\n", b"PROXY TCP4 hub.test 192.0.2.80 51234 443\r\n",
    b"PROXY TCP6 203.0.113.9 192.0.2.80 51234 443\r\n", b"PROXY TCP4 2001:db8::9 2001:db8::80 1 443\r\n",
    b"PROXY TCP4 203.0.113.9 192.0.2.80 65536 443\r\n", b"PROXY TCP4 203.0.113.9 192.0.2.80 -1 443\r\n",
    b"PROXY TCP4 203.0.113.9  192.0.2.80 51234 443\r\n", b"PROXY TCP4 203.0.113.9 192.0.2.80 01 443\r\n",
    b"PROXY TCP4 203.0.113.999 192.0.2.80 51234 443\r\n", b"PROXY " + b"T" * 102,
    b"PROXY TCP4 203.0.113.9\n" + b" " * 99,
    binary("203.0.113.9", 1, command=0x22), binary("203.0.113.9", 1, command=0x31),
    binary("203.0.113.9", 1, family=0x00), binary("203.0.113.9", 1, family=0x12), binary("203.0.113.9", 1, family=0x31),
    binary("203.0.113.9", 1, family=0x21), SIGNATURE + b"\x21\x11\xff\xff",
    SIGNATURE + b"\x20\x00\xff\xff", SIGNATURE + b"\x21\x11\x00\x0b" + bytes(11),
])  # fmt: skip
def test_what_names_no_client_is_refused(header: bytes) -> None:
    with pytest.raises(BadProxyHeader):
        read_header(header)


OWN = [
    b"PROXY UNKNOWN\r\n",
    b"PROXY UNKNOWN 203.0.113.9 192.0.2.80 51234 443\r\n",
    SIGNATURE + b"\x20\x00\x00\x00",
    binary("203.0.113.9", 1, command=0x20),
    binary("203.0.113.9", 1, command=0x20, family=0x31),
]
"""Headers of connections that are the proxy's own."""


@pytest.mark.parametrize("header", OWN)
def test_a_header_may_say_that_the_connection_is_the_proxys_own(header: bytes) -> None:
    assert read_header(header + b"\x16\x03\x01") == (None, len(header))
    for cut in range(1, len(header)):
        assert read_header(header[:cut]) is None


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda data: SIGNATURE + data),
                 st.binary(max_size=200).map(lambda data: b"PROXY TCP4 " + data)))  # fmt: skip
def test_no_bytes_do_anything_else_than_name_a_client_wait_or_be_refused(data: bytes) -> None:
    try:
        found = read_header(data)
    except BadProxyHeader:
        return
    assert found is None or found[1] <= len(data)
    assert found is None or found[0] is None or ip_address(found[0].host)


class Within(Behind):
    """What is made for an address, and keeps what it is handed."""

    def __init__(self, address: IAddress | None) -> None:
        super().__init__()
        self.address = address


class House(Factory):
    """A listener whose proxy is at 192.0.2.1, if nothing else is said."""

    def __init__(self, proxy: str = "192.0.2.1") -> None:
        self.clock, self.log = FakeClock(), KeptLog()
        self.made: list[Within] = []
        self.factory = ProxyProtocolFactory(self, Proxies.of([proxy], passes_through=True), self.clock, self.log, 5)

    def buildProtocol(self, addr: IAddress | None) -> Within:  # noqa: N802
        self.made.append(Within(addr))
        return self.made[-1]

    def open(self, peer: Any = PROXY) -> tuple[Protocol, FakeTransport]:
        protocol, transport = self.factory.buildProtocol(peer), FakeTransport(peer)
        protocol.makeConnection(transport)
        return protocol, transport


def test_behind_the_header_the_connection_is_the_clients() -> None:
    house = House()
    protocol, transport = house.open()
    for octet in LINE[:-1]:
        protocol.dataReceived(bytes((octet,)))
    assert house.made == []
    protocol.dataReceived(LINE[-1:] + b"hel")
    protocol.dataReceived(b"lo")
    (within,) = house.made
    assert (within.address, within.received) == (ForwardedAddress("203.0.113.9", 51234), b"hello")
    assert within.transport is transport
    house.clock.advance(1000)
    assert not transport.is_ended
    protocol.connectionLost(Failure(ConnectionDone()))
    assert within.is_lost


def test_from_a_stranger_a_header_is_the_beginning_of_what_he_says() -> None:
    house = House()
    protocol, _ = house.open(STRANGER)
    protocol.dataReceived(LINE)
    assert (house.made[0].address, house.made[0].received) == (STRANGER, LINE)


@pytest.mark.parametrize("header", OWN)
def test_a_proxy_that_looks_whether_the_hub_is_there_is_a_client_like_others_and_the_log_says_nothing(
    header: bytes,
) -> None:
    house = House()
    protocol, transport = house.open()
    protocol.dataReceived(header + b"hello")
    (within,) = house.made
    assert (within.address, within.received) == (ForwardedAddress("192.0.2.1", 5), b"hello")
    protocol.connectionLost(Failure(ConnectionDone()))
    assert within.is_lost
    assert not transport.is_ended
    assert house.log.lines == []


def test_such_a_proxy_is_not_on_this_machine_wherever_it_is() -> None:
    house = House("127.0.0.0/8")
    protocol, _ = house.open(IPv4Address("TCP", "127.0.0.1", 7))
    protocol.dataReceived(OWN[0])
    (within,) = house.made
    assert within.address == ForwardedAddress("127.0.0.1", 7)
    assert not is_local(within.address.host)


def test_by_a_unix_socket_it_sees_that_the_hub_is_there_and_no_more() -> None:
    house = House("unix")
    protocol, transport = house.open(UNIXAddress("/proxy.sock"))
    protocol.dataReceived(OWN[0] + b"hello")
    assert transport.disconnecting
    assert (house.made, house.log.lines) == ([], [])


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"PROXY UNKNOWNS\r\n", b"\x16\x03\x01"])
def test_a_proxy_that_names_nobody_is_cut_off_and_the_log_says_why(sent: bytes) -> None:
    house = House()
    protocol, transport = house.open()
    protocol.dataReceived(sent)
    protocol.dataReceived(LINE)
    assert transport.is_aborted
    assert house.made == []
    assert house.log.lines[-1][0] == "connection of a proxy refused"


def test_a_header_that_does_not_come_in_time_ends_the_connection() -> None:
    house = House()
    protocol, transport = house.open()
    for octet in LINE[:4]:
        house.clock.advance(1)
        protocol.dataReceived(bytes((octet,)))
    assert not transport.is_ended
    house.clock.advance(1.1)
    assert transport.is_aborted


def test_a_connection_lost_before_its_header_leaves_nothing() -> None:
    house = House()
    protocol, _ = house.open()
    protocol.dataReceived(LINE[:10])
    protocol.connectionLost(Failure(ConnectionDone()))
    house.clock.advance(10)
    assert house.made == []
    assert house.log.lines == []
