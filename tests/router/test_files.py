import errno
import stat
from pathlib import Path

import pytest
from wampi.router.files import PUBLIC, create_file, in_words, make_private_directory, replace_file


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_a_file_is_replaced_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")
    path.chmod(0o644)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


def test_a_public_file_can_be_read_by_all(tmp_path: Path) -> None:
    replace_file(tmp_path / "certificate", b"x", PUBLIC)
    assert stat.S_IMODE((tmp_path / "certificate").stat().st_mode) == 0o644


def test_a_replacement_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        replace_file(tmp_path / "taken", b"new")
    assert names(tmp_path) == ["taken"]


def test_a_file_that_is_there_is_not_created_again(tmp_path: Path) -> None:
    assert create_file(tmp_path / "key", b"first") is True
    assert create_file(tmp_path / "key", b"second") is False
    assert (tmp_path / "key").read_bytes() == b"first"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


def test_a_private_directory_can_be_entered_by_its_owner_alone(tmp_path: Path) -> None:
    make_private_directory(tmp_path / "a" / "b")
    make_private_directory(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_an_error_says_where_and_a_full_disk_what_to_do(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert in_words(full, tmp_path) == f"{tmp_path}: No space left on device; make room there"
    assert in_words(FileExistsError(errno.EEXIST, "File exists", "/a/b"), tmp_path) == "/a/b: File exists"
    assert in_words(OSError("something else"), tmp_path) == f"{tmp_path}: something else"
