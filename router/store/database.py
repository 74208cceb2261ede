"""The SQLite file: opened, brought up to date, and asked in transactions that happen whole or not at all.

The node and the command line use the accounts at the same time: write-ahead logging lets both read while one writes,
and a writer takes its lock at the beginning, so that it waits for another instead of failing half-way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..files import create_file, make_private_directory
from .errors import StoreError
from .schema import REVISION

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"
_WAIT_SECONDS = 5.0
_MIGRATION_WAIT_SECONDS = 60.0
"""For another process that makes all tables, or brings them up to date: that may take long on a small machine."""

_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA foreign_keys = ON", "PRAGMA trusted_schema = OFF")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds: its name in errors, its migrations and the newest of them, and how it is to be kept.

    A database that is at ``revision`` needs no Alembic.
    """

    name: str
    versions: str
    revision: str
    pragmas: tuple[str, ...] = ()


ACCOUNTS = Contents(
    "accounts",
    "versions",
    REVISION,
    (
        "PRAGMA synchronous = FULL",  # what was confirmed is there after a power cut
        "PRAGMA secure_delete = ON",  # the verifiers of a removed account are overwritten
    ),
)


class Database:
    """A file with the tables of its contents: :mod:`.schema`, or :mod:`.history_schema`."""

    def __init__(self, path: Path, contents: Contents = ACCOUNTS, wait_seconds: float = _WAIT_SECONDS) -> None:
        """Open the file, make it if need be, and migrate it; wait so long for another writer.

        Raises :class:`StoreError`.
        """
        self._path = path
        self._contents = contents
        try:
            # Before SQLite makes it: its journals take over the mode of the file.
            make_private_directory(path.parent)
            create_file(path, _empty_database())
        except OSError as error:
            raise StoreError(f"the {contents.name} database {path} can't be made: {error.strerror}") from error
        # Only BEGIN begins a transaction: the driver's own guesses leave table changes outside of it.
        options: dict[str, Any] = {"isolation_level": None, "timeout": wait_seconds}
        self._engine = create_engine(f"sqlite:///{path}", connect_args=options)
        event.listen(self._engine, "connect", self._configure)
        event.listen(self._engine, "begin", _begin)
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises :class:`StoreError`."""
        with self._told(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, wait_seconds: float | None = None) -> Iterator[Connection]:
        """A transaction that happens whole, or not at all when the body raises. Raises :class:`StoreError`."""
        options: dict[str, Any] = {"writes": True, "wait_seconds": wait_seconds}
        with self._told(), self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell in one sentence what SQLite could not do."""
        try:
            yield
        except SQLAlchemyError as error:
            reason = str(error.orig if isinstance(error, DBAPIError) else error).splitlines()[0]
            if "locked" in reason:
                advice = "another program keeps it busy; try again"
            elif "not a database" in reason or "malformed" in reason:
                advice = "it is damaged; put it back from a backup"
            else:
                advice = "see that the disk is whole and has room, and that the file belongs to this user"
            raise StoreError(
                f"the {self._contents.name} database {self._path} can't be used ({reason}): {advice}"
            ) from error

    def _migrate(self) -> None:
        with self.reading() as connection:
            if _revision(connection) == self._contents.revision:
                return
        # Before the lock is taken, for it takes a while.
        import alembic.command  # noqa: F401, PLC0415

        with self.writing(_MIGRATION_WAIT_SECONDS) as connection:
            # Another process may have been faster: the lock that this transaction has says who is the one to do it.
            if _revision(connection) != self._contents.revision:
                self._upgrade(connection)
        self._engine.dispose()  # with the patience of its connections

    def _configure(self, connection: Any, _record: object) -> None:
        for pragma in (*_PRAGMAS, *self._contents.pragmas):
            connection.execute(pragma).close()

    def _upgrade(self, connection: Connection) -> None:
        # Imported only here: it costs a third of the start, and most starts have nothing to migrate.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config(attributes={"connection": connection})
        for option, folder in (
            ("script_location", _MIGRATIONS),
            ("version_locations", _MIGRATIONS / self._contents.versions),
        ):
            config.set_main_option(option, str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "newline")  # else a space in a path would part it
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"the {self._contents.name} database {self._path} is by a newer wampi ({error}): install that version"
            ) from error


def _empty_database() -> bytes:
    """Return an SQLite file without tables that is in write-ahead mode from the start.

    To change the mode of a file takes a lock that SQLite does not wait for: of two that open a new file at the same
    time, one would be told that it is locked.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("VACUUM")  # writes the first page
        content = bytearray(connection.serialize())
    content[18:20] = 2, 2  # the versions for writing and reading: write-ahead (SQLite's file format, 1.3.3)
    return bytes(content)


def _revision(connection: Connection) -> str | None:
    """Return the migration that the database is at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if (wait_seconds := options.get("wait_seconds")) is not None:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(1000 * wait_seconds)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
