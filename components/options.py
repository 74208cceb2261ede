"""The command line of a component process."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from .component import Component
from .errors import SetupError


class _Parser(argparse.ArgumentParser):
    """Argument errors as one line."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, without the usage around it, and exit with status 2."""
        print(f"{self.prog}: {message}; --help lists the options", file=sys.stderr)
        raise SystemExit(2)


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; exits with status 2 and one line if it is wrong."""
    parser = _Parser(prog="python -m wampi.components", description="Runs one component of the hub.")
    parser.add_argument("component", metavar="MODULE:CLASS", help="such as wampi.components.camera:Camera")
    parser.add_argument("--router", required=True, help="unix:/path, or wss://host:port/ws")
    parser.add_argument(
        "--ca-file",
        type=Path,
        action="append",
        help="for wss: the authority to trust, and no other (PEM; may be repeated)",
    )
    parser.add_argument("--realm", default="home")
    parser.add_argument("--authid", required=True, help="its identity (wampi device add makes one)")
    parser.add_argument("--key-file", type=Path, required=True, help="its key, in a file of mode 0600")
    parser.add_argument("--data-dir", type=Path, required=True, help="its own directory, made if missing")
    parser.add_argument("--extra", default="{}", metavar="JSON", help="the settings of the component")
    parser.add_argument(
        "--supervised",
        action="store_true",
        help="standard input is a pipe from the supervisor; its end stops the component",
    )
    return parser.parse_args(arguments)


def load_component(name: str) -> type[Component]:
    """Import the class that `MODULE:CLASS` names.

    Raises:
        SetupError: there is no such module or class, or it is no component.
    """
    module_name, _, class_name = name.partition(":")
    if not module_name or not class_name:
        raise SetupError(f"{name!r} must be MODULE:CLASS, for example wampi.components.camera:Camera")
    try:
        found = getattr(import_module(module_name), class_name, None)
    except ImportError as error:
        raise SetupError(f"cannot import {module_name}: {error}") from None
    if not (isinstance(found, type) and issubclass(found, Component)):
        raise SetupError(f"{module_name} has no component class {class_name!r}")
    return found
