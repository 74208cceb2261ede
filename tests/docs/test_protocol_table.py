"""The tables of features in docs/protocol.md: every "yes" names a test that runs, and WELCOME announces the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from wampi.router.core.features import ROLES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
ANNOUNCED = {name for role in ROLES.values() for name, value in role["features"].items() if value}


def rows() -> list[tuple[str, str, str, str]]:
    """Section, feature, status and what shows it, of every row of the tables."""
    part = PAGE.partition("### Every feature")[2]
    lines = [line for line in part.splitlines() if line[:2] == "| "]
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in cells if row[0] not in ("section", "---")]  # type: ignore[misc]


def named_tests() -> list[str]:
    return [shown.strip("`") for _, _, status, shown in rows() if status == "yes"]


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """What pytest finds in the files that are named, without parameters."""
    files = sorted({f"tests/{name.partition('::')[0]}" for name in named_tests()})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}


def test_every_test_that_is_named_is_collected(collected: set[str]) -> None:
    assert len(named_tests()) > 50
    assert [name for name in named_tests() if f"tests/{name}" not in collected] == []


def test_every_feature_has_a_status_and_a_yes_has_a_test() -> None:
    assert {status for _, _, status, _ in rows()} <= {"yes", "not yet", "not announced"}
    assert [row for row in rows() if (row[2] == "yes") != ("::" in row[3])] == []
    assert [row for row in rows() if row[2] == "not announced" and not row[3]] == [], "say why"


def test_the_tables_agree_with_what_is_announced() -> None:
    shown = {match[1] for _, what, status, _ in rows() if status == "yes" and (match := re.match(r"`([a-z_]+)`", what))}
    assert shown == ANNOUNCED


def test_the_short_list_agrees_with_what_is_announced() -> None:
    part = PAGE.partition("### What is implemented")[2].partition("###")[0]
    for role, announced in ROLES.items():
        (line,) = re.findall(rf"^\| {role} \| (.*) \|$", part, re.MULTILINE)
        assert sorted(re.findall(r"`([a-z_]+)`", line)) == sorted(announced["features"])
