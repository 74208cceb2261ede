"""The tables of features in docs/protocol.md: every "yes" names a test that runs, and WELCOME announces the same."""

import re

from support.named_tests import not_collected, table_rows
from support.pages import ROOT
from wampi.router.core.features import ROLES

PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
ANNOUNCED = {name for role in ROLES.values() for name, value in role["features"].items() if value}


def rows() -> list[tuple[str, str, str, str]]:
    """Section, feature, status and what shows it, of every row of the tables."""
    return table_rows(PAGE.partition("### Every feature")[2])  # type: ignore[return-value]


def named_tests() -> list[str]:
    return [shown.strip("`") for _, _, status, shown in rows() if status == "yes"]


def test_every_test_that_is_named_is_collected() -> None:
    assert len(named_tests()) > 50
    assert not_collected(named_tests()) == []


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
