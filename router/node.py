"""The processes of a node, its components and guests: started, watched, started again with growing pauses, stopped.

Twisted's process monitor does the starting again and the pauses. What it has not is added here: bounds on what the
processes write, one line about each that ends, and a stop that waits until all have gone.

Each process has a pipe of the node's as its standard input. When the node ends, however it ends, the pipe does too,
and that is what stops components (``--supervised``) and guests (``guardian``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger, LogLevel
from twisted.runner.procmon import LoggingProtocol, ProcessMonitor

from .lines import LineBudget, LineBuffer
from .logs import escape

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from .programs import Program

RAN_WELL_SECONDS = 30
KILL_SECONDS = 8
"""A component gives itself five seconds to leave its hardware safe."""

_OWN_LINE = re.compile(r"\d{4}-\d\d-\d\dT\S+Z (debug|info|warn|error|critical) (.*)", re.DOTALL)
"""A line of a component's own log: its time is the node's, its level is kept."""


class Processes(ProcessMonitor):
    """Keeps the programs of a node running for as long as it runs itself."""

    threshold = RAN_WELL_SECONDS
    killTime = KILL_SECONDS  # noqa: N815 - Twisted's name
    minRestartDelay = 1  # noqa: N815
    maxRestartDelay = 60  # noqa: N815
    log = Logger(namespace="node")

    def __init__(self, reactor: Any, programs: Iterable[Program]) -> None:
        super().__init__(reactor)
        # name -> program
        self._programs = {program.name: program for program in programs}
        self._stopped: Deferred[None] | None = None
        for program in self._programs.values():
            self.addProcess(program.name, program.arguments, env=program.environment, cwd=program.workdir)

    def startProcess(self, name: str) -> None:  # noqa: N802
        """Start a program unless it runs; the monitor calls this at start and after each pause."""
        if name in self.protocols:
            return
        program = self._programs[name]
        protocol = self.protocols[name] = _Process(self, program, self._clock.seconds)
        self.timeStarted[name] = self._clock.seconds()
        self._reactor.spawnProcess(
            protocol, program.arguments[0], program.arguments, env=program.environment, path=program.workdir
        )

    def stopService(self) -> Deferred[None]:  # type: ignore[override]  # noqa: N802
        """Stop all; the Deferred fires when the last has gone, which killing sees to."""
        stopped: Deferred[None] = Deferred()
        super().stopService()
        if self.protocols:
            self._stopped = stopped
        else:
            stopped.callback(None)
        return stopped

    def has_ended(self, name: str, reason: Failure) -> None:
        """Learn that a process has ended; the monitor plans its next start, if there is to be one."""
        self._monitoredProcessExited(name, reason)
        if self.running:
            pause = self.restart[name].getTime() - self._clock.seconds()
            self.log.warn(
                "{name}: {how}; starts again in {pause:.0f} s", name=name, how=_how_ended(reason), pause=max(0.0, pause)
            )
        elif not self.protocols and self._stopped is not None:
            stopped, self._stopped = self._stopped, None
            stopped.callback(None)


class _Process(LoggingProtocol):
    """One running process: its lines go to the log."""

    def __init__(self, service: Processes, program: Program, seconds: Any) -> None:
        self.service: Processes = service
        self.name = program.name
        budget = LineBudget(self._log_line, seconds)
        self._lines_of_output = LineBuffer(budget.pass_on) if program.stdout else None
        self._lines_of_errors = LineBuffer(budget.pass_on) if program.stderr else None

    def connectionMade(self) -> None:  # noqa: N802
        """The process has started."""

    def outReceived(self, data: bytes) -> None:  # noqa: N802
        """Take what it wrote to standard output."""
        if self._lines_of_output is not None:
            self._lines_of_output.feed(data)

    def errReceived(self, data: bytes) -> None:  # noqa: N802
        """Take what it wrote to standard error."""
        if self._lines_of_errors is not None:
            self._lines_of_errors.feed(data)

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        """It has ended, and everything that it wrote has been read."""
        for lines in (self._lines_of_output, self._lines_of_errors):
            if lines is not None:
                lines.close()
        self.service.has_ended(self.name, reason)

    def _log_line(self, line: str) -> None:
        own = _OWN_LINE.fullmatch(line)
        level, text = (LogLevel.lookupByName(own[1]), own[2]) if own else (LogLevel.info, line)
        self.service.log.emit(level, "{name}: {text}", name=self.name, text=escape(text))


def _how_ended(reason: Failure) -> str:
    signal, status = getattr(reason.value, "signal", None), getattr(reason.value, "exitCode", None)
    if signal is not None:
        return f"was ended by signal {signal}"
    return f"ended with status {status}"
