import socket

from support.transport import FakeTransport
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from wampi.router.transport.addresses import TCP_NOTSENT_LOWAT, details_of, remote_address, tune


def test_an_ipv4_connection_is_named_by_address_and_port() -> None:
    details = details_of(FakeTransport(IPv4Address("TCP", "192.0.2.7", 51234)), "websocket")
    assert (details.peer, details.address, details.type) == ("tcp:192.0.2.7:51234", "192.0.2.7", "websocket")


def test_an_ipv6_connection_is_named_by_address_and_port() -> None:
    details = details_of(FakeTransport(IPv6Address("TCP", "2001:db8::7", 51234)), "websocket")
    assert (details.peer, details.address) == ("tcp:[2001:db8::7]:51234", "2001:db8::7")


def test_an_ipv4_address_on_a_socket_for_both_families_is_shown_as_what_it_is() -> None:
    assert remote_address(FakeTransport(IPv6Address("TCP", "::ffff:192.0.2.7", 1))) == "192.0.2.7"


def test_a_link_local_address_is_shown_without_its_interface() -> None:
    assert remote_address(FakeTransport(IPv6Address("TCP", "fe80::1%eth0", 1))) == "fe80::1"


def test_a_unix_socket_has_no_address() -> None:
    details = details_of(FakeTransport(UNIXAddress("/run/hub.sock")), "websocket")
    assert (details.peer, details.address, details.secure) == ("unix", None, False)


def test_a_tcp_connection_sends_at_once_and_keeps_little_in_the_kernel() -> None:
    with socket.socket() as handle:
        transport = FakeTransport()
        transport.handle = handle
        tune(transport)
        assert transport.options == {"nodelay": True}
        assert handle.getsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 128 * 1024


def test_a_unix_socket_has_nothing_to_tune() -> None:
    transport = FakeTransport(UNIXAddress("/run/hub.sock"))
    tune(transport)
    assert transport.options == {}
