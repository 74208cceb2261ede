"""What is known of the other side of a Twisted transport."""

from __future__ import annotations

import select
import socket
from ipaddress import IPv6Address, ip_address
from typing import Any

from twisted.internet.address import IPv4Address as TwistedIPv4Address
from twisted.internet.address import IPv6Address as TwistedIPv6Address
from twisted.internet.interfaces import ISSLTransport

from ..core.ports import TransportDetails
from .direct import write_directly
from .tls_connection import tls_connection

TCP_NOTSENT_LOWAT = 25
"""Linux, ``linux/tcp.h``; the socket module of Python 3.11 does not name it."""

UNSENT_BYTES = 128 * 1024
"""What the kernel may hold that it has not sent: beyond that, bytes wait where newer ones can replace them."""


def remote_address(transport: Any) -> str | None:
    """Return the bare IP address of the other side, None for anything but TCP.

    An IPv4 address that reached a socket for both families is shown as what it is.
    """
    peer = transport.getPeer()
    if not isinstance(peer, TwistedIPv4Address | TwistedIPv6Address):
        return None
    address = ip_address(peer.host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def details_of(transport: Any, kind: str, extra: dict[str, Any] | None = None) -> TransportDetails:
    """Return what the core gets to know of a connection; ``kind`` is :attr:`.TransportDetails.type`."""
    address = remote_address(transport)
    if address is None:
        peer = "unix"
    else:
        shown = f"[{address}]" if ":" in address else address
        peer = f"tcp:{shown}:{transport.getPeer().port}"
    return TransportDetails(
        type=kind,
        peer=peer,
        address=address,
        secure=is_tls(transport),
        extra=extra if extra is not None else {},
        tls=tls_connection(transport) if is_tls(transport) else None,
    )


def is_tls(transport: Any) -> bool:
    """Return whether what goes through the transport is encrypted."""
    return bool(ISSLTransport.providedBy(transport))


def tune(transport: Any) -> None:
    """Set up a new connection for low latency: what is written is sent at once, and little waits in the kernel.

    Autobahn's ``tcpNoDelay`` option is stored and never applied. Without it one event in a hundred waits 40 ms.
    """
    lowest = _lowest(transport)
    if remote_address(transport) is not None:
        transport.setTcpNoDelay(True)
        handle = lowest.getHandle()
        if isinstance(handle, socket.socket):
            handle.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    write_directly(lowest)


def keep_alive(transport: Any) -> None:
    """Let the kernel find out whether the other host is still there, where the peer is not asked (tcp(7)).

    A host that is gone is noticed after 25 seconds. A process that hangs is not.
    """
    if remote_address(transport) is None:
        return
    handle = _lowest(transport).getHandle()
    if isinstance(handle, socket.socket):
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in ((socket.TCP_KEEPIDLE, 15), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 2)):
            handle.setsockopt(socket.IPPROTO_TCP, option, value)


def has_hung_up(transport: Any) -> bool:
    """Return whether the other side has ended the connection, also behind bytes that have yet to be read (poll(2)).

    A transport whose reading is paused does not tell.
    """
    handle = _lowest(transport).getHandle()
    if not isinstance(handle, socket.socket):
        return False
    poll = select.poll()
    poll.register(handle, select.POLLRDHUP)
    return bool(poll.poll(0))


def _lowest(transport: Any) -> Any:
    """Return the transport below all wrappers such as TLS."""
    while hasattr(transport, "wrappedProtocol"):
        transport = transport.transport
    return transport
