"""Public keys: what an account proves to have the private half of, by cryptosign or by a certificate of its own in TLS.

They are no secrets. A key is one account's, so that the key alone says who it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select

from ..credentials import Holder
from . import names
from .errors import CredentialExists, InvalidSetting, NoSuchCredential
from .rows import PROVIDER, account_row
from .schema import accounts, public_keys

if TYPE_CHECKING:
    from .database import Database

KeyKind = Literal["cryptosign", "certificate"]

KEY_BYTES = 32
CREDENTIAL = {"cryptosign": "key:", "certificate": "certificate:"}
"""Begins the name of the credential of a session that a key let in; the key's id follows."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key: an Ed25519 key, or the SHA-256 of a client certificate (DER); 32 bytes both. Times: since 1970, UTC."""

    id: int
    authid: str
    kind: KeyKind
    key: bytes
    name: str
    created_at: float


class PublicKeys:
    """The public keys of a hub's accounts; every method blocks."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def add(self, authid: str, kind: KeyKind, key: bytes, name: str) -> PublicKey:
        """Let an account log in with a key; the name says where its private half is.

        Raises :class:`.NoSuchAccount`, :class:`.InvalidName`, :class:`.InvalidSetting`, :class:`.CredentialExists`.
        """
        names.label(name)
        if len(key) != KEY_BYTES:
            raise InvalidSetting(f"the key has {len(key)} bytes: it must have {KEY_BYTES}")
        with self._database.writing() as connection:
            account = account_row(connection, authid).id
            same = _KEYS.where(public_keys.c.kind == kind, public_keys.c.key == key)
            taken = connection.execute(same).one_or_none()
            if taken is not None:
                raise CredentialExists(f"that key belongs to {taken.authid!a} already: one key is for one account")
            row = {"account": account, "kind": kind, "key": key, "name": name, "created_at": self._now()}
            connection.execute(insert(public_keys).values(row))
            return _public_key(connection.execute(same).one())

    def list(self, authid: str | None = None) -> list[PublicKey]:
        """Return the keys of an account, or of all."""
        query = _KEYS.order_by(accounts.c.authid, public_keys.c.id)
        if authid is not None:
            query = query.where(accounts.c.authid == authid)
        with self._database.reading() as connection:
            return [_public_key(row) for row in connection.execute(query)]

    def remove(self, number: int) -> PublicKey:
        """Let nobody in with a key any more, and return what it was; raises :class:`.NoSuchCredential`."""
        with self._database.writing() as connection:
            row = connection.execute(_KEYS.where(public_keys.c.id == number)).one_or_none()
            if row is None:
                raise NoSuchCredential("key", number)
            connection.execute(delete(public_keys).where(public_keys.c.id == number))
        return _public_key(row)

    def find(self, kind: KeyKind, key: bytes) -> Holder | None:
        """Return whose key this is, None for nobody's."""
        with self._database.reading() as connection:
            same = public_keys.c.kind == kind, public_keys.c.key == key
            row = connection.execute(_HOLDERS.where(*same)).one_or_none()
        return None if row is None else _holder(row)

    def holder(self, number: int) -> Holder | None:
        """Return whose key that is at this moment, None when it has been removed."""
        with self._database.reading() as connection:
            row = connection.execute(_HOLDERS.where(public_keys.c.id == number)).one_or_none()
        return None if row is None else _holder(row)


_COLUMNS = public_keys.c.id, public_keys.c.kind, public_keys.c.key, public_keys.c.name, public_keys.c.created_at
_KEYS = select(accounts.c.authid, *_COLUMNS).join(public_keys)
_HOLDERS = select(accounts, public_keys.c.id.label("number"), public_keys.c.kind.label("of_kind")).join(public_keys)


def _public_key(row: Any) -> PublicKey:
    return PublicKey(**row._mapping)


def _holder(row: Any) -> Holder:
    credential = f"{CREDENTIAL[row.of_kind]}{row.number}"
    return Holder(row.authid, row.role, PROVIDER, credential, prefix=row.prefix, enabled=row.enabled)
