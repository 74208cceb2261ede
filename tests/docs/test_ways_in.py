"""The pages on ways in: each is listed, says what it holds, and has examples in Python and in Node or the browser."""

import re
from pathlib import Path

import pytest
from support.pages import ROOT

PAGES = ROOT / "docs" / "auth"
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README")

HELPERS = {
    "callee.py", "every_way.json", "given.py", "hub.py", "over_https.py",
    "login.mjs", "scram_exchange.mjs", "session.mjs",
}  # fmt: skip
"""What several examples have in common."""

BROWSERS_ALONE = {"oidc", "passkeys"}
"""Who has no browser has no use for these, which the pages say."""

HUBS_SIDE = {"dynamic"}
"""A component that answers the hub: one language shows it."""

_EXAMPLE = re.compile(r"\w+\.(?:py|m?js|html)\b")


def examples_of(name: str) -> set[str]:
    """The files that a page names as examples."""
    found = _EXAMPLE.findall((PAGES / f"{name}.md").read_text())
    there = {path.name for path in EXAMPLES.rglob("*.*")}
    return {file for file in found if file in there}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_listed_where_ways_are_chosen(name: str) -> None:
    assert f"({name}.md)" in (PAGES / "README.md").read_text()
    assert f"(auth/{name}.md)" in (ROOT / "docs" / "security.md").read_text()
    assert f"auth/{name}.md" in (ROOT / "docs" / "authenticating-a-websocket.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_an_example_in_python_and_one_in_node_or_the_browser(name: str) -> None:
    suffixes = {Path(file).suffix for file in examples_of(name)}
    if name not in BROWSERS_ALONE:
        assert ".py" in suffixes
    if name not in HUBS_SIDE:
        assert suffixes & {".js", ".mjs", ".html"}


def test_each_example_is_named_by_a_page() -> None:
    there = {path.name for path in (EXAMPLES / "auth").iterdir() if path.is_file()}
    assert there - HELPERS == {file for name in NAMES for file in examples_of(name)} & there
