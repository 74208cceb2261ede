"""What several parts of the store ask of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from .errors import NoSuchAccount
from .schema import accounts, totp_keys

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

PROVIDER = "accounts"
"""The ``authprovider`` of all who log in with an account."""

HAS_SECOND_FACTOR = (
    exists()
    .where(totp_keys.c.account == accounts.c.id, totp_keys.c.sealed_key.is_not(None))
    .correlate(accounts)
    .label("second_factor")
)
"""Whether a password alone is not enough for an account."""


def account_row(connection: Connection, authid: str) -> Row[Any]:
    """Return the row of an account; raises :class:`.NoSuchAccount`."""
    row = connection.execute(select(accounts).where(accounts.c.authid == authid)).one_or_none()
    if row is None:
        raise NoSuchAccount(authid)
    return row


def cra_label(authid: str) -> str:
    """Return what the WAMP-CRA key of an account is sealed under."""
    return f"wampcra {authid}"
