"""Each piece of a configuration that the documentation shows is one that a node would take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.node import house_configuration
from support.pages import PAGES, blocks, name_of
from wampi.router.config import check, parse
from wampi.router.config.auth import Auth

READERS_OWN = re.compile(r"there is no (directory|program|module|key file|file) |\S+\.pem: No such file")
"""What is on the reader's machine, and not here."""

WAYS = set(Auth.__struct_fields__)
"""The ways to log in, which stand under ``auth``."""


def pieces() -> list[Any]:
    found = [(page, block.text) for page in PAGES for block in blocks(page) if block.language == "json"]
    return [pytest.param(text, id=f"{name_of(page)}-{number}") for number, (page, text) in enumerate(found)]


def whole(piece: dict[str, Any]) -> dict[str, Any]:
    """The configuration that ships, with the piece in its place."""
    if "workers" in piece:
        return house_configuration() | {key: value for key, value in piece.items() if value}
    node = house_configuration()
    router = node["workers"][0]
    if piece.get("type") in ("router", "container", "guest"):
        node["workers"].append(piece)
    elif "endpoint" in piece:
        router["transports"].append(piece)
    elif piece.keys() <= WAYS:
        tls = {"type": "local-authority", "ca_certificates": ["clients-ca.pem"]}
        endpoint = {"type": "tcp", "port": 9443, "tls": tls}
        router["transports"].append({"type": "websocket", "endpoint": endpoint, "auth": piece})
    elif piece.get("type") == "login":
        router["transports"][0]["paths"]["auth"] = piece
    elif piece.get("type") == "static":
        router["transports"][0]["paths"]["own"] = piece
    elif piece.get("type") == "tcp":
        auth = {"wampcra": {"type": "accounts"}}
        router["transports"].append({"type": "websocket", "endpoint": piece | {"port": 9443}, "auth": auth})
    elif "name" in piece and piece.keys() & {"permissions", "authorizer"}:
        router["realms"][0]["roles"].append(piece)
    else:
        raise AssertionError(f"where does this belong? {piece}")
    return node


@pytest.mark.parametrize("text", pieces())
def test_a_piece_of_configuration_is_valid(text: str, tmp_path: Path) -> None:
    piece = json.loads(text.replace(" … ", "").replace("…", "something"))
    node = parse(json.dumps(whole(piece)).encode(), "the page")
    assert [problem for problem in check(node, tmp_path) if not READERS_OWN.match(problem.text)] == []


def test_there_are_pieces() -> None:
    assert len(pieces()) >= 4
