"""The guardian of a guest, with real processes: nothing that the guest started stays behind."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from support.waiting import PATIENCE_SECONDS
from wampi.router import guardian

FAMILY = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setsid()
    grandchild = os.fork()
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(1000)
os.write(1, b"%d\\n" % os.getpid())
time.sleep(1000)
"""
"""Three processes that ignore being asked to end, two of them in a session of their own."""

POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("ready", flush=True)
time.sleep(1000)
"""

LEAVER = """
import os, sys, time
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    print(os.getpid(), flush=True)
    os.write(writer, b"ready")
    time.sleep(1000)
os.read(reader, 1)
sys.exit(3)
"""


@pytest.fixture
def cleanup() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(cleanup: ExitStack, *command: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", guardian.__file__, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    cleanup.callback(end, process)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Let the guardian end in order, so that a test that failed leaves nothing behind either."""
    with process:
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def start_family(cleanup: ExitStack) -> tuple[subprocess.Popen[bytes], list[int]]:
    """Start the family; returns the guardian and a descriptor (pidfd_open(2)) of each member."""
    process = start(cleanup, sys.executable, "-c", FAMILY)
    assert process.stdout is not None
    members = [os.pidfd_open(int(process.stdout.readline())) for _ in range(3)]
    for member in members:
        cleanup.callback(os.close, member)
    return process, members


def have_ended(members: list[int], seconds: float) -> bool:
    """Whether all members end within some time; a pidfd is readable when its process has ended."""
    return all(select.select([member], [], [], seconds)[0] for member in members)


def test_the_end_of_the_node_ends_the_guest_and_all_that_it_started(cleanup: ExitStack) -> None:
    process, members = start_family(cleanup)
    assert process.stdin is not None
    process.stdin.close()
    assert have_ended(members, PATIENCE_SECONDS)
    assert process.wait(PATIENCE_SECONDS) == 128 + signal.SIGKILL


def test_a_guest_that_listens_is_asked_and_not_killed(cleanup: ExitStack) -> None:
    process = start(cleanup, sys.executable, "-c", POLITE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 7


def test_a_guest_does_not_outlive_a_guardian_that_was_killed(cleanup: ExitStack) -> None:
    process = start(cleanup, sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(999)")
    assert process.stdout is not None
    guest = os.pidfd_open(int(process.stdout.readline()))
    cleanup.callback(os.close, guest)
    process.kill()
    assert have_ended([guest], PATIENCE_SECONDS)


def test_what_a_guest_leaves_behind_ends_with_it(cleanup: ExitStack) -> None:
    process = start(cleanup, sys.executable, "-c", LEAVER)
    assert process.stdout is not None
    left = os.pidfd_open(int(process.stdout.readline()))
    cleanup.callback(os.close, left)
    assert process.wait(PATIENCE_SECONDS) == 3
    assert have_ended([left], PATIENCE_SECONDS)


def test_a_program_that_is_not_there_is_one_line(cleanup: ExitStack) -> None:
    process = start(cleanup, "/no/such/program")
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert errors == b"cannot start '/no/such/program': No such file or directory\n"
    assert process.returncode == 127
