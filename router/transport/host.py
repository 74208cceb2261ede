"""The names and addresses that this host answers to: what its certificate has to carry.

The addresses come from the kernel (rtnetlink(7), RTM_GETADDR): the C library's other ways show one address an
interface, or need the name service.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

_RTM_GETADDR, _RTM_NEWADDR = 22, 20
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST_DUMP = 0x301
_IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 1, 2, 8
_IFA_F_TEMPORARY, _IFA_F_DADFAILED, _IFA_F_DEPRECATED, _IFA_F_TENTATIVE = 0x01, 0x08, 0x20, 0x40
_FLEETING = _IFA_F_TEMPORARY | _IFA_F_DADFAILED | _IFA_F_DEPRECATED | _IFA_F_TENTATIVE

_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port
_ADDRESS = struct.Struct("=BBBBI")  # ifaddrmsg: family, prefix length, flags, scope, interface
_ATTRIBUTE = struct.Struct("=HH")  # rtattr: length, type

_LABEL = re.compile(r"(?!-)[0-9a-z-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """What a host is called and where it is found: DNS names, IP addresses; both sorted, without repetition."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...]


def host_identity(more_names: Iterable[str] = ()) -> HostIdentity:
    """Return the names and addresses of this host, and the names that its owner has given it besides.

    Link-local IPv6 addresses are left out, for no browser can open one; so are the short-lived ones (RFC 8981).
    """
    addresses = {ip_address("127.0.0.1"), ip_address("::1"), *interface_addresses()}
    names = {"localhost", *names_of(socket.gethostname()), *filter(is_dns_name, map(str.lower, more_names))}
    return HostIdentity(tuple(sorted(names)), tuple(sorted(addresses, key=lambda a: (a.version, int(a)))))


def names_of(hostname: str) -> list[str]:
    """Return the names of a host: as it calls itself, without its domain, and in multicast DNS (RFC 6762)."""
    whole = hostname.lower().rstrip(".")
    short = whole.split(".", maxsplit=1)[0]
    return [name for name in dict.fromkeys((whole, short, f"{short}.local")) if is_dns_name(name)]


def is_dns_name(name: str) -> bool:
    """Return whether a name can stand in a certificate: lower-case letters, digits and hyphens (RFC 1123)."""
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def interface_addresses() -> list[Address]:
    """Return the lasting addresses of all interfaces. Raises :class:`OSError` where the kernel gives none."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.settimeout(1.0)
        body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        netlink.send(_HEADER.pack(_HEADER.size + len(body), _RTM_GETADDR, _NLM_F_REQUEST_DUMP, 1, 0) + body)
        found: list[Address] = []
        while True:
            for kind, message in split_messages(netlink.recv(65536)):
                if kind == _NLMSG_DONE:
                    return found
                if kind == _NLMSG_ERROR:
                    raise OSError(-struct.unpack_from("=i", message)[0], "the kernel did not list its addresses")
                if kind == _RTM_NEWADDR and (address := lasting_address(message)) is not None:
                    found.append(address)


def split_messages(datagram: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each message in a netlink datagram (netlink(7))."""
    offset = 0
    while offset + _HEADER.size <= len(datagram):
        length, kind, _flags, _sequence, _port = _HEADER.unpack_from(datagram, offset)
        if length < _HEADER.size:
            return
        yield kind, datagram[offset + _HEADER.size : offset + length]
        offset += _aligned(length)


def lasting_address(message: bytes) -> Address | None:
    """Return the address in the body of an RTM_NEWADDR message, None for one that nobody should rely on."""
    family, _prefix, flags, _scope, _interface = _ADDRESS.unpack_from(message)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return None
    attributes = dict(_attributes(message[_ADDRESS.size :]))
    if _IFA_FLAGS in attributes:
        flags = struct.unpack("=I", attributes[_IFA_FLAGS])[0]
    # On a point-to-point link IFA_ADDRESS is the other side; IFA_LOCAL is this one.
    packed = attributes.get(_IFA_LOCAL, attributes.get(_IFA_ADDRESS))
    if packed is None:
        return None
    if family == socket.AF_INET:
        return IPv4Address(packed)
    address = IPv6Address(packed)
    return None if address.is_link_local or flags & _FLEETING else address


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[offset + _ATTRIBUTE.size : offset + length]
        offset += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
