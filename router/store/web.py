"""What the ways in over HTTP ask the database: passwords, digests, the sessions that cookies stand for.

A cookie is 256 random bits, of which the hash alone is kept. A session is good for twelve hours after its last use and
thirty days in all; a password that is changed ends all sessions of its account, and so does a disabled account.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from ..core.authentication import Principal
from ..credentials import DigestLookup, KnownAccount, PasswordLookup
from .errors import NoSuchAccount
from .rows import HAS_SECOND_FACTOR, PROVIDER, cra_label
from .schema import accounts, cra_keys, digest_keys, identities, passkeys, password_hashes, web_sessions
from .tokens import CREDENTIAL as TOKEN

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select

    from .database import Database
    from .keyfile import HubKey
    from .tokens import Tokens

COOKIE = "cookie:"
"""How the credential of a session that came in by a cookie begins; the id of the web session follows."""

BY_PASSKEY, BY_IDENTITY = "passkey:", "oidc:"
"""How it is called what a passkey, or an identity at a provider, has begun; its number follows."""

_PROOFS = {BY_PASSKEY: passkeys, BY_IDENTITY: identities}
"""Kind of what begins sessions -> where it stands for as long as it is an account's."""

MOST_SESSIONS = 64
"""Of one account; with one more, that which was used least recently ends."""

_USED_SECONDS = 60.0
"""How exactly the last use is kept: not each request is worth a write."""

_DEFAULT_HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Of a web session, in seconds."""

    idle: float = 12 * 3600.0
    total: float = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class WebLogin:
    """A web session as its owner may see it: what it was begun by, as in :meth:`WebAccounts.open_session`, and when.

    ``used_at`` is right to a minute. Times are seconds since 1970, UTC.
    """

    number: int
    begun_by: str
    began_at: float
    used_at: float

    @property
    def credential(self) -> str:
        """The credential of what lives on it."""
        return f"{COOKIE}{self.number}"


class WebAccounts:
    """The web's view of the accounts; every method blocks."""

    def __init__(self, database: Database, key: HubKey, tokens: Tokens, now: Callable[[], float]) -> None:
        self._database = database
        self._tokens = tokens
        self._key = key
        self._now = now

    # ---- secrets ---------------------------------------------------------------------------------------------

    def find_password(self, authid: str) -> PasswordLookup:
        """Return what a password is checked against; the work is the same for an unknown name."""
        query = select(accounts, HAS_SECOND_FACTOR, password_hashes.c.hash, cra_keys.c.sealed_key)
        query = query.outerjoin(password_hashes).outerjoin(cra_keys, cra_keys.c.account == accounts.c.id)
        with self._database.reading() as connection:
            row = connection.execute(query.where(accounts.c.authid == authid)).one_or_none()
            decoy = _decoy(connection.execute(select(password_hashes.c.hash).limit(1)).scalar() or _DEFAULT_HASH)
        if row is None or row.hash is not None:
            self._key.unseal_decoy()
            return PasswordLookup(authid, None, decoy) if row is None else PasswordLookup(authid, _known(row), row.hash)
        return PasswordLookup(authid, _known(row), decoy, self._key.unseal(row.sealed_key, cra_label(authid)))

    def find_digest(self, authid: str) -> DigestLookup:
        """Return what a digest is checked against; accounts whose password is older than Digest here have none."""
        query = (
            select(accounts, HAS_SECOND_FACTOR, digest_keys.c.sealed_key)
            .join(digest_keys)
            .where(accounts.c.authid == authid)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            self._key.unseal_decoy()
            return DigestLookup(authid, None, secrets.token_hex(32))
        key = self._key.unseal(row.sealed_key, digest_label(authid))
        return DigestLookup(authid, _known(row), key.decode(), guessable=row.kind == "person")

    # ---- sessions --------------------------------------------------------------------------------------------

    def open_session(
        self, authid: str, since: float, lifetimes: Lifetimes, by: str = "password"
    ) -> tuple[str, Principal]:
        """Begin a session of who proved to be that at ``since``; return the value of its cookie, and who that is.

        ``by`` names what proved it: when that is taken back, the session ends (:func:`end_sessions`).
        Raises :class:`.NoSuchAccount` when the account is gone by now, its password another one, or what proved it
        taken back: between a proof and a session there may be minutes, for the code of a second factor.
        """
        value, now = secrets.token_urlsafe(32), self._now()
        with self._database.writing() as connection:
            row = connection.execute(unchanged(authid, since, now)).one_or_none()
            if row is None or not _still_proves(connection, by, row.id):
                raise NoSuchAccount(authid)
            connection.execute(delete(web_sessions).where(_is_over(now)))
            _end_oldest(connection, row.id)
            session = {
                "account": row.id,
                "hash": _hash(value),
                "begun_by": by,
                "created_at": now,
                "used_at": now,
                "idle_seconds": lifetimes.idle,
                "expires_at": now + lifetimes.total,
            }
            number = connection.execute(insert(web_sessions).values(session).returning(web_sessions.c.id)).scalar_one()
            made = connection.execute(_sessions().where(web_sessions.c.id == number)).one()
        return value, _principal(made, number)

    def find_session(self, value: str) -> Principal | None:
        """Return who a cookie's value stands for, None when it is good for nothing (any more); notes the use."""
        return self._session(web_sessions.c.hash == _hash(value))

    def end_session(self, value: str) -> Principal | None:
        """End the session of a cookie; return whose it was, None when there was none."""
        which = web_sessions.c.hash == _hash(value)
        query = _sessions().where(which)
        with self._database.writing() as connection:
            row = connection.execute(query).one_or_none()
            connection.execute(delete(web_sessions).where(which))
        return None if row is None else _principal(row, row.session)

    def logins(self, authid: str) -> list[WebLogin]:
        """Return the sessions of an account that are good now, the one used last first."""
        query = select(web_sessions).join(accounts)
        query = query.where(accounts.c.authid == authid, accounts.c.enabled, ~_is_over(self._now()))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(web_sessions.c.used_at.desc(), web_sessions.c.id.desc()))
            return [WebLogin(row.id, row.begun_by, row.created_at, row.used_at) for row in rows]

    def end_login(self, authid: str, number: int) -> list[str]:
        """End one session of an account, if it has one of this number; return the credentials that are good no more."""
        return self._end_logins(authid, web_sessions.c.id == number)

    def end_other_logins(self, authid: str, credential: str) -> list[str]:
        """End all sessions of an account but that of a credential; return the credentials that are good no more."""
        return self._end_logins(authid, web_sessions.c.id != int(credential.removeprefix(COOKIE)))

    def _end_logins(self, authid: str, which: ColumnElement[bool]) -> list[str]:
        mine = web_sessions.c.account == select(accounts.c.id).where(accounts.c.authid == authid).scalar_subquery()
        with self._database.writing() as connection:
            return [f"{COOKIE}{number}" for number in _end(connection, mine, which)]

    # ---- later -----------------------------------------------------------------------------------------------

    def confirm(self, principal: Principal) -> Principal | None:
        """Return a principal as it is by now, with the role that its account has; None when it is good no more."""
        if principal.credential.startswith(COOKIE):
            number = int(principal.credential.removeprefix(COOKIE))
            found = self._session(web_sessions.c.id == number)
        elif principal.credential.startswith(TOKEN):
            found = self._token(principal)
        else:
            found = self._unchanged(principal)
        if found is None or found.authid != principal.authid:
            return None
        return replace(principal, authrole=found.authrole, prefix=found.prefix)

    def _token(self, principal: Principal) -> Principal | None:
        holder = self._tokens.holder(int(principal.credential.removeprefix(TOKEN)))
        if holder is None or not holder.enabled:
            return None
        return replace(principal, authid=holder.authid, authrole=holder.authrole, prefix=holder.prefix)

    def _unchanged(self, principal: Principal) -> Principal | None:
        with self._database.reading() as connection:
            row = connection.execute(unchanged(principal.authid, principal.since, self._now())).one_or_none()
        return None if row is None else replace(principal, authrole=row.role, prefix=row.prefix)

    def _session(self, which: ColumnElement[bool]) -> Principal | None:
        now = self._now()
        query = _sessions().where(which)
        with self._database.reading() as connection:
            alive = accounts.c.enabled, ~_is_over(now)
            row = connection.execute(query.where(*alive)).one_or_none()
        if row is None:
            return None
        if now - row.used_at >= _USED_SECONDS:
            with self._database.writing() as connection:
                used = update(web_sessions).where(web_sessions.c.id == row.session).values(used_at=now)
                connection.execute(used)
        return _principal(row, row.session)


def _sessions() -> Select[Any]:
    """Select sessions with their accounts."""
    columns = web_sessions.c.id.label("session"), web_sessions.c.created_at.label("began_at")
    more = web_sessions.c.used_at, web_sessions.c.expires_at, web_sessions.c.begun_by
    return select(accounts, *columns, *more).select_from(web_sessions.join(accounts))


def unchanged(authid: str, since: float, now: float) -> Select[Any]:
    """Select an account if it may log in and has the secret that it had at ``since``.

    A secret that is of later than ``now`` was set while the clock was ahead, or it is behind since a power cut: that
    says nothing of which came first, and must keep nobody out of his home.
    """
    changed_at = accounts.c.secret_changed_at
    is_same = or_(changed_at <= since, changed_at > now)
    return select(accounts).where(accounts.c.authid == authid, accounts.c.enabled, is_same)


def _still_proves(connection: Connection, by: str, account: int) -> bool:
    """Return whether what has proven somebody to be an account, by its name there, is still of that account."""
    kind, colon, number = by.partition(":")
    table = _PROOFS.get(kind + colon)
    if table is None:
        return True
    mine = select(table.c.id).where(table.c.id == int(number), table.c.account == account)
    return connection.execute(mine).one_or_none() is not None


def end_sessions(connection: Connection, account: int, begun_by: str | None = None) -> list[int]:
    """End all sessions of an account whose secret has changed, or those alone that something began; return which."""
    which = () if begun_by is None else (web_sessions.c.begun_by == begun_by,)
    return _end(connection, web_sessions.c.account == account, *which)


def _end(connection: Connection, *which: ColumnElement[bool]) -> list[int]:
    return [*connection.execute(delete(web_sessions).where(*which).returning(web_sessions.c.id)).scalars()]


def put_digest_key(connection: Connection, key: HubKey, account: int, authid: str, secret_hash: str) -> None:
    """Keep H(A1) of an account, sealed: whoever has it can log in by Digest."""
    sealed = key.seal(secret_hash.encode(), digest_label(authid))
    connection.execute(delete(digest_keys).where(digest_keys.c.account == account))
    connection.execute(insert(digest_keys).values(account=account, sealed_key=sealed))


def digest_label(authid: str) -> str:
    """Return what the digest key of an account is sealed for."""
    return f"digest {authid}"


def _principal(row: Row[Any], session: int) -> Principal:
    return Principal(
        authid=row.authid,
        authrole=row.role,
        method="cookie",
        provider=PROVIDER,
        credential=f"{COOKIE}{session}",
        since=row.began_at,
        expires_at=row.expires_at,
        prefix=row.prefix,
        is_vouched=row.begun_by.startswith(BY_IDENTITY),
    )


def _known(row: Row[Any]) -> KnownAccount:
    return KnownAccount(row.authid, row.role, PROVIDER, row.enabled, row.prefix, row.second_factor)


def _is_over(now: float) -> ColumnElement[bool]:
    return or_(web_sessions.c.used_at + web_sessions.c.idle_seconds <= now, web_sessions.c.expires_at <= now)


def _end_oldest(connection: Connection, account: int) -> None:
    """Make room for one more session of an account."""
    newest = select(web_sessions.c.id).where(web_sessions.c.account == account)
    kept = newest.order_by(web_sessions.c.used_at.desc(), web_sessions.c.id.desc()).limit(MOST_SESSIONS - 1)
    surplus = web_sessions.c.account == account, web_sessions.c.id.not_in(kept)
    connection.execute(delete(web_sessions).where(*surplus))


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


def _decoy(encoded: str) -> str:
    """Return a hash of nobody's password, of the same cost as another."""
    *parameters, salt, digest = encoded.split("$")
    return "$".join([*parameters, _random_like(salt), _random_like(digest)])


def _random_like(text: str) -> str:
    """Return random base64 for as many bytes as a text in base64 has."""
    return b64encode(secrets.token_bytes(len(text) * 3 // 4)).decode().rstrip("=")
