"""A device's surroundings without a network: a fake clock, a port that remembers, work that is done at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, cast

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.logger import Logger, formatEvent
from twisted.python.failure import Failure
from wampi.components import Caller, Device, Environment

T = TypeVar("T")

ALICE = Caller("alice", "owner", 1)
BOB = Caller("bob", "resident", 2)
NOON = 1_750_000_000.0
"""The wall clock at the beginning of a test, seconds since 1970."""


class RecordingPort:
    """Keeps what a device publishes."""

    def __init__(self) -> None:
        self.behind = False
        self.states: list[dict[str, Any]] = []
        self.topics: list[str] = []
        self.events: list[tuple[str, Sequence[object], Mapping[str, Any]]] = []

    def publish_state(self, topic: str, event: Mapping[str, object]) -> None:
        self.topics.append(topic)
        self.states.append(dict(event))

    def publish(self, topic: str, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        self.events.append((topic, args, kwargs))

    @property
    def last(self) -> dict[str, Any]:
        """The newest state event."""
        return self.states[-1]


class PromptWorker:
    """A worker that has no thread: what it is given is done when `run` returns."""

    def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        return maybeDeferred(function, *args, **kwargs)


class PatientWorker:
    """A worker that does its work when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], object]] = []

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.jobs.append(lambda: maybeDeferred(function, *args, **kwargs).chainDeferred(done))
        return done

    def work(self) -> None:
        """Do everything that waits, also what is added meanwhile."""
        while self.jobs:
            self.jobs.pop(0)()


class NoProcesses:
    """Starts nothing."""

    def spawnProcess(self, *args: object, **kwargs: object) -> None:  # noqa: N802
        raise AssertionError("a unit test starts no process")


@dataclass
class House:
    """What a device under test stands in."""

    data_dir: Path
    clock: Clock = field(default_factory=Clock)
    worker: Any = field(default_factory=PromptWorker)
    log_lines: list[str] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)

    @property
    def environment(self) -> Environment:
        """The environment to give to a component."""
        return Environment(
            clock=self.clock,
            processes=cast(Any, NoProcesses()),
            worker=self.worker,
            wall_time=lambda: NOON + self.clock.seconds(),
            data_dir=self.data_dir,
            log=self.log,
            give_up=self.gave_up.append,
        )

    @property
    def log(self) -> Logger:
        """A log that the test can read."""
        keep: Any = lambda event: self.log_lines.append(formatEvent(event))  # noqa: E731 - Twisted wants its interface
        return Logger("test", observer=keep)


def counted(prefix: str = "") -> Callable[[], str]:
    """Ids that can be foreseen: 1, 2, 3 …"""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def attach(device: Device[Any]) -> RecordingPort:
    """Join: the device publishes into the port that is returned, its whole state first."""
    port = RecordingPort()
    device.attach(port)
    return port


def call(device: Device[Any], name: str, caller: Any = ALICE, /, *args: object, **kwargs: object) -> Any:
    """Call a procedure as the session would, and return its result, which must be there at once."""
    return result_of(maybeDeferred(device.call, name, args, kwargs, caller))


def result_of(deferred: Deferred[Any]) -> Any:
    """The result of a Deferred that has fired; its exception is raised."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "the Deferred has not fired"
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]
