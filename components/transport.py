"""The way to the router: WebSocket with MessagePack, over a UNIX socket or TLS with the authority pinned."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autobahn.twisted.websocket import WampWebSocketClientFactory, WampWebSocketClientProtocol
from autobahn.wamp.serializer import MsgPackSerializer
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint, wrapClientTLS
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.logger import Logger
from twisted.python.failure import Failure

from .component import Component
from .connection import Outcome
from .errors import SetupError
from .session import DeviceSession, Login

_CERTIFICATE_END = b"-----END CERTIFICATE-----"
_OPTIONS = {
    "maxFramePayloadSize": 1_048_576,
    "maxMessagePayloadSize": 1_048_576,
    "autoPingInterval": 10,
    "autoPingTimeout": 10,
    "autoPingRestartOnAnyTraffic": False,
    "openHandshakeTimeout": 5,
    "closeHandshakeTimeout": 2,
    "serverConnectionDropTimeout": 1,
    "tcpNoDelay": True,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where the router listens: `unix:/path`, or `wss://host:port/path`.

    Attributes:
        text: as it was given.
        url: what the WebSocket handshake asks for.
        endpoint: the stream under it.
    """

    text: str
    url: str
    endpoint: IStreamClientEndpoint


def parse_address(reactor: Any, text: str, ca_files: Sequence[Path]) -> Address:
    """Read an address; with no `ca_files` the authorities of the system are trusted.

    Raises:
        SetupError: it is of neither form, or one of `ca_files` holds no certificate.
    """
    if text.startswith("unix:/"):
        return Address(text, "ws://localhost/ws", UNIXClientEndpoint(reactor, text[len("unix:") :]))
    parts = urlsplit(text)
    try:
        port = parts.port or 443
    except ValueError:
        port = 0
    if parts.scheme != "wss" or not parts.hostname or not port:
        raise SetupError(f"router address {text!r} must be unix:/path or wss://host:port/ws")
    certificates = [one for path in ca_files for one in _certificates(path)]
    authority = trustRootFromCertificates(certificates) if certificates else None
    options = optionsForClientTLS(parts.hostname, trustRoot=authority)
    endpoint = wrapClientTLS(options, HostnameEndpoint(reactor, parts.hostname, port))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Address(text, f"wss://{host}:{port}{parts.path or '/ws'}", endpoint)


def _certificates(path: Path) -> list[Certificate]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError(f"authority file {path}: {error.strerror}") from None
    try:
        blocks = [block + _CERTIFICATE_END for block in content.split(_CERTIFICATE_END)[:-1]]
        certificates = [Certificate.loadPEM(block) for block in blocks]
    except Exception:  # noqa: BLE001 - OpenSSL.crypto.Error and what it wraps
        certificates = []
    if not certificates:
        raise SetupError(f"authority file {path} holds no certificate in PEM form")
    return certificates


class _Protocol(WampWebSocketClientProtocol):
    """Autobahn's client, telling its factory when the connection is gone."""

    def onClose(self, wasClean: bool, code: int, reason: str | None) -> None:  # noqa: N802, N803
        """The WebSocket connection ended, before or after its handshake."""
        super().onClose(wasClean, code, reason)
        self.factory.on_end(reason or "the connection was closed")


class SessionAttempt:
    """One connection to the router and the session on it."""

    def __init__(self, address: Address, login: Login, component: Component, outcome: Outcome, log: Logger) -> None:
        self._outcome = outcome
        self._session: DeviceSession | None = None
        self._protocol: Any = None
        self._over = False
        make = self._session_maker(login, component, log)
        factory: Any = WampWebSocketClientFactory(make, url=address.url, serializers=[MsgPackSerializer()])
        factory.protocol = _Protocol
        factory.noisy = False
        factory.on_end = self._end
        factory.setProtocolOptions(**_OPTIONS)
        self._connecting: Deferred[Any] = address.endpoint.connect(factory)
        self._connecting.addCallbacks(self._connected, self._not_connected)

    def finish(self) -> None:
        """Leave in order; a connection that is still being made is given up."""
        if self._session is not None:
            self._session.finish()
        else:
            self.abort()

    def abort(self) -> None:
        """Drop the connection."""
        if self._protocol is None:
            self._connecting.cancel()
        else:
            self._protocol.transport.abortConnection()

    def _session_maker(self, login: Login, component: Component, log: Logger) -> Callable[[], DeviceSession]:
        def make() -> DeviceSession:
            self._session = DeviceSession(login, component, self._outcome, log)
            return self._session

        return make

    def _connected(self, protocol: _Protocol) -> None:
        self._protocol = protocol

    def _not_connected(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            self._end("the attempt was given up")
        elif failure.check(DNSLookupError):
            self._end("its name cannot be found")
        else:
            number = getattr(failure.value, "osError", None)
            self._end(os.strerror(number) if isinstance(number, int) else str(failure.getErrorMessage()))

    def _end(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._outcome.ended(reason)
