"""Listeners: endpoints, TLS, and what is served there."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .auth import Auth, Switch, WebAuth
from .bridge import Bridge
from .limits import ListenerLimits
from .section import Section
from .webpaths import WebPath

Port = Annotated[int, Meta(ge=0, le=65_535)]
Milliseconds = Annotated[int, Meta(ge=100, le=3_600_000)]
Path = Annotated[str, Meta(min_length=1, max_length=4096)]
HostName = Annotated[str, Meta(min_length=1, max_length=253)]
ProxyName = Annotated[str, Meta(min_length=1, max_length=64)]
LongPollSeconds = Annotated[float, Meta(ge=1, le=3600)]
RawSocketSize = Annotated[int, Meta(ge=512, le=16 * 1024 * 1024)]
Serializer = Literal["json", "msgpack", "cbor", "ubjson"]


class ListeningTls(Section, frozen=True, kw_only=True):
    """TLS on a listener: certificate files, or the local authority of the data directory."""

    type: Literal["files", "local-authority"] = "files"
    certificate: Path | None = None
    key: Path | None = None
    chain_certificates: tuple[Path, ...] = ()
    ca_certificates: tuple[Path, ...] = ()
    client_certificate: Literal["optional", "required"] = "optional"
    profile: Literal["intermediate", "modern"] = "intermediate"


class ListeningEndpoint(Section, frozen=True, kw_only=True):
    """Where a listener listens."""


class ListeningTcp(ListeningEndpoint, frozen=True, kw_only=True, tag_field="type", tag="tcp"):
    """A TCP port; without ``interface`` on all addresses of the machine. Port 0 takes any free one."""

    port: Port
    interface: Annotated[str, Meta(min_length=1, max_length=253)] | None = None
    version: Literal[4, 6] | None = None
    backlog: Annotated[int, Meta(ge=1, le=65_535)] = 128
    tls: ListeningTls | None = None


class ListeningUnix(ListeningEndpoint, frozen=True, kw_only=True, tag_field="type", tag="unix"):
    """A UNIX socket."""

    path: Path
    backlog: Annotated[int, Meta(ge=1, le=65_535)] = 128


class WebSocketOptions(Section, frozen=True, kw_only=True):
    """Options of a WebSocket listener, by Crossbar's names; times are milliseconds, as there."""

    auto_ping_interval: Milliseconds = 15_000
    auto_ping_timeout: Milliseconds = 10_000
    close_handshake_timeout: Milliseconds = 2_000
    strict_request_ids: bool = False


class RawSocketOptions(Section, frozen=True, kw_only=True):
    """Options of a RawSocket listener, by the names of WebSocket's; an interval of 0 is no pings."""

    auto_ping_interval: Annotated[int, Meta(ge=0, le=3_600_000)] = 15_000
    auto_ping_timeout: Milliseconds = 10_000
    strict_request_ids: bool = False


class WebSocketPath(WebPath, frozen=True, kw_only=True, tag_field="type", tag="websocket"):
    """WAMP over WebSocket."""

    serializers: tuple[Serializer, ...] = ("cbor", "msgpack", "ubjson", "json")
    auth: Auth = Auth()
    options: WebSocketOptions = WebSocketOptions()


class LongPollOptions(Section, frozen=True, kw_only=True):
    """Options of a long-poll path, by Crossbar's names; times are seconds, as there."""

    request_timeout: LongPollSeconds = 10
    session_timeout: LongPollSeconds = 30
    queue_limit_bytes: Annotated[int, Meta(ge=1024, le=256 * 1024 * 1024)] | None = None
    queue_limit_messages: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    strict_request_ids: bool = False


class LongPollPath(WebPath, frozen=True, kw_only=True, tag_field="type", tag="longpoll"):
    """WAMP over HTTP long-poll."""

    serializers: tuple[Serializer, ...] = ("cbor", "msgpack", "ubjson", "json")
    auth: Auth = Auth()
    options: LongPollOptions = LongPollOptions()


class StaticPath(WebPath, frozen=True, kw_only=True, tag_field="type", tag="static"):
    """Files: of a directory, or of a folder (``resource``) in an installed package."""

    directory: Path | None = None
    package: str | None = None
    resource: str | None = None


class LoginCookie(Section, frozen=True, kw_only=True):
    """The cookie of a login; times in seconds. ``name`` gets ``__Host-`` before it."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "wampi"
    max_age: Annotated[int, Meta(ge=60, le=400 * 86_400)] = 30 * 86_400
    idle: Annotated[int, Meta(ge=60, le=400 * 86_400)] = 12 * 3600


class OidcProvider(Section, frozen=True, kw_only=True):
    """A provider of OpenID Connect, at which the hub is registered as a client. Files are in the data directory."""

    issuer: Annotated[str, Meta(min_length=1, max_length=1000)]
    client_id: Annotated[str, Meta(min_length=1, max_length=1000)]
    client_secret_file: Path | None = None
    title: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    scopes: tuple[Annotated[str, Meta(pattern=r"^[!#-\[\]-~]{1,100}$")], ...] = ("openid", "profile")
    authority: Path | None = None


ProviderName = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,32}$")]


class LoginPath(WebPath, frozen=True, kw_only=True, tag_field="type", tag="login"):
    """Logging in over HTTPS: a page, and the same for scripts."""

    cookie: LoginCookie = LoginCookie()
    auth: WebAuth = WebAuth(cookie=Switch())
    passkeys: Switch | None = None
    oidc: dict[ProviderName, OidcProvider] = {}


class RawSocketService(Section, frozen=True, kw_only=True):
    """WAMP over RawSocket on the port of a web listener."""

    serializers: tuple[Serializer, ...] = ("cbor", "msgpack", "ubjson", "json")
    max_message_size: RawSocketSize = 1024 * 1024
    auth: Auth = Auth()
    options: RawSocketOptions = RawSocketOptions()


class Transport(Section, frozen=True, kw_only=True):
    """A listener."""

    id: str | None = None
    insecure: bool = False
    trusted_proxies: tuple[ProxyName, ...] = ()
    proxy_protocol: bool = False
    host_names: tuple[HostName, ...] = ()
    limits: ListenerLimits = ListenerLimits()


class WebTransport(Transport, frozen=True, kw_only=True, tag_field="type", tag="web"):
    """HTTP: pages and WebSockets by path. ``/`` and first path components stand as keys."""

    endpoint: ListeningTcp | ListeningUnix
    paths: dict[str, WebSocketPath | LongPollPath | StaticPath | LoginPath | Bridge]
    rawsocket: RawSocketService | None = None


class WebSocketTransport(Transport, frozen=True, kw_only=True, tag_field="type", tag="websocket"):
    """WAMP over WebSocket, at any path."""

    endpoint: ListeningTcp | ListeningUnix
    url: str | None = None
    serializers: tuple[Serializer, ...] = ("cbor", "msgpack", "ubjson", "json")
    auth: Auth = Auth()
    options: WebSocketOptions = WebSocketOptions()


class RawSocketTransport(Transport, frozen=True, kw_only=True, tag_field="type", tag="rawsocket"):
    """WAMP over RawSocket."""

    endpoint: ListeningTcp | ListeningUnix
    serializers: tuple[Serializer, ...] = ("cbor", "msgpack", "ubjson", "json")
    max_message_size: RawSocketSize = 1024 * 1024
    auth: Auth = Auth()
    options: RawSocketOptions = RawSocketOptions()


Listener = WebTransport | WebSocketTransport | RawSocketTransport
