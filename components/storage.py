"""Files that survive a power cut, and the lock that keeps a second instance out."""

import fcntl
import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .errors import SetupError

T = TypeVar("T")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that readers, also after a power cut, see the old content or the new one."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path, kind: type[T]) -> T | None:
    """The content of a JSON file as `kind`, or None if there is none or it is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, atomically."""
    write_atomically(path, msgspec.json.encode(value))


class InstanceLock:
    """A lock on a data directory, held until the process ends, however it ends (flock(2))."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            SetupError: another process has it.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise SetupError(
                f"{self._path.parent} is in use by process {holder}: stop it first, or use another --data-dir"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
