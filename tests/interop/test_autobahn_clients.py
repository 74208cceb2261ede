"""Stock Autobahn, in Python on both of its frameworks and in Node, through a real router in each serializer."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.waiting import PATIENCE_SECONDS

from .conftest import HERE, REPOSITORY, PlainRouter
from .features import INTERRUPTED, features

MODULES = HERE / "modules"
NODE_MODULES = REPOSITORY / "web" / "node_modules"
MORE_NODE_MODULES = HERE / "js" / "node_modules"
PYTHON_CLIENT = [sys.executable, "-W", "ignore", HERE / "autobahn_python_client.py"]

# It has no options to disclose a caller or a publisher, and gives up a call that it has cancelled without waiting.
SEEN_IN_PYTHON = features("caller", canceled="CancelledError", eligible=[["c"]])


def run(
    command: list[str | Path], router: PlainRouter, serializer: str, *more: str, **env: str
) -> list[dict[str, Any]]:
    """Run a client and return what it said."""
    done = subprocess.run(
        [*command, router.url, router.realm, serializer, router.authid, router.secret, *more],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "PYTHONPATH": str(MODULES), **env},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor", "ubjson"])
@pytest.mark.parametrize("framework", ["twisted", "asyncio"])
def test_the_python_client_sees_every_feature(router: PlainRouter, framework: str, serializer: str) -> None:
    assert run(PYTHON_CLIENT, router, serializer, framework) == SEEN_IN_PYTHON


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
def test_the_javascript_client_sees_every_feature(router: PlainRouter, serializer: str, node: Path) -> None:
    said = run([node, HERE / "autobahn_js_client.cjs"], router, serializer, NODE_PATH=str(NODE_MODULES))
    assert said == features(canceled=INTERRUPTED)


def test_the_javascript_client_sees_every_feature_over_long_poll(router: PlainRouter, node: Path) -> None:
    assert MORE_NODE_MODULES.is_dir(), "what long-poll needs in Node is not there: make test installs it"
    places = f"{NODE_MODULES}:{MORE_NODE_MODULES}"
    at = replace(router, url=router.longpoll_url)
    said = run([node, HERE / "autobahn_js_client.cjs"], at, "json", NODE_PATH=places)
    assert said == features(canceled=INTERRUPTED)
