"""Reverse proxies that a listener trusts, and what it believes them: for whom they speak, and whether by HTTPS.

Two fields are read, and only those, and only from addresses that are named: ``X-Forwarded-For`` and
``X-Forwarded-Proto``. The host is that of the Host field, which a proxy has to pass on. Why these and no others is in
docs/adr/0017-proxies.md.

From everybody else the fields say nothing. They still show that somebody stands between, so that a client on this
machine is not taken for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from ..networks import LocalAddress, is_local
from .head import BadRequest
from .sender import Sender, shown_peer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .head import RequestHead

FOR, PROTO = "x-forwarded-for", "x-forwarded-proto"
_TRACES = (FOR, PROTO, "x-forwarded-host", "x-real-ip", "forwarded", "via")
"""Fields that proxies add; whoever sends one is not taken for a client on this machine."""

UNIX = "unix"
"""Stands among addresses for whoever comes by the UNIX socket of the listener."""

_MOST_HOPS = 16
_LONGEST_LIST = 1024

_IS_HTTPS = {"http": False, "https": True, "ws": False, "wss": True}
"""Some proxies name the scheme of WebSockets."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """Whom a listener trusts.

    ``has_unix``: whoever comes by its UNIX socket. ``passes_through``: they pass connections through and say for whom
    at the beginning of each (:mod:`.proxy_protocol`), so that nothing in a request counts. ``may_be_read``: the
    listener's owner takes a plain connection from another machine for as good as an encrypted one.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    has_unix: bool = False
    passes_through: bool = False
    may_be_read: bool = False

    @classmethod
    def of(cls, names: Iterable[str], *, passes_through: bool = False, may_be_read: bool = False) -> Proxies:
        """Return those that a configuration names: addresses, networks, :data:`UNIX`."""
        names = tuple(names)
        networks = tuple(ip_network(name, strict=False) for name in names if name != UNIX)
        return cls(networks, UNIX in names, passes_through, may_be_read)

    def trust(self, address: str | None) -> bool:
        """Return whether who connects from an address, None for a UNIX socket, is such a proxy."""
        if address is None:
            return self.has_unix
        return self._trust(ip_address(address))

    def speak_for_others(self, connected: Sender) -> bool:
        """Return whether each request on a connection says for whom it is."""
        return connected.speaks_itself and not self.passes_through and self.trust(connected.address)

    def sender(self, head: RequestHead, connected: Sender) -> Sender:
        """Return who has sent a request on a connection with ``connected``.

        Raises :class:`.BadRequest` when a proxy does not say so, or not in a form that there is.
        """
        if not self.speak_for_others(connected):
            return _without_proxy(head, connected)
        client = self._client(_one_list(head))
        is_private = connected.secure or self.may_be_read or is_local(connected.address)
        return Sender(client, shown_peer(client), is_private and _is_https(head), speaks_itself=False)

    def _client(self, hops: list[str]) -> str:
        """Return the client: the last address that is no trusted proxy's, for what stands before it anybody can write.

        Where all are, it is the first.
        """
        addresses = [_address(hop) for hop in hops]
        strangers: Iterator[str] = (str(one) for one in reversed(addresses) if not self._trust(one))
        return next(strangers, str(addresses[0]))

    def _trust(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.networks)


NO_PROXIES = Proxies()


def _without_proxy(head: RequestHead, connected: Sender) -> Sender:
    if not is_local(connected.address) or not any(name in head.fields for name in _TRACES):
        return connected
    if not isinstance(connected.address, LocalAddress):
        raise BadRequest(400, "a proxy sends this that is not trusted here: name 'unix' among the trusted_proxies")
    return replace(connected, address=str(connected.address))


def _one_list(head: RequestHead) -> list[str]:
    """Return the elements of all the fields, which together are one list (RFC 9110, section 5.3)."""
    joined = ",".join(head.fields.get(FOR, ()))
    if not joined.strip():
        raise BadRequest(400, "the proxy does not say for whom this is: let it set X-Forwarded-For")
    hops = joined.split(",")
    if len(joined) > _LONGEST_LIST or len(hops) > _MOST_HOPS:
        raise BadRequest(400, f"X-Forwarded-For has more than {_MOST_HOPS} addresses")
    return hops


def _address(hop: str) -> IPv4Address | IPv6Address:
    """Return a bare address; a name, a port, a zone, ``unknown`` and everything else is none."""
    try:
        address = ip_address(hop.strip(" \t"))
    except ValueError:
        raise BadRequest(400, "X-Forwarded-For has something in it that is no IP address") from None
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        raise BadRequest(400, "X-Forwarded-For has an address with a zone in it")
    return address.ipv4_mapped or address


def _is_https(head: RequestHead) -> bool:
    given = head.fields.get(PROTO, [])
    if len(given) != 1 or given[0].lower() not in _IS_HTTPS:
        raise BadRequest(400, "the proxy has to say how the client came: let it set X-Forwarded-Proto to http or https")
    return _IS_HTTPS[given[0].lower()]
