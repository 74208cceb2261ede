"""Which addresses count as one source, and which are this machine's own."""

from __future__ import annotations

import re
from ipaddress import IPv6Network

_IPV6_SUBSCRIBER_PREFIX = 64

_PEER = re.compile(r"tcp:(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::\d+)?")
"""A peer as the log shows it (:func:`.transport.sender.shown_peer`), with or without its port."""


class LocalAddress(str):
    """The bare loopback address of a client on this machine.

    Made for connections alone that come from here by themselves: what a proxy says of a client never is one, even
    where it says ``127.0.0.1``, so that nobody else has what is left to this machine. Whatever is made of one by
    cutting, joining or decoding is a plain text, and stands for nobody's own machine.
    """

    __slots__ = ()


def source_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 that an IPv6 subscriber has."""
    if ":" not in address:
        return str(address)
    return str(IPv6Network((address, _IPV6_SUBSCRIBER_PREFIX), strict=False))


def source_of_peer(peer: str) -> str:
    """Return what counts as one source of a peer as the log shows it: its port is another one for each connection."""
    match = _PEER.fullmatch(peer)
    if match is None:
        return peer
    return f"tcp:{match[2]}" if match[1] is None else f"tcp:[{source_of(match[1])}]"


def is_local(address: str | None) -> bool:
    """Return whether a client is on this machine: by loopback, or (None) by a UNIX socket."""
    return address is None or isinstance(address, LocalAddress)
