"""Files that hold secrets, or that must never be half written: mode 0600, replaced whole.

A crash or a power cut leaves the old file or the new one, never a part of either.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PRIVATE = 0o600
PUBLIC = 0o644


def make_private_directory(path: Path) -> None:
    """Make a directory that only its owner can enter; one that is there already is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def replace_file(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Put ``content`` at ``path``, in one step that also survives a power cut. Raises :class:`OSError`."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_directory(path.parent)


def _flush_directory(path: Path) -> None:
    # A rename is on the disk only when the directory is (fsync(2)).
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
