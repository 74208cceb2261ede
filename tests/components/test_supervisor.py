"""The end of the supervisor is noticed in a thread of its own, whatever the reactor does."""

import os
from threading import Event

from wampi.components.process import watch_supervisor


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
    assert watched.stopped.wait(10)


def test_a_process_that_does_not_stop_is_abandoned() -> None:
    watched = Watched()
    os.close(watched.writer)
    assert watched.abandoned.wait(10)
    assert watched.stopped.is_set()


def test_a_broken_input_is_an_end_too() -> None:
    stopped = Event()
    reader, writer = os.pipe()
    os.close(reader)
    watch_supervisor(reader, stopped.set, lambda: None, patience_seconds=0.05)
    assert stopped.wait(10)
    os.close(writer)
