"""Who is at the other end, of a connection or of one request.

Limits, throttle, log, audit trail, rules for addresses, what needs TLS, Origin: all of them ask a :class:`Sender`, so
that it is decided in one place. For most that is who the connection is with; where that is a proxy which the listener
trusts, it is whom the proxy speaks for (:class:`.proxies.Proxies`, :mod:`.proxy_protocol`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IAddress
from zope.interface import implementer

from .addresses import is_tls, remote_address

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Sender:
    """The client.

    ``address`` is its bare IP address: a :class:`~..networks.LocalAddress` where it is on this machine by itself, None
    for a UNIX socket. ``peer`` is for the log, as :attr:`.TransportDetails.peer`. ``secure``: nobody between the client
    and this hub can read what it sends, but a trusted proxy. ``speaks_itself`` is false where a proxy speaks HTTP for
    it: the connection, its TLS, and a certificate shown there are the proxy's. ``has_public_certificate``: this
    connection's TLS serves a certificate that browsers accept by themselves.
    """

    address: str | None
    peer: str
    secure: bool
    speaks_itself: bool = True
    has_public_certificate: bool = False

    @property
    def scheme(self) -> str:
        """How addresses begin that the client has asked for."""
        return "https" if self.secure else "http"


@implementer(IAddress)
@dataclass(frozen=True, slots=True)
class ForwardedAddress:
    """The address of a client whose connection a trusted proxy passes through; given to ``buildProtocol``."""

    host: str
    port: int


def never() -> bool:
    """Return that a certificate is not one that browsers accept by themselves."""
    return False


def sender_of(transport: Any, address: IAddress | None = None, is_public: Callable[[], bool] = never) -> Sender:
    """Return who a connection is with; ``address`` is what its protocol was built for."""
    secure = is_tls(transport)
    if isinstance(address, ForwardedAddress):
        host, peer = address.host, shown_peer(address.host, address.port)
    else:
        host = remote_address(transport)
        peer = "unix" if host is None else shown_peer(host, transport.getPeer().port)
    return Sender(host, peer, secure, has_public_certificate=secure and is_public())


def shown_peer(address: str, port: int | None = None) -> str:
    """Return an address, and where it is known its port, for the log."""
    shown = f"[{address}]" if ":" in address else address
    return f"tcp:{shown}" if port is None else f"tcp:{shown}:{port}"
