"""The accounts: persons with a password, devices with a key.

Every method blocks: the node calls them through :class:`~.worker.AccountsWorker`. Each changes everything that it says,
or nothing. Errors are in :mod:`.errors`. To derive everything from a password takes about a second, during which nobody
else could log in: so that can be done elsewhere, from a draft that has passed all checks, which are then made again.
"""

from __future__ import annotations

import builtins
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, insert, select, update

from ..datadir import OWNER
from . import names, passwords
from .audit import AuditTrail
from .database import Database
from .errors import AccountExists, InvalidName, LastOwner, StoreError, WrongKind
from .grants import Grants
from .identities import Identities
from .keyfile import DATABASE_FILE, HubKey
from .passkeys import Passkeys
from .public_keys import PublicKeys
from .rows import account_row
from .schema import accounts, password_hashes, scram_keys
from .second_factors import SecondFactors, is_set_for, note_password
from .standings import Standings, forgive
from .tokens import Tokens
from .verifiers import Costs, CraKey, Derived, Draft, Verifiers, digest_hash
from .wamp import WampAccounts, put_cra_key
from .web import WebAccounts, end_sessions, put_digest_key

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import Connection, Row

Kind = Literal["person", "device"]
DEFAULT_COSTS = Costs()


@dataclass(frozen=True, slots=True)
class Account:
    """What may be shown of an account. Times are seconds since 1970, UTC."""

    authid: str
    kind: Kind
    role: str
    prefix: str | None
    enabled: bool
    created_at: float
    secret_changed_at: float


class Accounts:
    """The accounts of one hub. ``host_names`` are refused as passwords, like an account's own name.

    ``wamp`` and ``web`` are what logins over WAMP and over HTTP ask; ``tokens`` and ``public_keys`` are what accounts
    log in with besides passwords; ``standings`` are the throttle's.
    """

    def __init__(
        self,
        database: Database,
        key: HubKey,
        costs: Costs = DEFAULT_COSTS,
        host_names: Iterable[str] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._key = key
        self._costs = costs
        self._now = now
        self._host_names = tuple(host_names)
        self.tokens = Tokens(database, now)
        self.wamp = WampAccounts(database, key)
        self.web = WebAccounts(database, key, self.tokens, now)
        self.public_keys = PublicKeys(database, now)
        self.standings = Standings(database)
        self.second_factors = SecondFactors(database, key, now)
        self.passkeys = Passkeys(database, now)
        self.identities = Identities(database, now)
        self.grants = Grants(database, now)
        self.audit = AuditTrail(database)

    @classmethod
    def open(cls, data_dir: Path, costs: Costs = DEFAULT_COSTS, host_names: Iterable[str] = ()) -> Accounts:
        """Open the accounts of a data directory; make them the first time. Raises :class:`.StoreError`."""
        key = HubKey.open(data_dir)
        accounts = cls(Database(data_dir / DATABASE_FILE), key, costs, host_names)
        try:
            accounts.wamp.check_key()
        except StoreError:
            accounts.close()
            raise
        return accounts

    def close(self) -> None:
        """Let go of the database; may be called twice."""
        self._database.close()

    def __enter__(self) -> Accounts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- persons ---------------------------------------------------------------------------------------------

    def draft_person(self, authid: str, role: str, password: str, *, cra_rounds: int | None = None) -> Draft:
        """Return what :meth:`add_person` has to derive; raises what that would raise."""
        names.person_name(authid)
        names.configured_role(role)
        with self._database.reading() as connection:
            _refuse_existing(connection, authid)
        return self._draft(authid, password, cra_rounds)

    def add_person(
        self,
        authid: str,
        role: str,
        password: str,
        *,
        cra_rounds: int | None = None,
        derived: Derived | None = None,
    ) -> Account:
        """Make an account with a password. ``cra_rounds`` is for clients that can't do as many as the default.

        What was ``derived`` is used where it fits, and else derived here.
        Raises :class:`.AccountExists`, :class:`.InvalidName`, :class:`.WeakPassword`.
        """
        verifiers = _derived(self.draft_person(authid, role, password, cra_rounds=cra_rounds), derived)
        with self._database.writing() as connection:
            account = self._insert(connection, authid, "person", role, None)
            self._put_verifiers(connection, authid, verifiers)
        return account

    def draft_password(self, authid: str, password: str, *, cra_rounds: int | None = None) -> Draft:
        """Return what :meth:`set_password` has to derive; raises what that would raise."""
        self._check_kind(authid, "person", "has a key and no password: `wampi device renew` gives it another key")
        return self._draft(authid, password, cra_rounds, self.least_characters(authid))

    def set_password(
        self, authid: str, password: str, *, cra_rounds: int | None = None, derived: Derived | None = None
    ) -> None:
        """Give a person another password; the old one is no good from here on.

        ``derived`` as for :meth:`add_person`. Raises :class:`.NoSuchAccount`, :class:`.WrongKind`,
        :class:`.WeakPassword`.
        """
        verifiers = _derived(self.draft_password(authid, password, cra_rounds=cra_rounds), derived)
        is_enough_alone = passwords.is_enough_alone(password)
        with self._database.writing() as connection:
            account = account_row(connection, authid).id
            if not is_enough_alone and not is_set_for(connection, account):
                raise StoreError(f"the second factor of {authid!a} was removed meanwhile: try again")
            note_password(connection, account, is_enough_alone)
            self._put_verifiers(connection, authid, verifiers)

    def least_characters(self, authid: str) -> int:
        """Return how many characters the password of a person needs; raises :class:`.NoSuchAccount`."""
        is_second_factor = self.second_factors.is_set(authid)
        return passwords.MIN_CHARACTERS_WITH_SECOND_FACTOR if is_second_factor else passwords.MIN_CHARACTERS

    # ---- devices ---------------------------------------------------------------------------------------------

    def add_device(self, authid: str, *, prefix: str | None = None, role: str | None = None) -> str:
        """Make an account for a device; return its key: 256 random bits, as the text that goes into its key file.

        With a prefix the device has a role of its own (``device:<authid>``) and all rights under the prefix; with a
        role, that of the configuration. Raises :class:`.AccountExists`, :class:`.InvalidName`.
        """
        names.device_name(authid)
        if (prefix is None) == (role is None):
            raise InvalidName("a device has a prefix or a role: give one of the two")
        own_prefix = None if prefix is None else names.device_prefix(prefix)
        own_role = names.DEVICE_ROLE + authid if role is None else names.configured_role(role)
        key = secrets.token_urlsafe(32)
        with self._database.writing() as connection:
            _refuse_overlap(connection, own_prefix)
            self._insert(connection, authid, "device", own_role, own_prefix)
            self._put_keys(connection, authid, CraKey(key.encode()), digest_hash(authid, key))
        return key

    def renew_device_key(self, authid: str) -> str:
        """Give a device another key and return it; the old one is no good from here on.

        Raises :class:`.NoSuchAccount`, :class:`.WrongKind`.
        """
        self._check_kind(authid, "device", "has a password and no key: `wampi user passwd` changes that")
        key = secrets.token_urlsafe(32)
        with self._database.writing() as connection:
            self._put_keys(connection, authid, CraKey(key.encode()), digest_hash(authid, key))
        return key

    def device_prefixes(self) -> dict[str, str]:
        """Return role -> URI prefix, for each device that has a role of its own."""
        columns = select(accounts.c.role, accounts.c.prefix).where(accounts.c.prefix.is_not(None))
        with self._database.reading() as connection:
            return {row.role: row.prefix for row in connection.execute(columns)}

    # ---- both ------------------------------------------------------------------------------------------------

    def get(self, authid: str) -> Account:
        """Return one account; raises :class:`.NoSuchAccount`."""
        with self._database.reading() as connection:
            return _account(account_row(connection, authid))

    def list(self) -> list[Account]:
        """Return all accounts by name, persons first."""
        with self._database.reading() as connection:
            order = accounts.c.kind.desc(), accounts.c.authid
            return [_account(row) for row in connection.execute(select(accounts).order_by(*order))]

    def roles(self) -> builtins.list[str]:
        """Return the roles of the configuration that accounts have; a role that stands there no more lets nobody in."""
        with self._database.reading() as connection:
            used = select(accounts.c.role).where(accounts.c.prefix.is_(None)).distinct().order_by(accounts.c.role)
            return [*connection.execute(used).scalars()]

    def set_enabled(self, authid: str, enabled: bool) -> None:
        """Let an account log in, or not for the time being; raises :class:`.NoSuchAccount`, :class:`.LastOwner`."""
        with self._database.writing() as connection:
            row = account_row(connection, authid)
            if not enabled:
                _keep_an_owner(connection, row)
            connection.execute(update(accounts).where(accounts.c.id == row.id).values(enabled=enabled))

    def set_role(self, authid: str, role: str) -> None:
        """Give an account another role of the configuration.

        Raises :class:`.NoSuchAccount`, :class:`.WrongKind`, :class:`.LastOwner`.
        """
        names.configured_role(role)
        with self._database.writing() as connection:
            row = account_row(connection, authid)
            if row.prefix is not None:
                raise WrongKind(f"the device {authid!a} has a role of its own by its prefix: remove it and add it anew")
            if role != OWNER:
                _keep_an_owner(connection, row)
            connection.execute(update(accounts).where(accounts.c.id == row.id).values(role=role))

    def remove(self, authid: str) -> None:
        """Remove an account and all that proves it; raises :class:`.NoSuchAccount`, :class:`.LastOwner`."""
        with self._database.writing() as connection:
            row = account_row(connection, authid)
            _keep_an_owner(connection, row)
            connection.execute(delete(accounts).where(accounts.c.id == row.id))

    # ---- parts -----------------------------------------------------------------------------------------------

    def _draft(
        self, authid: str, password: str, cra_rounds: int | None, least: int = passwords.MIN_CHARACTERS
    ) -> Draft:
        costs = self._costs if cra_rounds is None else replace(self._costs, cra_rounds=cra_rounds)
        return Draft(authid, passwords.accepted(password, (authid, "wampi", *self._host_names), least), costs)

    def _check_kind(self, authid: str, kind: Kind, otherwise: str) -> None:
        account = self.get(authid)
        if account.kind != kind:
            raise WrongKind(f"the {account.kind} {authid!a} {otherwise}")

    def _insert(self, connection: Connection, authid: str, kind: Kind, role: str, prefix: str | None) -> Account:
        _refuse_existing(connection, authid)
        now = self._now()
        account = Account(authid, kind, role, prefix, enabled=True, created_at=now, secret_changed_at=now)
        connection.execute(insert(accounts).values(**asdict(account)))
        return account

    def _put_verifiers(self, connection: Connection, authid: str, verifiers: Verifiers) -> None:
        """Put all verifiers of a new password in place of the old ones."""
        account = account_row(connection, authid).id
        for table in (password_hashes, scram_keys):
            connection.execute(delete(table).where(table.c.account == account))
        connection.execute(insert(password_hashes).values(account=account, hash=verifiers.password_hash))
        connection.execute(insert(scram_keys), [{"account": account, **asdict(keys)} for keys in verifiers.scram])
        self._put_keys(connection, authid, verifiers.cra, verifiers.digest)

    def _put_keys(self, connection: Connection, authid: str, key: CraKey, digest: str) -> None:
        """Put what must be sealed in place of what there was; nobody is logged in by the old secret any more."""
        account = account_row(connection, authid).id
        end_sessions(connection, account)
        forgive(connection, account)
        put_cra_key(connection, self._key, account, authid, key)
        put_digest_key(connection, self._key, account, authid, digest)
        connection.execute(update(accounts).where(accounts.c.id == account).values(secret_changed_at=self._now()))


def _derived(draft: Draft, derived: Derived | None) -> Verifiers:
    """Return what is to be kept of a draft; what was derived from another is of no use."""
    return derived.verifiers if derived is not None and derived.draft == draft else draft.derive().verifiers


def _keep_an_owner(connection: Connection, row: Row[Any]) -> None:
    """Refuse to lose the last person who may administer the hub; raises :class:`.LastOwner`."""
    if row.kind != "person" or row.role != OWNER or not row.enabled:
        return
    is_owner = (accounts.c.kind == "person", accounts.c.role == OWNER, accounts.c.enabled.is_(True))
    if connection.execute(select(accounts.c.id).where(*is_owner, accounts.c.id != row.id).limit(1)).first() is None:
        raise LastOwner(row.authid)


def _account(row: Row[Any]) -> Account:
    return Account(**{name: row._mapping[name] for name in Account.__slots__})


def _refuse_existing(connection: Connection, authid: str) -> None:
    if connection.execute(select(accounts.c.id).where(accounts.c.authid == authid)).one_or_none() is not None:
        raise AccountExists(authid)


def _refuse_overlap(connection: Connection, prefix: str | None) -> None:
    """Refuse a prefix that would let one device pose as another."""
    taken = select(accounts.c.authid, accounts.c.prefix).where(accounts.c.prefix.is_not(None))
    for authid, other in connection.execute(taken):
        if prefix is not None and (prefix.startswith(other) or other.startswith(prefix)):
            raise InvalidName(f"the prefix {prefix} overlaps with {other} of the device {authid!a}: take another")
