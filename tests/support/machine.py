"""What the machine makes a program wait for, which is not the program's own doing."""

from __future__ import annotations

import os
import time
from pathlib import Path


def thread_waited_seconds() -> float:
    """How long this thread, ready to run, has waited for a processor so far; 0.0 where the system does not say."""
    return _waited_seconds(Path("/proc/thread-self/schedstat"))


def processes_waited_seconds(*pids: int) -> float:
    """How long all threads of some processes together have waited so."""
    return sum(_waited_seconds(file) for pid in pids for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def _waited_seconds(file: Path) -> float:
    """The second number of a schedstat file, which is in nanoseconds (sched-stats in the kernel's documentation)."""
    try:
        return int(file.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError):  # there is no such file, or the thread has just ended
        return 0.0


class Stopwatch:
    """The time since it was made that is not the machine's: without what this process and others had to wait for."""

    def __init__(self, *pids: int) -> None:
        self._pids = (os.getpid(), *pids)
        self._waited = processes_waited_seconds(*self._pids)
        self._began = time.monotonic()

    def own_seconds(self) -> float:
        """How long it has been."""
        took = time.monotonic() - self._began
        return took - (processes_waited_seconds(*self._pids) - self._waited)
