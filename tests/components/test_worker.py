"""Blocking work: in order, off the reactor thread, and results back on it."""

import threading
from collections.abc import Callable
from queue import Queue
from typing import Any, cast

import pytest
from support.devices import result_of
from support.waiting import PATIENCE_SECONDS
from wampi.components.worker import ThreadWorker


class PlayedReactor:
    """Calls that come from other threads wait until the test takes them."""

    def __init__(self) -> None:
        self._calls: Queue[tuple[Callable[..., Any], tuple[Any, ...]]] = Queue()

    def callFromThread(self, function: Callable[..., Any], *args: Any) -> None:  # noqa: N802
        self._calls.put((function, args))

    def turn(self) -> None:
        """Take one call."""
        function, args = self._calls.get(timeout=PATIENCE_SECONDS)
        function(*args)


def test_work_is_done_in_another_thread_and_its_result_comes_on_the_reactors() -> None:
    reactor = PlayedReactor()
    done = ThreadWorker(cast(Any, reactor), "test").run(threading.current_thread)
    assert not done.called
    reactor.turn()
    thread = result_of(done)
    assert thread is not threading.current_thread()
    assert thread.daemon, "a driver that hangs must not keep the process from ending"


def test_an_exception_comes_back_as_it_was_raised() -> None:
    reactor = PlayedReactor()
    done = ThreadWorker(cast(Any, reactor), "test").run(int, "no number")
    reactor.turn()
    with pytest.raises(ValueError, match="no number"):
        result_of(done)


def test_work_is_done_in_order_by_one_thread() -> None:
    reactor = PlayedReactor()
    worker = ThreadWorker(cast(Any, reactor), "test")
    order: list[int] = []
    started = [worker.run(order.append, number) for number in range(20)]
    for _ in started:
        reactor.turn()
    assert order == list(range(20))
