"""The end of the supervisor, and a reactor that is stuck, are noticed in threads of their own."""

import os
from collections.abc import Callable
from threading import Event

from support.waiting import PATIENCE_SECONDS
from wampi.components.process import BEAT_SECONDS, UNANSWERED_BEATS, watch_reactor, watch_supervisor


class Watched:
    """A supervisor's pipe and what its end causes."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.stopped = Event()
        self.abandoned = Event()
        watch_supervisor(self.reader, self.stopped.set, self.abandoned.set, patience_seconds=0.05)


def test_what_the_supervisor_writes_means_nothing_and_its_end_stops() -> None:
    watched = Watched()
    os.write(watched.writer, b"hello\n")
    assert not watched.stopped.wait(0.1)
    os.close(watched.writer)
    assert watched.stopped.wait(PATIENCE_SECONDS)


def test_a_process_that_does_not_stop_is_abandoned() -> None:
    watched = Watched()
    os.close(watched.writer)
    assert watched.abandoned.wait(PATIENCE_SECONDS)
    assert watched.stopped.is_set()


def test_a_broken_input_is_an_end_too() -> None:
    stopped = Event()
    reader, writer = os.pipe()
    os.close(reader)
    watch_supervisor(reader, stopped.set, lambda: None, patience_seconds=0.05)
    assert stopped.wait(PATIENCE_SECONDS)
    os.close(writer)


class Turning:
    """A reactor that turns in some beats and not in others, and the clock of its watch."""

    def __init__(self, *turns: bool) -> None:
        self.turns = iter(turns)
        self.waiting: list[Callable[[], None]] = []
        self.slept_seconds = 0.0
        self.abandoned_at: list[float] = []
        watch_reactor(self, lambda: self.abandoned_at.append(self.slept_seconds), self.sleep)

    def callFromThread(self, function: Callable[[], None]) -> None:  # noqa: N802
        self.waiting.append(function)

    def sleep(self, seconds: float) -> None:
        self.slept_seconds += seconds
        if next(self.turns, False):
            for function in self.waiting:
                function()
            self.waiting.clear()


def test_a_reactor_that_is_stuck_for_half_a_minute_is_abandoned() -> None:
    assert Turning().abandoned_at == [UNANSWERED_BEATS * BEAT_SECONDS]


def test_a_reactor_that_turns_now_and_then_is_given_its_time() -> None:
    turns = [True] * 3 + [False] * (UNANSWERED_BEATS - 1) + [True]
    assert Turning(*turns).abandoned_at == [(len(turns) + UNANSWERED_BEATS) * BEAT_SECONDS]
