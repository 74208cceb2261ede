import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text
from wampi.router.store import database as database_module
from wampi.router.store.database import Database
from wampi.router.store.errors import StoreError
from wampi.router.store.schema import REVISION, accounts, metadata

ANNA = {
    "authid": "anna",
    "kind": "person",
    "role": "owner",
    "enabled": True,
    "created_at": 1.0,
    "secret_changed_at": 1.0,
}


def add(database: Database, authid: str) -> None:
    with database.writing() as connection:
        connection.execute(insert(accounts).values(ANNA | {"authid": authid}))


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return [*connection.execute(select(accounts.c.authid).order_by(accounts.c.authid)).scalars()]


def test_the_migrations_lead_to_the_declared_tables(tmp_path: Path) -> None:
    database = Database(tmp_path / "accounts.sqlite")
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_the_newest_migration_is_the_declared_one() -> None:
    scripts = ScriptDirectory(str(Path(database_module.__file__).parent / "migrations"))
    assert scripts.get_current_head() == REVISION


def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    program = (
        "import sys, pathlib; from wampi.router.store.database import Database;"
        f"Database(pathlib.Path({str(path)!r})).close(); print('alembic' in sys.modules)"
    )

    def uses_alembic() -> str:
        environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
        return run.stdout.decode().strip()

    assert [uses_alembic(), uses_alembic()] == ["True", "False"]


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "accounts.sqlite")
    with pytest.raises(KeyError), database.writing() as connection:
        connection.execute(insert(accounts).values(ANNA))
        raise KeyError
    assert names(database) == []
    database.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    connection = sqlite3.connect(path)
    # The third table of the first migration is there already: two have been made when it fails.
    connection.execute("CREATE TABLE scram_keys (x)")
    connection.close()
    with pytest.raises(StoreError):
        Database(path)
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    assert tables == [("scram_keys",)]


def test_a_new_file_is_never_seen_in_another_mode_than_write_ahead(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    modes: set[bytes] = set()
    made = threading.Event()

    def watch() -> None:
        last = False
        while not last:
            last = made.is_set()
            with suppress(FileNotFoundError):
                modes.add(path.read_bytes()[18:20])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        Database(path).close()
    finally:
        made.set()
        watcher.join()
    assert modes == {b"\2\2"}


def test_two_processes_at_first_start_make_one_database(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    opened: list[Database] = []
    errors: list[Exception] = []
    together = threading.Barrier(4)

    def start() -> None:
        together.wait()
        try:
            opened.append(Database(path))
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for number, database in enumerate(opened):
        add(database, f"account{number}")
    assert [len(names(database)) for database in opened] == [4] * 4
    for database in opened:
        database.close()


def test_a_reader_is_not_held_up_by_a_writer(tmp_path: Path) -> None:
    node, command = Database(tmp_path / "accounts.sqlite"), Database(tmp_path / "accounts.sqlite")
    with command.writing() as connection:
        connection.execute(insert(accounts).values(ANNA))
        assert names(node) == []
    assert names(node) == ["anna"]
    node.close()
    command.close()


def test_a_writer_that_waits_too_long_is_told_so_and_has_changed_nothing(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    node, command = Database(path), Database(path, wait_seconds=0.01)
    with node.writing(), pytest.raises(StoreError, match="another program keeps it busy; try again"):
        add(command, "anna")
    assert names(command) == []
    node.close()
    command.close()


def test_a_disk_without_room_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    database = Database(tmp_path / "accounts.sqlite")
    add(database, "anna")
    with database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(StoreError, match="has room"):
        add(database, "b" * 100_000)
    assert names(database) == ["anna"]
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    Database(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    with pytest.raises(StoreError, match="by a newer wampi"):
        Database(path)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    connection.close()


def test_a_damaged_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    path.write_bytes(b"this is no database, however long one looks at it" * 100)
    with pytest.raises(StoreError, match="damaged; put it back from a backup") as caught:
        Database(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="can't be made"):
        Database(tmp_path / "file" / "accounts.sqlite")


def test_what_was_deleted_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    database = Database(path)
    add(database, "somebody_who_leaves")
    with database.writing() as connection:
        connection.execute(accounts.delete())
    database.close()
    assert b"somebody_who_leaves" not in path.read_bytes()
