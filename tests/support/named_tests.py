"""The tables of the documentation that name the tests which show what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable

from .pages import ROOT


def table_rows(text: str) -> list[tuple[str, ...]]:
    """The cells of all rows of the tables in a text, without those of their heads."""
    lines = [line for line in text.splitlines() if line[:2] == "| "]
    rules = {index for index, line in enumerate(lines) if set(line) <= set("|- ")}
    kept = [line for index, line in enumerate(lines) if not {index, index + 1} & rules]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in kept]


def names_in(cell: str) -> list[str]:
    """The tests that a cell names, as ``file::test_name`` below ``tests/``."""
    return re.findall(r"`([^`]+::[^`]+)`", cell)


def not_collected(names: Iterable[str]) -> list[str]:
    """Those names that pytest does not find, without parameters."""
    named = list(names)
    files = sorted({f"tests/{name.partition('::')[0]}" for name in named})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    return [name for name in named if f"tests/{name}" not in collected]
