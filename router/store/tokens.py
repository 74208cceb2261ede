"""Tokens: random secrets that scripts and devices log in with, of which only a hash is kept.

A token has 256 random bits, so that a plain SHA-256 hides it as well as any slow hash would. It lets in its account
until it is revoked or has run out.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from ..credentials import Holder
from . import names
from .errors import InvalidSetting, NoSuchCredential
from .rows import PROVIDER, account_row
from .schema import accounts, tokens

if TYPE_CHECKING:
    from .database import Database

PREFIX = "wampi_"
"""Begins each token, so that programs which look for lost secrets find it."""

CREDENTIAL = "token:"
"""Begins the name of the credential of a session that a token let in; the token's id follows."""

_USED_SECONDS = 60.0
"""How exactly the last use is kept: a script that logs in every second is not worth a write each time."""


@dataclass(frozen=True, slots=True)
class Token:
    """What may be shown of a token. Times are seconds since 1970, UTC; ``scope`` is a role, or None for no limit."""

    id: int
    authid: str
    name: str
    created_at: float
    expires_at: float | None
    used_at: float | None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made: the only time that its secret is known."""

    token: Token
    secret: str = field(repr=False)


class Tokens:
    """The tokens of a hub's accounts; every method blocks."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def add(self, authid: str, name: str, *, expires_at: float | None = None, scope: str | None = None) -> NewToken:
        """Make a token for an account; the name says what for. With a scope, a role, it allows what both roles do.

        Raises :class:`.NoSuchAccount`, :class:`.InvalidName`, :class:`.InvalidSetting`.
        """
        names.label(name)
        if scope is not None:
            names.configured_role(scope)
        now = self._now()
        if expires_at is not None and expires_at <= now:
            raise InvalidSetting("a token that has run out already lets nobody in: give it a time to come")
        secret = PREFIX + secrets.token_urlsafe(32)
        with self._database.writing() as connection:
            account = account_row(connection, authid).id
            row = {
                "account": account,
                "name": name,
                "hash": token_hash(secret),
                "created_at": now,
                "expires_at": expires_at,
                "scope": scope,
            }
            number: int = connection.execute(insert(tokens).values(row).returning(tokens.c.id)).scalar_one()
        return NewToken(Token(number, authid, name, now, expires_at, None, scope), secret)

    def list(self, authid: str | None = None) -> list[Token]:
        """Return the tokens of an account, or of all; those that have run out, too."""
        query = _TOKENS.order_by(accounts.c.authid, tokens.c.id)
        if authid is not None:
            query = query.where(accounts.c.authid == authid)
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke(self, number: int) -> Token:
        """Take a token back, and return what it was; raises :class:`.NoSuchCredential`."""
        with self._database.writing() as connection:
            row = connection.execute(_TOKENS.where(tokens.c.id == number)).one_or_none()
            if row is None:
                raise NoSuchCredential("token", number)
            connection.execute(delete(tokens).where(tokens.c.id == number))
        return _token(row)

    def find(self, digest: bytes) -> Holder | None:
        """Return whose token has this hash, None for a token that is nobody's or has run out; notes the use."""
        now = self._now()
        with self._database.reading() as connection:
            row = connection.execute(_HOLDERS.where(tokens.c.hash == digest)).one_or_none()
        if row is None or _has_run_out(row, now):
            return None
        if row.enabled and (row.used_at is None or now - row.used_at >= _USED_SECONDS):
            with self._database.writing() as connection:
                connection.execute(update(tokens).where(tokens.c.id == row.token).values(used_at=now))
        return _holder(row)

    def holder(self, number: int) -> Holder | None:
        """Return whose token that is at this moment, None when it is revoked or has run out."""
        with self._database.reading() as connection:
            row = connection.execute(_HOLDERS.where(tokens.c.id == number)).one_or_none()
        return None if row is None or _has_run_out(row, self._now()) else _holder(row)


def token_hash(secret: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


_SHOWN = tokens.c.id, tokens.c.name, tokens.c.created_at, tokens.c.expires_at, tokens.c.used_at, tokens.c.scope
_TOKENS = select(accounts.c.authid, *_SHOWN).join(tokens)
_HOLDERS = select(accounts, tokens.c.id.label("token"), tokens.c.expires_at, tokens.c.used_at, tokens.c.scope).join(
    tokens
)


def _token(row: Any) -> Token:
    return Token(**row._mapping)


def _has_run_out(row: Any, now: float) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def _holder(row: Any) -> Holder:
    return Holder(
        authid=row.authid,
        authrole=row.role,
        authprovider=PROVIDER,
        credential=f"{CREDENTIAL}{row.token}",
        prefix=row.prefix,
        enabled=row.enabled,
        scope=row.scope,
        expires_at=row.expires_at,
    )
