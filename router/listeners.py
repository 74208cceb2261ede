"""From the transports of a configuration to sockets that listen."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.error import CannotListenError

from .codec import Shape, codecs
from .config.bridge import BridgePath
from .config.places import package_folder, resolve
from .config.transports import (
    ListeningTcp,
    ListeningTls,
    LoginCookie,
    LoginPath,
    LongPollPath,
    RawSocketTransport,
    StaticPath,
    WebSocketPath,
    WebTransport,
)
from .core.limits import Limits, LoginLimits
from .errors import StartError
from .logins import add_device_role, authenticator
from .transport.door import ANY_PATH, DoorFactory, DoorOptions, Routes, over_tls
from .transport.host import host_identity
from .transport.longpoll import LongPollFactory
from .transport.longpoll_transport import LongPollOptions
from .transport.rawsocket import RawSocketFactory, RawSocketOptions
from .transport.tls import CertificateFiles, Profile, ServerContext, TlsError
from .transport.websocket import WebSocketFactory, WebSocketOptions

if TYPE_CHECKING:
    from .codec import Codec
    from .config.auth import Auth
    from .config.limits import ListenerLimits
    from .config.transports import Listener, ListeningUnix, RawSocketService, WebSocketTransport
    from .core.ports import Clock, Log
    from .core.router import Router
    from .logins import LoginParts
    from .transport.connections import Connections
    from .transport.exchange import Service
    from .transport.knock import Gate
    from .transport.link import Attach
    from .transport.turn import Turn
    from .web_logins import WebLogins

    _Wamp = WebSocketPath | LongPollPath | WebSocketTransport | RawSocketService | RawSocketTransport

_HOSTS_SECONDS = 10.0

LOGIN_BODY_BYTES = 8 * 1024
"""Of a request to a login path; names and passwords are shorter."""


class OwnHosts:
    """The names and addresses that this host answers to, as they are now; asked for each request."""

    def __init__(self, more_names: tuple[str, ...], clock: Clock) -> None:
        self._more_names = more_names
        self._clock = clock
        self._hosts: frozenset[str] = frozenset()
        self._read_at = -_HOSTS_SECONDS

    def __contains__(self, host: object) -> bool:
        """Return whether a name in lower case, or a bare address, is this host's."""
        if self._clock.monotonic() - self._read_at >= _HOSTS_SECONDS:
            identity = host_identity(self._more_names)
            self._hosts = frozenset([*identity.names, *map(str, identity.addresses)])
            self._read_at = self._clock.monotonic()
        return host in self._hosts


class Listeners:
    """Opens the listeners of a node, and closes them."""

    def __init__(
        self,
        reactor: Any,
        clock: Clock,
        turn: Turn,
        log: Log,
        connections: Connections,
        data_dir: Path,
        server_file: Path,
        logins: LoginParts,
    ) -> None:
        self._reactor = reactor
        self._clock = clock
        self._turn = turn
        self._log = log
        self._connections = connections
        self._data_dir = data_dir
        self._server_file = server_file
        self._logins = logins
        self.contexts: list[ServerContext] = []
        self._ports: list[Any] = []
        self._web: dict[Router, WebLogins] = {}

    def open(self, transport: Listener, router: Router) -> int | None:
        """Listen; return the port number, None for a UNIX socket. Raises :class:`StartError`."""
        endpoint = transport.endpoint
        factory: Any = self._door(transport, router)
        if not isinstance(endpoint, ListeningTcp):
            self._listen_unix(endpoint, factory)
            return None
        if endpoint.tls is not None:
            factory = over_tls(factory, self._context(endpoint.tls))
        port = self._listen_tcp(endpoint, factory)
        number: int = port.getHost().port
        self._log.info("listening", port=number, interface=port.interface or None, tls=endpoint.tls is not None)
        return number

    def close(self) -> list[Any]:
        """Let nobody in any more; return what to wait for."""
        ports, self._ports = self._ports, []
        for web in self._web.values():
            web.stop()
        return [port.stopListening() for port in ports]

    # ---- sockets -----------------------------------------------------------------------------------------------

    def _listen_tcp(self, endpoint: ListeningTcp, factory: Any) -> Any:
        port = None
        for interface in _interfaces(endpoint):
            try:
                port = self._reactor.listenTCP(endpoint.port, factory, endpoint.backlog, interface)
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
        _remove_old_socket(path)
        try:
            port = self._reactor.listenUNIX(str(path), factory, endpoint.backlog, mode=0o600)
        except CannotListenError as error:
            raise StartError(_cannot_listen(str(path), error)) from None
        self._ports.append(port)
        self._log.info("listening", path=str(path))

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
            context = ServerContext(files, self._clock, self._log, profile)
        except TlsError as error:
            raise StartError(str(error)) from None
        self.contexts.append(context)
        return context

    # ---- what is served ----------------------------------------------------------------------------------------

    def _door(self, transport: Listener, router: Router) -> DoorFactory:
        limits = transport.limits
        site, rawsocket = None, None
        bodies: dict[str, int] = {}
        websockets: dict[str, WebSocketFactory] = {}
        services: dict[str, Service] = {}
        if isinstance(transport, WebTransport):
            websockets = {
                _url_path(name): self._websocket(path, limits, router, _cookie_name(transport))
                for name, path in transport.paths.items()
                if isinstance(path, WebSocketPath)
            }
            services = {
                _url_path(name): self._longpoll(path, limits, router, _cookie_name(transport))
                for name, path in transport.paths.items()
                if isinstance(path, LongPollPath)
            }
            resources, bodies = self._bridges(transport, router)
            logins = self._login_paths(transport, router)
            resources |= logins
            bodies |= dict.fromkeys(logins, LOGIN_BODY_BYTES)
            site = self._site(dict(_static_folders(transport, self._data_dir)), resources)
            if transport.rawsocket is not None:
                rawsocket = self._rawsocket(transport.rawsocket, limits, router)
        elif isinstance(transport, RawSocketTransport):
            rawsocket = self._rawsocket(transport, limits, router)
        else:
            websockets = {ANY_PATH: self._websocket(transport, limits, router)}
        is_tcp = isinstance(transport.endpoint, ListeningTcp)
        routes = Routes(
            OwnHosts(transport.host_names, self._clock) if is_tcp else None,
            websockets,
            site,
            bodies,
            rawsocket,
            services,
        )
        options = DoorOptions(head_seconds=limits.head_seconds, body_seconds=limits.body_seconds)
        return DoorFactory(routes, self._connections, self._clock, self._log, options)

    def _site(self, folders: dict[str, Path], resources: dict[str, Any]) -> Any:
        """Return the site of static folders and of ``resources``, both by path; None without any."""
        if not folders and not resources:
            return None
        from .http.page import Page, read_page  # noqa: PLC0415 - a plain router has no page
        from .http.paths import Paths  # noqa: PLC0415
        from .http.site import make_site  # noqa: PLC0415

        files = {}
        for prefix, folder in sorted(folders.items()):
            page = read_page(folder)
            files.update({path if prefix == "/" else prefix + path: file for path, file in page.items()})
        return make_site(Paths(resources, Page(files) if folders else None), self._reactor)

    def _login_paths(self, transport: WebTransport, router: Router) -> dict[str, Any]:
        """Return what is served at the paths of type ``login``."""
        return {
            _url_path(name): self._web_logins(router).resources(_url_path(name), path)
            for name, path in transport.paths.items()
            if isinstance(path, LoginPath)
        }

    def _bridges(self, transport: WebTransport, router: Router) -> tuple[dict[str, Any], dict[str, int]]:
        """Return the resources of the HTTP bridge by path, and the bytes of the largest body of each."""
        served = {name: path for name, path in transport.paths.items() if isinstance(path, BridgePath)}
        if not served:
            return {}, {}
        from .bridges import Bridges  # noqa: PLC0415 - most listeners have none

        codec = _codecs(("json",), transport.limits)["json"]
        bridges = Bridges(router, codec, self._clock, self._turn, self._log, self._data_dir)
        resources = {_url_path(name): bridges.resource(_url_path(name), path) for name, path in served.items()}
        return resources, {_url_path(name): bridges.largest_body(path) for name, path in served.items()}

    def _websocket(
        self,
        served: WebSocketPath | WebSocketTransport,
        limits: ListenerLimits,
        router: Router,
        cookie: str = LoginCookie().name,
    ) -> WebSocketFactory:
        options = WebSocketOptions(
            ping_seconds=served.options.auto_ping_interval / 1000,
            pong_seconds=served.options.auto_ping_timeout / 1000,
            close_seconds=served.options.close_handshake_timeout / 1000,
        )
        attach, login = self._attach(served, limits, router)
        offered = _codecs(served.serializers, limits)
        gate = self._gate(served.auth, router, cookie)
        return WebSocketFactory(attach, offered, self._clock, self._turn, self._log, options, login.session, gate)

    def _gate(self, auth: Auth, router: Router, cookie: str) -> Gate | None:
        """Return who finds out by whom a request comes, where it can say so."""
        if not auth.web_ways:
            return None
        return self._web_logins(router).gate(auth, cookie, is_required=auth.is_web_only)

    def _web_logins(self, router: Router) -> WebLogins:
        if router not in self._web:
            from .web_logins import WebLogins  # noqa: PLC0415 - a plain router has no page

            if self._logins.web is None:
                raise AssertionError("the service makes what the configured logins need")
            self._web[router] = WebLogins(self._logins.web, router, partial(add_device_role, router))
        return self._web[router]

    def _rawsocket(
        self, served: RawSocketService | RawSocketTransport, limits: ListenerLimits, router: Router
    ) -> RawSocketFactory:
        options = RawSocketOptions(
            ping_seconds=served.options.auto_ping_interval / 1000 or None,
            pong_seconds=served.options.auto_ping_timeout / 1000,
            largest_bytes=served.max_message_size,
        )
        attach, login = self._attach(served, limits, router)
        offered = _codecs(served.serializers, limits)
        return RawSocketFactory(attach, offered, self._clock, self._turn, self._log, options, login.session)

    def _longpoll(self, served: LongPollPath, limits: ListenerLimits, router: Router, cookie: str) -> LongPollFactory:
        options = LongPollOptions(
            receive_seconds=served.options.request_timeout,
            session_seconds=served.options.session_timeout,
            queue_bytes=served.options.queue_limit_bytes,
            queue_messages=served.options.queue_limit_messages,
        )
        attach, login = self._attach(served, limits, router)
        offered = _codecs(served.serializers, limits)
        return LongPollFactory(
            attach,
            offered,
            self._connections,
            self._clock,
            self._turn,
            self._log,
            options,
            login.session,
            self._gate(served.auth, router, cookie),
        )

    def _attach(self, served: _Wamp, limits: ListenerLimits, router: Router) -> tuple[Attach, LoginLimits]:
        """Return what makes the links of connections, and the limits that hold for them until they have logged in."""
        before_login = Limits(message_bytes=limits.message_bytes_before_login)
        login = LoginLimits(before_login, limits.hello_seconds, limits.authenticate_seconds)
        attach = partial(
            router.attach,
            authenticator=authenticator(served.auth, self._logins, router),
            strict_request_ids=served.options.strict_request_ids,
            login_limits=login,
        )
        return attach, login


def _codecs(serializers: tuple[str, ...], limits: ListenerLimits) -> dict[str, Codec]:
    known = codecs(Shape(limits.nesting, limits.elements))
    return {name: known[name] for name in serializers}


def _cookie_name(transport: WebTransport) -> str:
    """Return the name of the cookie that a listener's login gives out."""
    logins = (path for path in transport.paths.values() if isinstance(path, LoginPath))
    return next(logins, LoginPath()).cookie.name


def _url_path(name: str) -> str:
    return name if name == "/" else f"/{name}"


def _static_folders(transport: WebTransport, data_dir: Path) -> Iterator[tuple[str, Path]]:
    for name, path in transport.paths.items():
        if not isinstance(path, StaticPath):
            continue
        if path.directory is not None:
            yield _url_path(name), resolve(data_dir, path.directory)
        else:
            folder = package_folder(path.package or "", path.resource or "")
            if folder is not None:
                yield _url_path(name), folder


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
