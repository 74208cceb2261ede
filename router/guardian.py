"""Stands between the node and one guest: whatever becomes of the node, nothing that the guest started stays behind.

A guest knows nothing of wampi. So this small process, run by its path and with nothing but the standard library,
starts it and waits: when the node ends (end of file on standard input), or says so (SIGTERM), the guest is asked to
end, and then it and all its descendants are killed. As a "child subreaper" (prctl(2)) it inherits what they leave.

``guardian.py PROGRAM [ARGUMENT …]``; the exit status is the guest's, or 128 and the signal that ended it.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

STOP_SECONDS = 5.0

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(command: Sequence[str]) -> int:
    """Run a guest until it ends or the node does; return the exit status."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    guardian = os.getpid()

    def die_with_the_guardian() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guardian:
            os._exit(1)

    asked = _descriptor_of_stop_signals()
    try:
        # This process has one thread; the command is what the configuration says.
        guest = subprocess.Popen(  # noqa: S603
            list(command),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_the_guardian,  # noqa: PLW1509
        )
    except OSError as error:
        print(f"cannot start {command[0]!a}: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126
    ended = os.pidfd_open(guest.pid)
    _wait(asked, ended)
    _stop(guest, ended)
    _kill_descendants()
    status = guest.wait()
    return status if status >= 0 else 128 - status


def _descriptor_of_stop_signals() -> int:
    """Return a descriptor that becomes readable at SIGTERM and SIGINT."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return reader


def _wait(asked: int, ended: int) -> None:
    """Return when the guest has ended, or is to end."""
    poll = select.poll()
    for descriptor in (0, asked, ended):
        poll.register(descriptor, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if asked in ready or ended in ready:
            return
        if 0 in ready and not os.read(0, 4096):
            return


def _stop(guest: subprocess.Popen[bytes], ended: int) -> None:
    """Ask the guest and its process group to end, and give them a few seconds."""
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    if not poll.poll(0):
        os.killpg(guest.pid, signal.SIGTERM)
        poll.poll(STOP_SECONDS * 1000)


def _kill_descendants() -> None:
    """Kill every child, those too that become ours when their parents are killed; the guest itself is reaped later."""
    while pids := list(_living_children()):
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def _living_children() -> Iterator[int]:
    """Yield the children that have not ended; proc_pid_stat(5): state and parent stand behind the last parenthesis."""
    own = os.getpid()
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if fields[0] not in "ZX" and int(fields[1]) == own:
            yield int(file.parent.name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
