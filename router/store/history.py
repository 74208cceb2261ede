"""Past events on disk: the file, written in batches and read page by page.

Everything here blocks: the node uses it through :class:`~.history_worker.HistoryWorker`, from one thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import msgspec
from sqlalchemy import delete, func, insert, select

from ..codec import Payload, codecs
from ..codec.messages import ABSENT
from ..core.limits import MAX_HISTORY_BYTES
from ..core.receivers import ReceiverFilter
from ..core.shelves import HistoryRule, KeptEvent, Page, Query
from .database import Database
from .history_schema import HISTORY, events, rules

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

PAGE_EVENTS = 100
PAGE_BYTES = 256 * 1024
"""What one page may have, so that no reading keeps the reactor or the other readers waiting for long."""

_CODECS = codecs()


class Place(NamedTuple):
    """Where events belong: a rule of a realm."""

    realm: str
    rule: HistoryRule


class HistoryFile:
    """The kept events of a node. All methods raise :class:`.StoreError`; a write happens whole or not at all."""

    def __init__(self, path: Path, places: Iterable[Place], most_bytes: int = MAX_HISTORY_BYTES) -> None:
        """Open the file, make it if need be, and bring it in line with the configuration.

        Events that no rule keeps any more are removed; ``removed`` counts the rules that are gone, and ``damaged`` the
        events that were read and are not as they were written.
        """
        self._most_bytes = most_bytes
        # rule -> its id in the file
        self._ids: dict[Place, int] = {}
        # id of a rule -> how many events it has, and how large they are together
        self._totals: dict[int, tuple[int, int]] = {}
        self.removed = 0
        self.damaged = 0
        self._database = Database(path, HISTORY)
        try:
            self._adapt(list(places))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._database.close()

    def write(self, batch: Sequence[tuple[Place, KeptEvent]]) -> None:
        """Add events, and let the oldest of each rule go that are beyond its limits."""
        rows: defaultdict[Place, list[dict[str, Any]]] = defaultdict(list)
        for place, event in batch:
            rows[place].append(_row(self._ids[place], event))
        totals = dict(self._totals)
        with self._database.writing() as connection:
            for place, added in rows.items():
                rule = self._ids[place]
                connection.execute(insert(events), added)
                number, size_bytes = totals[rule]
                totals[rule] = number + len(added), size_bytes + sum(row["size_bytes"] for row in added)
                totals[rule] = self._trim(connection, place, totals[rule])
        self._totals = totals

    def read(self, place: Place, query: Query, position: int | None) -> Page:
        """Return one page of the events that a query is about; see :meth:`~..core.shelves.Shelf.read`."""
        conditions = [events.c.rule == self._ids[place], *_conditions(query, self._ids[place])]
        if position is not None:
            conditions.append(events.c.id < position if query.reverse else events.c.id > position)
        most = min(PAGE_EVENTS, query.limit)
        order = events.c.id.desc() if query.reverse else events.c.id
        found: list[KeptEvent] = []
        number = size_bytes = 0
        with self._database.reading() as connection:
            selected = select(events).where(*conditions).order_by(order).limit(most)
            for row in connection.execute(selected, execution_options={"yield_per": 10}):
                number, size_bytes, last = number + 1, size_bytes + row.size_bytes, row.id
                event = _event(row)
                if event is None:
                    self.damaged += 1
                else:
                    found.append(event)
                if size_bytes >= PAGE_BYTES or number == most:
                    return Page(found, last)
        return Page(found)

    # ---- parts -----------------------------------------------------------------------------------------------

    def _adapt(self, places: list[Place]) -> None:
        """Make room for new rules, remove those that are gone, and keep to limits that have become lower."""
        with self._database.writing() as connection:
            known = {(row.realm, row.uri, row.match): row.id for row in connection.execute(select(rules))}
            for place in places:
                realm, uri, match = place.realm, place.rule.uri, place.rule.match
                rule = known.pop((realm, uri, match), None)
                if rule is None:
                    made = insert(rules).values(realm=realm, uri=uri, match=match).returning(rules.c.id)
                    rule = connection.execute(made).scalar_one()
                self._ids[place] = rule
            connection.execute(delete(rules).where(rules.c.id.in_(known.values())))
            self.removed = len(known)
            totals = select(events.c.rule, func.count(), func.sum(events.c.size_bytes)).group_by(events.c.rule)
            counted = {rule: (number, size) for rule, number, size in connection.execute(totals)}
            for place, rule in self._ids.items():
                self._totals[rule] = self._trim(connection, place, counted.get(rule, (0, 0)))

    def _trim(self, connection: Connection, place: Place, total: tuple[int, int]) -> tuple[int, int]:
        """Remove the oldest events of a rule until what is left keeps to its limits; return the new totals."""
        number, size_bytes = total
        if number <= place.rule.limit and size_bytes <= self._most_bytes:
            return total
        rule, last = self._ids[place], 0
        oldest = select(events.c.id, events.c.size_bytes).where(events.c.rule == rule).order_by(events.c.id)
        with connection.execute(oldest) as rows:
            for row in rows:
                number, size_bytes, last = number - 1, size_bytes - row.size_bytes, row.id
                if number <= place.rule.limit and size_bytes <= self._most_bytes:
                    break
        connection.execute(delete(events).where(events.c.rule == rule, events.c.id <= last))
        return number, size_bytes


def _conditions(query: Query, rule: int) -> list[ColumnElement[bool]]:
    """Return what holds for an event that a query is about; an unknown publication id leaves none."""

    def row_of(publication: int) -> Any:
        known = select(events.c.id).where(events.c.rule == rule, events.c.publication == publication)
        return known.scalar_subquery()

    time, id = events.c.published_at, events.c.id
    conditions: list[ColumnElement[bool]] = []
    if query.topic is not None:
        conditions.append(events.c.topic == query.topic)
    if query.from_time is not None:
        conditions.append(time >= query.from_time)
    if query.after_time is not None:
        conditions.append(time > query.after_time)
    if query.before_time is not None:
        conditions.append(time < query.before_time)
    if query.until_time is not None:
        conditions.append(time <= query.until_time)
    if query.from_publication is not None:
        conditions.append(id >= row_of(query.from_publication))
    if query.after_publication is not None:
        conditions.append(id > row_of(query.after_publication))
    if query.before_publication is not None:
        conditions.append(id < row_of(query.before_publication))
    if query.until_publication is not None:
        conditions.append(id <= row_of(query.until_publication))
    return conditions


def _row(rule: int, event: KeptEvent) -> dict[str, Any]:
    payload = event.payload
    blobs = {
        "details": msgspec.msgpack.encode(event.details),
        "receivers": None if event.receivers is None else msgspec.msgpack.encode(event.receivers.to_map()),
        "args": None if payload.args is ABSENT else bytes(payload.args),
        "kwargs": None if payload.kwargs is ABSENT else bytes(payload.kwargs),
    }
    return {
        "rule": rule,
        "publication": event.publication,
        "published_at": event.timestamp,
        "topic": event.topic,
        "serializer": payload.codec and payload.codec.name,
        "size_bytes": event.size_bytes,
        "checksum": _checksum(*blobs.values()),
        **blobs,
    }


def _event(row: Row[Any]) -> KeptEvent | None:
    """Return the event of a row, None where the disk has damaged it: what is not as it was checked goes to no peer."""
    codec = _CODECS.get(row.serializer)
    if row.checksum != _checksum(row.details, row.receivers, row.args, row.kwargs) or (row.serializer and not codec):
        return None
    args, kwargs = (ABSENT if blob is None else blob for blob in (row.args, row.kwargs))
    return KeptEvent(
        row.published_at,
        row.publication,
        row.topic,
        msgspec.msgpack.decode(row.details),
        Payload(codec, args, kwargs),
        None if row.receivers is None else ReceiverFilter.of_map(msgspec.msgpack.decode(row.receivers)),
    )


def _checksum(*blobs: bytes | None) -> int:
    checksum = 0
    for blob in blobs:
        checksum = crc32(blob or b"", crc32(b"%d" % len(blob or b""), checksum))
    return checksum
