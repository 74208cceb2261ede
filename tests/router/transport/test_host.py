import socket
import struct
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from wampi.router.transport.host import (
    host_identity,
    interface_addresses,
    is_dns_name,
    lasting_address,
    names_of,
    split_messages,
)


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value


def address_message(text: str, flags: int = 0, attributes: bytes = b"") -> bytes:
    address = ip_address(text)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return struct.pack("=BBBBI", family, 24, flags, 0, 1) + attribute(1, address.packed) + attributes


def test_the_loopback_addresses_are_always_among_those_of_the_host() -> None:
    addresses = host_identity().addresses
    assert {IPv4Address("127.0.0.1"), IPv6Address("::1")} <= set(addresses)
    assert len(addresses) == len(set(addresses))


def test_an_address_that_a_socket_can_be_bound_to_is_listed_by_the_kernel() -> None:
    for address in interface_addresses():
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        with socket.socket(family) as probe:
            probe.bind((str(address), 0))


def test_a_host_answers_to_its_name_with_and_without_domain_and_in_multicast_dns() -> None:
    assert names_of("Hub.example.org.") == ["hub.example.org", "hub", "hub.local"]


def test_a_name_that_no_certificate_can_carry_is_left_out() -> None:
    assert names_of("my_hub") == []
    assert "wampi.home.arpa" in host_identity(["wampi.home.arpa", "not a name"]).names
    assert "not a name" not in host_identity(["not a name"]).names


@pytest.mark.parametrize("name", ["", "-a", "a-", "a..b", "A", "a_b", "x" * 64, ".".join(["x" * 60] * 5)])
def test_what_is_no_host_name(name: str) -> None:
    assert not is_dns_name(name)


def test_link_local_and_fleeting_addresses_of_version_6_are_left_out() -> None:
    assert lasting_address(address_message("fe80::1")) is None
    assert lasting_address(address_message("fd00::7")) == IPv6Address("fd00::7")
    for fleeting in (0x01, 0x08, 0x20, 0x40):
        assert lasting_address(address_message("fd00::7", fleeting)) is None
        assert lasting_address(address_message("fd00::7", 0, attribute(8, struct.pack("=I", fleeting)))) is None


def test_a_second_address_of_version_4_counts_although_its_flag_is_that_of_a_temporary_one() -> None:
    assert lasting_address(address_message("192.168.7.2", 0x01)) == IPv4Address("192.168.7.2")


def test_the_own_end_of_a_point_to_point_link_is_taken() -> None:
    message = address_message("10.0.0.1", 0, attribute(2, IPv4Address("10.0.0.2").packed))
    assert lasting_address(message) == IPv4Address("10.0.0.2")


def test_messages_of_another_family_are_passed_over() -> None:
    assert lasting_address(struct.pack("=BBBBI", 129, 0, 0, 0, 1)) is None


def test_a_datagram_is_split_at_its_aligned_lengths_and_a_broken_length_ends_it() -> None:
    first = struct.pack("=IHHII", 19, 20, 0, 1, 0) + b"abc" + b"\0"
    second = struct.pack("=IHHII", 16, 3, 0, 1, 0)
    broken = struct.pack("=IHHII", 2, 3, 0, 1, 0)
    assert list(split_messages(first + second + broken + second)) == [(20, b"abc"), (3, b"")]
