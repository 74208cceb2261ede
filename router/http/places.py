"""Where a page is, as passkeys see it: they are tied to names, and not to addresses (Web Authentication, 5.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

_HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class Place:
    """The origin that a browser names, and the host name that passkeys are tied to."""

    origin: str
    relying_party: str

    @property
    def port(self) -> int:
        """The port of the origin."""
        return int(self.origin.removeprefix(f"https://{self.relying_party}").lstrip(":") or _HTTPS_PORT)

    @property
    def home(self) -> str:
        """Name and port, as a passkey keeps them that is made here."""
        return f"{self.relying_party}:{self.port}"

    def is_home_of(self, made_at: str, own_port: int | None) -> bool:
        """Return whether a passkey that was made somewhere is good here.

        To browsers it is good at every port of the name, where somebody else's page may ask for it and pass the answer
        on with its own port in the Host field. So the port has to be that of before, or the one that is listened at.
        Passkeys of before this was kept have none.
        """
        name, colon, _ = made_at.partition(":")
        return name == self.relying_party and (not colon or made_at == self.home or self.port == own_port)


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
