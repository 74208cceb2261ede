"""Logs in with a password and a code by WAMP-CRA: ``second_factor.py wss://hub.local:8443/ws ca.pem anna``.

The hub asks for the code by a second CHALLENGE, with the method ``totp``, if HELLO says that the client can answer it.
"""

import getpass
import sys
from pathlib import Path
from urllib.parse import urlsplit

from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp import auth
from twisted.internet.ssl import Certificate, optionsForClientTLS


def say(line):
    """Print a line; Autobahn's runner has made ``sys.stdout`` a log, which is not flushed."""
    print(line, file=sys.__stdout__, flush=True)


class Caller(ApplicationSession):
    """Says who it is, and leaves."""

    def onConnect(self):  # noqa: N802 -- Autobahn's name
        """Say HELLO."""
        self.join("home", ["wampcra", "totp"], NAME)

    def onChallenge(self, challenge):  # noqa: N802 -- Autobahn's name
        """Answer with the password, and then with a code."""
        if challenge.method == "totp":
            return input("Code: ")
        extra = challenge.extra
        key = auth.derive_key(PASSWORD, extra["salt"], extra["iterations"], extra["keylen"])
        return auth.compute_wcs(key, extra["challenge"].encode()).decode()

    def onJoin(self, details):  # noqa: N802 -- Autobahn's name
        """Say who one is."""
        say(f"{details.authid} is in, as {details.authrole}")
        self.leave()

    def onLeave(self, details):  # noqa: N802 -- Autobahn's name
        """Say why, if that was not asked for."""
        if details.reason != "wamp.close.normal":
            say(f"not let in: {details.reason}")
        self.disconnect()

    def onDisconnect(self):  # noqa: N802 -- Autobahn's name
        """End the program."""
        if self._reactor.running:
            self._reactor.stop()


if __name__ == "__main__":
    from twisted.internet import reactor

    url, authority, NAME = sys.argv[1:]
    Caller._reactor = reactor
    PASSWORD = getpass.getpass("Password: ") if sys.stdin.isatty() else input()
    trusted = Certificate.loadPEM(Path(authority).read_bytes())
    host = urlsplit(url).hostname
    ApplicationRunner(url, "home", ssl=optionsForClientTLS(host, trusted)).run(Caller)
