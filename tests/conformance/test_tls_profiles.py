"""sslyze on the hub's TLS listener, by Mozilla's profiles, with the certificate that the local authority makes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from support.node import RunningNode, router_configuration
from support.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build" / "sslyze" / "bin" / "python"


def scan(directory: Path, **tls: str) -> dict[str, Any]:
    """Start a node with TLS and scan it."""
    assert PYTHON.exists(), "sslyze is not there: make test installs it"
    configuration = router_configuration()
    listener = {
        "type": "websocket",
        "endpoint": {"type": "tcp", "port": 0, "interface": "127.0.0.1", "tls": {"type": "local-authority", **tls}},
        "auth": {"anonymous": {"type": "static", "role": "anybody"}},
        "limits": {"head_seconds": 20},
    }
    configuration["workers"][0]["transports"].insert(0, listener)
    # What sslyze opens at once is more than one address may have in a house.
    configuration["controller"] = {"limits": {"connections_per_address": 200, "connections_before_login": 200}}
    with RunningNode(directory, configuration) as node:
        node.start()
        found = re.search(r"listening port=(\d+)", node.log)
        assert found, node.log
        script = Path(__file__).with_name("sslyze_scan.py")
        command = [str(PYTHON), str(script), found[1], str(node.data / "ca.pem")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=5 * PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_a_listener_keeps_to_the_intermediate_profile(tmp_path: Path) -> None:
    found = scan(tmp_path)
    assert found["issues"]["intermediate"] == {}
    assert found["spoken"] == ["tls_1_2", "tls_1_3"]


def test_a_listener_that_is_to_be_modern_keeps_to_the_modern_profile(tmp_path: Path) -> None:
    found = scan(tmp_path, profile="modern")
    assert found["issues"] == {"intermediate": {}, "modern": {}}
    assert found["spoken"] == ["tls_1_3"]


def test_the_scan_tells_the_profiles_apart(tmp_path: Path) -> None:
    assert "tls_versions" in scan(tmp_path)["issues"]["modern"]
