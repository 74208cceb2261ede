"""The key that a component logs in with.

It comes from a file that only its owner can read, never by argument or environment, where other processes
of the machine would see it.
"""

import os
import stat
from pathlib import Path

from .errors import SetupError

_LARGEST_BYTES = 4096


def read_key(path: Path) -> str:
    """Read the key from a file of mode 0600; white space around it is no part of it.

    Raises:
        SetupError: there is no such file, others may read it, or it is empty.
    """
    try:
        # not following links and not waiting for a pipe's writer; what is checked is what was opened
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SetupError(f"key file {path}: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o177:
            raise SetupError(
                f"key file {path} must be a file of mode 0600, it is {stat.S_IMODE(status.st_mode):04o}: "
                f"run chmod 600 {path}"
            )
        raw = os.read(descriptor, _LARGEST_BYTES + 1)
    finally:
        os.close(descriptor)
    try:
        key = raw.decode("ascii").strip()
    except UnicodeDecodeError:
        raise SetupError(f"key file {path} holds something that is not a key") from None
    if not key or len(raw) > _LARGEST_BYTES:
        raise SetupError(f"key file {path} is empty or holds something that is not a key")
    return key
