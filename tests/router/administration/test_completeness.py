"""Whatever can be administered can be so by procedures and by commands, is described, and is in the documentation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.administration import FakeNode
from support.commands import leaves
from support.core import Client
from wampi.router.administration.live import LIVE
from wampi.router.administration.operations import OPERATIONS
from wampi.router.administration.procedures import ROLE
from wampi.router.cli import make_parser

ROOT = Path(__file__).parents[3]
ALL = sorted([*OPERATIONS, *LIVE])


@pytest.fixture
def node(tmp_path: Path) -> Iterator[FakeNode]:
    node = FakeNode(tmp_path).start()
    yield node
    node.accounts.close()


@pytest.fixture
def olga(node: FakeNode) -> Client:
    return node.join("olga", "owner")


def texts() -> set[str]:
    """All texts in the files of the commands."""
    trees = [ast.parse(file.read_text()) for file in (ROOT / "router" / "cli").glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_there_is_a_command_for_everything() -> None:
    asked = texts()
    assert [operation for operation in ALL if operation not in asked] == []


def test_everything_is_in_the_table_of_the_protocol() -> None:
    documented = (ROOT / "docs" / "protocol.md").read_text()
    rows = [line.split("|")[1] for line in documented.splitlines() if line.startswith("| `wampi.admin.")]
    found: set[str] = set()
    for row in rows:
        subject = ""
        for name in re.findall(r"`([a-z_.]+)`", row):
            whole = name.removeprefix("wampi.admin.")
            subject = whole.partition(".")[0] if "." in whole else subject
            found.add(whole if "." in whole else f"{subject}.{whole}")
    assert sorted(found) == ALL


def test_every_command_is_in_the_documentation() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "auth").glob("*.md")]
    documented: set[str] = set()
    for line in "\n".join(page.read_text() for page in pages).splitlines():
        group = ""
        for text in re.findall(r"`([^`]+)`", line) or [line.strip()]:
            words = [word for word in text.split("#")[0].split() if word.isalpha() and word.islower()]
            if words[:1] == ["wampi"]:
                group = words[1] if len(words) > 2 else ""
                documented |= {" ".join(words[1:2]), " ".join(words[1:3])}
            elif group and words:
                documented.add(f"{group} {words[0]}")
    assert {" ".join(words) for words, _ in leaves(make_parser())} - documented == set()


@pytest.mark.parametrize("operation", ALL)
def test_an_owner_finds_everything_described(node: FakeNode, olga: Client, operation: str) -> None:
    olga.request(48, {}, "wamp.reflection.procedure.describe", [f"wampi.admin.{operation}"])
    [answer] = olga.take()
    described = answer[3][0]
    assert (described["uri"], described["type"]) == (f"wampi.admin.{operation}", "procedure")
    assert described["description"].endswith(".")
    assert described["args"] == list(described["kwargs"]["properties"])


def test_it_is_described_again_when_the_nodes_session_has_come_back(node: FakeNode, olga: Client) -> None:
    [internal] = [session for session in node.realm if session.identity.authid == ROLE]
    internal.end("wamp.close.killed", None)
    for _ in range(4):
        node.clock.advance(1.0)
        node.run()
    olga.take()
    olga.request(48, {}, "wamp.reflection.procedure.describe", ["wampi.admin.user.add"])
    [answer] = olga.take()
    assert answer[3][0]["args"] == ["name", "password", "role"]


def test_who_may_not_call_it_does_not_see_it(node: FakeNode) -> None:
    from wampi.router.core.authorization import Permission, Role

    node.realm.set_roles([Role("curious", (Permission("wamp.", "prefix", frozenset({"call"})),))])
    curious = node.join("carl", "curious")
    curious.request(48, {}, "wamp.reflection.procedure.list")
    [answer] = curious.take()
    assert [uri for uri in answer[3][0] if uri.startswith("wampi.")] == []
