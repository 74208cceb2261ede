"""What the documentation points at is there: other pages, their sections, pictures, files and make targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.pages import PAGES, ROOT, commands, marked, name_of, prose

FOLDERS = ("benchmarks/", "components/", "docs/", "examples/", "router/", "tests/", "twisted/", "web/", ".ci/")
MADE = ("web/node_modules", "benchmarks/build")


def links(page: Path) -> list[str]:
    found: list[str] = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [link for link in found if not link.startswith(("http://", "https://", "mailto:"))]


def sections(page: Path) -> set[str]:
    """The anchors of a page: its headings as GitHub makes links of them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, section = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not section or section in sections(target), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_are_named_are_there(page: Path) -> None:
    for text in marked(page):
        if text.startswith(FOLDERS) and re.fullmatch(r"[a-z0-9_./-]+", text) and not text.startswith(MADE):
            assert (ROOT / text).exists(), text


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_has_the_targets_that_are_named(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [line.split() for line in (*marked(page), *commands(page)) if line.startswith("make ")]
    assert {words[1] for words in named} <= targets


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
        waiting += [target for target in targets if target.suffix == ".md"]
        waiting += [inside for target in targets if target.is_dir() for inside in target.glob("*.md")]
    assert [name_of(page) for page in PAGES if page not in reached] == ["NEWS.md"]
