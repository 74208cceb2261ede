"""The data directory: everything that a node keeps, and nothing of it anywhere else."""

import fcntl
import os
import time
from collections.abc import Mapping
from pathlib import Path

from .errors import StartError
from .files import make_private_directory

CONFIGURATION = "config.json"
TLS = "tls"
AUTHORITY_FILE = "tls/authority.pem"
PUBLISHED_AUTHORITY = "ca.pem"
"""A link to the authority's certificate, the file that people copy to their phones."""
KEYS = "keys"
LOCK_FILE = "lock"
"""Held by the node for as long as it runs (flock(2))."""
CONSOLE_SOCKET = "console.sock"
"""Where commands reach a node that runs."""
COMPONENTS = "components"
HISTORY_FILE = "history.sqlite"

_LOOK_AGAIN_SECONDS = 0.01

OWNER = "owner"
"""The role of the first owner, and its name."""

PASSWORD_FILE = "owner-password.txt"  # noqa: S105 - the name of a file
"""Where the first owner's password is, when there was no terminal to show it on."""


def default_data_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Return WAMPI_DATA, else ``wampi`` in the XDG data home (XDG Base Directory Specification).

    A relative XDG_DATA_HOME is left out of account, as that specification demands.
    """
    environ = os.environ if environ is None else environ
    if named := environ.get("WAMPI_DATA"):
        return Path(named).expanduser()
    home = Path(environ.get("XDG_DATA_HOME") or "")
    if not home.is_absolute():
        home = Path(environ.get("HOME") or "~").expanduser() / ".local" / "share"
    return home / "wampi"


def default_configuration(data_dir: Path) -> Path:
    """Return the configuration of the data directory if it has one, else the one that comes with wampi."""
    own = data_dir / CONFIGURATION
    return own if own.exists() else Path(__file__).parent / "data" / "crossbar-like.json"


def claim(data_dir: Path) -> int:
    """Make the data directory where there is none, and take it for this process alone.

    Returns the descriptor of a lock that holds as long as it is open (flock(2)). Raises :class:`.StartError` when
    others can enter the directory, when it is somebody else's, or when another node has it; :class:`OSError`.
    """
    make_private_directory(data_dir)
    _check_private(data_dir)
    return _lock(data_dir)


def _check_private(data_dir: Path) -> None:
    """Refuse a data directory that others can enter, or that is somebody else's."""
    status = data_dir.stat()
    if status.st_uid != os.geteuid():
        raise StartError(f"{data_dir} belongs to another user: run the hub as that user, or give another with --data")
    if status.st_mode & 0o077:
        raise StartError(f"{data_dir} can be entered by others, and holds keys: run chmod 700 {data_dir}")


def _lock(data_dir: Path) -> int:
    descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while not (is_taken := _takes(descriptor, fcntl.LOCK_EX)) and _takes(descriptor, fcntl.LOCK_SH):
        # No node has it: commands share it for the moment in which they see whether one does.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(_LOOK_AGAIN_SECONDS)
    if not is_taken:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise StartError(
            f"{data_dir} is in use by process {holder}: stop it first, or give another directory with --data"
        )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return descriptor


def _takes(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
