"""What the system says of a process: its memory and its open descriptors."""

from __future__ import annotations

import time
from pathlib import Path

from .routers import RouterError

LOOK_AGAIN_SECONDS = 0.1


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process in bytes (proc(5), VmRSS)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    raise RouterError(f"process {pid} has ended")


def descriptors(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def settle(pid: int, most_descriptors: int, patience_seconds: float) -> None:
    """Wait until a process has no more descriptors open than that, or for so long."""
    deadline = time.monotonic() + patience_seconds
    while descriptors(pid) > most_descriptors and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)
