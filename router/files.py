"""Files that hold secrets, or that must never be half written: mode 0600, replaced whole.

A crash or a power cut leaves the old file or the new one, never a part of either.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600
PUBLIC = 0o644


_FULL = (errno.ENOSPC, errno.EDQUOT)


def in_words(error: OSError, place: Path) -> str:
    """Return what went wrong, in one line; ``place`` is where, if the error does not name a file."""
    advice = "; make room there" if error.errno in _FULL else ""
    return f"{error.filename or place}: {error.strerror or error}{advice}"


def make_private_directory(path: Path) -> None:
    """Make a directory that only its owner can enter; one that is there already is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def replace_file(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Put ``content`` at ``path``, in one step that also survives a power cut. Raises :class:`OSError`."""
    with _written(path, content, mode) as temporary:
        temporary.replace(path)


def create_file(path: Path, content: bytes, mode: int = PRIVATE) -> bool:
    """Put ``content`` at ``path`` unless there is a file already; return whether it was done.

    Of two processes that try, one succeeds, and the other finds the whole file. Raises :class:`OSError`.
    """
    with _written(path, content, mode) as temporary:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
    return True


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Have the files of a directory for the body alone: others that ask for the same wait until it ends (flock(2))."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _written(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """Write ``content`` to a temporary file beside ``path``, for the body to put in its place."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
    _flush_directory(path.parent)


def _flush_directory(path: Path) -> None:
    # A rename is on the disk only when the directory is (fsync(2)).
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
