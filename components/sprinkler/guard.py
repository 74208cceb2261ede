"""The component's side of the valve keeper: starts it, beats, and takes over when it dies.

The keeper watches the component, and here the component watches the keeper. If the keeper ends or no longer answers,
it is killed for good, the component claims the lines and drives them off, and after a pause that grows a new keeper
gets them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall, IProcessTransport, IReactorProcess, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from ..errors import SetupError
from .valves import Valve, ValveLines, open_lines

BEAT_SECONDS = 0.4
UNANSWERED_BEATS = 3
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
READY_LIMIT_SECONDS = 8.0
END_LIMIT_SECONDS = 2.0
CANNOT_START = 2


class Listener(Protocol):
    """Who is told what happens to the valves."""

    def keeper_ready(self) -> None:
        """All valves are closed and can be opened from now on."""

    def keeper_lost(self, reason: str) -> None:
        """All valves have been closed, or could not be (then `reason` says so); none can be opened for a while."""

    def opened(self, zone: str, run: str) -> None:
        """The valve is open."""

    def closed(self, zone: str, run: str, why: str) -> None:
        """The valve is closed; `why` is the keeper's word for it."""

    def refused(self, zone: str, run: str, reason: str) -> None:
        """The valve stays closed."""

    def failed(self, zone: str, reason: str) -> None:
        """The valve does not close; the keeper goes on trying."""


class _KeeperPipe(ProcessProtocol):
    """Cuts the keeper's output into lines."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._pending = b""

    def outReceived(self, data: bytes) -> None:  # noqa: N802
        """Reports came in."""
        *reports, self._pending = (self._pending + data).split(b"\n")
        for report in reports:
            self._guard.reported(report.decode("utf-8", "replace"))

    def processExited(self, reason: Failure) -> None:  # noqa: N802
        """The keeper is gone."""
        self._guard.ended(getattr(reason.value, "exitCode", None), getattr(reason.value, "signal", None))


class Guard:
    """Keeps a valve keeper alive, and the valves closed while there is none.

    Args:
        clock: a monotonic clock.
        spawn: starts the keeper with the given protocol.
        claim: takes the lines in this process, which closes all valves; the reason goes into the lines' log.
        listener: is told what happens.
        log: the component's log.
    """

    def __init__(
        self,
        clock: IReactorTime,
        spawn: Callable[[ProcessProtocol], IProcessTransport],
        claim: Callable[[str], ValveLines],
        listener: Listener,
        log: Logger,
    ) -> None:
        self._clock = clock
        self._spawn = spawn
        self._claim = claim
        self._listener = listener
        self._log = log
        self._process: IProcessTransport | None = None
        self._timer: IDelayedCall | None = None
        self._claimed: ValveLines | None = None
        self._unanswered = 0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._started_seconds = 0.0
        self._starting: Deferred[None] | None = None
        self._stopping: Deferred[None] | None = None
        self.ready = False

    def start(self) -> Deferred[None]:
        """Start the keeper; fires when all valves are closed and it is ready, fails if it cannot work here."""
        self._starting = Deferred()
        self._start_keeper()
        return self._starting

    def stop(self) -> Deferred[None]:
        """Close all valves and end the keeper; fires when it is gone."""
        self.ready = False
        self._stopping = Deferred()
        self._clear_timer()
        if self._process is None:
            self._release()
            self._stopping.callback(None)
        else:
            self._process.closeStdin()
            self._set_timer(END_LIMIT_SECONDS, self._kill)
        return self._stopping

    def open(self, zone: str, seconds: float, run: str) -> None:
        """Ask for a lease; `opened` or `refused` follows."""
        self._request(f"open {zone} {seconds!r} {run}")

    def close(self, zone: str) -> None:
        """Close a valve; `closed` follows if it was open."""
        self._request(f"close {zone}")

    def reported(self, report: str) -> None:
        """A report of the keeper."""
        match report.split(" ", 3):
            case ["alive"]:
                self._unanswered = 0
            case ["ready"]:
                self._keeper_is_ready()
            case ["opened", zone, run]:
                self._listener.opened(zone, run)
            case ["closed", zone, run, why]:
                self._listener.closed(zone, run, why)
            case ["refused", zone, run, reason]:
                self._listener.refused(zone, run, reason)
            case ["failed", zone, *reason]:
                self._listener.failed(zone, " ".join(reason))
            case _:
                self._log.warn("the valve keeper said {report!r}", report=report[:80])

    def ended(self, status: int | None, signal: int | None) -> None:
        """The keeper is gone: by order, because it cannot work here, or by accident."""
        self._process = None
        self.ready = False
        self._clear_timer()
        if self._stopping is not None:
            if status != 0:
                self._take_over("the valve keeper did not end in order")
            self._release()
            self._stopping.callback(None)
        elif self._starting is not None and status == CANNOT_START:
            starting, self._starting = self._starting, None
            starting.errback(SetupError("the valve keeper cannot start; the line before this one says why"))
        else:
            how = f"was ended by signal {signal}" if signal else f"ended with status {status}"
            self._replace(f"the valve keeper {how}")

    def _start_keeper(self) -> None:
        self._release()
        self._unanswered = 0
        self._started_seconds = self._clock.seconds()
        self._set_timer(READY_LIMIT_SECONDS, self._kill)
        self._process = self._spawn(_KeeperPipe(self))

    def _keeper_is_ready(self) -> None:
        self._clear_timer()
        if self._stopping is not None:
            return
        self.ready = True
        self._beat()
        self._listener.keeper_ready()
        if self._starting is not None:
            starting, self._starting = self._starting, None
            starting.callback(None)

    def _beat(self) -> None:
        """Say that this process lives, and see that the keeper does.

        Beats without an answer are counted, not timed: after this process has been stopped for a while itself, an
        old answer is no sign of a keeper that hangs.
        """
        if self._unanswered >= UNANSWERED_BEATS:
            self._log.error("the valve keeper does not answer")
            self._kill()
            return
        self._unanswered += 1
        self._request("beat")
        self._set_timer(BEAT_SECONDS, self._beat)

    def _replace(self, reason: str) -> None:
        """Close the valves from here, and start another keeper after a pause."""
        self._log.error("{reason}; closing all valves", reason=reason)
        problem = self._take_over(reason)
        if self._clock.seconds() - self._started_seconds > STEADY_SECONDS:
            self._pause_seconds = FIRST_PAUSE_SECONDS
        self._set_timer(self._pause_seconds, self._start_keeper)
        self._pause_seconds = min(self._pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        self._listener.keeper_lost(problem or f"{reason}; all valves were closed, a new keeper is being started")

    def _take_over(self, reason: str) -> str | None:
        """Claim the lines, which closes all valves; returns what is wrong if that fails."""
        try:
            self._claimed = self._claim(reason)
        except (SetupError, OSError) as error:
            problem = f"{reason}, and the valves' lines cannot be claimed: {error}"
            self._log.critical("{problem}", problem=problem)
            return problem
        return None

    def _release(self) -> None:
        claimed, self._claimed = self._claimed, None
        if claimed is not None:
            try:
                claimed.release()
            except OSError as error:
                self._log.error("cannot give the valves' lines back: {reason}", reason=str(error))

    def _request(self, line: str) -> None:
        if self._process is not None:
            self._process.writeToChild(0, line.encode("ascii") + b"\n")

    def _kill(self) -> None:
        if self._process is not None:
            try:
                self._process.signalProcess("KILL")
            except ProcessExitedAlready:
                return

    def _set_timer(self, seconds: float, action: Callable[[], None]) -> None:
        self._timer = self._clock.callLater(seconds, action)

    def _clear_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


def keeper_spawner(
    processes: IReactorProcess, driver: str, valves: Mapping[str, Valve], directory: Path
) -> Callable[[ProcessProtocol], IProcessTransport]:
    """What starts a real keeper: this Python, with pipes for requests and reports and our standard error."""
    described: dict[str, Any] = {
        "driver": driver,
        "directory": str(directory),
        "valves": {zone: asdict(valve) for zone, valve in valves.items()},
    }
    arguments = [sys.executable, "-P", "-m", f"{__package__}.keeper", json.dumps(described)]

    def spawn(protocol: ProcessProtocol) -> IProcessTransport:
        return processes.spawnProcess(
            protocol, sys.executable, arguments, env=dict(os.environ), childFDs={0: "w", 1: "r", 2: 2}
        )

    return spawn


def line_claimer(driver: str, valves: Mapping[str, Valve], directory: Path) -> Callable[[str], ValveLines]:
    """What takes the lines in this process."""
    return lambda why: open_lines(driver, valves, directory, "component", why)
