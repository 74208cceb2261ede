"""One WAMP session for one command: connect, log in, do it, leave.

What goes wrong on the way (no router there, a certificate nobody trusts, a refused login, an ERROR) becomes a
:class:`CommandError`, one line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import msgspec
from autobahn.twisted.wamp import ApplicationSession
from autobahn.twisted.websocket import WampWebSocketClientFactory, WampWebSocketClientProtocol
from autobahn.wamp import auth
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.serializer import MsgPackSerializer
from twisted.internet.defer import Deferred, TimeoutError, maybeDeferred
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint, wrapClientTLS

from ..transport.tls import TlsError, client_context
from .errors import USAGE, CommandError

if TYPE_CHECKING:
    from autobahn.wamp.types import Challenge, CloseDetails, SessionDetails
    from twisted.internet.interfaces import IStreamClientEndpoint
    from twisted.python.failure import Failure

_LARGEST_BYTES = 16 * 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NO_REASON = ("wamp.close.normal", "wamp.close.goodbye_and_out")

_NO_METHOD = "wamp.error.no_matching_auth_method"
_ANONYMOUS = " Nobody is let in without a name: give --user NAME."

_MOST_ROUNDS = 10_000_000
"""Of PBKDF2: a router that asks for more is out to keep this machine busy."""

Action = Callable[[ApplicationSession], "Deferred[None]"]


class _Challenge(msgspec.Struct, frozen=True):
    """CHALLENGE.Extra of WAMP-CRA."""

    challenge: str
    salt: str | None = None
    iterations: Annotated[int, msgspec.Meta(ge=1, le=_MOST_ROUNDS)] = 1000
    keylen: Annotated[int, msgspec.Meta(ge=16, le=64)] = 32


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in, with a password or a device's key; without a name anonymously."""

    realm: str
    authid: str | None = None
    secret: str = field(default="", repr=False)
    ask_code: Callable[[], str | None] | None = None
    """Asks a person for the code of a second factor; None where nobody can be asked."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the router is: the stream, and what the WebSocket handshake asks for."""

    text: str
    url: str
    endpoint: IStreamClientEndpoint


def parse_address(reactor: Any, text: str, ca_file: Path | None) -> Address:
    """Read ``unix:/path``, ``wss://host:port/path`` or, on this machine, ``ws://…``; raises :class:`CommandError`."""
    if text.startswith("unix:"):
        return Address(text, "ws://localhost/ws", UNIXClientEndpoint(reactor, text.removeprefix("unix:")))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("ws", "wss"):
        raise CommandError(f"{text!a} is not the address of a router: wss://HOST:PORT/ws or unix:/PATH", USAGE)
    is_tls = parts.scheme == "wss"
    if not is_tls and host not in _LOOPBACK:
        raise CommandError(f"{text!a} would send everything readably over the network: use wss://", USAGE)
    endpoint: Any = HostnameEndpoint(reactor, host, port or (443 if is_tls else 80))
    if is_tls:
        try:
            endpoint = wrapClientTLS(client_context(host, ca_file), endpoint)
        except TlsError as error:
            raise CommandError(str(error)) from None
    return Address(text, f"{parts.scheme}://{parts.netloc}{parts.path or '/ws'}", endpoint)


class CommandSession:
    """Runs one action in one session, and the reactor as long as that takes."""

    def __init__(self, reactor: Any, address: Address, login: Login, action: Action) -> None:
        self.login = login
        self.action = action
        self._reactor = reactor
        self._address = address
        self._error: CommandError | None = None
        self._is_done = False
        self._is_stopping = False

    def run(self, seconds: float) -> bool:
        """Return whether the action was done, False after a signal; raises :class:`CommandError`.

        ``seconds`` is how long connecting and logging in may take.
        """
        self._reactor.callWhenRunning(self._connect, seconds)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._stopping)
        self._reactor.run()
        if self._error is not None:
            raise self._error
        return self._is_done

    def joined(self) -> None:
        """The login is done; from here on it is the action that may take its time."""
        if self._overdue.active():
            self._overdue.cancel()

    def code(self) -> str:
        """Return the code of a second factor, in whatever time it takes to type: nothing else is to be done."""
        self.joined()
        code = self.login.ask_code() if self.login.ask_code is not None else None
        if not code:
            self.fail("no code was given")
        return code or ""

    def done(self) -> None:
        """The action is done."""
        self._is_done = True

    def fail(self, message: str) -> None:
        """End with this error, unless there is an earlier one."""
        if not self._is_stopping:
            self._error = self._error or CommandError(message)
            self.end()

    def end(self) -> None:
        """Stop the reactor."""
        if self._overdue.active():
            self._overdue.cancel()
        if self._reactor.running and not self._is_stopping:
            self._reactor.stop()

    def _stopping(self) -> None:
        # After a signal a connection that closes is no error.
        self._is_stopping = True

    def _connect(self, seconds: float) -> None:
        late = f"{self._address.text} did not let anybody in within {seconds:g} seconds"
        self._overdue = self._reactor.callLater(seconds, self.fail, late)
        factory: Any = WampWebSocketClientFactory(
            lambda: _Session(self), url=self._address.url, serializers=[MsgPackSerializer()]
        )
        factory.protocol = _Protocol
        factory.noisy = False
        factory.command = self
        factory.setProtocolOptions(
            maxFramePayloadSize=_LARGEST_BYTES,
            maxMessagePayloadSize=_LARGEST_BYTES,
            autoPingInterval=10,
            autoPingTimeout=10,
            autoPingRestartOnAnyTraffic=False,
            tcpNoDelay=True,
        )
        self._address.endpoint.connect(factory).addErrback(self._not_connected)

    def _not_connected(self, failure: Failure) -> None:
        reason = " ".join(failure.getErrorMessage().split())
        self.fail(f"no connection to {self._address.text}: {reason.rstrip('.')}; see that the hub runs, and where")


class _Protocol(WampWebSocketClientProtocol):
    """Autobahn's client, which says when the connection is gone."""

    def onClose(self, wasClean: bool, code: int, reason: str | None) -> None:  # noqa: N802, N803
        """The connection has ended, before or after its handshake."""
        super().onClose(wasClean, code, reason)
        command: CommandSession = self.factory.command
        if command._is_done:
            command.end()
        else:
            command.fail(f"the connection was closed: {reason or 'no reason was given'}{_hint(reason)}")


def _hint(reason: str | None) -> str:
    if "certificate verify failed" in (reason or ""):
        return "; name the authority to trust with --ca-file, which is ca.pem in the data directory of the hub"
    if "[404]" in (reason or ""):
        return "; the path of the WebSocket stands in the hub's configuration, and is /ws in the one that ships"
    return ""


class _Session(ApplicationSession):
    """The session of a command."""

    def __init__(self, command: CommandSession) -> None:
        super().__init__()
        self._command = command

    def onConnect(self) -> None:  # noqa: N802
        """Say HELLO."""
        login = self._command.login
        methods = ["wampcra"] if login.authid else ["anonymous"]
        if login.authid and login.ask_code is not None:
            methods.append("totp")
        self.join(login.realm, authmethods=methods, authid=login.authid)

    def onChallenge(self, challenge: Challenge) -> str:  # noqa: N802
        """Sign the challenge (advanced profile, "Challenge Response Authentication"), or ask for a code."""
        if challenge.method == "totp":
            return self._command.code()
        return sign(self._command.login.secret, challenge.extra)

    def onJoin(self, details: SessionDetails) -> None:  # noqa: N802
        """Do what the command is for, and leave."""
        self._command.joined()
        done = maybeDeferred(self._command.action, self)
        done.addCallbacks(lambda _: self._command.done(), self._failed)
        done.addCallback(lambda _: self.leave() if self.is_attached() else None)

    def onLeave(self, details: CloseDetails) -> None:  # noqa: N802
        """The session has ended, or did not begin."""
        if details.reason not in _NO_REASON:
            advice = _ANONYMOUS if details.reason == _NO_METHOD and self._command.login.authid is None else ""
            self._command.fail(f"{details.reason}: {details.message or 'the router gave no reason'}{advice}")
        self.disconnect()

    def onUserError(self, fail: Failure, msg: str) -> None:  # noqa: N802
        """An error in what the command does with an event; Autobahn would log a traceback."""
        self._command.fail(describe(fail))

    def _failed(self, failure: Failure) -> None:
        self._command.fail(describe(failure))


def sign(secret: str, extra: dict[str, Any]) -> str:
    """Return the signature of a WAMP-CRA challenge; raises :class:`CommandError` for one that no router sends."""
    # Passwords are kept in this normal form; a device's key is ASCII, which it does not change.
    key = unicodedata.normalize("NFKC", secret).encode()
    try:
        asked = msgspec.convert(extra, _Challenge)
    except msgspec.ValidationError as error:
        raise CommandError(f"the router sent a challenge that makes no sense: {error}") from None
    if asked.salt is not None:
        key = auth.derive_key(key, asked.salt.encode(), asked.iterations, asked.keylen)
    signature: bytes = auth.compute_wcs(key, asked.challenge.encode())
    return signature.decode("ascii")


def describe(failure: Failure) -> str:
    """Return an ERROR of the router or of a callee as one line: its URI and what it says."""
    error = failure.value
    if isinstance(error, ApplicationError):
        said = " ".join(str(part) for part in error.args if part)
        return f"{error.error}: {said}" if said else str(error.error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(failure.getErrorMessage())
