"""Files that survive, and the lock that keeps a second instance out."""

import os
from pathlib import Path

import pytest
from wampi.components import SetupError
from wampi.components.storage import InstanceLock, read_json, write_atomically, write_json


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"one")
    with path.open("rb") as reader:
        write_atomically(path, b"two")
        assert reader.read() == b"one", "who has it open sees the old content"
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    write_json(tmp_path / "file", {"a": 1})
    assert read_json(tmp_path / "file", dict[str, int]) == {"a": 1}


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": "text"}', b"\xff"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert read_json(tmp_path / "file", dict[str, int]) is None
    assert read_json(tmp_path / "other", dict[str, int]) is None


def test_a_second_instance_is_told_who_has_the_directory(tmp_path: Path) -> None:
    first, second = InstanceLock(tmp_path), InstanceLock(tmp_path)
    first.acquire()
    with pytest.raises(SetupError, match=f"{tmp_path} is in use by process {os.getpid()}"):
        second.acquire()
    first.release()
    first.release()
    second.acquire()
    second.release()
