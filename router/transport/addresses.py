"""What is known of the other side of a Twisted transport."""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import termios
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from twisted.internet.address import IPv4Address as TwistedIPv4Address
from twisted.internet.address import IPv6Address as TwistedIPv6Address
from twisted.internet.interfaces import ISSLTransport

from ..core.ports import TransportDetails
from ..networks import LocalAddress
from .direct import write_directly
from .tls_connection import tls_connection

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from .sender import Sender

TCP_NOTSENT_LOWAT = 25
"""Linux, ``linux/tcp.h``; the socket module of Python 3.11 does not name it."""

_BYTES_ACKED_AT = 120
"""Where ``tcpi_bytes_acked`` stands in ``struct tcp_info`` (``linux/tcp.h``), eight bytes."""

UNSENT_BYTES = 128 * 1024
"""What the kernel may hold that it has not sent: beyond that, bytes wait where newer ones can replace them."""


def remote_address(transport: Any) -> str | None:
    """Return the bare IP address at the other end of a connection, None for anything but TCP.

    An IPv4 address that reached a socket for both families is shown as what it is. That may be a proxy: who sends
    what comes is a question for :class:`.sender.Sender`.
    """
    peer = transport.getPeer()
    if not isinstance(peer, TwistedIPv4Address | TwistedIPv6Address):
        return None
    address = ip_address(peer.host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return LocalAddress(address) if address.is_loopback else str(address)


def details_of(transport: Any, kind: str, sender: Sender, extra: dict[str, Any] | None = None) -> TransportDetails:
    """Return what the core gets to know of a connection; ``kind`` is :attr:`.TransportDetails.type`.

    Where a proxy ends the client's TLS, that of the connection says nothing of the client.
    """
    return TransportDetails(
        type=kind,
        peer=sender.peer,
        address=sender.address,
        secure=sender.secure,
        uid=peer_uid(transport) if sender.address is None else None,
        extra=extra if extra is not None else {},
        tls=tls_connection(transport) if is_tls(transport) and sender.speaks_itself else None,
    )


def peer_uid(transport: Any) -> int | None:
    """Return the user at the other end of a UNIX socket, as the kernel knows it (unix(7)); None for other sockets."""
    handle = _lowest(transport).getHandle() if hasattr(transport, "getHandle") else None
    if not isinstance(handle, socket.socket) or handle.family != socket.AF_UNIX:
        return None
    _, uid, _ = struct.unpack("=iII", handle.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)


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


def acknowledged_bytes(transport: Any) -> int:
    """Return how much of all that was ever written the other side has acknowledged, as far as the system knows.

    Of a UNIX socket it is 0 when the other side has read everything, else less.
    """
    handle = _lowest(transport).getHandle()
    if not isinstance(handle, socket.socket):
        return 0
    if handle.family == socket.AF_UNIX:
        return -_waiting_bytes(transport, handle)
    information = handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED_AT + 8)
    (acknowledged,) = struct.unpack_from("=Q", information, _BYTES_ACKED_AT)
    return int(acknowledged)


def written_bytes(transport: Any) -> int:
    """Return what :func:`acknowledged_bytes` will be when everything has arrived that was written until now."""
    handle = _lowest(transport).getHandle()
    if not isinstance(handle, socket.socket) or handle.family == socket.AF_UNIX:
        return 0
    return acknowledged_bytes(transport) + _waiting_bytes(transport, handle)


def _waiting_bytes(transport: Any, handle: socket.socket) -> int:
    """Return what the system has not had acknowledged, or read (SIOCOUTQ), and what it has yet to be given."""
    (queued,) = struct.unpack("=i", fcntl.ioctl(handle, termios.TIOCOUTQ, bytes(4)))
    lowest = _lowest(transport)
    unsent = len(getattr(lowest, "dataBuffer", b"")) + sum(map(len, getattr(lowest, "_tempDataBuffer", ())))
    return int(queued) + unsent


def before_loss(transport: Any, callback: Callable[[], None]) -> Callable[[], None]:
    """Call ``callback`` when the connection is lost, while its socket can still be asked; return what undoes that.

    A protocol is told when the socket is closed already, and inside TLS not even how the connection ended.
    """
    lowest = _lowest(transport)
    waiting: list[Callable[[], None]] | None = vars(lowest).get("told_before_loss")
    if waiting is None:
        waiting = lowest.told_before_loss = []
        lowest.connectionLost = partial(_tell_before_loss, waiting, lowest.connectionLost)
    waiting.append(callback)

    def undo() -> None:
        if callback in waiting:
            waiting.remove(callback)

    return undo


def _tell_before_loss(waiting: list[Callable[[], None]], lose: Callable[[Failure], None], reason: Failure) -> None:
    while waiting:
        waiting.pop()()
    lose(reason)


def _lowest(transport: Any) -> Any:
    """Return the transport below all wrappers such as TLS."""
    while hasattr(transport, "wrappedProtocol"):
        transport = transport.transport
    return transport
