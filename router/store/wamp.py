"""What the ways in over WAMP ask the database: the keys of WAMP-CRA and of SCRAM, and who goes by a name.

A name that is not there costs the same work, and gets the shapes that a challenge for it can have: those of the
accounts that are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from ..credentials import Credential, Dialect, Holder, Kdf, Lookup, ScramCredential, ScramLookup, ScramShape, Shape
from .rows import HAS_SECOND_FACTOR, PROVIDER, cra_label
from .schema import accounts, cra_keys, scram_keys

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .database import Database
    from .keyfile import HubKey
    from .verifiers import CraKey

_CRA_SHAPE = (func.length(cra_keys.c.salt).label("salt_length"), cra_keys.c.iterations, cra_keys.c.keylen)
_CRA_SHAPES = select(accounts.c.kind, accounts.c.role, *_CRA_SHAPE).join(cra_keys).distinct()
_SCRAM_COLUMNS = scram_keys.c.kdf, scram_keys.c.iterations, scram_keys.c.memory_kib
_SCRAM_SHAPES = select(*_SCRAM_COLUMNS, func.length(scram_keys.c.salt).label("salt_bytes")).distinct()


class WampAccounts:
    """The accounts, as far as logins by WAMP ask for them."""

    def __init__(self, database: Database, key: HubKey) -> None:
        self._database = database
        self._key = key

    def check_key(self) -> None:
        """Raise :class:`.KeyFileMissing` when the key file is not the one that the secrets were sealed under."""
        with self._database.reading() as connection:
            any_key = select(accounts.c.authid, cra_keys.c.sealed_key).join(cra_keys).limit(1)
            row = connection.execute(any_key).one_or_none()
        if row is not None:
            self._key.unseal(row.sealed_key, cra_label(row.authid))

    def find_cra(self, authid: str) -> Lookup:
        """Return what a WAMP-CRA login is checked against; the work is the same for an unknown name."""
        query = select(accounts, HAS_SECOND_FACTOR, cra_keys.c.salt, cra_keys.c.sealed_key, *_CRA_SHAPE)
        query = query.join(cra_keys)
        with self._database.reading() as connection:
            row = connection.execute(query.where(accounts.c.authid == authid)).one_or_none()
            shapes = frozenset(_cra_shape(shape) for shape in connection.execute(_CRA_SHAPES))
        if row is None:
            self._key.unseal_decoy()
            return Lookup(None, shapes)
        credential = Credential(
            authid=row.authid,
            authrole=row.role,
            shape=_cra_shape(row),
            key=self._key.unseal(row.sealed_key, cra_label(authid)),
            salt=row.salt,
            enabled=row.enabled,
            prefix=row.prefix,
            guessable=row.kind == "person",
            second_factor=row.second_factor,
        )
        return Lookup(credential, shapes)

    def find_scram(self, authid: str, dialect: Dialect, kdf: Kdf) -> ScramLookup:
        """Return what a SCRAM login is checked against; the work is the same for an unknown name."""
        # PBKDF2 is the same in both dialects, so there is one set of keys.
        kind = scram_keys.c.dialect == ("wamp" if kdf == "pbkdf2" else dialect), scram_keys.c.kdf == kdf
        query = select(accounts.c.role, accounts.c.enabled, HAS_SECOND_FACTOR, scram_keys)
        query = query.select_from(accounts.join(scram_keys)).where(*kind)
        with self._database.reading() as connection:
            row = connection.execute(query.where(accounts.c.authid == authid)).one_or_none()
            shapes = frozenset(map(_scram_shape, connection.execute(_SCRAM_SHAPES.where(*kind))))
        if row is None:
            return ScramLookup(None, shapes)
        credential = ScramCredential(
            authid=authid,
            authrole=row.role,
            authprovider=PROVIDER,
            shape=ScramShape(row.kdf, row.iterations, row.memory_kib, len(row.salt)),
            salt=row.salt,
            stored_key=row.stored_key,
            server_key=row.server_key,
            enabled=row.enabled,
            second_factor=row.second_factor,
        )
        return ScramLookup(credential, shapes)

    def find_holder(self, authid: str, credential: str) -> Holder | None:
        """Return an account as the holder of something that names it, such as a certificate; None for no account."""
        with self._database.reading() as connection:
            row = connection.execute(select(accounts).where(accounts.c.authid == authid)).one_or_none()
        if row is None:
            return None
        return Holder(authid, row.role, PROVIDER, credential, prefix=row.prefix, enabled=row.enabled)


def put_cra_key(connection: Connection, hub_key: HubKey, account: int, authid: str, key: CraKey) -> None:
    """Put a WAMP-CRA key in place of what there was, sealed: whoever has it can log in."""
    sealed = hub_key.seal(key.key, cra_label(authid))
    parameters = {"salt": key.salt, "iterations": key.iterations, "keylen": key.keylen}
    connection.execute(delete(cra_keys).where(cra_keys.c.account == account))
    connection.execute(insert(cra_keys).values(account=account, sealed_key=sealed, **parameters))


def _scram_shape(row: Any) -> ScramShape:
    return ScramShape(**row._mapping)


def _cra_shape(row: Any) -> Shape:
    # The role of a device may be its name: a challenge that showed it would tell strangers which devices there are.
    role = "device" if row.kind == "device" else row.role
    return Shape(PROVIDER, role, row.salt_length, row.iterations, row.keylen)
