"""The tables of docs/requirements.md: each requirement has a source, and a test that runs."""

import re

import pytest
from support.named_tests import names_in, not_collected, table_rows
from support.pages import ROOT

PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
SECTIONS = dict(zip(HEADINGS, re.split(r"^## .+$", PAGE, flags=re.MULTILINE)[1:], strict=True))


def test_every_test_that_is_named_is_collected() -> None:
    assert not_collected(name for _, _, shown in table_rows(PAGE) for name in names_in(shown)) == []


def test_no_section_is_there_twice() -> None:
    assert sorted(SECTIONS) == sorted(HEADINGS)
    assert len(HEADINGS) > 20


@pytest.mark.parametrize("section", SECTIONS)
def test_no_section_is_empty_and_every_requirement_has_a_source_and_a_test(section: str) -> None:
    rows = table_rows(SECTIONS[section])
    assert rows
    assert [row for row in rows if len(row) != 3 or not all(row) or not names_in(row[2])] == []


def test_no_requirement_is_there_twice() -> None:
    requirements = [(what, shown) for _, text in SECTIONS.items() for what, _, shown in table_rows(text)]
    assert sorted(set(requirements)) == sorted(requirements)
