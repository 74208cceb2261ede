"""The Makefile."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_help_names_every_target_that_people_use() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^make ([a-z-]+)", shown, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(phony.split())
    assert {"install", "run", "test", "check", "web", "bench", "help"} <= set(listed)


def test_ci_runs_the_same_as_people_do() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert "set -euo pipefail" in lines  # not in the first line: that is not read when bash is given the file
    assert lines[-2:] == ["make check", "make test"]
