"""Stock Autobahn, in Python and in Node, through a real router in each serializer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import PlainRouter

HERE = Path(__file__).parent
MODULES = HERE / "modules"
NODE_MODULES = HERE.parents[1] / "web" / "node_modules"
EVERYTHING_WORKS = [
    {"what": "welcome", "value": {"authid": "alice", "authmethod": "wampcra"}},
    {"what": "sum", "value": 42},
    {"what": "echo", "value": {"args": ["text", 1.5, None, [True, {"deep": "ü"}]], "kwargs": {"key": "value"}}},
    {"what": "event", "value": {"args": ["hello"], "kwargs": {"n": 7}, "topic": "com.example.topic"}},
    {"what": "error", "value": "wamp.error.no_such_procedure"},
]


def run(command: list[str | Path], router: PlainRouter, serializer: str, **env: str) -> list[dict[str, Any]]:
    """Run a client and return what it said."""
    done = subprocess.run(
        [*command, router.url, router.realm, serializer, router.authid, router.secret],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(MODULES), **env},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor", "ubjson"])
def test_the_python_client_logs_in_calls_and_gets_events(router: PlainRouter, serializer: str) -> None:
    said = run([sys.executable, "-W", "ignore", HERE / "autobahn_python_client.py"], router, serializer)
    assert said == [*EVERYTHING_WORKS, {"what": "closed", "value": "wamp.close.goodbye_and_out"}]


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor", "ubjson"])
def test_the_payload_codec_of_the_python_client_works_through_the_router(router: PlainRouter, serializer: str) -> None:
    said = run([sys.executable, "-W", "ignore", HERE / "autobahn_payload_codec.py"], router, serializer)
    assert said == [
        {"what": "result", "value": ["text", {"deep": [1.5, None, "ü"]}]},
        {"what": "parts", "value": [1, 2]},
        {"what": "error", "value": {"uri": "com.example.failed", "args": ["why"], "kwargs": {"code": 7}}},
        {"what": "event", "value": {"args": ["hello"], "kwargs": {"n": 7}, "algo": "x_scrambled"}},
        {"what": "options", "value": [{"algo": "x_scrambled", "serializer": "x_own", "key": "a key"}]},
    ]


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor"])
def test_the_javascript_client_logs_in_calls_and_gets_events(router: PlainRouter, serializer: str, node: Path) -> None:
    said = run([node, HERE / "autobahn_js_client.cjs"], router, serializer, NODE_PATH=str(NODE_MODULES))
    assert said[:-1] == EVERYTHING_WORKS
    assert said[-1]["value"]["details"] == "wamp.close.goodbye_and_out"
