"""The whole hub as a person runs it, in processes of its own: router, devices, simulated hardware and web page."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from support.ports import free_port
from support.waiting import PATIENCE_SECONDS, eventually
from wampi.components.lines import SimulatedLines

COMMAND = [sys.executable, "-m", "wampi.router.cli"]
DEFAULT_CONFIGURATION = Path(__file__).parents[2] / "crossbar-like.json"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who lives in the house, or visits it."""

    name: str
    role: str
    password: str


ANNA = Account("anna", "owner", "five green bottles on the wall")
BEN = Account("ben", "resident", "a rather quiet afternoon tea")
GUEST = Account("guest", "guest", "passing through on my bicycle")


class House:
    """A hub in ``directory``, on a port of its own."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.log = directory / "hub.log"
        self.port = free_port()
        self.configuration = directory / "config.json"
        self.configuration.write_text(json.dumps(_on_port(self.port)))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The page's address."""
        return f"https://localhost:{self.port}/"

    @property
    def authority(self) -> Path:
        """The certificate of the house's own authority (PEM)."""
        return self.data / "ca.pem"

    def add(self, account: Account) -> None:
        """Make an account."""
        subprocess.run(
            [*COMMAND, "user", "add", account.name, "--role", account.role, "--data", str(self.data)],
            input=f"{account.password}\n".encode(),
            check=True,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        )

    def start(self) -> None:
        """Start the hub; returns when the page answers."""
        with self.log.open("ab") as log:
            self._process = _start(self.data, self.configuration, log)
        eventually("the page answers over HTTPS", self._answers)

    def kill(self) -> None:
        """End the router as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End the hub in order, and return its exit status."""
        return self._end(signal.SIGTERM)

    def close(self) -> None:
        """Stop the hub if it runs."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def lines(self, component: str) -> SimulatedLines:
        """The simulated hardware of a component."""
        return SimulatedLines(self.data / "components" / component / "lines", "test")

    @contextmanager
    def without(self, component: str) -> Iterator[None]:
        """Kill a component, and keep it away until the block ends: it refuses a key that others may read."""
        key = self.data / "keys" / f"{component}.key"
        key.chmod(0o644)
        try:
            os.kill(self.process_of(component), signal.SIGKILL)
            yield
        finally:
            key.chmod(0o600)

    def process_of(self, component: str) -> int:
        """The process id of a component that runs."""
        directory = str(self.data / "components" / component).encode()
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                arguments = command.read_bytes().split(b"\0")
            except OSError:
                continue  # it has ended in the meantime
            if b"wampi.components" in arguments and directory in arguments:
                return int(command.parent.name)
        raise AssertionError(f"no process runs the component {component}")

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None, "the house has not been started"
        os.kill(self._process.pid, number)
        return self._process.wait(PATIENCE_SECONDS)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the hub has ended:\n{self.log.read_text()[-4000:]}")
        if not self.authority.exists():
            return False
        try:
            with urlopen(self.url, timeout=5, context=ssl.create_default_context(cafile=self.authority)) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            return False


def _start(data: Path, configuration: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "up", "--data", str(data), "--config", str(configuration)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )


def _on_port(port: int) -> dict[str, object]:
    """The configuration that ships, on another port and with a slideshow that waits to be asked."""
    node: dict[str, object] = json.loads(DEFAULT_CONFIGURATION.read_text())
    for worker in node["workers"]:  # type: ignore[attr-defined]
        for transport in worker.get("transports", []):
            if transport["endpoint"]["type"] == "tcp":
                transport["endpoint"]["port"] = port
        for component in worker.get("components", []):
            if component["id"] == "frame":
                component["extra"]["interval_seconds"] = 3600
    return node
