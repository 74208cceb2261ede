"""Simulated output lines, which live outside of every process.

A process that dies leaves a Raspberry Pi's lines as they were, so a simulation inside the process that drives them
would prove nothing. Here a line is a file that holds its last level, and a log has every write of every line, with
the time, the author and the reason. `python -m wampi.components.lines DIRECTORY` shows them.

Few imports: the valve keeper loads this module.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

_LARGEST_LOG_BYTES: Final = 1_000_000
_WIDTH: Final = 8


class SimulatedLines:
    """Lines in a directory: `NAME.level` has the last level of a line (0.0 to 1.0), `log` every write as JSON.

    Args:
        directory: shared by all authors; made if missing.
        author: the role of this process in the log, such as `keeper`.
        wall_time: seconds since 1970, for the log.
    """

    def __init__(
        self, directory: Path, author: str, wall_time: Callable[[], float] = time.time, pid: int | None = None
    ) -> None:
        self.directory = directory
        self._author = author
        self._wall_time = wall_time
        self._pid = os.getpid() if pid is None else pid
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, line: str, level: float, why: str) -> None:
        """Drive a line and log it. One system call each, so that no death leaves half of either."""
        descriptor = os.open(self._level_file(line), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, f"{level:.{_WIDTH - 3}f}\n".encode("ascii"), 0)
        finally:
            os.close(descriptor)
        self._log({"line": line, "level": level, "why": why})

    def level(self, line: str) -> float:
        """The last level of a line; 0.0 if nobody ever drove it."""
        try:
            written = self._level_file(line).read_text(encoding="ascii")
        except FileNotFoundError:
            return 0.0
        return float(written or 0.0)  # a new file is empty for a moment

    def levels(self) -> dict[str, float]:
        """The last level of every line that was ever driven."""
        names = sorted(file.name.removesuffix(".level") for file in self.directory.glob("*.level"))
        return {name: self.level(name) for name in names}

    def log(self) -> list[dict[str, Any]]:
        """Every write, oldest first: `at` (seconds since 1970), `by`, `pid`, `line`, `level`, `why`."""
        entries: list[dict[str, Any]] = []
        for name in ("log.1", "log"):
            file = self.directory / name
            if file.exists():
                entries += [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
        return entries

    def _level_file(self, line: str) -> Path:
        return self.directory / f"{line}.level"

    def _log(self, entry: dict[str, object]) -> None:
        about: dict[str, object] = {"at": self._wall_time(), "by": self._author, "pid": self._pid}
        file = self.directory / "log"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, (json.dumps(about | entry) + "\n").encode("utf-8"))
            full = os.fstat(descriptor).st_size > _LARGEST_LOG_BYTES
        finally:
            os.close(descriptor)
        if full:
            file.replace(self.directory / "log.1")


def main(arguments: Sequence[str]) -> int:
    """Print the levels in a directory and the last writes; exit status 2 if there are no lines."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m wampi.components.lines DIRECTORY (a device's data directory/lines)", file=sys.stderr)
        return 2
    lines = SimulatedLines(Path(arguments[0]), "inspector")
    for name, level in lines.levels().items():
        print(f"{name:20} {level:g}")
    for entry in lines.log()[-20:]:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry["at"]))
        print(f"{moment}  {entry['line']} = {entry['level']:g}  by {entry['by']} {entry['pid']}: {entry['why']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
