"""Time until a router listens, and its memory, beside Crossbar's.

    python -m benchmarks.startup [--routers wampi,yardstick,crossbar] [--rounds 3]

Two configurations: the one of the benchmark (a realm, a role, a static account, no components), for every router; and
wampi's own default with accounts, TLS and four components, where the start that makes everything is told from the
warm ones, and the time until all components have joined is measured besides.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from . import routers
from .machine import describe_machine
from .process import resident_bytes

DEFAULT_CONFIGURATION = routers.ROOT / "router" / "data" / "crossbar-like.json"
SETTLE_SECONDS = 1.0
JOIN_SECONDS = 60.0


@dataclass(frozen=True)
class Start:
    """One start. Memory is resident bytes, a second after the router listens: its own process, and all of them."""

    what: str
    listening_seconds: float
    router_bytes: int
    all_bytes: int
    joined_seconds: float | None = None


def start_router(name: str, folder: Path, settle_seconds: float = SETTLE_SECONDS) -> Start:
    """Start a router on the benchmark's configuration."""
    with routers.start(name, folder) as running:
        time.sleep(settle_seconds)
        memory = [resident_bytes(pid) for pid in running.pids]
    return Start(f"{name}, router only", running.started_seconds, memory[0], sum(memory))


def default_configuration(port: int) -> tuple[dict[str, Any], list[str]]:
    """Return wampi's default configuration on another port, and the authids of its components."""
    node = json.loads(DEFAULT_CONFIGURATION.read_text(encoding="utf-8"))
    authids = []
    for worker in node["workers"]:
        for transport in worker.get("transports", ()):
            if transport["endpoint"]["type"] == "tcp":
                transport["endpoint"].update(port=port, interface="127.0.0.1")
        authids += [component["auth"]["wampcra"]["authid"] for component in worker.get("components", ())]
    return node, authids


def start_default(what: str, folder: Path, settle_seconds: float = SETTLE_SECONDS) -> Start:
    """Start wampi's default configuration; what an earlier start has left in the folder is used again."""
    port = routers.free_port()
    node, authids = default_configuration(port)
    configuration = folder / "default.json"
    configuration.write_text(json.dumps(node), encoding="utf-8")
    command = [*routers.wampi_command(), "up", "--config", str(configuration), "--data", str(folder / "data")]
    with routers.serving("wampi", command, (port,), folder) as (process, began):
        listening = time.monotonic() - began
        joined = _wait_until_joined(folder / "log.txt", authids, process) - began
        time.sleep(settle_seconds)
        pids = routers.family(process.pid)
        memory = [resident_bytes(pid) for pid in pids]
    return Start(what, listening, memory[0], sum(memory), joined)


def _wait_until_joined(log: Path, authids: list[str], process: subprocess.Popen[bytes]) -> float:
    """Return the monotonic time at which the log has shown every component joined."""
    deadline = time.monotonic() + JOIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        lines = log.read_text(encoding="utf-8").splitlines()
        joined = {word for line in lines if " session joined " in line for word in line.split()}
        if joined.issuperset(f"authid={authid}" for authid in authids):
            return time.monotonic()
        time.sleep(0.02)
    raise routers.RouterError(f"the components {', '.join(authids)} did not all join within {JOIN_SECONDS:.0f} s")


def measure(names: list[str], rounds: int, folder: Path) -> list[Start]:
    """Start each router, `rounds` times in turn, and wampi's default configuration once more often."""
    starts = []
    for number in range(rounds):
        starts += [start_router(name, folder / f"{name}-{number}") for name in names]
        if "wampi" in names:
            default = folder / "default"
            default.mkdir(exist_ok=True)
            if number == 0:
                starts.append(start_default("wampi, default configuration, first start", default))
            starts.append(start_default("wampi, default configuration", default))
    return starts


def table(starts: list[Start]) -> str:
    """Return the medians, a line for each kind of start."""
    lines = [f"{'':45}{'listens s':>12}{'joined s':>12}{'router MB':>12}{'all MB':>12}"]
    for what in dict.fromkeys(start.what for start in starts):
        these = [start for start in starts if start.what == what]
        joined = [start.joined_seconds for start in these if start.joined_seconds is not None]
        lines.append(
            f"{what:45}{median(start.listening_seconds for start in these):12.2f}"
            f"{f'{median(joined):.2f}' if joined else '-':>12}"
            f"{median(start.router_bytes for start in these) / 1e6:12.1f}"
            f"{median(start.all_bytes for start in these) / 1e6:12.1f}"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 0, or 1 after one line that says what went wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks.startup", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--routers", default="wampi,yardstick,crossbar", help="comma separated")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=None, help="file of results")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="wampi-bench-") as folder:
            starts = measure(options.routers.split(","), options.rounds, Path(folder))
    except routers.RouterError as error:
        print(error, file=sys.stderr)
        return 1
    print(table(starts))
    if options.out is not None:
        results = {"machine": describe_machine(), "starts": [asdict(start) for start in starts]}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
