"""The routers under test, each started with a plain and a TLS port and stopped again.

wampi and Crossbar get the same node configuration: one realm, one static WAMP-CRA account, one role that may do
everything under `bench.`. wampi's limits are on, and wide enough that they are counted and not reached; Crossbar has
none. The yardstick has neither accounts nor rules.
"""

from __future__ import annotations

import copy
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .certificate import write_certificate

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))  # what serves tests and benchmarks is kept there

from support.ports import free_port  # noqa: E402

CROSSBAR_VENV = ROOT / ".cache" / "crossbar"
CROSSBAR_VERSION = "26.10.1"
START_SECONDS = 60.0
AUTHID = "load"


class RouterError(Exception):
    """A router could not be started; the message is one line."""


@dataclass(frozen=True)
class RunningRouter:
    """A router that listens."""

    name: str
    plain_port: int
    tls_port: int
    pids: tuple[int, ...]
    started_seconds: float
    secret: str | None  # of the account AUTHID; None: anonymous
    log: Path = field(repr=False)
    authid: str = AUTHID


ROLE_LIMITS = {
    "message_bytes": 1024 * 1024,
    "messages_per_second": 1_000_000,
    "burst": 1_000_000,
    "outbox_bytes": 16 * 1024 * 1024,
    "subscriptions": 100_000,
    "pending_calls": 1024,
    "sessions_per_account": 20_000,
}
NODE_LIMITS = {"connections_per_address": 20_000}


def node_configuration(plain_port: int, tls_port: int, folder: Path, secret: str) -> dict[str, Any]:
    """Return a node configuration in Crossbar's format, which wampi reads too."""
    certificate, key = write_certificate(folder)
    auth = {"wampcra": {"type": "static", "users": {AUTHID: {"secret": secret, "role": "load"}}}}
    allow = {"call": True, "register": True, "publish": True, "subscribe": True}
    permissions = [
        {"uri": "bench.", "match": "prefix", "allow": allow},
        {"uri": "wamp.session.add_testament", "match": "exact", "allow": {"call": True}},
    ]
    role = {"name": "load", "permissions": permissions}
    plain = {"type": "tcp", "port": plain_port, "interface": "127.0.0.1"}
    tls = {**plain, "port": tls_port, "tls": {"key": str(key), "certificate": str(certificate)}}
    transports = [{"type": "websocket", "endpoint": endpoint, "auth": auth} for endpoint in (plain, tls)]
    realm = {"name": "bench", "roles": [role]}
    return {
        "version": 2,
        "controller": {},
        "workers": [{"type": "router", "realms": [realm], "transports": transports}],
    }


def with_limits(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration with wampi's own keys for limits, which Crossbar does not know."""
    limited: dict[str, Any] = copy.deepcopy(configuration)
    limited["controller"]["limits"] = NODE_LIMITS
    for realm in limited["workers"][0]["realms"]:
        for role in realm["roles"]:
            role["limits"] = ROLE_LIMITS
    return limited


def crossbar_command(folder: Path) -> list[str]:
    """Return how Crossbar is started on a node folder; installs it into a venv of its own if it is not there."""
    program = CROSSBAR_VENV / "bin" / "crossbar"
    if not program.exists():
        _install_crossbar()
    return [str(program), "start", "--cbdir", str(folder)]


def _install_crossbar() -> None:
    print(f"installing Crossbar {CROSSBAR_VERSION} into {CROSSBAR_VENV.relative_to(ROOT)} …", flush=True)
    for command in (
        [sys.executable, "-m", "venv", str(CROSSBAR_VENV)],
        [
            str(CROSSBAR_VENV / "bin" / "pip"),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            f"crossbar=={CROSSBAR_VERSION}",
        ],
    ):
        if subprocess.run(command, check=False).returncode != 0:
            raise RouterError("Crossbar could not be installed; leave it out with --routers wampi,yardstick")


@contextmanager
def start(name: str, folder: Path, ports: tuple[int, int] | None = None) -> Iterator[RunningRouter]:
    """Start the router `name` (wampi, yardstick or crossbar) with its files in `folder`; stop it at the end.

    `ports` are the plain and the TLS port; without them, two free ones. Raises RouterError when the router does not
    listen within a minute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_hex(16)
    ports = ports or (free_port(), free_port())
    with serving(name, _command(name, folder, ports, secret), ports, folder) as (process, began):
        took = time.monotonic() - began
        secret_or_none = None if name == "yardstick" else secret
        yield RunningRouter(name, *ports, tuple(family(process.pid)), took, secret_or_none, folder / "log.txt")


@contextmanager
def serving(
    name: str, command: list[str], ports: Iterable[int], folder: Path
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a command until the end of the context, entered when it listens on all ports; it writes to `log.txt`.

    Yields the process and the monotonic time at which it was started.
    """
    log = folder / "log.txt"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT, env=_environment(folder))
    try:
        for port in ports:
            _wait_for_port(port, process, name, log)
        yield process, began
    finally:
        _stop(process)


def _command(name: str, folder: Path, ports: tuple[int, int], secret: str) -> list[str]:
    if name == "yardstick":
        certificate, key = write_certificate(folder)
        both = folder / "both.pem"
        both.touch(mode=0o600)
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        program = [sys.executable, "-m", "benchmarks.yardstick"]
        return [*program, str(ports[0]), "--tls", str(ports[1]), str(both)]
    if name not in ("wampi", "crossbar"):
        raise RouterError(f"unknown router {name}: say wampi, yardstick or crossbar")
    configuration = node_configuration(*ports, folder, secret)
    path = folder / "config.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(configuration if name == "crossbar" else with_limits(configuration)), encoding="utf-8")
    if name == "crossbar":
        return crossbar_command(folder)
    return [*wampi_command(), "up", "--config", str(path), "--data", str(folder / "data")]


def wampi_command() -> list[str]:
    """Return how the command line of wampi is started with this interpreter."""
    return [sys.executable, "-m", "wampi.router.cli"]


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(folder), "PYTHONUNBUFFERED": "1"}


def _wait_for_port(port: int, process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    last = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
    raise RouterError(f"{name} does not listen on port {port}: {last or 'it said nothing'}")


def family(pid: int) -> list[int]:
    """Return a process and all below it (proc(5), children)."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += family(int(child))
    return found


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
