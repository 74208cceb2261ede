"""The processes of a node: started, watched, started again, stopped."""

from collections.abc import Iterator
from typing import Any

import pytest
from support.processes import FakeProcess, FakeProcessReactor
from twisted.logger import LogLevel, formatEvent, globalLogPublisher
from wampi.router.node import KILL_SECONDS, RAN_WELL_SECONDS, Processes
from wampi.router.programs import Program


class Node:
    """A node with the programs of a test."""

    def __init__(self, *names: str, stderr: bool = True) -> None:
        self.reactor = FakeProcessReactor()
        programs = [Program(name, [f"/bin/{name}", "-x"], {"A": "1"}, "/", stderr=stderr) for name in names]
        self.processes = Processes(self.reactor, programs)
        self.processes.startService()

    @property
    def last(self) -> FakeProcess:
        """The process that was started last."""
        return self.reactor.started[-1]


@pytest.fixture
def logged() -> Iterator[list[tuple[LogLevel, str]]]:
    lines: list[tuple[LogLevel, str]] = []

    def observe(event: dict[str, Any]) -> None:
        lines.append((event["log_level"], formatEvent(event)))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


def test_each_program_is_started_as_it_is_configured() -> None:
    node = Node("camera", "frame")
    assert [(p.arguments, p.env, p.path) for p in node.reactor.started] == [
        (["/bin/camera", "-x"], {"A": "1"}, "/"),
        (["/bin/frame", "-x"], {"A": "1"}, "/"),
    ]


def test_a_process_that_ends_is_started_again_after_pauses_that_grow_to_a_minute() -> None:
    node = Node("camera")
    pauses = []
    for _ in range(9):
        count = len(node.reactor.started)
        node.last.end(1)
        pause = 0
        while len(node.reactor.started) == count:
            node.reactor.advance(1)
            pause += 1
        pauses.append(pause)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_process_that_ran_well_is_started_at_once_and_its_pause_is_forgotten() -> None:
    node = Node("camera")
    for _ in range(4):
        node.last.end(1)
        node.reactor.advance(8)
    node.reactor.advance(RAN_WELL_SECONDS)
    count = len(node.reactor.started)
    node.last.end(1)
    node.reactor.advance(0)
    assert len(node.reactor.started) == count + 1
    node.last.end(1)
    node.reactor.advance(1)
    assert len(node.reactor.started) == count + 2


def test_stopping_asks_each_process_and_waits_for_the_last() -> None:
    node = Node("camera", "frame")
    done: list[None] = []
    node.processes.stopService().addCallback(done.append)
    assert [process.signals for process in node.reactor.started] == [["TERM"], ["TERM"]]
    node.reactor.started[0].end()
    assert done == []
    node.reactor.started[1].end(None, 15)
    assert done == [None]


def test_a_process_that_does_not_end_is_killed() -> None:
    node = Node("camera")
    done: list[None] = []
    node.processes.stopService().addCallback(done.append)
    node.reactor.advance(KILL_SECONDS - 1)
    assert node.last.signals == ["TERM"]
    node.reactor.advance(1)
    assert node.last.signals == ["TERM", "KILL"]
    node.last.end(None, 9)
    assert done == [None]


def test_nothing_is_started_again_after_stopping() -> None:
    node = Node("camera", "frame")
    node.reactor.started[0].end(1)  # waits for its next start
    done: list[None] = []
    node.processes.stopService().addCallback(done.append)
    node.reactor.started[1].end(0)
    node.reactor.advance(1000)
    assert done == [None]
    assert len(node.reactor.started) == 2
    assert node.reactor.getDelayedCalls() == []


def test_stopping_with_nothing_running_is_done_at_once() -> None:
    done: list[None] = []
    Node().processes.stopService().addCallback(done.append)
    assert done == [None]


def test_the_end_of_a_process_is_one_line(logged: list[tuple[LogLevel, str]]) -> None:
    node = Node("camera")
    node.last.end(2)
    node.reactor.advance(1)
    node.last.end(None, 11)
    assert logged == [
        (LogLevel.warn, "camera: ended with status 2; starts again in 1 s"),
        (LogLevel.warn, "camera: was ended by signal 11; starts again in 2 s"),
    ]


def test_what_a_process_writes_is_logged_with_its_name(logged: list[tuple[LogLevel, str]]) -> None:
    node = Node("guest")
    node.last.protocol.outReceived(b"hello {world}\nhalf")
    node.last.protocol.errReceived(b"\x1b[31moh\n")
    node.processes.stopService()
    node.last.end()
    assert logged == [
        (LogLevel.info, "guest: hello {world}"),
        (LogLevel.info, "guest: \\x1b[31moh"),
        (LogLevel.info, "guest: half"),
    ]


def test_a_line_of_a_components_own_log_keeps_its_level(logged: list[tuple[LogLevel, str]]) -> None:
    node = Node("camera")
    node.last.protocol.errReceived(b"2026-01-02T03:04:05.678Z critical no camera: plug one in\n")
    assert logged == [(LogLevel.critical, "camera: no camera: plug one in")]


def test_a_stream_that_is_closed_by_configuration_is_not_logged(logged: list[tuple[LogLevel, str]]) -> None:
    node = Node("guest", stderr=False)
    node.last.protocol.errReceived(b"noise\n")
    assert logged == []
