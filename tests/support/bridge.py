"""The HTTP bridge without sockets: a router with fakes around it, the real resources, and requests as bytes."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from wampi.router.auth.throttle import Throttle
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.limits import Limits
from wampi.router.core.ports import TransportDetails
from wampi.router.http.bridge.admission import Admission, Rules
from wampi.router.http.bridge.caller import Caller
from wampi.router.http.bridge.publisher import Publisher
from wampi.router.http.bridge.resource import BridgeResource
from wampi.router.http.bridge.session import BridgeSession, bridge_identity
from wampi.router.http.bridge.webhook import Webhook
from wampi.router.http.paths import Paths
from wampi.router.http.site import make_site
from wampi.router.transport.sender import Sender
from wampi.router.transport.turn import Turn

from support.core import ALL, CODECS, FakeRouter
from support.transport import FakeTlsTransport, FakeTransport

JSON_TYPE = {"Content-Type": "application/json"}


class Answer:
    """A response, as far as it has come."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.partition(b"\r\n\r\n")
        first, *fields = head.decode().split("\r\n")
        self.code = int(first.split(" ")[1])
        self.fields = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}

    @property
    def json(self) -> Any:
        assert self.fields["content-type"] == "application/json"
        return json.loads(self.body)


class Exchange:
    """One connection with one request."""

    def __init__(self, bridge: Bridge, transport: FakeTransport, sender: Sender | None) -> None:
        self._bridge = bridge
        self._transport = transport
        self._channel: Any = bridge.site.buildProtocol(None) if sender is None else bridge.site.build(sender)
        self._channel.makeConnection(transport)

    def send(self, data: bytes) -> Exchange:
        self._channel.dataReceived(data)
        self._bridge.run()
        return self

    def hang_up(self) -> None:
        self._channel.connectionLost(Failure(ConnectionDone()))
        self._bridge.run()

    @property
    def is_answered(self) -> bool:
        return bool(self._transport.value())

    @property
    def answer(self) -> Answer:
        assert self.is_answered
        return Answer(self._transport.value())


class Bridge:
    """A bridge with one path of each type, on a router with one realm, ``home``."""

    def __init__(self, rules: Rules | None = None, limits: Limits | None = None, **caller: Any) -> None:
        denied = Permission("com.example.forbidden", allow=frozenset())
        self.role = Role("bridge", (Permission("", "prefix", ALL), denied), limits or Limits())
        self.router = FakeRouter([self.role, Role("everything", (Permission("", "prefix", ALL),))])
        self.clock, self.log = self.router.clock, self.router.log
        self._turn = Turn(self.clock)
        self.throttle = Throttle(self.clock, self.log)
        self._rules = rules or Rules()
        self.is_held = False
        times = {"timeout_seconds": 30.0, "most_calls": 2, **caller}
        self.caller = Caller(*self._common("/call"), self.clock, **times)
        resources: dict[str, BridgeResource] = {
            "/publish": Publisher(*self._common("/publish")),
            "/call": self.caller,
            "/hook": Webhook(*self._common("/hook"), "com.example.hook"),
            "/closed": Webhook(*self._common("/closed"), "com.example.forbidden", "thanks", "alas"),
        }
        self.site = make_site(Paths(resources), self.clock.twisted)

    def _common(self, path: str) -> tuple[Any, ...]:
        limits = self.role.limits
        admission = Admission(self._rules, limits.messages_per_second, limits.burst, self.clock, self.throttle)
        attach = partial(self.router.router.attach, authenticator=bridge_identity(path, self.role.name))
        details = TransportDetails(peer=f"bridge:{path}")
        session = BridgeSession(attach, "home", details, CODECS["json"], self._turn, self.log)
        return path, admission, self.log, session

    def run(self) -> None:
        """Let everything happen that happens without time passing, unless the bridge is held."""
        for _ in range(0 if self.is_held else 10):
            self.clock.advance(0)

    def open(
        self, address: str = "127.0.0.1", tls: bool = False, peer: Any = None, sender: Sender | None = None
    ) -> Exchange:
        """A new connection; ``sender`` is who the door says it is from, if that is somebody else."""
        kind = FakeTlsTransport if tls else FakeTransport
        return Exchange(self, kind(peer or IPv4Address("TCP", address, 50000)), sender)

    def post(self, target: str, body: Any, method: str = "POST", fields: Any = None, **connection: Any) -> Exchange:
        """Send a request; a body that is no bytes goes as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = {"Host": "hub.test", **(JSON_TYPE if fields is None else fields), "Content-Length": str(len(data))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return self.open(**connection).send(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("iso-8859-1") + data)
