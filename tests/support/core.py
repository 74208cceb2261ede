"""A router core with fakes around it: a fake clock, counted ids, peers that keep what they are sent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.task import Clock as TwistedClock
from wampi.router.codec import Codec, Outgoing, Unrepresentable, codecs
from wampi.router.codec.messages import Match
from wampi.router.core.authentication import Accept, Applicant, Authenticator, Decide
from wampi.router.core.authorization import Action, Permission, Role
from wampi.router.core.limits import Limits
from wampi.router.core.link import Link
from wampi.router.core.ports import Timer, TransportDetails
from wampi.router.core.realm import Environment, RealmOptions
from wampi.router.core.router import Router
from wampi.router.core.shelves import HistoryRule, MemoryShelf, Shelf

CODECS = codecs()
ALL: frozenset[Action] = frozenset({"call", "register", "publish", "subscribe"})
"""Every action there is."""

EVERYTHING = Role("everything", (Permission("", "prefix", ALL),))
ALL_ROLES: dict[str, Any] = {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}


class FakeClock:
    """Time that moves only when a test says so."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self.twisted = TwistedClock()
        self._start = start

    def monotonic(self) -> float:
        return self.twisted.seconds()

    def time(self) -> float:
        return self._start + self.twisted.seconds()

    def call_later(self, delay_seconds: float, callback: Callable[[], None]) -> Timer:
        return self.twisted.callLater(delay_seconds, callback)

    def advance(self, seconds: float) -> None:
        self.twisted.advance(seconds)

    def put_forward(self, seconds: float) -> None:
        """Set the time of day, which the monotonic time does not notice."""
        self._start += seconds

    def pass_time(self, seconds: float) -> None:
        """Let time go by while something works: nothing that is due then is called meanwhile."""
        self.twisted.rightNow += seconds


class CountedIds:
    """Ids that count up: global ones from 1001, those of the router from 1."""

    def __init__(self) -> None:
        self._global = 1000
        self._router = 0

    def global_id(self) -> int:
        self._global += 1
        return self._global

    def router_id(self) -> int:
        self._router += 1
        return self._router


@dataclass
class KeptLog:
    """A log that keeps its lines."""

    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def info(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))

    def warn(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))


class FakePeer:
    """Keeps what it is sent as decoded lists; ``refuses`` is the URI with which it refuses every payload.

    ``too_large`` holds the type codes of messages that are larger than it takes. ``wire`` keeps the bytes.
    """

    def __init__(self, codec: Codec, details: TransportDetails | None = None) -> None:
        self.codec = codec
        self.details = details or TransportDetails()
        self.sent: list[list[Any]] = []
        self.wire: list[bytes] = []
        self.latest: list[int] = []
        self.limits: Limits | None = None
        self.is_closed = self.is_held = False
        self.seconds_left: float | None = None
        self.refuses: str | None = None
        self.too_large: frozenset[int] = frozenset()

    def send(self, message: Outgoing) -> str | None:
        if self.refuses is not None and message.payload is not None:
            return self.refuses
        if message.head[0] in self.too_large:
            return "wamp.error.payload_size_exceeded"
        try:
            data = self.codec.encode(message)
        except Unrepresentable:
            return "wamp.error.invalid_argument"
        self.wire.append(data)
        self.sent.append(self.codec.load(data))
        return None

    def send_latest(self, message: Outgoing, subscription: int) -> str | None:
        self.latest.append(subscription)
        return self.send(message)

    def hold(self) -> None:
        self.is_held = True

    def release(self) -> None:
        self.is_held = False

    def set_limits(self, limits: Limits) -> None:
        self.limits = limits

    def cut(self, seconds: float) -> None:
        self.seconds_left = seconds

    def close(self) -> None:
        self.is_closed = True


class AcceptAnyone:
    """Lets everyone in with the authid it asks for, one role, one credential and one ``authprovider``."""

    def __init__(self, role: str = "everything", credential: str = "", provider: str = "static") -> None:
        self._role = role
        self._credential = credential
        self._provider = provider

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        authid = applicant.authid or "somebody"
        decide(Accept(authid, self._role, "anonymous", self._provider, credential=self._credential))


class Client:
    """A client at one link: sends messages as lists, and takes what has come back."""

    def __init__(self, link: Link, peer: FakePeer) -> None:
        self.link = link
        self.peer = peer
        self._request = 0
        self._session: int | None = None

    def send(self, *message: Any) -> "Client":
        self.link.receive(self.peer.codec.decode(self.peer.codec.dump(list(message))))
        return self

    def take(self) -> list[list[Any]]:
        """Return the messages that have come since the last time."""
        sent, self.peer.sent = self.peer.sent, []
        return sent

    def request(self, kind: int, *rest: Any) -> int:
        """Send a request with the next request id, and return that id."""
        self._request += 1
        self.send(kind, self._request, *rest)
        return self._request

    def ask(self, kind: int, *rest: Any) -> list[Any]:
        """Send a request with the next request id and return its one answer; events beside it are dropped."""
        self.take()
        self.request(kind, *rest)
        [answer] = [message for message in self.take() if message[0] != 36]
        return answer

    def subscribe(self, topic: str, **options: Any) -> int:
        """Subscribe, and return the subscription's id."""
        code, _, subscription = self.ask(32, options, topic)
        assert code == 33
        return int(subscription)

    def register(self, procedure: str, **options: Any) -> int:
        """Register a procedure, and return the registration's id."""
        code, _, registration = self.ask(64, options, procedure)
        assert code == 65
        return int(registration)

    def publish(self, topic: str, *payload: Any, **options: Any) -> int:
        """Publish, and return the request id; ``payload`` is ``args`` and ``kwargs``, as far as there are any."""
        return self.request(16, options, topic, *payload)

    def call(self, procedure: str, *payload: Any, **options: Any) -> int:
        """Call, and return the request id; ``payload`` is ``args`` and ``kwargs``, as far as there are any."""
        return self.request(48, options, procedure, *payload)

    def result(self, procedure: str, *args: Any, **kwargs: Any) -> Any:
        """Call one of the router's own procedures, and return its result; None when it has none."""
        self.take()
        request = self.call(procedure, list(args), kwargs)
        answers = [message for message in self.take() if message[:2] == [50, request]]
        assert len(answers) == 1, f"no result of {procedure}"
        return answers[0][3][0] if len(answers[0]) > 3 else None

    def error(self, kind: int, *rest: Any) -> str:
        """Send a request and return the URI of the ERROR that answers it."""
        self.take()
        request = self.request(kind, *rest)
        [[code, request_type, request_id, details, uri, *_]] = self.take()
        assert [code, request_type, request_id, details] == [8, kind, request, {}]
        return str(uri)

    def leave(self) -> None:
        """Lose the connection."""
        self.link.lost()

    @property
    def session(self) -> int:
        """The id of the session that it has joined as."""
        assert self._session is not None
        return self._session

    def join(self, realm: str = "home", roles: dict[str, Any] | None = None, authid: str | None = None) -> int:
        """Say HELLO and return the session id from WELCOME."""
        details: dict[str, Any] = {"roles": ALL_ROLES if roles is None else roles}
        if authid is not None:
            details["authid"] = authid
        self.send(1, realm, details)
        [welcome] = self.take()
        assert welcome[0] == 2, welcome
        session: int = welcome[1]
        self._session, self._request = session, 0
        return session


class FakeRouter:
    """A router with one realm, ``home``, and everything around it fake."""

    def __init__(
        self,
        roles: Iterable[Role] = (EVERYTHING,),
        strict_uris: bool = False,
        latest: Iterable[tuple[str, Match]] = (),
        history: Iterable[HistoryRule] = (),
        shelf: Callable[[HistoryRule], Shelf] = MemoryShelf,
    ) -> None:
        self.clock = FakeClock()
        self.ids = CountedIds()
        self.log = KeptLog()
        environment = Environment(self.ids, self.clock, self.log, CODECS["msgpack"], lambda below: below - 1)
        self.router = Router(environment)
        options = RealmOptions(strict_uris, tuple(latest), tuple(history), shelf)
        self.realm = self.router.add_realm("home", roles, options)

    def attach(
        self,
        codec: str = "json",
        authenticator: Authenticator | None = None,
        strict_request_ids: bool = False,
        details: TransportDetails | None = None,
    ) -> Client:
        """Return a client that has not said HELLO yet."""
        peer = FakePeer(CODECS[codec], details)
        link = self.router.attach(peer, authenticator or AcceptAnyone(), strict_request_ids)
        return Client(link, peer)

    def client(
        self,
        codec: str = "json",
        role: str = "everything",
        authid: str | None = None,
        roles: Any = None,
        credential: str = "",
    ) -> Client:
        """Return a client that has joined."""
        client = self.attach(codec, AcceptAnyone(role, credential))
        client.join(authid=authid, roles=roles)
        return client
