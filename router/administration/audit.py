"""What the audit trail of a node is told: gathered here, bounded for each source, and written every second.

Whoever fails to log in a thousand times must not push out what matters, nor fill the disk. So each kind has a budget
for each source, and one for all of them; what is left out is counted, and the count is an entry of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..networks import source_of_peer
from ..store.audit import Entry, Kind

if TYPE_CHECKING:
    from ..core.ports import Clock, Log, Timer
    from ..store.worker import AccountsWorker

WRITE_SECONDS = 1.0
SUMMARY_SECONDS = 60.0
"""How often it is written down what was left out."""

MOST_WAITING = 1000
"""Entries that wait for a database which can't be written; beyond that they are lost, which the log says."""

_MOST_SOURCES = 1024


@dataclass(frozen=True, slots=True)
class Budget:
    """How many entries at once, and how many an hour after that."""

    burst: float
    per_hour: float


SOURCE_BUDGETS: Mapping[Kind, Budget] = {
    "login": Budget(20, 60),
    "refused": Budget(10, 20),
    "session": Budget(50, 200),
    "change": Budget(200, 1000),
    "device": Budget(20, 60),
}
"""For each source: the address (a /64 of IPv6), or where there is none, the name."""

KIND_BUDGETS: Mapping[Kind, Budget] = {
    "login": Budget(200, 600),
    "refused": Budget(100, 200),
    "session": Budget(200, 1000),
    "change": Budget(1000, 5000),
    "device": Budget(200, 600),
}
"""For all sources of a kind together."""


class Audit:
    """Takes what happens in the reactor's thread, and has it written in the accounts' thread."""

    def __init__(self, worker: AccountsWorker, clock: Clock, log: Log) -> None:
        self._worker = worker
        self._clock = clock
        self._log = log
        self._waiting: list[Entry] = []
        # kind and source ("*" for all sources) -> its budget, the one used longest ago first
        self._allowances: OrderedDict[tuple[Kind, str], _Allowance] = OrderedDict()
        # kind and source -> how many entries were left out since the last summary
        self._left_out: OrderedDict[tuple[Kind, str], int] = OrderedDict()
        self._timer: Timer | None = None
        self._summary_timer: Timer | None = None
        self._is_stopped = False

    def record(
        self,
        kind: Kind,
        what: str,
        who: str | None = None,
        origin: str | None = None,
        way: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Take an entry, unless there were too many like it."""
        source = (origin and source_of_peer(origin)) or who or ""
        if self._is_stopped:
            return
        if not self._may_pass(kind, source):
            self._leave_out(kind, source)
            return
        self._put(Entry(self._clock.time(), kind, what, who, origin, way, details or {}))

    def flush(self) -> None:
        """Have written what waits: whoever reads the trail next in the accounts' thread finds it there."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._write()

    def stop(self) -> list[Entry]:
        """Take no more; return what has yet to be written."""
        self._is_stopped = True
        for timer in (self._timer, self._summary_timer):
            if timer is not None and timer.active():
                timer.cancel()
        self._summarize()
        entries, self._waiting = self._waiting, []
        return entries

    def _may_pass(self, kind: Kind, source: str) -> bool:
        now = self._clock.monotonic()
        of_source = self._allowance(kind, source, SOURCE_BUDGETS[kind], now)
        of_kind = self._allowance(kind, "*", KIND_BUDGETS[kind], now)
        if of_source.left < 1.0 or of_kind.left < 1.0:
            return False
        of_source.left -= 1.0
        of_kind.left -= 1.0
        return True

    def _allowance(self, kind: Kind, source: str, budget: Budget, now: float) -> _Allowance:
        key = (kind, source)
        allowance = self._allowances.get(key)
        if allowance is None:
            allowance = self._allowances[key] = _Allowance(budget.burst, now)
            if len(self._allowances) > _MOST_SOURCES:
                self._allowances.popitem(last=False)
        self._allowances.move_to_end(key)
        allowance.left = min(budget.burst, allowance.left + (now - allowance.since) * budget.per_hour / 3600)
        allowance.since = now
        return allowance

    def _leave_out(self, kind: Kind, source: str) -> None:
        key = (kind, source) if (kind, source) in self._left_out or len(self._left_out) < _MOST_SOURCES else (kind, "*")
        self._left_out[key] = self._left_out.get(key, 0) + 1
        if self._summary_timer is None:
            self._summary_timer = self._clock.call_later(SUMMARY_SECONDS, self._summarize)

    def _summarize(self) -> None:
        """Say what was left out: the sources that lost most by name, the others together."""
        self._summary_timer = None
        counts, self._left_out = self._left_out, OrderedDict()
        for kind in SOURCE_BUDGETS:
            most = sorted(((n, source) for (k, source), n in counts.items() if k == kind), reverse=True)
            for count, source in most[:3]:
                self._put(_summary(self._clock.time(), kind, source or None, count))
            if most[3:]:
                self._put(_summary(self._clock.time(), kind, None, sum(count for count, _ in most[3:])))

    def _put(self, entry: Entry) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._log.warn("audit entry lost", what=entry.what, reason="the database takes none")
            return
        self._waiting.append(entry)
        if self._timer is None and not self._is_stopped:
            self._timer = self._clock.call_later(WRITE_SECONDS, self._write)

    def _write(self) -> None:
        self._timer = None
        entries, self._waiting = self._waiting, []
        if not entries:
            return

        def fail(error: Exception) -> None:
            self._log.warn("audit trail cannot be written", entries=len(entries), reason=str(error))
            self._waiting = [*entries, *self._waiting][:MOST_WAITING]
            if self._timer is None and not self._is_stopped:
                self._timer = self._clock.call_later(10 * WRITE_SECONDS, self._write)

        self._worker.submit(lambda accounts: accounts.audit.add(entries), lambda _: None, fail)


@dataclass(slots=True)
class _Allowance:
    left: float
    since: float


def _summary(at: float, kind: Kind, source: str | None, count: int) -> Entry:
    return Entry(at, kind, "entries left out", origin=source, details={"count": count})


class AuditedLog:
    """A log that tells the audit trail what of its events belongs there."""

    def __init__(self, log: Log, audit: Audit) -> None:
        self._log = log
        self._audit = audit

    def info(self, event: str, **fields: object) -> None:
        """Log an event."""
        self._log.info(event, **fields)
        self._note(event, fields)

    def warn(self, event: str, **fields: object) -> None:
        """Log an event."""
        self._log.warn(event, **fields)
        self._note(event, fields)

    def _note(self, event: str, fields: dict[str, object]) -> None:
        kind = _AUDITED.get(event)
        if kind is None or fields.get("authmethod") in _OWN_WAYS:
            return
        told = {key: value for key, value in fields.items() if key not in ("authid", "peer", "authmethod", "method")}
        who, origin = _text(fields.get("authid")), _text(fields.get("peer") or told.pop("address", None))
        way = _text(fields.get("authmethod") or fields.get("method"))
        self._audit.record(kind, event, who, origin, way, {k: v for k, v in told.items() if v is not None})


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_OWN_WAYS = ("internal", "console")
"""Logins that say nothing: of the node's own sessions, and of each command, whose operation is written down."""

_AUDITED: Mapping[str, Kind] = {
    "session joined": "login",
    "logged in": "login",
    "logged out": "login",
    "recovery code used": "login",
    "a passkey may have been copied: its counter has gone back": "refused",
    "passkey added": "change",
    "passkey removed": "change",
    "login ended": "change",
    "password changed": "change",
    "second factor set": "change",
    "second factor removed": "change",
    "login refused": "refused",
    "password not changed": "refused",
    "session killed": "session",
    "device configured": "device",
}
"""Event of the log -> kind of the entry."""
