"""Grants: what a person may do with one device, for a span of time."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from . import names
from .errors import InvalidSetting, NoSuchAccount, NoSuchGrant, WrongKind
from .schema import accounts, grants, known_time

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from .database import Database

Verb = Literal["view", "operate"]

MOST_GRANTS = 1000
"""How many grants that are not over there may be."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as it is kept. Times are seconds since 1970, UTC; without ``ends_at`` it holds until it is revoked."""

    id: int
    authid: str
    prefix: str
    verb: Verb
    starts_at: float
    ends_at: float | None
    granted_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The grants that are not over, and the latest time of day that the hub has known."""

    grants: tuple[Grant, ...]
    latest_at: float


class Grants:
    """The grants of one hub."""

    def __init__(self, database: Database, now: Callable[[], float], most: int = MOST_GRANTS) -> None:
        self._database = database
        self._now = now
        self._most = most

    def add(
        self,
        authid: str,
        prefix: str,
        verb: Verb,
        granted_by: str,
        starts_at: float | None = None,
        ends_at: float | None = None,
    ) -> Grant:
        """Grant a person something, from now on unless ``starts_at`` says otherwise.

        Whoever grants vouches for the clock: it counts as right from here on, whatever it has shown before. Raises
        :class:`.NoSuchAccount`, :class:`.WrongKind`, :class:`.InvalidName`, :class:`.InvalidSetting`.
        """
        whole = names.granted_prefix(prefix)
        now = self._now()
        starts = now if starts_at is None else starts_at
        _check_span(starts, ends_at, now)
        with self._database.writing() as connection:
            account = connection.execute(select(accounts).where(accounts.c.authid == authid)).one_or_none()
            if account is None:
                raise NoSuchAccount(authid)
            if account.kind != "person":
                raise WrongKind(f"{authid!a} is a device, and grants are for persons")
            if len(connection.execute(_standing()).all()) >= self._most:
                raise InvalidSetting(f"there are {self._most} grants already: revoke some first")
            values = {"prefix": whole, "verb": verb, "starts_at": starts, "ends_at": ends_at, "granted_by": granted_by}
            added = connection.execute(insert(grants).values(account=account.id, is_over=False, **values))
            _put_latest(connection, now)
        [id] = added.inserted_primary_key or [0]
        return Grant(id, authid, whole, verb, starts, ends_at, granted_by)

    def revoke(self, id: int) -> Grant:
        """Take a grant back and return what it was; raises :class:`.NoSuchGrant`."""
        with self._database.writing() as connection:
            row = connection.execute(_standing().where(grants.c.id == id)).one_or_none()
            if row is None:
                raise NoSuchGrant(id)
            connection.execute(delete(grants).where(grants.c.id == id))
        return _grant(row)

    def list(self) -> builtins.list[Grant]:
        """Return the grants that are not over, by person and device."""
        return [*self.standing().grants]

    def standing(self) -> Standing:
        """Return the grants that are not over, and what the hub knows of the time."""
        with self._database.reading() as connection:
            found = tuple(_grant(row) for row in connection.execute(_standing()))
            latest = connection.execute(select(known_time.c.latest_at)).scalar()
        return Standing(found, latest or 0.0)

    def note_time(self, now: float, over: Iterable[int] = ()) -> None:
        """Remember that the time was ``now``, and that these grants are over, for good."""
        with self._database.writing() as connection:
            latest = connection.execute(select(known_time.c.latest_at)).scalar() or 0.0
            _put_latest(connection, max(now, latest))
            connection.execute(update(grants).where(grants.c.id.in_(tuple(over))).values(is_over=True))


def _check_span(starts_at: float, ends_at: float | None, now: float) -> None:
    if not isfinite(starts_at) or (ends_at is not None and not isfinite(ends_at)):
        raise InvalidSetting("a time is a number of seconds since 1970")
    if ends_at is not None and ends_at <= now:
        raise InvalidSetting("the end of the grant has passed already: give a later one")
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidSetting("the grant would end before it begins: give a later end")


def _standing() -> Select[Any]:
    joined = select(grants, accounts.c.authid).join(accounts).where(grants.c.is_over.is_(False))
    return joined.order_by(accounts.c.authid, grants.c.prefix, grants.c.id)


def _grant(row: Any) -> Grant:
    return Grant(**{name: row._mapping[name] for name in Grant.__slots__})


def _put_latest(connection: Connection, latest_at: float) -> None:
    put = sqlite_insert(known_time).values(id=1, latest_at=latest_at)
    connection.execute(put.on_conflict_do_update(index_elements=["id"], set_={"latest_at": latest_at}))
