"""The data directory: everything that a node keeps, and nothing of it anywhere else."""

import os
from collections.abc import Mapping
from pathlib import Path

CONFIGURATION = "config.json"
TLS = "tls"
AUTHORITY_FILE = "tls/authority.pem"
PUBLISHED_AUTHORITY = "ca.pem"
"""A link to the authority's certificate, the file that people copy to their phones."""
KEYS = "keys"
CONSOLE_SOCKET = "console.sock"
"""Where commands reach a node that runs."""
COMPONENTS = "components"
HISTORY_FILE = "history.sqlite"


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
