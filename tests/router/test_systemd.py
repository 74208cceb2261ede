"""What systemd is told (sd_notify(3), sd_watchdog_enabled(3))."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.core import FakeClock
from wampi.router.systemd import Supervisor


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def heard(manager: socket.socket) -> list[str]:
    messages = []
    try:
        while True:
            messages.append(manager.recv(1000).decode())
    except BlockingIOError:
        return messages


def test_ready_and_stopping_are_told(manager: socket.socket) -> None:
    supervisor = Supervisor(FakeClock(), {"NOTIFY_SOCKET": manager.getsockname()})
    supervisor.ready("serving")
    supervisor.stopping()
    assert heard(manager) == ["READY=1\nSTATUS=serving", "STOPPING=1"]


def test_the_watchdog_is_kept_quiet_twice_as_often_as_it_asks(manager: socket.socket) -> None:
    clock = FakeClock()
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}
    supervisor = Supervisor(clock, environ)
    supervisor.ready("serving")
    heard(manager)
    for _ in range(3):
        clock.advance(5.0)
    assert heard(manager) == ["WATCHDOG=1"] * 3
    supervisor.stopping()
    clock.advance(60.0)
    assert heard(manager) == ["STOPPING=1"]
    assert clock.twisted.getDelayedCalls() == []


@pytest.mark.parametrize("environ", [{"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, {}])
def test_a_watchdog_that_is_not_for_this_process_is_left_alone(manager: socket.socket, environ: dict[str, str]) -> None:
    clock = FakeClock()
    Supervisor(clock, environ | {"NOTIFY_SOCKET": manager.getsockname()}).ready("serving")
    clock.advance(60.0)
    assert heard(manager) == ["READY=1\nSTATUS=serving"]


def test_components_do_not_inherit_what_systemd_said() -> None:
    environ = {"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "HOME": "/root"}
    Supervisor(FakeClock(), environ)
    assert environ == {"HOME": "/root"}


@pytest.mark.parametrize("address", ["", "/no/such/socket", "@wampi-test-nobody-listens"])
def test_without_a_manager_nothing_happens(address: str) -> None:
    supervisor = Supervisor(FakeClock(), {"NOTIFY_SOCKET": address})
    supervisor.ready("serving")
    supervisor.stopping()


def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"wampi-test-{os.getpid()}"
        listening.bind(f"\0{name}")
        listening.setblocking(False)
        Supervisor(FakeClock(), {"NOTIFY_SOCKET": f"@{name}"}).ready("serving")
        assert heard(listening) == ["READY=1\nSTATUS=serving"]
