"""Autobahn's own clients, through the ways in that are not WAMP-CRA: SCRAM and cryptosign, in Python and in Node."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.waiting import PATIENCE_SECONDS
from support.ways import AUTHID, OpenHub, open_hub

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples" / "auth"
NODE_MODULES = HERE.parents[1] / "web" / "node_modules"
WAMPY_MODULES = HERE / "js" / "node_modules"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHub]:
    with open_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


def in_python(hub: OpenHub, method: str, *arguments: object) -> str:
    """Log in with Autobahn's component and authenticator of a method; return what it said."""
    script = HERE / "autobahn_ways_in.py"
    command = [sys.executable, "-W", "ignore", str(script), hub.url, str(hub.ca_file), method, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False).stdout


def in_node(hub: OpenHub, node: Path, name: str, *arguments: object) -> str:
    """Run an example in Node, against the authority of the hub; return the first line."""
    more = {"NODE_EXTRA_CA_CERTS": str(hub.ca_file), "NODE_PATH": f"{NODE_MODULES}:{WAMPY_MODULES}"}
    command = [str(node), str(EXAMPLES / name), hub.url, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, env=os.environ | more
    )
    return done.stdout.splitlines(keepends=True)[0]  # behind it are remarks of autobahn-js


def test_autobahns_scram_gets_in_and_believes_the_hub(hub: OpenHub) -> None:
    assert in_python(hub, "scram", AUTHID, hub.password) == "anna anybody scram\n"


def test_autobahns_cryptosign_gets_in_with_a_name_and_without(hub: OpenHub) -> None:
    assert in_python(hub, "cryptosign", AUTHID, hub.key) == "anna anybody cryptosign\n"
    assert in_python(hub, "cryptosign", "", hub.key) == "anna anybody cryptosign\n"


def test_autobahns_ticket_gets_in(hub: OpenHub) -> None:
    assert in_python(hub, "ticket", AUTHID, hub.token) == "anna anybody ticket\n"


def test_autobahns_scram_with_a_wrong_password_is_refused(hub: OpenHub, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("never the right secret\n")
    assert in_python(hub, "scram", AUTHID, wrong) == "refused wamp.error.not_authorized\n"


def test_the_example_in_node_gets_in_with_its_key_and_not_with_another(
    hub: OpenHub, node: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("ab" * 32 + "\n")
    assert in_node(hub, node, "cryptosign.js", hub.key) == "I am anna, as anybody, by cryptosign\n"
    refused = "not let in: The login was refused. (wamp.error.not_authorized)\n"
    assert in_node(hub, node, "cryptosign.js", other) == refused


def test_wampys_scram_gets_in_believes_the_hub_and_is_refused_with_a_wrong_password(
    hub: OpenHub, node: Path, tmp_path: Path
) -> None:
    assert in_node(hub, node, "scram_wampy.mjs", AUTHID, hub.password) == "I am anna, as anybody, by scram\n"
    wrong = tmp_path / "wrong"
    wrong.write_text("never the right secret\n")
    refused = "not let in: wamp.error.not_authorized\n"
    assert in_node(hub, node, "scram_wampy.mjs", AUTHID, wrong) == refused
