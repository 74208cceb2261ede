"""What Crossbar's configuration has and this one has not: for each such key or type, what to do about it.

Someone who brings a Crossbar file should learn at once which parts of it do not carry over, and why.
"""

from collections.abc import Mapping

from .auth import (
    Anonymous,
    Auth,
    CryptosignUser,
    StaticUser,
    TicketUser,
    TlsUser,
)
from .bridge import BridgeOptions, BridgePath, WebhookOptions
from .components import ClassComponent, Component, ComponentAuth, ConnectingTcp, ConnectingTls, ConnectingTransport
from .node import Controller, Node
from .realms import Permission, Realm, RealmOptions, Store
from .section import Section
from .transports import (
    ListeningEndpoint,
    ListeningTcp,
    ListeningTls,
    LongPollOptions,
    LongPollPath,
    StaticPath,
    Transport,
    WebSocketOptions,
    WebSocketPath,
    WebTransport,
)
from .webpaths import WebPath
from .workers import ContainerOptions, ContainerWorker, Environment, GuestOptions, GuestWorker, RouterWorker, Worker

_NOT_YET = "Crossbar has this, wampi does not have it yet: leave it out"
_PROCESS = "Crossbar's router workers are processes; wampi's routers live in the node's process: leave it out"
_LOG = "wampi logs to standard error, one line an event: leave it out"
_CIPHERS = "wampi sets protocols, groups and ciphers itself (Mozilla's intermediate profile): leave it out"
_MASKING = "RFC 6455 requires it, and wampi always keeps to it: leave it out"
_LIMIT = "wampi has limits for each role and each listener in its place: see 'limits' in docs/configuration.md"
_COOKIE = "the cookie is made by the login page: write its options at the path of type 'login'"
_AUTH = "this way of logging in is not there yet: use 'wampcra', or 'anonymous' with a role of its own"

_KEYS: Mapping[type[Section], Mapping[str, str]] = {
    Node: {"snippets": _NOT_YET},
    Controller: {
        "options": "wampi's node process has no options: leave it out",
        "manhole": "a shell into a running node would go round every check: wampi has none",
        "fabric": "wampi has no fabric centre: leave it out",
        "fabric-center": "wampi has no fabric centre: leave it out",
        "enable_docker": "wampi does not start containers: leave it out",
        "extra": _NOT_YET,
    },
    RouterWorker: {
        "options": _PROCESS,
        "components": "components run in a worker of type 'container': move them there",
        "connections": _NOT_YET,
        "manhole": "a shell into a running node would go round every check: wampi has none",
    },
    ContainerWorker: {
        "connections": _NOT_YET,
        "shutdown": "wampi's containers stop with the node: leave it out",
        "manhole": "a shell into a running node would go round every check: wampi has none",
    },
    ContainerOptions: {
        "title": _NOT_YET,
        "python": "components run on the node's own Python: leave it out, or use a worker of type 'guest'",
        "cpu_affinity": _NOT_YET,
        "reactor": "components run on Twisted's epoll reactor: leave it out",
        "disabled": "leave the whole worker out instead",
        "shutdown": "wampi's containers stop with the node: leave it out",
    },
    GuestWorker: {"watch": _NOT_YET},
    GuestOptions: {
        "stdin": "a guest's standard input is empty: leave it out",
        "watch": _NOT_YET,
        "disabled": "leave the whole worker out instead",
    },
    Environment: {},
    Realm: {"rlinks": _NOT_YET},
    Store: {"limit": "give each topic in 'event-history' a limit of its own"},
    RealmOptions: {
        "enable_meta_api": "the meta API is always there; 'permissions' on wamp.* say who may use it",
        "bridge_meta_api": _NOT_YET,
        "event_dispatching_chunk_size": "wampi shares the time between its peers itself: leave it out",
        "deflate_window": _NOT_YET,
    },
    Permission: {"validate": _NOT_YET, "meta": _NOT_YET, "meta.": _NOT_YET},
    Transport: {
        "debug": _LOG,
        "debug_wamp": _LOG,
        "cookie": _COOKIE,
        "auth": "a web transport has its 'auth' at the websocket path: move it there",
    },
    WebTransport: {
        "options": "wampi sets the headers and time limits of HTTP itself: leave it out, see docs/configuration.md",
    },
    WebSocketPath: {"debug": _LOG, "debug_wamp": _LOG, "cookie": _COOKIE, "url": "the path says it: leave it out"},
    LongPollPath: {"debug": _LOG, "cookie": _COOKIE, "url": "the path says it: leave it out"},
    LongPollOptions: {
        "debug": _LOG,
        "auto_ping_interval": "long-poll has no pings: use 'session_timeout'",
        "auto_ping_timeout": "long-poll has no pings: use 'session_timeout'",
        "debug_transport_id": "an id that everybody knows lets everybody into the session: leave it out",
    },
    BridgePath: {"id": "the path is its name: leave it out"},
    BridgeOptions: {"debug": _LOG},
    WebhookOptions: dict.fromkeys(
        ("key", "secret", "timestamp_delta_limit"),
        "who sends webhooks does not sign as Crossbar's clients do: use 'github_secret', or leave it out",
    ),
    StaticPath: {"options": "wampi sets caching and types itself, and lists no directories: leave it out"},
    WebSocketOptions: {
        "allowed_origins": "the page's own origin is let in, and no other: leave it out",
        "max_frame_size": _LIMIT,
        "max_message_size": _LIMIT,
        "open_handshake_timeout": "use the listener's limits: {'head_seconds': ...}, which covers TLS too",
        "auto_fragment_size": "wampi never cuts its messages: leave it out",
        "auto_ping_size": _NOT_YET,
        "auto_ping_restart_on_any_traffic": "in wampi traffic never counts as an answer to a ping: leave it out",
        "allow_null_origin": "an origin of null may be any page at all: wampi always refuses it",
        "compression": "compression is off in wampi: leave it out",
        "enable_webstatus": "wampi has no status page here: leave it out",
        "enable_hixie76": "wampi speaks WebSocket 13 only: leave it out",
        "enable_hybi10": "wampi speaks WebSocket 13 only: leave it out",
        "enable_rfc6455": "wampi speaks WebSocket 13 only: leave it out",
        "validate_utf8": _MASKING,
        "mask_server_frames": _MASKING,
        "require_masked_client_frames": _MASKING,
        "apply_mask": _MASKING,
        "fail_by_drop": "wampi closes as RFC 6455 says: leave it out",
        "echo_close_codereason": "wampi closes as RFC 6455 says: leave it out",
        "tcp_nodelay": "wampi always sets it: leave it out",
        "require_websocket_subprotocol": "wampi always requires a WAMP subprotocol: leave it out",
        "external_port": "the names on 'host_names' are compared with the port that the browser used: leave it out",
    },
    ListeningTcp: {
        "shared": "one process accepts the connections: leave it out",
        "user_timeout": "pings find a lost peer ('auto_ping_interval'): leave it out",
        "portrange": "give one 'port'",
    },
    ListeningTls: {
        "dhparam": _CIPHERS,
        "ciphers": _CIPHERS,
    },
    Auth: {
        "cryptosign-proxy": "wampi has no proxy workers: use 'cryptosign'",
    },
    CryptosignUser: {
        "realm": "a user may join each realm that has its role: leave it out",
        "certificates": "Ethereum certificates are not known here: write the public keys into 'authorized_keys'",
        "trustroot": "Ethereum certificates are not known here: write the public keys into 'authorized_keys'",
    },
    TicketUser: {"realm": "a user may join each realm that has its role: leave it out"},
    TlsUser: {"certificate-sha1": "SHA-1 can be forged: write the SHA-256 of the certificate as 'certificate-sha256'"},
    Anonymous: {"authid": "each anonymous session gets a name of its own, which looks like no login: leave it out"},
    StaticUser: {"authid": "the name of the user is its authid: leave it out", "extra": _NOT_YET},
    ClassComponent: {
        "role": "a component's role belongs to its identity: write it at auth.wampcra.role",
        "references": _NOT_YET,
    },
    ComponentAuth: {
        "anonymous": "each component has an identity and a key of its own: use 'wampcra'",
        "ticket": _AUTH,
        "scram": _AUTH,
        "cryptosign": _AUTH,
    },
    ConnectingTransport: {
        "serializers": "components speak MessagePack: leave it out",
        "options": "the component sets them itself: leave it out",
        "auth": "write it beside 'transport'",
        "proxy": _NOT_YET,
        "debug": _LOG,
    },
    ConnectingTcp: {"timeout": "components wait and try again by themselves: leave it out", "version": _NOT_YET},
    ConnectingTls: {
        "hostname": "the name in 'host' is what the certificate must show: leave it out",
        "certificate": _AUTH,
        "key": _AUTH,
    },
}

_PATHS = "'websocket', 'longpoll', 'static', 'login', 'publisher', 'caller' and 'webhook'"

_TYPES: Mapping[type[Section], Mapping[str, str]] = {
    Worker: {
        "websocket-testee": "wampi has no worker for testing WebSocket clients",
        "proxy": "one node process does it all: use a worker of type 'router'",
        "hostmonitor": _NOT_YET,
        "xbrmm": "wampi has no such worker",
        "marketplace": "wampi has no such worker",
    },
    Transport: {
        "universal": "use 'web', which serves pages, WebSockets and ('rawsocket') RawSocket on one port",
        "mqtt": "wampi speaks WAMP only",
        "flashpolicy": "wampi has no Flash policy server",
    },
    WebPath: {
        name: f"wampi does not serve paths of type '{name}' yet; it has {_PATHS}"
        for name in (
            "archive",
            "catalog",
            "cgi",
            "json",
            "nodeinfo",
            "path",
            "redirect",
            "resource",
            "reverseproxy",
            "upload",
            "wap",
            "wsgi",
        )
    },
    ListeningEndpoint: {
        "twisted": "write the endpoint as type 'tcp' or 'unix'",
        "onion": "wampi has no Tor support",
    },
    Component: {
        "wamplet": "give the class itself, with type 'class'",
        "function": "give a class, with type 'class'",
    },
}


def key_reason(kind: type[Section], key: str) -> str | None:
    """Return what to say about a key of a section that Crossbar knows; None for one that it does not know either."""
    return _find(_KEYS, kind, key)


def type_reason(kind: type[Section], tag: object) -> str | None:
    """Return what to say about a ``type`` that Crossbar knows at this place; None for any other."""
    return _find(_TYPES, kind, tag)


def _find(table: Mapping[type[Section], Mapping[str, str]], kind: type[Section], word: object) -> str | None:
    for base in kind.__mro__:
        reason = table[base].get(word) if base in table and isinstance(word, str) else None
        if reason is not None:
            return reason
    return None
