"""A checkout as a reader has it: the programs of its virtual environment, and the examples."""

import shutil
import sys
from pathlib import Path

from .pages import ROOT


def make_checkout(directory: Path) -> Path:
    """Make a checkout with ``examples`` and ``.venv/bin``; return the directory of the programs."""
    programs = directory / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, call in (("wampi", "-m wampi.router.cli"), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {call} "$@"\n')
        (programs / name).chmod(0o755)
    shutil.copytree(ROOT / "examples", directory / "examples", ignore=shutil.ignore_patterns("node_modules"))
    return programs
