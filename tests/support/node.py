"""A node in a process of its own, as `wampi up` runs it, and commands that speak to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.waiting import PATIENCE_SECONDS, eventually

FOREGROUND = ["/usr/bin/env", "--default-signal=INT,HUP"]
"""Begins a command that is to end at a signal, also where the tests run in the background (`&`, nohup)."""

WAMPI = [*FOREGROUND, sys.executable, "-m", "wampi.router.cli"]


def wampi(*arguments: str, stdin: str = "", data: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [*WAMPI, *arguments, *(("--data", str(data)) if data is not None else ())]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, env=environment()
    )


def environment(**more: str) -> dict[str, str]:
    """The environment of this process without what systemd or the user have set for wampi."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("WAMPI_", "NOTIFY_", "WATCHDOG_"))
    }
    return kept | more


def router_configuration(**role: Any) -> dict[str, Any]:
    """A router on a UNIX socket, for anybody who comes."""
    everything = {"call": True, "register": True, "publish": True, "subscribe": True}
    anybody = {"name": "anybody", "permissions": [{"uri": "", "match": "prefix", "allow": everything}]}
    return {
        "version": 2,
        "workers": [
            {
                "type": "router",
                "realms": [{"name": "home", "roles": [anybody | role]}],
                "transports": [
                    {
                        "type": "websocket",
                        "endpoint": {"type": "unix", "path": "router.sock"},
                        "auth": {"anonymous": {"type": "static", "role": "anybody"}},
                    }
                ],
            }
        ],
    }


def house_configuration(*components: str) -> dict[str, Any]:
    """The configuration that ships, on any free port, with some of its components only."""
    node: dict[str, Any] = json.loads((Path(__file__).parents[2] / "crossbar-like.json").read_text())
    for transport in node["workers"][0]["transports"]:
        if transport["endpoint"]["type"] == "tcp":
            transport["endpoint"]["port"] = 0
    node["workers"] = [worker for worker in node["workers"] if worker["id"] in ("router", *components)]
    return node


class RunningNode:
    """`wampi up` in a directory of a test. Use it as a context: the end is a kill if nothing else was."""

    def __init__(self, directory: Path, configuration: dict[str, Any]) -> None:
        self.data = directory / "data"
        self.log_file = directory / "node.log"
        self.configuration = directory / "node.json"
        self.configuration.write_text(json.dumps(configuration))
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RunningNode:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    @property
    def command(self) -> list[str]:
        """How the node is started."""
        return [*WAMPI, "up", "--config", str(self.configuration), "--data", str(self.data)]

    @property
    def log(self) -> str:
        """What the node has logged so far."""
        return self.log_file.read_text()

    @property
    def pid(self) -> int:
        """The node's process."""
        assert self.process is not None
        return self.process.pid

    def start(self, until: str = "router.sock", command: Sequence[str] = (), **env: str) -> RunningNode:
        """Start, and wait until the log says `until`."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command or self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(PYTHONUNBUFFERED="1", **env),
            )
        self.wait_for(until)
        return self

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until the log has a text, so many times."""

        def has_come() -> bool:
            assert self.process is not None
            if self.process.poll() is not None and self.log.count(text) < times:
                raise AssertionError(f"the node has ended before it said {text!r}:\n{self.log[-4000:]}")
            return self.log.count(text) >= times

        eventually(f"the log says {text!r}", has_come)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on this node."""
        return wampi(*arguments, stdin=stdin, data=self.data)


def children(pid: int) -> list[int]:
    """The processes below one, at every level (proc_pid_stat(5): the fourth field is the parent)."""
    parents: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]
