"""The valve keeper: a small process that owns the valves' lines and closes them when nobody says otherwise.

A line belongs to one process, so nobody else can close what a stopped process holds. The keeper does nothing else,
has few imports, no threads and no network, and grants *leases*: a valve is open until its deadline and no longer. It
closes all valves when it starts, when its input ends (the component died), when no request came for 1.5 seconds (the
component hangs; it beats every 0.4 seconds) and when it is told to. No lease is longer than its valve's limit.

Requests, one a line on standard input:

    beat                      the component lives
    open ZONE SECONDS RUN     open a valve until then; RUN is repeated in the reports
    close ZONE                close it now

Reports, one a line on standard output:

    ready                     the lines are taken and all valves are closed
    alive                     answers each beat
    opened ZONE RUN
    closed ZONE RUN WHY       WHY is deadline, request, heartbeat or stop
    refused ZONE RUN REASON…  the valve is closed; REASON is a sentence
    failed ZONE REASON…       the valve does not close; it is tried again

Time is CLOCK_BOOTTIME: it cannot be set, and it counts while the machine sleeps.
"""

import fcntl
import json
import math
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import SetupError
from .valves import Valve, ValveLines, decode_valves, open_lines

HEARTBEAT_LIMIT_SECONDS: Final = 1.5
RETRY_SECONDS: Final = 0.2
LOCK_LIMIT_SECONDS: Final = 5.0
_LONGEST_REQUEST_BYTES: Final = 4096


@dataclass(slots=True)
class Lease:
    """An open valve, or one that has not closed yet.

    Attributes:
        run: the component's name for it.
        deadline: when to close, on the keeper's clock.
    """

    run: str
    deadline: float


class Keeper:
    """What the keeper decides; no input or output of its own but the lines.

    Args:
        lines: the driver; all valves are closed.
        valves: zone -> its valve.
        clock: seconds that nobody can set.
        report: sends a report to the component; never blocks or raises.
    """

    def __init__(
        self,
        lines: ValveLines,
        valves: Mapping[str, Valve],
        clock: Callable[[], float],
        report: Callable[[str], None],
    ) -> None:
        self._lines = lines
        self._valves = valves
        self._clock = clock
        self._report = report
        self._leases: dict[str, Lease] = {}
        self._heard = clock()

    def handle(self, request: str) -> None:
        """Carry out one request; one that makes no sense is refused and changes nothing."""
        self._heard = self._clock()
        match request.split():
            case ["beat"]:
                self._report("alive")
            case ["open", zone, seconds, run]:
                self._open(zone, seconds, run)
            case ["close", zone]:
                self._close(zone, "request")
            case _:
                self._report(f"refused - - unknown request {request[:40]!r}")

    def tick(self) -> None:
        """Close what is due; called at `next_tick` or earlier."""
        now = self._clock()
        silent = now >= self._heard + HEARTBEAT_LIMIT_SECONDS
        for zone, lease in list(self._leases.items()):
            if now >= lease.deadline:
                self._close(zone, "deadline")
            elif silent:
                self._close(zone, "heartbeat")

    def next_tick(self) -> float | None:
        """Seconds until `tick` has something to do; None while all valves are closed."""
        if not self._leases:
            return None
        due = min(lease.deadline for lease in self._leases.values())
        return max(0.0, min(due, self._heard + HEARTBEAT_LIMIT_SECONDS) - self._clock())

    def close_all(self, why: str) -> bool:
        """Close every valve, known to be open or not; returns whether all did."""
        closed = True
        for zone in self._valves:
            closed = self._close(zone, why, always=True) and closed
        return closed

    def _open(self, zone: str, seconds: str, run: str) -> None:
        valve = self._valves.get(zone)
        duration = _number(seconds)
        if valve is None:
            self._report(f"refused {zone} {run} there is no such valve")
        elif zone in self._leases:
            self._report(f"refused {zone} {run} the valve is open already")
        elif not 0 < duration <= valve.max_seconds:
            self._report(f"refused {zone} {run} the limit is {valve.max_seconds:g} seconds")
        else:
            self._leases[zone] = Lease(run, self._clock() + duration)
            try:
                self._lines.write(zone, True, f"lease of {duration:g} s")
            except OSError as error:
                self._close(zone, "failure")
                self._report(f"refused {zone} {run} {error}")
            else:
                self._report(f"opened {zone} {run}")

    def _close(self, zone: str, why: str, always: bool = False) -> bool:
        """Close a valve, then report; if the line cannot be written, try again in a moment."""
        lease = self._leases.get(zone)
        if lease is None and not always:
            return True
        try:
            self._lines.write(zone, False, why)
        except OSError as error:
            run = lease.run if lease else "-"
            self._leases[zone] = Lease(run, self._clock() + RETRY_SECONDS)
            self._report(f"failed {zone} {error}")
            return False
        if lease is not None:
            del self._leases[zone]
            if why != "failure":
                self._report(f"closed {zone} {lease.run} {why}")
        return True


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number


def send(report: str) -> None:
    """Write a report; a component that does not read must not stop the keeper (the pipe does not block)."""
    try:
        os.write(1, (report.replace("\n", " ") + "\n").encode("utf-8", "backslashreplace"))
    except OSError:
        return


def serve(keeper: Keeper) -> None:
    """Read requests until the input ends, closing what is due; returns with all valves closed."""
    os.set_blocking(0, False)
    os.set_blocking(1, False)
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        while True:
            # A second look: who was not let run until its time was over must not take a beat that waits for silence.
            if selector.select(keeper.next_tick()) or selector.select(0):
                received = _read()
                if not received or len(pending) > _LONGEST_REQUEST_BYTES:
                    break
                *requests, pending = (pending + received).split(b"\n")
                for request in requests:
                    keeper.handle(request.decode("ascii", "replace"))
            keeper.tick()
    while not keeper.close_all("end of input"):
        time.sleep(RETRY_SECONDS)


def _read() -> bytes:
    try:
        return os.read(0, 4096)
    except OSError:
        return b""


def boot_seconds() -> float:
    """Seconds since the machine started, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def hold_lock(directory: Path) -> int:
    """Wait until no other keeper has these lines; the lock ends with the process.

    Raises:
        SetupError: another keeper is still there after five seconds.
    """
    descriptor = os.open(directory / "keeper.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = boot_seconds() + LOCK_LIMIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if boot_seconds() > deadline:
                raise SetupError("another valve keeper holds the lines") from None
            time.sleep(0.02)
        else:
            return descriptor


def main(description: str) -> int:
    """Run the keeper; `description` is JSON: `driver`, `directory`, `valves`."""
    # what ends the keeper is the end of its input; Ctrl-C in a terminal reaches the whole process group
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    described = json.loads(description)
    valves = decode_valves(described["valves"])
    directory = Path(described["directory"])
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        hold_lock(directory)
        lines = open_lines(described["driver"], valves, directory, "keeper", "start")
    except (SetupError, OSError) as error:
        print(f"valve keeper: {error}", file=sys.stderr)
        return 2
    send("ready")
    serve(Keeper(lines, valves, boot_seconds, send))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
