"""Blocking work, one piece at a time, off the reactor thread.

A device that blocks (a camera that waits for light, an encoder, Pillow) gets a thread of its own. It is a
daemon thread and not one of the reactor's pool: a driver that hangs for ever must not keep the process from
ending.
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.python.failure import Failure

P = ParamSpec("P")
T = TypeVar("T")


class Worker(Protocol):
    """Runs functions in order, each after the one before has ended."""

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        """Call `function` off the reactor thread; the Deferred fires on the reactor thread."""


class ThreadWorker:
    """A worker with one daemon thread, started when it is first needed."""

    def __init__(self, reactor: IReactorFromThreads, name: str) -> None:
        self._reactor = reactor
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread: Thread | None = None

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        """Queue a call of `function`."""
        done: Deferred[T] = Deferred()

        def job() -> None:
            try:
                result: T | Failure = function(*args, **kwargs)
            except BaseException:  # noqa: BLE001 - whatever it is belongs to the Deferred
                result = Failure()
            self._reactor.callFromThread(_settle, done, result)

        self._jobs.put(job)
        if self._thread is None:
            self._thread = Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        return done

    def _work(self) -> None:
        while True:
            self._jobs.get()()


def _settle(done: Deferred[Any], result: object) -> None:
    if not done.called:
        done.callback(result)
