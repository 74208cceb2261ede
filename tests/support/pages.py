"""The documentation as the tests read it: its pages, and what stands in their code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")],
    key=lambda path: path.relative_to(ROOT).parts,
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: the language that it names, and its text."""

    language: str
    text: str


def name_of(page: Path) -> str:
    """A page as the tests name it."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """The blocks of code of a page."""
    return [Block(match[1], match[2]) for match in _FENCE.finditer(page.read_text())]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text())


def marked(page: Path) -> list[str]:
    """What stands in code marks in the sentences and tables of a page; each on one line."""
    return [" ".join(text.split()) for text in re.findall(r"`([^`]+)`", prose(page))]


def commands(page: Path) -> list[str]:
    """The lines that a page tells people to type, in order; those that go on behind a backslash are joined."""
    typed = [block.text.replace("\\\n", " ") for block in blocks(page) if block.language in ("", "sh")]
    lines = [" ".join(line.split()) for text in typed for line in text.splitlines()]
    return [line for line in lines if re.match(r"(\.venv/bin/)?(wampi|twistd|python|make|cd|npm)\b", line)]
