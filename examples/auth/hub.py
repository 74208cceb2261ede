"""What the examples have in common: a visit to a hub, which begins with a login and ends with a word about it.

Each example is one way to log in. It gives the name of the method for HELLO, and answers CHALLENGE if there is one; or
it gives header fields of the request that becomes the WebSocket, by which the hub then goes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import txaio
from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.message import Authenticate
from autobahn.wamp.types import Challenge, CloseDetails, ComponentConfig, SessionDetails
from OpenSSL.crypto import Error
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.ssl import Certificate, PrivateCertificate, optionsForClientTLS
from twisted.python.failure import Failure

REALM = "home"


class Way:
    """A way to log in; this one needs nothing."""

    method: str | None = "anonymous"
    authid: str | None = None
    headers: dict[str, str] | None = None
    authextra: dict[str, Any] | None = None
    certificate: PrivateCertificate | None = None

    def answer(self, challenge: Challenge, transport: Any) -> str | tuple[str, dict[str, Any]]:
        """Return what AUTHENTICATE is to say, alone or with its extra."""
        raise RuntimeError("the hub asks for more than was agreed")

    def verify(self, authextra: dict[str, Any]) -> str | None:
        """Look at what WELCOME brings; return why it is not believed, if it is not."""
        return None


class Headers(Way):
    """A login that stands in the header of the request: HELLO names no method."""

    method = None

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


class Visit(ApplicationSession):
    """A session that says who it is, and leaves."""

    way: Way
    succeeded = False
    has_spoken = False

    def onConnect(self) -> None:  # noqa: N802 - Autobahn's names
        """The connection stands: say HELLO."""
        way = self.way
        methods = None if way.method is None else [way.method]
        self.join(REALM, authmethods=methods, authid=way.authid, authextra=way.authextra)

    def onChallenge(self, challenge: Challenge) -> str | Deferred[str]:  # noqa: N802
        """Say AUTHENTICATE."""
        answer = self.way.answer(challenge, self._transport)
        if isinstance(answer, str):
            return answer
        # Autobahn would leave the extra out: it is sent here, and Autobahn waits for an answer that does not come.
        self._transport.send(Authenticate(*answer))
        return Deferred()

    def onWelcome(self, welcome: Any) -> str | None:  # noqa: N802
        """Decide whether this is the right hub."""
        return self.way.verify(welcome.authextra or {})

    def onJoin(self, details: SessionDetails) -> None:  # noqa: N802
        """Be there."""
        print(f"I am {details.authid}, as {details.authrole}, by {details.authmethod}", flush=True)
        Visit.succeeded = Visit.has_spoken = True
        self.leave()

    def onLeave(self, details: CloseDetails) -> None:  # noqa: N802
        """Be gone, or never have been let in."""
        if not Visit.succeeded:
            print(f"not let in: {details.message} ({details.reason})", flush=True)
            Visit.has_spoken = True
        self.disconnect()


def from_pem(load: Callable[[bytes], Any], path: str, what: str) -> Any:
    """Return what stands in a PEM file; one that has something else ends the program."""
    try:
        return load(Path(path).read_bytes())
    except Error:
        raise SystemExit(f"{path} holds no {what} in PEM form") from None


def trusting(url: str, ca_file: str, certificate: PrivateCertificate | None = None) -> Any:
    """TLS to the hub at this address, which trusts its own authority and nobody else."""
    authority = from_pem(Certificate.loadPEM, ca_file, "certificate")
    return optionsForClientTLS(urlsplit(url).hostname or "", trustRoot=authority, clientCertificate=certificate)


def visit(url: str, ca_file: str, way: Way) -> int:
    """Log in and leave; return the exit status."""
    tls = trusting(url, ca_file, way.certificate)
    Visit.way = way

    def make(config: ComponentConfig) -> Visit:
        return Visit(config)

    def stop(ended: object) -> None:
        if isinstance(ended, Failure):
            print(f"no connection to {url}: {ended.getErrorMessage()}", flush=True)
        elif not Visit.has_spoken:
            print("not let in: the hub has refused the WebSocket", flush=True)
        reactor.stop()  # type: ignore[attr-defined]

    txaio.use_twisted()
    connected = ApplicationRunner(url, REALM, ssl=tls, headers=way.headers).run(make, start_reactor=False)
    connected.addCallback(lambda connection: connection.is_closed).addBoth(stop)
    reactor.run()  # type: ignore[attr-defined]
    return 0 if Visit.succeeded else 1
