"""Which addresses stay on this machine."""

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Return whether a host stands for this machine alone; None stands for all addresses."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def overlap(one: str | None, other: str | None) -> bool:
    """Return whether two interfaces share an address, so that one port cannot be opened on both."""
    return one == other or _is_any(one) or _is_any(other)


def _is_any(host: str | None) -> bool:
    return host in (None, "0.0.0.0", "::")  # noqa: S104 - compared, not bound
