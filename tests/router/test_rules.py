"""A configuration whose rules are missing or broken lets nobody do anything."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from support.node import house_configuration, wampi
from wampi.router.config import read
from wampi.router.core.authorization import Guard
from wampi.router.core.uris import UriRules
from wampi.router.realms import role_of

URIS = ("wampi.lighting.porch.turn_on", "wamp.session.count", "wampi.admin.user.list", "com.example", "a")
PATTERNS = (*product(URIS, ("exact",)), ("", "prefix"), ("wamp.", "prefix"), ("...", "wildcard"))


@pytest.mark.parametrize("rules", [{}, {"permissions": []}, {"permissions": [{"uri": "", "match": "prefix"}]}], ids=str)
def test_a_role_with_empty_rules_may_do_nothing(tmp_path: Path, rules: dict[str, Any]) -> None:
    node = house_configuration()
    node["workers"][0]["realms"][0]["roles"].append({"name": "empty", **rules})
    file = tmp_path / "node.json"
    file.write_text(json.dumps(node))
    [role] = [one for one in read(file).routers[0].realms[0].roles if one.name == "empty"]
    guard = Guard(role_of(role), UriRules())
    assert not any(
        allows(uri) for uri in URIS for allows in (guard.calls, guard.publishes, guard.receives, guard.serves)
    )
    for uri, match in PATTERNS:
        assert not guard.may_hold_subscription(uri, match)  # type: ignore[arg-type]
        assert not guard.may_hold_registration(uri, match)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"version": 2}', "half"])
def test_a_hub_does_not_start_with_an_empty_or_broken_configuration(tmp_path: Path, text: str) -> None:
    file = tmp_path / "node.json"
    whole = json.dumps(house_configuration())
    file.write_text(whole[: len(whole) // 2] if text == "half" else text)
    done = wampi("up", "--config", str(file), data=tmp_path / "data")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "router.sock").exists()
