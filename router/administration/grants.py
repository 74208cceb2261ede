"""Which grants are in force at this moment: watched by the time of day, which may be wrong.

A Raspberry Pi before the 5 has no clock of its own: after a power cut it is 1970, or the time at which it was last
stopped, until the network says otherwise. So a grant holds only from its beginning on, what is over once is written
down as over, and as long as the clock shows less than the hub has known before, no grant holds at all. See docs/adr.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..core.authorization import Disclosure, Permission
from ..core.review import Gathered
from ..store.rows import PROVIDER

if TYPE_CHECKING:
    from ..core.authorization import Action
    from ..core.ports import Clock, Log, Timer
    from ..core.router import Router
    from ..store.grants import Grant, Standing, Verb
    from ..store.worker import AccountsWorker

LOOK_SECONDS = 1.0
"""How often the time of day is looked at while there are grants that it matters for."""

RETRY_SECONDS = 10.0
NOTE_SECONDS = 600.0
"""How often the time is written down, so that a clock that falls behind is found out."""

TOLERANCE_SECONDS = 60.0
"""By how much a clock may be set back without being taken for wrong."""

_ASKING: frozenset[Action] = frozenset({"call"})

VIEWING = ("snapshot", "current", "list", "health")
"""The procedures of devices that change nothing (docs/protocol.md)."""


class GrantKeeper:
    """Applies the grants of the accounts to all realms, and lets them begin and end on time."""

    def __init__(self, worker: AccountsWorker, routers: Iterable[Router], clock: Clock, log: Log) -> None:
        self._worker = worker
        self._routers = routers
        self._clock = clock
        self._log = log
        self._grants: tuple[Grant, ...] = ()
        self._latest_at = 0.0
        self._noted_at = 0.0
        self._is_behind = False
        self._is_stopped = False
        self._timer: Timer | None = None

    def stop(self) -> None:
        """Look no more."""
        self._is_stopped = True
        self._cancel()

    def reload(self, done: Callable[[], None] = lambda: None) -> None:
        """Read the grants, and call ``done`` when they hold. What cannot be read is in force for nobody."""

        def take(standing: Standing) -> None:
            self._grants = standing.grants
            self._latest_at = standing.latest_at
            self._apply(done)

        def fail(error: Exception) -> None:
            self._log.warn("grants cannot be read, nobody has any", reason=str(error))
            self._grants = ()
            self._apply(done)
            self._cancel()
            if not self._is_stopped:
                self._timer = self._clock.call_later(RETRY_SECONDS, self.reload)

        self._worker.submit(lambda accounts: accounts.grants.standing(), take, fail)

    def _apply(self, done: Callable[[], None] = lambda: None) -> None:
        """Let hold what holds now, and look again when that may have changed."""
        self._cancel()
        if self._is_stopped:
            done()
            return
        now = self._clock.time()
        over = [grant for grant in self._grants if grant.ends_at is not None and grant.ends_at <= now]
        self._grants = tuple(grant for grant in self._grants if grant not in over)
        self._set_realms([] if self._falls_behind(now) else [g for g in self._grants if g.starts_at <= now], done)
        self._note(now, over)
        if self._grants:
            edges = [edge - now for g in self._grants for edge in (g.starts_at, g.ends_at or now) if edge > now]
            self._timer = self._clock.call_later(min([LOOK_SECONDS, *edges]), self._apply)

    def _falls_behind(self, now: float) -> bool:
        """Return whether the clock shows less than it has shown before, and tell when that changes."""
        is_behind = now < self._latest_at - TOLERANCE_SECONDS
        if is_behind and not self._is_behind and self._grants:
            self._log.warn("the clock is behind what it was: no grant holds until it is right, or one is made anew")
        self._is_behind = is_behind
        self._latest_at = max(self._latest_at, now)
        return is_behind

    def _set_realms(self, grants: Iterable[Grant], done: Callable[[], None]) -> None:
        held: dict[str, tuple[Permission, ...]] = {}
        for grant in grants:
            held[grant.authid] = (*held.get(grant.authid, ()), *permissions_of(grant.prefix, grant.verb))
        realms = [realm for router in self._routers for realm in router.realms.values()]
        all_of_them = Gathered(len(realms), lambda _count: done())
        for realm in realms:
            realm.set_grants(held, PROVIDER, all_of_them.add)

    def _note(self, now: float, over: list[Grant]) -> None:
        """Write down what is over, and now and then what time it is."""
        if over or (self._grants and now >= self._noted_at + NOTE_SECONDS):
            self._noted_at = now
            ids = [grant.id for grant in over]
            self._worker.submit(lambda accounts: accounts.grants.note_time(now, ids), lambda _: None, self._not_noted)
        for grant in over:
            self._log.info("grant is over", authid=grant.authid, prefix=grant.prefix)

    def _not_noted(self, error: Exception) -> None:
        self._log.warn("the end of a grant was not written down", reason=str(error))

    def _cancel(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


def permissions_of(prefix: str, verb: Verb) -> tuple[Permission, ...]:
    """Return what a grant allows: to view is to subscribe and to ask, to operate is to call everything besides.

    A prefix is that of one device, or of all devices of a kind.
    """
    if verb == "operate":
        return (Permission(prefix, "prefix", frozenset({"call", "subscribe"}), Disclosure.ALWAYS),)
    return (
        Permission(prefix, "prefix", frozenset({"subscribe"})),
        *(Permission(f"{prefix}{name}", "exact", _ASKING, Disclosure.ALWAYS) for name in VIEWING),
        *(Permission(f"{prefix}.{name}", "wildcard", _ASKING, Disclosure.ALWAYS) for name in VIEWING),
    )
