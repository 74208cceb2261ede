"""What the throttle remembers of accounts from one run of the hub to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from ..credentials import Standing
from .schema import accounts, standings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .database import Database


def forgive(connection: Connection, account: int) -> None:
    """Forget the failures of an account (its row id), which has another password now; where it is known stays."""
    connection.execute(update(standings).where(standings.c.account == account).values(failures={}))


class Standings:
    """The standings of a hub's accounts; every method blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Standing]:
        """Return authid -> standing, for those that have one."""
        query = select(accounts.c.authid, standings.c.failures, standings.c.known).join(standings)
        with self._database.reading() as connection:
            return {row.authid: Standing(row.failures, tuple(row.known)) for row in connection.execute(query)}

    def put(self, changed: Mapping[str, Standing]) -> None:
        """Remember standings in place of earlier ones; names that are no accounts are passed over."""
        with self._database.writing() as connection:
            query = select(accounts.c.id, accounts.c.authid).where(accounts.c.authid.in_(changed))
            for row in connection.execute(query).all():
                standing = changed[row.authid]
                values = {"failures": dict(standing.failures), "known": list(standing.known)}
                insertion = insert_or_update(standings).values(account=row.id, **values)
                connection.execute(insertion.on_conflict_do_update(index_elements=["account"], set_=values))
