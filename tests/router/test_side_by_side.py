"""Two processes with one data directory at the same moment: a node and a command, or two commands."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaits
from contextlib import closing
from pathlib import Path, PosixPath
from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from support.node import RunningNode, house_configuration
from support.store import PASSWORD, open_accounts
from support.waiting import PATIENCE_SECONDS
from wampi.router.cli.console import ask
from wampi.router.cli.errors import CommandError
from wampi.router.datadir import CONSOLE_SOCKET, claim
from wampi.router.errors import StartError
from wampi.router.files import locked
from wampi.router.store.database import Database
from wampi.router.store.keyfile import KEY_FILE, HubKey
from wampi.router.transport.authority import LocalAuthority
from wampi.router.transport.host import HostIdentity

Begin = Callable[..., "Future[Any]"]

A_MOMENT_SECONDS = 0.2
"""In which a thing that does not wait fails; on a machine that is slower it has not begun to, and nothing is shown."""


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Does something in another thread."""
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit


def waits(future: Future[Any]) -> bool:
    try:
        future.result(A_MOMENT_SECONDS)
    except StillWaits:
        return True
    return False


# ---- the first start ---------------------------------------------------------------------------------------------


class Overtaken(PosixPath):
    """A directory in which another process makes the key and the accounts after one has seen that there are none."""

    def exists(self) -> bool:
        was_there = super().exists()
        if self.name == KEY_FILE and not was_there:
            open_accounts(Path(self.parent)).close()
        return was_there


def test_who_is_overtaken_in_making_the_hubs_key_takes_the_others(tmp_path: Path) -> None:
    assert HubKey.open(Overtaken(tmp_path)).derive("any") == HubKey.open(tmp_path).derive("any")


def test_who_comes_while_another_makes_the_tables_waits_for_it(tmp_path: Path, begin: Begin) -> None:
    path = tmp_path / "accounts.sqlite"
    Database(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE alembic_version SET version_num = 'an older one'")
        other.execute("BEGIN IMMEDIATE")
        opening = begin(Database, path, wait_seconds=0.01)
        assert waits(opening)
        other.execute("UPDATE alembic_version SET version_num = ?", [newest(tmp_path)])
        other.execute("COMMIT")
    opening.result(PATIENCE_SECONDS).close()


def newest(directory: Path) -> str:
    """The migration that a new database is at."""
    path = directory / "another.sqlite"
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def test_a_hub_is_started_for_the_first_time_while_commands_make_accounts(tmp_path: Path) -> None:
    with RunningNode(tmp_path, house_configuration("lighting")) as node, ThreadPoolExecutor(2) as commands:
        people = ("anna", "ben")
        added = [
            commands.submit(node.run, "user", "add", name, "--role", "resident", stdin=f"{PASSWORD}\n")
            for name in people
        ]
        node.start("joined the router")
        for future in added:
            done = future.result()
            assert done.returncode == 0, done.stderr
        listed = node.run("user", "list").stdout
        assert all(name in listed for name in (*people, "owner"))
        assert "Traceback" not in node.log


# ---- the data directory ------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


def test_a_node_starts_although_a_command_looks_whether_one_runs(data: Path, begin: Begin) -> None:
    looking = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(looking, fcntl.LOCK_SH)
    claiming = begin(claim, data)
    assert waits(claiming)
    os.close(looking)
    os.close(claiming.result(PATIENCE_SECONDS))


def test_of_nodes_that_start_together_one_has_the_directory_and_others_are_told(data: Path) -> None:
    with ThreadPoolExecutor(4) as nodes:
        claims = [nodes.submit(claim, data) for _ in range(4)]
        refusals = [one.exception() for one in claims]
    assert [type(refusal) for refusal in refusals if refusal is not None] == [StartError] * 3
    os.close(next(one.result() for one in claims if one.exception() is None))


# ---- the console -------------------------------------------------------------------------------------------------


def leave_a_socket(data: Path) -> None:
    """Do as a node that is killed."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(data / CONSOLE_SOCKET))


def test_a_command_waits_for_a_node_that_starts_where_another_was_killed(data: Path, begin: Begin) -> None:
    leave_a_socket(data)
    lock = claim(data)
    asking = begin(ask, data, "user.list", {})
    assert waits(asking)
    (data / CONSOLE_SOCKET).unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(data / CONSOLE_SOCKET))
        listening.listen()
        listening.settimeout(PATIENCE_SECONDS)
        listening.accept()[0].close()
    with pytest.raises(CommandError, match=r"(closed the connection|cannot be asked: (Connection reset|Broken pipe))"):
        asking.result(PATIENCE_SECONDS)
    os.close(lock)


def test_it_does_not_wait_for_one_that_has_ended_in_the_meantime(data: Path, begin: Begin) -> None:
    leave_a_socket(data)
    lock = claim(data)
    asking = begin(ask, data, "user.list", {})
    assert waits(asking)
    os.close(lock)
    with pytest.raises(CommandError, match=r"(cannot be asked: Connection refused|there are no accounts)"):
        asking.result(PATIENCE_SECONDS)


# ---- the authority -----------------------------------------------------------------------------------------------


def test_a_new_authority_waits_until_nobody_else_writes_there(tmp_path: Path, begin: Begin) -> None:
    authority = LocalAuthority(
        tmp_path / "tls", FakeClock(1_800_000_000.0), KeptLog(), lambda: HostIdentity(("hub",), ())
    )
    authority.ensure()
    before = authority.certificate_file.read_bytes()
    with locked(tmp_path / "tls"):
        replacing = begin(authority.replace)
        assert waits(replacing)
        assert authority.certificate_file.read_bytes() == before
    replacing.result(PATIENCE_SECONDS)
    assert authority.certificate_file.read_bytes() != before
    assert not authority.ensure(), "its certificate is by the new one"
