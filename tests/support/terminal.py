"""A command on a terminal: what is typed, what it asks, what it answers, and Ctrl-C."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from .node import FOREGROUND
from .waiting import PATIENCE_SECONDS


class Terminal:
    """A shell's line, run on a terminal of its own; ``answers`` maps the end of a question to what is typed then."""

    def __init__(self, line: str, directory: Path, environment: Mapping[str, str], answers: Mapping[str, str]) -> None:
        self.shown = ""
        self._line = line
        self._answers = answers
        self._answered = 0
        self._screen, inside = pty.openpty()
        self._process = subprocess.Popen(
            [*FOREGROUND, "setsid", "--ctty", "bash", "-c", line],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=directory,
            env=environment,
        )
        os.close(inside)

    def wait_for(self, text: str) -> None:
        """Answer what is asked until a text is shown."""
        self._read_until(lambda: text in self.shown, f"{text!r} is shown")

    def wait(self) -> int:
        """Answer what is asked until the command has ended; return its exit status."""
        self._read_until(lambda: self._process.poll() is not None, "it ends")
        while self._read(0.1):
            pass
        return self._process.returncode

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit status."""
        os.write(self._screen, b"\x03")
        return self.wait()

    def close(self) -> None:
        """End what still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE_SECONDS)
        os.close(self._screen)

    def _read_until(self, is_done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_done():
            assert time.monotonic() < deadline, f"{self._line}: not in time: {what}\n{self.shown}"
            if not self._read(0.1) and self._process.poll() is not None and not is_done():
                raise AssertionError(f"{self._line}: it has ended before {what}\n{self.shown}")

    def _read(self, seconds: float) -> bool:
        if not select.select([self._screen], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # nobody has the other end any more (EIO)
            return False
        self.shown += data.decode("utf-8", "replace")
        self._answer()
        return bool(data)

    def _answer(self) -> None:
        for question, answer in self._answers.items():
            if self.shown.endswith(question) and len(self.shown) > self._answered:
                self._answered = len(self.shown)
                os.write(self._screen, f"{answer}\n".encode())
