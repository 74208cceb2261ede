"""What several parts of the store ask of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from .errors import NoSuchAccount
from .schema import accounts

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

PROVIDER = "accounts"
"""The ``authprovider`` of all who log in with an account."""


def account_row(connection: Connection, authid: str) -> Row[Any]:
    """Return the row of an account; raises :class:`.NoSuchAccount`."""
    row = connection.execute(select(accounts).where(accounts.c.authid == authid)).one_or_none()
    if row is None:
        raise NoSuchAccount(authid)
    return row
