"""The key file: readable by its owner alone, or refused."""

from pathlib import Path

import pytest
from wampi.components import SetupError
from wampi.components.keyfile import read_key


def make(path: Path, content: bytes = b"c2VjcmV0\n", mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_key_is_read_without_the_white_space_around_it(tmp_path: Path) -> None:
    assert read_key(make(tmp_path / "key")) == "c2VjcmV0"


def test_a_file_that_only_its_owner_may_read_is_as_good(tmp_path: Path) -> None:
    assert read_key(make(tmp_path / "key", mode=0o400)) == "c2VjcmV0"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700, 0o777])
def test_any_other_mode_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = make(tmp_path / "key", mode=mode)
    with pytest.raises(SetupError, match=f"must be a file of mode 0600, it is {mode:04o}: run chmod 600 {path}"):
        read_key(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="No such file or directory"):
        read_key(tmp_path / "key")


def test_a_link_or_a_folder_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "key")
    (tmp_path / "link").symlink_to(tmp_path / "key")
    for path in (tmp_path / "link", tmp_path):
        with pytest.raises(SetupError):
            read_key(path)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * 5000])
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SetupError) as refused:
        read_key(make(tmp_path / "key", content))
    assert "xxx" not in str(refused.value)
