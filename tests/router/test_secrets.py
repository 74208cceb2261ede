"""How the code of the logins treats what is secret, read from its syntax trees; and that no hub is like another."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import wampi.router
from support.node import house_configuration
from support.store import open_accounts
from wampi.router.config import Node, parse
from wampi.router.provision import FirstOwner, auths, provide_owner

ROUTER = Path(wampi.router.__path__[0])
FILES = sorted(path for part in ("auth", "http", "store") for path in (ROUTER / part).rglob("*.py"))

SECRET = re.compile(
    "secret|passw|token|signature|digest|hash|proof|nonce|cookie|challenge|verifier|expected|ticket|[a-z]_key|_code"
)
"""In the name of a value that must not be compared byte by byte."""

LEAST_BYTES = 16
SHORTER = {("anonymous.py", 8): "a name that everybody sees", ("keyfile.py", 12): "AES-GCM's nonce, which is no secret"}
RANDOM = ("token_bytes", "token_hex", "token_urlsafe")


def house() -> Node:
    """The configuration that ships."""
    return parse(json.dumps(house_configuration()).encode(), "house")


def nodes(path: Path, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds))


def name_of(node: ast.AST) -> str:
    """What a value is called: its name, attribute, key, or the function that it comes from."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Subscript):
        return name_of(node.slice)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def is_column(node: ast.AST) -> bool:
    """Whether this is a column of a table: the database compares, and what it finds a row by is a hash or public."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "c"


def compared_by_equality(path: Path) -> Iterator[str]:
    for node in nodes(path, ast.Compare):
        assert isinstance(node, ast.Compare)
        values = [node.left, *node.comparators]
        is_equality = any(isinstance(kind, ast.Eq | ast.NotEq) for kind in node.ops)
        named = [value for value in values if not isinstance(value, ast.Constant) and SECRET.search(name_of(value))]
        if is_equality and named and not any(map(is_column, values)):
            yield f"{path.name}:{node.lineno}: {ast.unparse(node)}"


def test_the_code_of_all_logins_is_read() -> None:
    comparing = {path.stem for path in FILES if "hmac.compare_digest" in path.read_text()}
    assert {"wampcra", "scram", "cryptosign", "digest", "passwords", "forms", "id_tokens"} <= comparing


def test_secrets_are_compared_in_constant_time() -> None:
    assert [found for path in FILES for found in compared_by_equality(path)] == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("if password == given: pass", True),
        ("return parameters['nonce'] != nonce", True),
        ("self.stored_key == _hash(x)", True),
        ("hmac.compare_digest(expected, given)", False),
        ("tokens.c.hash == digest", False),
        ("response.code == 200", False),
    ],
)
def test_a_secret_that_is_compared_otherwise_would_be_found(tmp_path: Path, line: str, is_found: bool) -> None:
    file = tmp_path / "code.py"
    file.write_text(f"def f():\n    {line}\n")
    assert bool(list(compared_by_equality(file))) is is_found


def test_what_is_random_comes_from_secrets_alone() -> None:
    others = re.compile(r"^\s*(?:import|from) (?:random|uuid|numpy)\b|urandom", re.MULTILINE)
    assert [path.name for path in FILES if others.search(path.read_text())] == []


def random_sizes(path: Path) -> Iterator[tuple[int, int]]:
    """Line and size in bytes of all that is drawn; a size by a name is one of the module's own constants."""
    tree = ast.parse(path.read_text())
    constants = {
        name.id: pair[1].value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for pair in _assigned(node)
        if isinstance(name := pair[0], ast.Name) and isinstance(pair[1], ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in RANDOM and not isinstance(node.args[0], ast.BinOp):
            given = node.args[0]
            yield node.lineno, given.value if isinstance(given, ast.Constant) else constants[name_of(given)]


def _assigned(node: ast.Assign) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Each name with its value, also where several are set at once."""
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        yield from zip(target.elts, node.value.elts, strict=True)
    else:
        yield target, node.value


def test_nonces_tickets_cookies_tokens_and_keys_have_128_bits_at_least() -> None:
    sizes = {(path.name, line): size for path in FILES for line, size in random_sizes(path)}
    assert len(sizes) > 15
    short = {(name, size) for (name, _), size in sizes.items() if size < LEAST_BYTES}
    assert short == set(SHORTER)


def test_no_account_is_there_by_default_but_an_owner_whose_password_is_random(tmp_path: Path) -> None:
    owners: list[FirstOwner] = []
    for name in ("one", "other"):
        with open_accounts(tmp_path / name) as accounts:
            provide_owner(accounts, house(), owners.append)
            assert [account.authid for account in accounts.list()] == ["owner"]
    one, other = owners
    assert one.password != other.password
    assert len(set(one.password) - {"-"}) > 4


def test_the_configuration_that_ships_has_no_secret_in_it_and_lets_nobody_in_without_one() -> None:
    found = auths(house())
    assert found
    for auth in found:
        assert "anonymous" not in auth.ways
        assert [way for way in auth.ways.values() if type(way).__name__.startswith("Static")] == []
