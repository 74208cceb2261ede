"""From the transports of a configuration to sockets that listen."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.error import CannotListenError

from .config.places import resolve
from .config.transports import ListeningTcp, ListeningTls
from .errors import StartError
from .transport.door import over_tls
from .transport.ports import listen
from .transport.proxy_protocol import ProxyProtocolFactory
from .transport.sender import never
from .transport.strangers import Strangers, StrangersFactory
from .transport.tls import CertificateFiles, Profile, ServerContext, TlsError

if TYPE_CHECKING:
    from .config.transports import Listener, ListeningUnix
    from .core.authentication import Authenticator
    from .core.ports import Clock, Log
    from .core.router import Router
    from .doors import Doors

_CONSOLE_BACKLOG = 16


class Listeners:
    """Opens the listeners of a node, and closes them."""

    def __init__(self, reactor: Any, clock: Clock, log: Log, data_dir: Path, server_file: Path, doors: Doors) -> None:
        self._reactor = reactor
        self._clock = clock
        self._log = log
        self._data_dir = data_dir
        self._server_file = server_file
        self._doors = doors
        self._strangers = Strangers(clock)
        self.contexts: list[ServerContext] = []
        self._ports: list[Any] = []

    def open(self, transport: Listener, router: Router) -> int | None:
        """Listen; return the port number, None for a UNIX socket. Raises :class:`StartError`."""
        endpoint = transport.endpoint
        factory = self._factory(transport, router)
        if not isinstance(endpoint, ListeningTcp):
            self._listen_unix(endpoint, factory)
            return None
        port = self._listen_tcp(endpoint, factory)
        number: int = port.getHost().port
        self._log.info("listening", port=number, interface=port.interface or None, tls=endpoint.tls is not None)
        return number

    def open_console(self, path: Path, router: Router, authenticator: Authenticator) -> None:
        """Listen for the commands of whoever is at the hub itself. Raises :class:`StartError`."""
        self._listen_at(path, self._doors.console_door(router, authenticator), _CONSOLE_BACKLOG)

    def close(self) -> list[Any]:
        """Let nobody in any more; return what to wait for."""
        ports, self._ports = self._ports, []
        return [port.stopListening() for port in ports]

    def _factory(self, transport: Listener, router: Router) -> Any:
        """Return what is spoken at a listener: from within, HTTP and WAMP, TLS, and what proxies say before it."""
        tls = transport.endpoint.tls if isinstance(transport.endpoint, ListeningTcp) else None
        context = None if tls is None else self._context(tls)
        door = self._doors.door(transport, router, never if context is None else context.is_public)
        factory: Any = door
        if context is not None:
            factory = over_tls(door, context, self._strangers)
        elif transport.trusted_proxies:
            factory = StrangersFactory(door, self._strangers)
        if transport.proxy_protocol:
            seconds = transport.limits.head_seconds
            factory = ProxyProtocolFactory(factory, door.proxies, self._clock, self._log, seconds)
        return factory

    # ---- sockets -----------------------------------------------------------------------------------------------

    def _listen_tcp(self, endpoint: ListeningTcp, factory: Any) -> Any:
        port = None
        for interface in _interfaces(endpoint):
            try:
                port = listen(self._reactor, endpoint.port, factory, endpoint.backlog, interface)
                break
            except CannotListenError as error:
                failed = error
                if getattr(error.socketError, "errno", None) not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                    break
        if port is None:
            raise StartError(_cannot_listen(f"port {endpoint.port}", failed))
        self._ports.append(port)
        return port

    def _listen_unix(self, endpoint: ListeningUnix, factory: Any) -> None:
        path = resolve(self._data_dir, endpoint.path)
        self._listen_at(path, factory, endpoint.backlog)
        self._log.info("listening", path=str(path))

    def _listen_at(self, path: Path, factory: Any, backlog: int) -> None:
        _remove_old_socket(path)
        try:
            port = self._reactor.listenUNIX(str(path), factory, backlog, mode=0o600)
        except CannotListenError as error:
            raise StartError(_cannot_listen(str(path), error)) from None
        self._ports.append(port)

    def _context(self, tls: ListeningTls) -> ServerContext:
        if tls.type == "local-authority":
            files = CertificateFiles.combined(self._server_file)
        else:
            certificate, key = (resolve(self._data_dir, name or "") for name in (tls.certificate, tls.key))
            chain = tuple(resolve(self._data_dir, name) for name in tls.chain_certificates)
            files = CertificateFiles(certificate, key, chain)
        profile = Profile(
            tls.profile == "modern",
            tuple(resolve(self._data_dir, name) for name in tls.ca_certificates),
            tls.client_certificate == "required",
        )
        try:
            may_be_public = tls.type == "files"
            context = ServerContext(files, self._clock, self._log, profile, may_be_public=may_be_public)
        except TlsError as error:
            raise StartError(str(error)) from None
        self.contexts.append(context)
        return context


def _interfaces(endpoint: ListeningTcp) -> tuple[str, ...]:
    """Return the addresses to try in turn: for all of the machine's, one socket for IPv6 and IPv4 (ipv6(7))."""
    if endpoint.interface is not None:
        return (endpoint.interface,)
    every: dict[int | None, tuple[str, ...]] = {4: ("0.0.0.0",), 6: ("::",), None: ("::", "0.0.0.0")}  # noqa: S104
    return every[endpoint.version]


def _remove_old_socket(path: Path) -> None:
    """Remove a socket that a node left which was killed. Raises :class:`StartError` when somebody listens there."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise StartError(f"can't listen at {path}: {error.strerror}") from None
    raise StartError(f"can't listen at {path}: somebody listens there already")


def _cannot_listen(where: str, error: CannotListenError) -> str:
    reason = getattr(error.socketError, "strerror", None) or str(error.socketError)
    hint = {
        errno.EADDRINUSE: "stop what listens there, or choose another port in the configuration",
        errno.EACCES: "choose a port from 1024 up, or allow this user the lower ones",
    }.get(getattr(error.socketError, "errno", 0), "")
    return f"can't listen at {where}: {reason}" + (f"; {hint}" if hint else "")
