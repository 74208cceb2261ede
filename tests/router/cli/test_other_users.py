"""Commands of a user that the data directory does not belong to: one line that says so, and what to do."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from wampi.router.cli import main

NOBODY = 65534
NEEDED = ("wampi.router.cli.session", "wampi.router.logins", "wampi.router.store.keyfile")
"""What the commands import when they run: whom the user changes to may not be able to read the program."""


@contextmanager
def somebody_else(directory: Path) -> Iterator[None]:
    """Be somebody who can't look into a directory."""
    if os.geteuid() != 0:
        directory.chmod(0)
        yield
        directory.chmod(0o700)
        return
    directory.chmod(0o700)
    for name in NEEDED:
        importlib.import_module(name)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def data() -> Iterator[Path]:
    """A directory that nobody else can look into, in one where everybody can."""
    with TemporaryDirectory() as made:
        yield Path(made)


@pytest.mark.parametrize("line", ["user list", "key hub", "session list", "audit", "call a.b"])
def test_a_data_directory_of_somebody_else_is_one_line_with_advice(
    line: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with somebody_else(data):
        status = main([*line.split(), "--data", str(data)])
    said = capsys.readouterr()
    assert (status, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith(f"wampi {line.removesuffix(' a.b')}: {data}/")
    assert "Permission denied; run this as the user that it belongs to" in said.err


def test_a_directory_that_can_not_be_looked_for_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with somebody_else(tmp_path):
        status = main(["user", "list", "--data", str(tmp_path / "data")])
    assert status == 1
    assert capsys.readouterr().err.startswith(f"wampi: {tmp_path}/data: Permission denied; ")
