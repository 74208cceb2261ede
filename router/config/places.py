"""Where the names in a configuration point to: files in the data directory, folders and modules of packages."""

import importlib.machinery
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


def resolve(data_dir: Path, name: str) -> Path:
    """Return the absolute path that a configuration means; a relative one starts at the data directory."""
    return Path(os.path.normpath(data_dir.absolute() / Path(name).expanduser()))


def find_module(name: str, search: Sequence[str] = ()) -> importlib.machinery.ModuleSpec | None:
    """Return where a module is, without importing anything; None when there is none of that name.

    ``search`` are directories that come before the interpreter's own.
    """
    path: Sequence[str] | None = [*search, *sys.path]
    spec = None
    so_far: list[str] = []
    for part in name.split("."):
        so_far.append(part)
        spec = importlib.machinery.PathFinder.find_spec(".".join(so_far), path) if path is not None else None
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return spec


def package_folder(package: str, resource: str) -> Path | None:
    """Return a folder inside an installed package, None when there is none."""
    spec = find_module(package)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / resource
        if folder.is_dir():
            return folder.absolute()
    return None


def find_program(data_dir: Path, workdir: str | None, name: str) -> Path | None:
    """Return the program that a guest names: by PATH without a slash, else relative to its working directory."""
    if "/" not in name:
        found = shutil.which(name)
        return Path(found) if found else None
    program = resolve(resolve(data_dir, workdir) if workdir else data_dir, name)
    return program if program.is_file() and os.access(program, os.X_OK) else None
