"""Passkeys: the public keys with which devices of people log in (WebAuthn), and how far each has counted.

What is kept lets nobody in: the private keys never leave the devices. The user handle tells nothing of whose it is; all
passkeys of an account have the same, so that a device keeps one for each account.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from ..credentials import KnownAccount
from .errors import NoSuchPasskey, TooManyPasskeys
from .rows import PROVIDER
from .schema import accounts, passkeys
from .web import BY_PASSKEY, COOKIE, end_sessions, unchanged

if TYPE_CHECKING:
    from sqlalchemy import Row

    from .database import Database

MOST_PASSKEYS = 16
"""Of one account."""

_HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Passkey:
    """What may be shown of a passkey; ``relying_party`` is the host name that it is for, with the port.

    Times are seconds since 1970.
    """

    number: int
    name: str
    relying_party: str
    created_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a device has made: its id, and its public key (COSE, RFC 9052)."""

    relying_party: str
    handle: bytes
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str


@dataclass(frozen=True, slots=True)
class FoundPasskey:
    """What a login with a passkey is checked against."""

    number: int
    account: KnownAccount
    relying_party: str
    handle: bytes
    public_key: bytes


class Passkeys:
    """The passkeys of the accounts; every method blocks."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def prepare(self, authid: str) -> tuple[bytes, list[bytes]]:
        """Return the user handle for one more passkey of an account, and the ids of those that it has."""
        query = select(passkeys.c.handle, passkeys.c.credential_id).join(accounts).where(accounts.c.authid == authid)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return (rows[0].handle if rows else secrets.token_bytes(_HANDLE_BYTES)), [row.credential_id for row in rows]

    def add(self, authid: str, since: float, new: NewPasskey) -> None:
        """Let an account log in with one more passkey, if its secrets have not changed after ``since``.

        Raises :class:`.NoSuchPasskey` when they have, or when the id is taken, and :class:`.TooManyPasskeys`.
        """
        with self._database.writing() as connection:
            account = connection.execute(unchanged(authid, since, self._now())).one_or_none()
            taken = select(passkeys.c.id).where(passkeys.c.credential_id == new.credential_id)
            if account is None or connection.execute(taken).one_or_none() is not None:
                raise NoSuchPasskey("the passkey can't be added any more: log in again")
            mine = select(func.count()).select_from(passkeys).where(passkeys.c.account == account.id)
            if connection.execute(mine).scalar_one() >= MOST_PASSKEYS:
                raise TooManyPasskeys(f"{authid!a} has {MOST_PASSKEYS} passkeys: remove one that is not used")
            row = {
                "account": account.id,
                "credential_id": new.credential_id,
                "relying_party": new.relying_party,
                "handle": new.handle,
                "public_key": new.public_key,
                "sign_count": new.sign_count,
                "name": new.name,
                "created_at": self._now(),
            }
            connection.execute(insert(passkeys).values(row))

    def find(self, credential_id: bytes) -> FoundPasskey | None:
        """Return the passkey with an id, and whose it is."""
        mine = passkeys.c.id.label("number"), passkeys.c.relying_party, passkeys.c.handle, passkeys.c.public_key
        query = select(accounts, *mine).select_from(passkeys.join(accounts))
        with self._database.reading() as connection:
            row = connection.execute(query.where(passkeys.c.credential_id == credential_id)).one_or_none()
        if row is None:
            return None
        account = KnownAccount(row.authid, row.role, PROVIDER, row.enabled, row.prefix)
        return FoundPasskey(row.number, account, row.relying_party, row.handle, row.public_key)

    def use(self, number: int, sign_count: int) -> bool:
        """Note a use; return whether the counter has gone on, or is one that stays 0 (WebAuthn, section 7.2)."""
        counted = passkeys.c.sign_count
        goes_on = counted == 0 if sign_count == 0 else counted < sign_count
        used = update(passkeys).where(passkeys.c.id == number, goes_on)
        with self._database.writing() as connection:
            return connection.execute(used.values(sign_count=sign_count, used_at=self._now())).rowcount == 1

    def of(self, authid: str) -> list[Passkey]:
        """Return the passkeys of an account, oldest first."""
        query = select(passkeys).join(accounts).where(accounts.c.authid == authid).order_by(passkeys.c.id)
        with self._database.reading() as connection:
            return [_passkey(row) for row in connection.execute(query)]

    def remove(self, authid: str, number: int) -> list[str]:
        """Remove a passkey of an account, and end what it has begun: return the credentials that are good no more.

        Raises :class:`.NoSuchPasskey`.
        """
        with self._database.writing() as connection:
            mine = select(passkeys.c.account).join(accounts)
            account = connection.execute(mine.where(accounts.c.authid == authid, passkeys.c.id == number)).scalar()
            if account is None:
                raise NoSuchPasskey(f"{authid!a} has no passkey number {number}: see the list")
            connection.execute(delete(passkeys).where(passkeys.c.id == number))
            return [f"{COOKIE}{session}" for session in end_sessions(connection, account, f"{BY_PASSKEY}{number}")]


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(row.id, row.name, row.relying_party, row.created_at, row.used_at)
