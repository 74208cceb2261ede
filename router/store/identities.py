"""Identities at providers (OpenID Connect), and which accounts they are linked to.

An identity is the pair of issuer and subject. Names and addresses of mail change hands, so they are only shown. One
that has come once is written down, for the owner to link or to leave; it has no role until then.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from ..credentials import KnownAccount
from .errors import NoSuchIdentity, WrongKind
from .rows import HAS_SECOND_FACTOR, PROVIDER, account_row
from .schema import accounts, identities
from .web import BY_IDENTITY, COOKIE, end_sessions

if TYPE_CHECKING:
    from .database import Database

MOST_STRANGERS = 64
"""Identities that are linked to no account; the one that came least recently is forgotten first."""


@dataclass(frozen=True, slots=True)
class KnownIdentity:
    """An identity by its number, and the account that it is linked to, if it is."""

    number: int
    account: KnownAccount | None

    @property
    def credential(self) -> str:
        """How it is called what this identity has begun."""
        return f"{BY_IDENTITY}{self.number}"


@dataclass(frozen=True, slots=True)
class ShownIdentity:
    """What may be shown of an identity; seconds since 1970."""

    number: int
    issuer: str
    subject: str
    hint: str
    authid: str | None
    seen_at: float


class Identities:
    """The identities that have come to this hub; every method blocks."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def meet(self, issuer: str, subject: str, hint: str) -> KnownIdentity:
        """Return the identity that has come, with the account that it is linked to; write it down."""
        which = identities.c.issuer == issuer, identities.c.subject == subject
        seen = {"hint": hint, "seen_at": self._now()}
        columns = identities.c.id.label("number"), identities.c.account.label("owner")
        query = select(*columns, accounts, HAS_SECOND_FACTOR).select_from(identities.outerjoin(accounts)).where(*which)
        with self._database.writing() as connection:
            if connection.execute(update(identities).where(*which).values(seen)).rowcount == 0:
                connection.execute(insert(identities).values(issuer=issuer, subject=subject, **seen))
                strangers = select(identities.c.id).where(identities.c.account.is_(None))
                kept = strangers.order_by(identities.c.seen_at.desc(), identities.c.id.desc()).limit(MOST_STRANGERS)
                surplus = identities.c.account.is_(None), identities.c.id.not_in(kept)
                connection.execute(delete(identities).where(*surplus))
            row = connection.execute(query).one()
        if row.owner is None:
            return KnownIdentity(row.number, None)
        account = KnownAccount(row.authid, row.role, PROVIDER, row.enabled, row.prefix, row.second_factor)
        return KnownIdentity(row.number, account)

    def list(self) -> builtins.list[ShownIdentity]:
        """Return all of them, oldest first."""
        columns = select(identities, accounts.c.authid).select_from(identities.outerjoin(accounts))
        with self._database.reading() as connection:
            return [
                ShownIdentity(row.id, row.issuer, row.subject, row.hint, row.authid, row.seen_at)
                for row in connection.execute(columns.order_by(identities.c.id))
            ]

    def link(self, number: int, authid: str) -> None:
        """Let an identity log in as a person.

        Raises :class:`.NoSuchIdentity`, also for one that is linked already, :class:`.NoSuchAccount`,
        :class:`.WrongKind`.
        """
        with self._database.writing() as connection:
            row = account_row(connection, authid)
            if row.kind != "person":
                raise WrongKind(f"{authid!a} is a device, and logs in with its own key")
            free = identities.c.id == number, identities.c.account.is_(None)
            if connection.execute(update(identities).where(*free).values(account=row.id)).rowcount == 0:
                raise NoSuchIdentity(f"there is no identity {number} that is not linked: see the list")

    def unlink(self, number: int) -> tuple[str, builtins.list[str]]:
        """Take the account from an identity, and end what it has begun: return whose, and which credentials.

        Raises :class:`.NoSuchIdentity`.
        """
        query = select(accounts.c.id, accounts.c.authid).select_from(identities.join(accounts))
        with self._database.writing() as connection:
            row = connection.execute(query.where(identities.c.id == number)).one_or_none()
            if row is None:
                raise NoSuchIdentity(f"there is no identity {number} that is linked: see the list")
            connection.execute(update(identities).where(identities.c.id == number).values(account=None))
            ended = end_sessions(connection, row.id, f"{BY_IDENTITY}{number}")
        return row.authid, [f"{COOKIE}{session}" for session in ended]
