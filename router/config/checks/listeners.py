"""Listeners: what is served, to whom, and whether it is safe to."""

import re
from collections.abc import Iterator
from pathlib import Path

from ..auth import Auth
from ..places import package_folder, resolve
from ..problems import Problem, shown, under
from ..transports import (
    Listener,
    ListeningTcp,
    ListeningTls,
    ListeningUnix,
    LoginPath,
    LongPollPath,
    RawSocketService,
    RawSocketTransport,
    StaticPath,
    WebSocketPath,
    WebSocketTransport,
    WebTransport,
)
from ..workers import RouterWorker
from .bridge import bridge_problems
from .certificates import certificate_problems, pem_problems
from .logins import login_problems, web_login_problems
from .names import doubles
from .networks import is_loopback
from .oidc import provider_problems
from .proxies import GIVE_TLS, comes_by_tls, proxy_problems

_Wamp = WebSocketPath | LongPollPath | WebSocketTransport | RawSocketService | RawSocketTransport

_PATH = re.compile(r"/|[A-Za-z0-9_\-]+")
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9\-]{1,63}(\.(?!-)[A-Za-z0-9\-]{1,63})*")
_LONGEST_SOCKET_PATH = 107
"""sun_path of sockaddr_un has 108 bytes, the last of which is 0 (unix(7))."""


def listener_problems(worker: RouterWorker, transport: Listener, data_dir: Path, path: str) -> Iterator[Problem]:
    """Yield what is wrong with one listener."""
    endpoint = under(path, "endpoint")
    if isinstance(transport.endpoint, ListeningTcp):
        yield from _tcp_problems(transport.endpoint, transport.insecure, data_dir, endpoint)
    else:
        yield from _unix_problems(transport.endpoint, data_dir, endpoint)
    yield from proxy_problems(transport, path)
    for index, name in enumerate(transport.host_names):
        if not _HOST_NAME.fullmatch(name):
            yield Problem(under(under(path, "host_names"), index), f"{shown(name)} is not a host name")
    if isinstance(transport, WebTransport):
        yield from _web_problems(worker, transport, data_dir, path)
    else:
        yield from _wamp_problems(worker, transport, transport, path)
        if isinstance(transport, RawSocketTransport):
            yield from _rawsocket_problems(transport.auth, path)
        else:
            yield from web_login_problems(worker, transport.auth, comes_by_tls(transport), under(path, "auth"))


def _tcp_problems(endpoint: ListeningTcp, insecure: bool, data_dir: Path, path: str) -> Iterator[Problem]:
    if endpoint.tls is not None:
        yield from _tls_problems(endpoint.tls, data_dir, under(path, "tls"))
    elif not insecure and not is_loopback(endpoint.interface):
        yield Problem(
            path,
            "without 'tls' everybody on the network can read and change what is sent: give 'tls', or "
            "'interface': '127.0.0.1', or set 'insecure': true on the transport",
        )


def _tls_problems(tls: ListeningTls, data_dir: Path, path: str) -> Iterator[Problem]:
    yield from pem_problems(tls.ca_certificates, data_dir, under(path, "ca_certificates"))
    if tls.client_certificate == "required" and not tls.ca_certificates:
        text = "needs 'ca_certificates', which say whose certificates are good"
        yield Problem(under(path, "client_certificate"), text)
    if tls.type == "local-authority":
        for key in ("certificate", "key", "chain_certificates"):
            if getattr(tls, key):
                yield Problem(under(path, key), "the local authority makes certificate and key itself: leave it out")
        return
    missing = [key for key in ("certificate", "key") if getattr(tls, key) is None]
    for key in missing:
        yield Problem(path, f"{shown(key)} is missing; or let wampi make one with 'type': 'local-authority'")
    if not missing:
        yield from certificate_problems(tls, data_dir, path)


def _unix_problems(endpoint: ListeningUnix, data_dir: Path, path: str) -> Iterator[Problem]:
    socket = resolve(data_dir, endpoint.path)
    length = len(str(socket).encode())
    if length > _LONGEST_SOCKET_PATH:
        text = f"{socket} has {length} bytes; the path of a UNIX socket has {_LONGEST_SOCKET_PATH} at most"
        yield Problem(under(path, "path"), text)
    elif socket.exists() and not socket.is_socket():
        yield Problem(under(path, "path"), f"{socket} is there already and is no socket")


def _web_problems(worker: RouterWorker, transport: WebTransport, data_dir: Path, path: str) -> Iterator[Problem]:
    paths, is_safe = under(path, "paths"), comes_by_tls(transport)
    if not transport.paths:
        yield Problem(paths, "serves nothing: give at least one path")
    for name, served in transport.paths.items():
        here = under(paths, name)
        if not _PATH.fullmatch(name):
            yield Problem(here, "a path is '/' or one word of letters, digits, '-' and '_'")
        if isinstance(served, LongPollPath):
            yield from _longpoll_problems(served, name, here)
        if isinstance(served, WebSocketPath | LongPollPath):
            yield from _wamp_problems(worker, transport, served, here)
            yield from web_login_problems(worker, served.auth, is_safe, under(here, "auth"))
        elif isinstance(served, LoginPath):
            yield from _login_path_problems(worker, served, name, is_safe, data_dir, here)
        elif isinstance(served, StaticPath):
            yield from _static_problems(served, data_dir, here)
        else:
            yield from bridge_problems(worker, transport, served, data_dir, here)
    if transport.rawsocket is not None:
        yield from _wamp_problems(worker, transport, transport.rawsocket, under(path, "rawsocket"))
        yield from _rawsocket_problems(transport.rawsocket.auth, under(path, "rawsocket"))


def _login_path_problems(
    worker: RouterWorker, served: LoginPath, name: str, is_safe: bool, data_dir: Path, path: str
) -> Iterator[Problem]:
    if name == "/":
        yield Problem(path, "logging in has a path of its own, as in 'auth': move it there")
    if not is_safe:
        yield Problem(path, f"names and passwords are sent here: {GIVE_TLS}")
    if served.cookie.idle > served.cookie.max_age:
        where = under(under(path, "cookie"), "idle")
        yield Problem(where, "is longer than 'max_age', after which the login ends anyway: make it shorter")
    if served.auth.query is not None:
        yield Problem(under(under(path, "auth"), "query"), "a ticket is for one WebSocket, not for here: leave it out")
    yield from web_login_problems(worker, served.auth, True, under(path, "auth"))
    for provider, section in served.oidc.items():
        yield from provider_problems(section, data_dir, under(under(path, "oidc"), provider))


def _rawsocket_problems(auth: Auth, path: str) -> Iterator[Problem]:
    for way in auth.web_ways:
        where = under(under(path, "auth"), way)
        yield Problem(where, "RawSocket begins with no HTTP request that could carry it: leave it out")


def _wamp_problems(worker: RouterWorker, transport: Listener, served: _Wamp, path: str) -> Iterator[Problem]:
    if not served.serializers:
        yield Problem(under(path, "serializers"), "nothing can be said without one: give at least one, or leave it out")
    yield from _word_problems(served.serializers, under(path, "serializers"))
    yield from login_problems(worker, served.auth, transport, under(path, "auth"))


def _longpoll_problems(served: LongPollPath, name: str, path: str) -> Iterator[Problem]:
    if name == "/":
        yield Problem(path, "long-poll has paths of its own below this one: give it a name, such as 'lp'")
    if served.auth.tls is not None:
        text = "a long-poll session comes by many TLS connections, and has no certificate: leave it out"
        yield Problem(under(under(path, "auth"), "tls"), text)


def _word_problems(words: tuple[str, ...], path: str) -> Iterator[Problem]:
    for problem in doubles(path, words, "word"):
        yield Problem(problem.path.removesuffix(".id"), "stands here twice")


def _static_problems(served: StaticPath, data_dir: Path, path: str) -> Iterator[Problem]:
    if served.directory is not None:
        if served.package is not None or served.resource is not None:
            yield Problem(path, "give either 'directory', or 'package' and 'resource'")
        elif not resolve(data_dir, served.directory).is_dir():
            yield Problem(under(path, "directory"), f"there is no directory {resolve(data_dir, served.directory)}")
    elif served.package is None or served.resource is None:
        yield Problem(path, "give 'directory', or 'package' and 'resource'")
    elif package_folder(served.package, served.resource) is None:
        yield Problem(path, f"there is no folder {shown(served.resource)} in a package {shown(served.package)}")
