"""An authenticator: a procedure that the hub asks about logins. It keeps its people in a file of its own.

    python authenticator.py wss://home.local:8443/ws ca.pem doorman doorman.key people.json

The file says what each way's logins are worth (docs/auth/dynamic.md has one).
"""

import json
from pathlib import Path
from typing import Any

import txaio
from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.types import Challenge, ComponentConfig, SessionDetails
from hub import REALM, arguments, secret
from twisted.internet.defer import inlineCallbacks
from twisted.internet.ssl import Certificate, optionsForClientTLS
from wampcra import Cra

PROCEDURE = "com.example.authenticate"


# ruff: noqa: N802 -- the names are those of Autobahn
class Doorman(ApplicationSession):
    """Logs in itself, by WAMP-CRA with the key of a device, and answers."""

    way: Cra
    people: dict[str, Any]

    def onConnect(self) -> None:
        """The connection stands: say HELLO."""
        self.join(REALM, authmethods=["wampcra"], authid=self.way.authid)

    def onChallenge(self, challenge: Challenge) -> str:
        """Say AUTHENTICATE."""
        return self.way.answer(challenge, self._transport)

    @inlineCallbacks  # type: ignore[untyped-decorator]
    def onJoin(self, details: SessionDetails) -> Any:
        """Be there to be asked."""
        yield self.register(self.authenticate, PROCEDURE)
        print("answering", flush=True)

    def authenticate(self, _realm: str, authid: str | None, details: dict[str, Any]) -> Any:
        """Return who somebody is, or what proves it; null for those who are not to come in."""
        method = details["authmethod"]
        if method == "tls":
            return self.people["tls"].get(details["transport"]["peer_cert"]["sha256"])
        if method == "anonymous":
            return self.people["anonymous"]
        return self.people.get(method, {}).get(authid)


if __name__ == "__main__":
    given = arguments("authid", "key_file", "people_file")
    Doorman.way = Cra(given.authid, secret(given.key_file))
    Doorman.people = json.loads(Path(given.people_file).read_text(encoding="utf-8"))
    authority = Certificate.loadPEM(Path(given.ca_file).read_bytes())
    host = given.url.split("/")[2].rpartition(":")[0]

    def make(config: ComponentConfig) -> Doorman:
        """Return a new session."""
        return Doorman(config)

    txaio.use_twisted()
    ApplicationRunner(given.url, REALM, ssl=optionsForClientTLS(host, trustRoot=authority)).run(make)
