"""Where a page is, as passkeys see it: they are tied to names, and not to addresses (Web Authentication, 5.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Place:
    """The origin that a browser names, and the host name that passkeys are tied to."""

    origin: str
    relying_party: str


def place_of(host: str) -> Place | None:
    """Return the place of a Host field; None for an address."""
    whole = host.lower()
    name, colon, port = whole.rpartition(":")
    if not colon or not port.isdecimal():
        name = whole
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return Place(f"https://{whole}", name) if name else None
    return None
