"""Proxies that a listener trusts: they can be told from others, and can say for whom they speak."""

import ipaddress
from collections.abc import Iterator

from ..problems import Problem, shown, under
from ..transports import Listener, ListeningTcp, RawSocketTransport

UNIX = "unix"

GIVE_TLS = "give the endpoint 'tls', or name the 'trusted_proxies' that end it"
"""What to do about a listener that nobody can log in at without being overheard."""


def comes_by_tls(transport: Listener) -> bool:
    """Return whether clients can come by TLS that ends here, or at a proxy whose word for it counts."""
    endpoint = transport.endpoint
    has_tls = isinstance(endpoint, ListeningTcp) and endpoint.tls is not None
    return has_tls or (bool(transport.trusted_proxies) and not transport.proxy_protocol)


def proxy_problems(transport: Listener, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the proxies of one listener."""
    for index, name in enumerate(transport.trusted_proxies):
        text = _name_problem(name, isinstance(transport.endpoint, ListeningTcp))
        if text is not None:
            yield Problem(under(under(path, "trusted_proxies"), index), text)
    if transport.proxy_protocol and not transport.trusted_proxies:
        yield Problem(under(path, "proxy_protocol"), "needs 'trusted_proxies', which say whose word counts")
    if isinstance(transport, RawSocketTransport) and transport.trusted_proxies and not transport.proxy_protocol:
        text = "nothing in a RawSocket says for whom a proxy speaks: set 'proxy_protocol', or leave it out"
        yield Problem(under(path, "trusted_proxies"), text)


def _name_problem(name: str, is_tcp: bool) -> str | None:
    if name == UNIX:
        return "this listener has no UNIX socket: name the proxy's address" if is_tcp else None
    try:
        network = ipaddress.ip_network(name, strict=False)
    except ValueError:
        return f"{shown(name)} is neither an address nor a network such as '192.0.2.0/24', nor 'unix'"
    if not is_tcp:
        return "who comes by a UNIX socket has no address: write 'unix'"
    if network.prefixlen == 0:
        return "everybody could say to be anybody: name the proxy's address alone"
    return None
