import socket

from support.transport import FakeTlsTransport, FakeTransport
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from wampi.router.core.ports import TransportDetails
from wampi.router.networks import is_local
from wampi.router.transport.addresses import TCP_NOTSENT_LOWAT, details_of, remote_address, tune
from wampi.router.transport.sender import ForwardedAddress, Sender, sender_of


def details(peer: object) -> TransportDetails:
    """What is said of a connection with nobody between."""
    transport = FakeTransport(peer)
    return details_of(transport, "websocket", sender_of(transport))


def test_an_ipv4_connection_is_named_by_address_and_port() -> None:
    found = details(IPv4Address("TCP", "192.0.2.7", 51234))
    assert (found.peer, found.address, found.type) == ("tcp:192.0.2.7:51234", "192.0.2.7", "websocket")


def test_an_ipv6_connection_is_named_by_address_and_port() -> None:
    found = details(IPv6Address("TCP", "2001:db8::7", 51234))
    assert (found.peer, found.address) == ("tcp:[2001:db8::7]:51234", "2001:db8::7")


def test_an_ipv4_address_on_a_socket_for_both_families_is_shown_as_what_it_is() -> None:
    assert remote_address(FakeTransport(IPv6Address("TCP", "::ffff:192.0.2.7", 1))) == "192.0.2.7"


def test_a_link_local_address_is_shown_without_its_interface() -> None:
    assert remote_address(FakeTransport(IPv6Address("TCP", "fe80::1%eth0", 1))) == "fe80::1"


def test_a_unix_socket_has_no_address() -> None:
    found = details(UNIXAddress("/run/hub.sock"))
    assert (found.peer, found.address, found.secure) == ("unix", None, False)


def test_loopback_is_this_machine_also_in_a_socket_for_both_families() -> None:
    for host in ("127.0.0.1", "127.8.8.8"):
        assert is_local(details(IPv4Address("TCP", host, 1)).address)
    for host in ("::1", "::ffff:127.0.0.1"):
        assert is_local(details(IPv6Address("TCP", host, 1)).address)
    assert not is_local(details(IPv4Address("TCP", "192.0.2.7", 1)).address)


def test_whom_a_proxy_passes_through_is_who_the_proxy_says_and_never_on_this_machine() -> None:
    transport = FakeTransport(IPv4Address("TCP", "127.0.0.1", 51234))
    sender = sender_of(transport, ForwardedAddress("127.0.0.1", 4711))
    assert (sender.address, sender.peer, is_local(sender.address)) == ("127.0.0.1", "tcp:127.0.0.1:4711", False)


def test_where_a_proxy_speaks_for_a_client_neither_its_tls_nor_its_user_are_the_clients() -> None:
    spoken_for = Sender("203.0.113.9", "tcp:203.0.113.9", secure=True, speaks_itself=False)
    found = details_of(FakeTlsTransport(), "websocket", spoken_for)
    assert (found.address, found.secure, found.tls, found.uid) == ("203.0.113.9", True, None, None)


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
