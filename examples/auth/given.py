"""What an example is given on its command line, and the files that are named there."""

import argparse
import os
from pathlib import Path


def arguments(*names: str) -> argparse.Namespace:
    """Return the arguments of an example: the hub's address, its authority, and these; a ``..._file`` must be there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url", type=_address, help="wss://home.local:8443/ws")
    parser.add_argument(
        "ca_file", type=_file, help="the certificate of the hub's authority: ca.pem of its data directory"
    )
    for name in names:
        parser.add_argument(name, type=_file if name.endswith("_file") else str)
    return parser.parse_args()


def secret(path: str) -> str:
    """Return the first line of a file: what stands on a command line, others can read."""
    with Path(path).open(encoding="utf-8") as file:
        return file.readline().rstrip("\n")


def _address(text: str) -> str:
    if not text.startswith("wss://"):
        raise argparse.ArgumentTypeError(f"{text} is not an address like wss://home.local:8443/ws")
    return text


def _file(path: str) -> str:
    if not os.access(path, os.R_OK):
        raise argparse.ArgumentTypeError(f"{path} is not there, or can't be read")
    return path
