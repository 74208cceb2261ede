"""From the transports of a configuration to the doors behind which they are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .codec import Shape, codecs
from .config.bridge import BridgePath
from .config.places import package_folder, resolve
from .config.transports import (
    ListeningTcp,
    LoginCookie,
    LoginPath,
    LongPollPath,
    RawSocketTransport,
    StaticPath,
    WebSocketPath,
    WebTransport,
)
from .core.limits import Limits, LoginLimits
from .logins import add_device_role, authenticator
from .transport.door import DoorFactory, DoorOptions
from .transport.host import host_identity
from .transport.longpoll import LongPollFactory
from .transport.longpoll_transport import LongPollOptions
from .transport.proxies import Proxies
from .transport.rawsocket import RawSocketFactory, RawSocketOptions
from .transport.routes import ANY_PATH, Routes
from .transport.sender import never
from .transport.websocket import WebSocketFactory, WebSocketOptions

if TYPE_CHECKING:
    from .codec import Codec
    from .config.auth import Auth
    from .config.limits import ListenerLimits
    from .config.transports import Listener, RawSocketService, WebSocketTransport
    from .core.authentication import Authenticator
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


class Doors:
    """Makes the doors of a node."""

    def __init__(
        self,
        reactor: Any,
        clock: Clock,
        turn: Turn,
        log: Log,
        connections: Connections,
        data_dir: Path,
        logins: LoginParts,
    ) -> None:
        self._reactor = reactor
        self._clock = clock
        self._turn = turn
        self._log = log
        self._connections = connections
        self._data_dir = data_dir
        self._logins = logins
        self._web: dict[Router, WebLogins] = {}

    def door(self, transport: Listener, router: Router, is_public: Callable[[], bool] = never) -> DoorFactory:
        """Return the door of a listener; ``is_public`` as there.

        Raises :class:`.StartError` when what it serves cannot be read.
        """
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
        proxies = Proxies.of(
            transport.trusted_proxies, passes_through=transport.proxy_protocol, may_be_read=transport.insecure
        )
        is_reached_by_name = isinstance(transport.endpoint, ListeningTcp) or bool(transport.trusted_proxies)
        routes = Routes(
            OwnHosts(transport.host_names, self._clock) if is_reached_by_name else None,
            websockets,
            site,
            bodies,
            rawsocket,
            services,
        )
        options = DoorOptions(head_seconds=limits.head_seconds, body_seconds=limits.body_seconds)
        return DoorFactory(routes, self._connections, self._clock, self._log, options, proxies, is_public)

    def console_door(self, router: Router, authenticator: Authenticator) -> DoorFactory:
        """Return the door for commands: RawSocket with MessagePack, and nothing else."""
        attach = partial(router.attach, authenticator=authenticator)
        rawsocket = RawSocketFactory(attach, {"msgpack": codecs()["msgpack"]}, self._clock, self._turn, self._log)
        return DoorFactory(Routes(None, rawsocket=rawsocket), self._connections, self._clock, self._log)

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
        bridges = Bridges(router, codec, self._clock, self._turn, self._log, self._logins.throttle, self._data_dir)
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
