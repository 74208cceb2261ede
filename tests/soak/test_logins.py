"""Somebody who is logged in does not notice how many others log in, or try to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from support.node import RunningNode, router_configuration, wampi
from websockets.sync.client import unix_connect
from websockets.typing import Subprotocol

CALLS = 60
EVERY_SECONDS = 0.1
MOST_SECONDS = 0.25
ROUNDS = 3
"""A machine that has something else to do keeps everybody waiting now and then; a hub that blocks does so each time."""


def test_a_session_that_calls_every_100_ms_waits_no_longer_than_250_ms_while_logins_come_at_full_rate(
    tmp_path: Path,
) -> None:
    configuration = router_configuration()
    tls = {"type": "local-authority"}
    listener = {
        "type": "web",
        "endpoint": {"type": "tcp", "port": 0, "interface": "127.0.0.1", "tls": tls},
        "paths": {"ws": {"type": "websocket", "auth": {"wampcra": {"type": "accounts"}}}},
    }
    configuration["workers"][0]["transports"].insert(0, listener)
    with RunningNode(tmp_path, configuration) as node:
        added = wampi("device", "add", "bell", "--role", "anybody", "--config", str(node.configuration), data=node.data)
        assert added.returncode == 0, added.stderr
        node.start()
        port = int(node.log.split("listening port=")[1].split()[0])
        script = str(Path(__file__).with_name("login_flood.py"))
        key = str(node.data / "keys" / "bell.key")
        command = [sys.executable, script, f"wss://localhost:{port}/ws", str(node.data / "ca.pem"), "bell", key]
        longest = min(flooded(command, node.data / "router.sock") for _ in range(ROUNDS))
    assert longest < MOST_SECONDS


def flooded(command: list[str], path: Path) -> float:
    """Call while logins come; return the longest wait in seconds."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as flood:
        waits = calls(path)
        told, _ = flood.communicate(timeout=30)
    logins = json.loads(told)
    print(f"\n{logins} logins; waits: median {sorted(waits)[len(waits) // 2]:.4f} s, longest {max(waits):.4f} s")
    assert logins["right"] > CALLS / 10
    assert logins["wrong"] > CALLS / 10
    return max(waits)


def calls(path: Path) -> list[float]:
    """Call every 100 ms; return how long each took."""
    waits = []
    pace = threading.Event()
    with unix_connect(str(path), "ws://localhost/ws", subprotocols=[Subprotocol("wamp.2.json")]) as socket:
        socket.send(json.dumps([1, "home", {"roles": {"caller": {}}}]))
        assert json.loads(socket.recv())[0] == 2
        for request in range(1, CALLS + 1):
            pace.wait(EVERY_SECONDS)
            began = time.monotonic()
            socket.send(json.dumps([48, request, {}, "wamp.session.count"]))
            assert json.loads(socket.recv())[:2] == [50, request]
            waits.append(time.monotonic() - began)
    return waits
