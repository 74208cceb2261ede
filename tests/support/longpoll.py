"""HTTP long-poll in tests: a door with nothing but fakes around it."""

import json

from wampi.router.core.limits import Limits
from wampi.router.core.ports import Peer
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.door import DoorFactory
from wampi.router.transport.knock import Gate
from wampi.router.transport.longpoll import LongPollFactory
from wampi.router.transport.longpoll_transport import LongPollOptions
from wampi.router.transport.routes import Routes
from wampi.router.transport.turn import Turn

from support.core import FakeClock, KeptLog
from support.http_line import Answer, Line
from support.transport import CODECS, PLENTY, FakeTransport, KeptLink


class LongPollHouse:
    """A door with long-poll at ``/lp``; ids of transports are counted: t1, t2 and so on."""

    def __init__(
        self,
        limits: Limits = PLENTY,
        options: LongPollOptions | None = None,
        connections: ConnectionLimits | None = None,
        codecs: tuple[str, ...] = tuple(CODECS),
        gate: Gate | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.log = KeptLog()
        self.turn = Turn(self.clock)
        self.links: list[KeptLink] = []
        self.connections = Connections(connections or ConnectionLimits(per_address=100, pending=100, total=100))
        self.factory = LongPollFactory(
            self._attach,
            {name: CODECS[name] for name in codecs},
            self.connections,
            self.clock,
            self.turn,
            self.log,
            options,
            limits,
            gate,
            new_id=self._new_id,
        )
        self._ids = 0
        routes = Routes({"hub.test"}, services={"/lp": self.factory})
        self.doors = DoorFactory(routes, self.connections, self.clock, self.log)

    def _attach(self, peer: Peer) -> KeptLink:
        self.links.append(KeptLink(peer))
        return self.links[-1]

    def _new_id(self) -> str:
        self._ids += 1
        return f"t{self._ids}"

    def line(self, transport: FakeTransport | None = None) -> Line:
        """Connect."""
        return Line(self.doors, transport or FakeTransport())

    def ask(self, path: str, body: bytes | str = b"", *fields: str, **options: str) -> list[Answer]:
        """Send one request on a connection of its own; return its answer, nothing as long as it waits."""
        return self.line().ask(path, body, *fields, **options)

    def open(self, protocol: str = "wamp.2.json", *fields: str) -> str:
        """Open a transport and return the path of it."""
        [answer] = self.ask("/lp/open", json.dumps({"protocols": [protocol]}), *fields)
        assert answer.status == 200, answer
        assert answer.json["protocol"] == protocol
        return f"/lp/{answer.json['transport']}"
