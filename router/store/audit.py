"""The audit trail as it is kept: bounded for each kind of entry, so that many of one kind push out none of another."""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, func, insert, select

from .schema import audit

if TYPE_CHECKING:
    from .database import Database

Kind = Literal["login", "refused", "session", "change", "device"]

KEPT: Mapping[Kind, int] = {"login": 5000, "refused": 5000, "session": 2000, "change": 10_000, "device": 5000}
"""How many entries of each kind are kept; beyond that the oldest of the kind goes."""

MOST_CHARACTERS = 256
"""Of a text in an entry; longer ones are cut."""

_MOST_DETAILS = 16
_SLACK = 100
"""By how much a kind may outgrow its bound before it is cut: deleting for each entry would write twice as much."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``at`` is seconds since 1970, UTC.

    ``who`` is an authid, ``origin`` where from (an address, or ``unix``), ``way`` the method of the login, ``what`` the
    name of what was done, ``details`` what it was done to. Texts that others have chosen are escaped and cut.
    """

    at: float
    kind: Kind
    what: str
    who: str | None = None
    origin: str | None = None
    way: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class AuditTrail:
    """The audit trail of one hub. ``kept`` says how many entries of each kind."""

    def __init__(self, database: Database, kept: Mapping[Kind, int] = KEPT) -> None:
        self._database = database
        self._kept = kept

    def add(self, entries: Iterable[Entry]) -> None:
        """Keep entries, in order."""
        rows = [_row(entry) for entry in entries]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.execute(insert(audit), rows)
            for kind in {row["kind"] for row in rows}:
                of_kind = audit.c.kind == kind
                count = connection.execute(select(func.count()).where(of_kind)).scalar() or 0
                if count > self._kept[kind] + min(_SLACK, self._kept[kind]):
                    newest = select(audit.c.id).where(of_kind).order_by(audit.c.id.desc())
                    oldest_kept = connection.execute(newest.offset(self._kept[kind] - 1).limit(1)).scalar()
                    connection.execute(delete(audit).where(of_kind, audit.c.id < oldest_kept))

    def list(
        self, kind: Kind | None = None, who: str | None = None, before: int | None = None, limit: int = 100
    ) -> builtins.list[dict[str, Any]]:
        """Return entries, the newest first; with ``before``, those that came before the entry of that id."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(audit.c.kind == kind)
        if who is not None:
            query = query.where(audit.c.who == who)
        if before is not None:
            query = query.where(audit.c.id < before)
        with self._database.reading() as connection:
            found = [_described(row) for row in connection.execute(query)]
        return sorted(found, key=lambda entry: (entry["at"], entry["id"]), reverse=True)


def _row(entry: Entry) -> dict[str, Any]:
    details = {clean(key): _clean_value(value) for key, value in [*entry.details.items()][:_MOST_DETAILS]}
    return {
        "at": entry.at,
        "kind": entry.kind,
        "who": _clean_value(entry.who),
        "origin": _clean_value(entry.origin),
        "way": _clean_value(entry.way),
        "what": clean(entry.what),
        "details": json.dumps(details, ensure_ascii=False),
    }


def _described(row: Any) -> dict[str, Any]:
    return {**{str(name): value for name, value in row._mapping.items()}, "details": json.loads(row.details)}


def clean(text: str) -> str:
    """Return a text of bounded length in which everything that is not printable is escaped."""
    start = text[: MOST_CHARACTERS + 1]
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in start)
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[:MOST_CHARACTERS]}..."


def _clean_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean(value if isinstance(value, str) else str(value))
