"""A node's administration with fakes around it: the accounts are real, their thread and the reactor are not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from wampi.router.administration.audit import Audit, AuditedLog
from wampi.router.administration.grants import GrantKeeper
from wampi.router.administration.live import Live
from wampi.router.administration.procedures import Administration, Parts
from wampi.router.administration.watch import LoginWatch
from wampi.router.auth.hashing import TooManyWait
from wampi.router.auth.throttle import Throttle
from wampi.router.codec import codecs
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.errors import RequestError
from wampi.router.core.ports import Log, TransportDetails
from wampi.router.core.realm import Environment
from wampi.router.core.router import Router
from wampi.router.epitaphs import device_lost
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import StoreError
from wampi.router.store.rows import PROVIDER
from wampi.router.transport.turn import Turn

from support.core import AcceptAnyone, Client, FakeClock, FakeRouter, KeptLog
from support.store import PASSWORD, Times, open_accounts

EVERYTHING = (Permission("", "prefix", frozenset({"call", "register", "publish", "subscribe"})),)
ROLES = (Role("owner", EVERYTHING), Role("resident", EVERYTHING), Role("guest"))
FROM_OUTSIDE = TransportDetails("websocket", "tcp:192.0.2.7:51234", "192.0.2.7", secure=True)


class DirectWorker:
    """Does work on the accounts at once; with ``is_broken``, nothing at all."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.is_broken = False

    def submit(
        self, work: Callable[[Accounts], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> None:
        if self.is_broken:
            failed(StoreError("the disk is full"))
            return
        try:
            result = work(self._accounts)
        except (StoreError, RequestError) as error:
            failed(error)
        else:
            done(result)


class DirectHashes:
    """Hashes passwords at once, or when :meth:`go_on` says so; ``is_full``: there is no room."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] | None = None
        self.is_full = False

    def derive(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        if self.is_full:
            failed(TooManyWait())
        elif self.waiting is None:
            done(work())
        else:
            self.waiting.append(lambda: done(work()))

    def go_on(self) -> None:
        """Hash what waits."""
        while self.waiting:
            self.waiting.pop(0)()


class WallClock(FakeClock):
    """A clock whose time of day can be set, which the monotonic time does not notice."""

    def __init__(self, times: Times) -> None:
        super().__init__()
        self._times = times
        self._set_at = 0.0

    def time(self) -> float:
        return self._times.now

    def advance(self, seconds: float) -> None:
        self._times.now += seconds
        super().advance(seconds)


class FakeNode(FakeRouter):
    """A router with accounts and their administration."""

    def __init__(self, directory: Path, roles: tuple[Role, ...] = ROLES) -> None:
        super().__init__(roles)
        self.times = Times()
        self.clock = WallClock(self.times)
        self.accounts = open_accounts(directory, self.times)
        self.worker: Any = DirectWorker(self.accounts)
        self.kept = KeptLog()
        self.audit = Audit(self.worker, self.clock, self.kept)
        self.log: Any = AuditedLog(self.kept, self.audit)
        log: Log = self.log
        chance: Callable[[int], int] = lambda below: below - 1  # noqa: E731
        self.router = Router(Environment(self.ids, self.clock, log, codecs()["json"], chance, device_lost))
        self.realm = self.router.add_realm("home", roles)
        routers = [self.router]
        self.reloads = 0
        self.grants = GrantKeeper(self.worker, routers, self.clock, log)
        self.watch = LoginWatch(self.worker, routers, self.clock, log)
        self.turn = Turn(self.clock)
        codec = codecs()["msgpack"]
        live = Live(routers, self._reload)
        self.throttle = Throttle(self.clock, log)
        self.hashes: Any = DirectHashes()
        parts = Parts(
            self.worker,
            routers,
            self.audit,
            self.grants,
            live,
            self.clock,
            log,
            self.turn,
            codec,
            self.throttle,
            self.hashes,
        )
        self.administration = Administration(parts)

    def start(self) -> "FakeNode":
        """Serve the realm, with an owner in the accounts."""
        self.accounts.add_person("olga", "owner", PASSWORD)
        self.grants.reload()
        self.administration.serve(self.router, self.realm)
        self.run()
        return self

    def run(self) -> None:
        """Let what waits for the next turns happen."""
        for _ in range(10):
            self.clock.twisted.advance(0)

    def join(
        self, authid: str, role: str, credential: str = "password", roles: Any = None, provider: str = PROVIDER
    ) -> Client:
        """Return a client that has joined from outside, by an account if no other ``provider`` is said."""
        client = self.attach("json", AcceptAnyone(role, credential, provider), details=FROM_OUTSIDE)
        client.join(authid=authid, roles=roles)
        return client

    def ask(self, client: Client, operation: str, **arguments: Any) -> Any:
        """Call an operation and return its result, or the URI of the error."""
        client.take()
        request = client.call(f"wampi.admin.{operation}", [], arguments)
        self.run()
        [answer] = [m for m in client.take() if request in m[1:3] and m[0] in (8, 50)]
        return answer[3][0] if answer[0] == 50 else answer[4]

    def entries(self, kind: Any = None) -> list[dict[str, Any]]:
        """Return what the audit trail has, the oldest first."""
        self.audit.flush()
        return self.accounts.audit.list(kind, limit=1000)[::-1]

    def _reload(self) -> None:
        self.reloads += 1
