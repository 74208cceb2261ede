"""What the examples have in common: a visit to a hub, which begins with a login and ends with a word about it.

Each example is one way to log in. It gives the name of the method for HELLO, and answers CHALLENGE if there is one.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import txaio
from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.message import Authenticate
from autobahn.wamp.types import Challenge, CloseDetails, ComponentConfig, SessionDetails
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.ssl import Certificate, PrivateCertificate, optionsForClientTLS

REALM = "home"


class Way:
    """A way to log in; this one needs nothing."""

    method = "anonymous"
    authid: str | None = None
    authextra: dict[str, Any] | None = None
    certificate: PrivateCertificate | None = None

    def answer(self, challenge: Challenge, transport: Any) -> str | tuple[str, dict[str, Any]]:
        """Return what AUTHENTICATE is to say, alone or with its extra."""
        raise RuntimeError("the hub asks for more than was agreed")

    def verify(self, authextra: dict[str, Any]) -> str | None:
        """Look at what WELCOME brings; return why it is not believed, if it is not."""
        return None


class Visit(ApplicationSession):
    """A session that says who it is, and leaves."""

    way: Way
    succeeded = False

    def onConnect(self) -> None:  # noqa: N802 - Autobahn's names
        """The connection stands: say HELLO."""
        way = self.way
        self.join(REALM, authmethods=[way.method], authid=way.authid, authextra=way.authextra)

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
        Visit.succeeded = True
        self.leave()

    def onLeave(self, details: CloseDetails) -> None:  # noqa: N802
        """Be gone, or never have been let in."""
        if not Visit.succeeded:
            print(f"not let in: {details.message} ({details.reason})", flush=True)
        self.disconnect()


def arguments(*names: str) -> argparse.Namespace:
    """Return the arguments of an example: the hub's address, its authority, and these."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url", help="wss://home.local:8443/ws")
    parser.add_argument("ca_file", help="the certificate of the hub's authority: ca.pem of its data directory")
    for name in names:
        parser.add_argument(name)
    return parser.parse_args()


def secret(path: str) -> str:
    """Return the first line of a file: what stands on a command line, others can read."""
    return Path(path).read_text(encoding="utf-8").splitlines()[0]


def visit(url: str, ca_file: str, way: Way) -> int:
    """Log in and leave; return the exit status."""
    host = url.split("/")[2].rpartition(":")[0]
    authority = Certificate.loadPEM(Path(ca_file).read_bytes())
    tls = optionsForClientTLS(host, trustRoot=authority, clientCertificate=way.certificate)
    Visit.way = way

    def make(config: ComponentConfig) -> Visit:
        return Visit(config)

    def stop(_ended: object) -> None:
        reactor.stop()  # type: ignore[attr-defined]

    txaio.use_twisted()
    connected = ApplicationRunner(url, REALM, ssl=tls).run(make, start_reactor=False)
    connected.addCallback(lambda connection: connection.is_closed).addBoth(stop)
    reactor.run()  # type: ignore[attr-defined]
    return 0 if Visit.succeeded else 1
