"""A router behind real doors, as a process of its own: TLS, plain TCP and a UNIX socket, everyone let in.

    python live_server.py DIRECTORY OPTIONS-AS-JSON

prints one line of JSON when it listens: the ports and the files. It ends when its standard input does.
"""

import json
import random
import sys
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO
from wampi.router.codec import codecs
from wampi.router.core.authentication import Accept, Applicant, Decide
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.limits import Limits
from wampi.router.core.realm import Environment
from wampi.router.core.router import Router
from wampi.router.http.page import Page, read_page
from wampi.router.http.site import make_site
from wampi.router.transport.authority import LocalAuthority
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.door import DoorFactory, DoorOptions, over_tls
from wampi.router.transport.host import HostIdentity
from wampi.router.transport.longpoll import LongPollFactory
from wampi.router.transport.longpoll_transport import LongPollOptions
from wampi.router.transport.rawsocket import RawSocketFactory, RawSocketOptions
from wampi.router.transport.routes import Routes
from wampi.router.transport.system import RandomIds, ReactorClock, run_on_monotonic_time
from wampi.router.transport.tls import CertificateFiles, ServerContext
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory, WebSocketOptions

reactor: Any = _reactor
EVERYTHING = frozenset({"call", "register", "publish", "subscribe"})


class ErrorLog:
    """Writes its lines to standard error."""

    def info(self, event: str, **fields: object) -> None:
        self.warn(event, **fields)

    def warn(self, event: str, **fields: object) -> None:
        print(event, fields, file=sys.stderr, flush=True)


class AcceptAnyone:
    """Lets everyone in."""

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        decide(Accept(applicant.authid or "somebody", "everything", "anonymous", "static"))


class StopAtEnd(Protocol):
    """Stops the reactor when standard input ends."""

    def connectionLost(self, *_: object) -> None:  # noqa: N802
        if reactor.running:
            reactor.stop()


def listen(directory: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Listen on everything and return where."""
    clock, log, known = ReactorClock(reactor), ErrorLog(), codecs()
    router = Router(Environment(RandomIds(), clock, log, known["msgpack"], random.randrange))
    role = Role("everything", (Permission("", "prefix", EVERYTHING),), Limits(**options.get("limits", {})))
    router.add_realm("home", [role])
    attach = partial(router.attach, authenticator=AcceptAnyone())
    times = WebSocketOptions(**options.get("websocket", {}))
    turn = Turn(clock)
    factory = WebSocketFactory(attach, known, clock, turn, log, times)
    rawsocket = RawSocketFactory(attach, known, clock, turn, log, RawSocketOptions(**options.get("rawsocket", {})))
    limits = ConnectionLimits(**{"per_address": 100, "pending": 100, "total": 1000, **options.get("connections", {})})
    connections = Connections(limits)
    longpoll = LongPollFactory(
        attach, known, connections, clock, turn, log, LongPollOptions(**options.get("longpoll", {}))
    )
    services = {"/lp": longpoll}
    page = directory / "page"
    page.mkdir()
    (page / "index.html").write_text("<!doctype html><title>wampi</title>")
    site = make_site(Page(read_page(page)), reactor)
    door_options = DoorOptions(**options.get("door", {}))
    routes = Routes({"localhost", "127.0.0.1"}, {"/ws": factory}, site, rawsocket=rawsocket, services=services)
    door = DoorFactory(routes, connections, clock, log, door_options)
    local = DoorFactory(
        Routes(None, {"/ws": factory}, rawsocket=rawsocket, services=services), connections, clock, log, door_options
    )
    host = HostIdentity(("localhost",), (ip_address("127.0.0.1"),))
    authority = LocalAuthority(directory / "tls", clock, log, lambda: host)
    authority.ensure()
    context = ServerContext(CertificateFiles.combined(authority.server_file), clock, log)
    socket = directory / "socket"
    reactor.listenUNIX(str(socket), local)
    return {
        "plain": reactor.listenTCP(0, door, interface="127.0.0.1").getHost().port,
        "tls": reactor.listenTCP(0, over_tls(door, context), interface="127.0.0.1").getHost().port,
        "unix": str(socket),
        "authority": str(authority.certificate_file),
    }


def main() -> None:
    """Serve until standard input ends."""
    run_on_monotonic_time(reactor)
    StandardIO(StopAtEnd())
    where = json.dumps(listen(Path(sys.argv[1]), json.loads(sys.argv[2])))
    # Only from within: at its start the reactor opens descriptors of its own, which a test may be about to count.
    reactor.callWhenRunning(print, where, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
