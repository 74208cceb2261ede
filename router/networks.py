"""Which addresses count as one source, and which are this machine's own."""

from __future__ import annotations

from ipaddress import IPv6Network, ip_address

_IPV6_SUBSCRIBER_PREFIX = 64


def source_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 that an IPv6 subscriber has."""
    if ":" not in address:
        return address
    return str(IPv6Network((address, _IPV6_SUBSCRIBER_PREFIX), strict=False))


def is_loopback(address: str) -> bool:
    """Return whether a bare IP address is this machine's own."""
    return ip_address(address).is_loopback
