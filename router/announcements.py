"""What a node tells at its start to whoever started it: where the page is, what to trust, who the owner is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .config.transports import ListeningTcp, StaticPath, WebTransport
from .datadir import PASSWORD_FILE, PUBLISHED_AUTHORITY
from .files import replace_file
from .transport.host import HostIdentity, host_identity

if TYPE_CHECKING:
    from .config.transports import Listener
    from .core.ports import Log
    from .provision import FirstOwner

_MDNS_RESPONDER = Path("/run/avahi-daemon/socket")


class Announcements:
    """Tells people on the terminal, or in the log where there is none."""

    def __init__(self, data_dir: Path, log: Log) -> None:
        self._data_dir = data_dir
        self._log = log

    def address(self, transport: Listener, number: int | None) -> None:
        """Log where a listener's page is, and what to trust; ``number`` is the port, None for a UNIX socket."""
        has_page = isinstance(transport, WebTransport) and isinstance(transport.paths.get("/"), StaticPath)
        if number is None or not has_page or not isinstance(transport.endpoint, ListeningTcp):
            return
        if transport.trusted_proxies and transport.endpoint.tls is None:
            return  # only the proxy knows where it is
        scheme = "http" if transport.endpoint.tls is None else "https"
        hosts = _hosts(transport.endpoint.interface, host_identity(transport.host_names))
        addresses = [f"{scheme}://{host}:{number}/" for host in hosts]
        self._log.info(f"open {addresses[0]} in a browser", or_else=", ".join(addresses[1:]) or None)
        file = self._data_dir / PUBLISHED_AUTHORITY
        if uses_authority(transport) and file.exists():
            self._log.info("browsers trust the page once they trust the authority of this hub", file=str(file))

    def keep_password(self, owner: FirstOwner) -> None:
        """Put the first password into a file, unless there is a terminal to show it on. Raises :class:`OSError`."""
        if not _has_terminal():
            replace_file(self._data_dir / PASSWORD_FILE, f"{owner.password}\n".encode())

    def owner(self, owner: FirstOwner) -> None:
        """Show the first password on a terminal; elsewhere, where a log might keep it, say which file has it."""
        if _has_terminal():
            print(f"\n    Log in as:  {owner.authid}\n    Password:   {owner.password}\n", flush=True)
            print("    It is shown only now. To change it: wampi user passwd owner\n", flush=True)
            return
        file = self._data_dir / PASSWORD_FILE
        self._log.info("owner account made, its password is in a file", authid=owner.authid, file=str(file))


def uses_authority(transport: Listener) -> bool:
    """Return whether a listener's certificate is signed by the hub's own authority."""
    endpoint = transport.endpoint
    return isinstance(endpoint, ListeningTcp) and endpoint.tls is not None and endpoint.tls.type == "local-authority"


def _has_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _hosts(interface: str | None, identity: HostIdentity) -> list[str]:
    """Return the names and addresses under which a listener is reached, the best for people first."""
    if interface not in (None, "::", "0.0.0.0"):  # noqa: S104 - compared, not bound
        return [f"[{interface}]" if ":" in interface else interface]
    local = [name for name in identity.names if name.endswith(".local")]
    others = [name for name in identity.names if "." in name and name not in local]
    addresses = [str(address) for address in identity.addresses if address.version == 4 and not address.is_loopback]
    # Multicast DNS names are known to the network only where somebody answers for this host.
    names = [*others, *local, *addresses] if _MDNS_RESPONDER.exists() else [*others, *addresses]
    return [*names, "localhost"]
