"""Real processes in tests: started, watched, and ended by id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from support.waiting import PATIENCE_SECONDS, eventually

SUPPORT = Path(__file__).parent


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def has_ended(pid: int) -> bool:
    """Whether a process is gone."""
    return not is_alive(pid)


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text(encoding="ascii").split()] if path.exists() else []


class ComponentRun:
    """`python -m wampi.components …` under test."""

    def __init__(self, name: str, directory: Path, extra: object, router: str, supervised: bool) -> None:
        self.data_dir = directory / "data"
        self.log_path = directory / "log"
        key = directory / "key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text("test-key-of-a-device\n", encoding="ascii")
        arguments = [sys.executable, "-m", "wampi.components", name, "--router", router, "--authid", "tester"]
        arguments += ["--key-file", str(key), "--data-dir", str(self.data_dir), "--extra", json.dumps(extra)]
        path = os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                arguments + ["--supervised"] * supervised,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": path},
            )

    @property
    def log(self) -> str:
        """What the component logged."""
        return self.log_path.read_text(encoding="utf-8")

    def kill(self, number: signal.Signals) -> None:
        """Send a signal to the component."""
        os.kill(self.process.pid, number)

    def wait(self) -> int:
        """The exit status."""
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def component(
    name: str, directory: Path, extra: object, router: str = "unix:/nowhere/router.sock", supervised: bool = True
) -> Iterator[ComponentRun]:
    """Run a component for the length of a test; what is left of it is ended."""
    run = ComponentRun(name, directory, extra, router, supervised)
    try:
        yield run
    finally:
        children = children_of(run.process.pid)
        run.process.kill()
        run.process.wait()
        assert run.process.stdin is not None
        run.process.stdin.close()
        for child in children:
            eventually(f"process {child} ends with its component", partial(has_ended, child))
