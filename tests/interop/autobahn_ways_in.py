"""Logs in with autobahn-python's component and one of its own authenticators, and says as who.

Usage: autobahn_ways_in.py URL CA_FILE METHOD AUTHID SECRET_FILE
"""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import txaio
from autobahn.twisted.component import Component
from twisted.internet import reactor
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.ssl import Certificate, optionsForClientTLS

SECRET_NAMES = {"scram": "password", "cryptosign": "privkey", "ticket": "ticket"}

url, ca_file, method, authid, secret_file = sys.argv[1:]
parts = urlsplit(url)
tls = optionsForClientTLS("localhost", trustRoot=Certificate.loadPEM(Path(ca_file).read_bytes()))
endpoint = wrapClientTLS(tls, HostnameEndpoint(reactor, "localhost", parts.port or 443))
login = {SECRET_NAMES[method]: Path(secret_file).read_text(encoding="utf-8").strip()}
if authid:
    login["authid"] = authid
component = Component(
    transports=[{"type": "websocket", "url": url, "endpoint": endpoint, "max_retries": 0}],
    realm="home",
    authentication={method: login},
)


@component.on_join  # type: ignore[untyped-decorator]
def joined(session: Any, details: Any) -> None:
    """Say who this is, and leave."""
    print(details.authid, details.authrole, details.authmethod, flush=True)
    session.leave()


@component.on_leave  # type: ignore[untyped-decorator]
def left(_session: Any, details: Any) -> None:
    """Say why not, where that was so."""
    if details.reason.startswith("wamp.error."):
        print("refused", details.reason, flush=True)


def stop(_ended: object) -> None:
    """End the program."""
    if reactor.running:  # type: ignore[attr-defined]
        reactor.stop()  # type: ignore[attr-defined]


txaio.use_twisted()
txaio.config.loop = reactor
component.start(reactor).addBoth(stop)
reactor.run()  # type: ignore[attr-defined]
