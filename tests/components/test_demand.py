"""Who subscribes: the router is asked again whenever it may differ, and never twice at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.devices import House
from twisted.internet.defer import Deferred, succeed
from wampi.components.demand import Demand

TOPIC = "wampi.camera.yard.frames"


class PlayedSession:
    """A session whose router is the test."""

    def __init__(self) -> None:
        self.questions: list[Deferred[Any]] = []
        self.handlers: dict[str, Callable[..., None]] = {}
        self.attached = True

    def call(self, procedure: str, *args: object) -> Deferred[Any]:
        assert (procedure, args) == ("wamp.subscription.match", (TOPIC,))
        self.questions.append(Deferred())
        return self.questions[-1]

    def subscribe(self, handler: Callable[..., None], topic: str) -> Deferred[Any]:
        self.handlers[topic] = handler
        return succeed(None)

    def is_attached(self) -> bool:
        return self.attached

    def answer(self, subscriptions: list[int] | None) -> None:
        self.questions.pop(0).callback(subscriptions)


class Bench:
    """A demand with everything it touches."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.session = PlayedSession()
        self.told: list[bool] = []
        self.demand = Demand(self.session, {TOPIC: self.told.append}, house.log)
        self.demand.subscribe()
        self.demand.ask()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(House(tmp_path))


def test_it_tells_whether_there_is_a_subscription(bench: Bench) -> None:
    bench.session.answer([4711])
    bench.demand.ask()
    bench.session.answer(None)
    assert bench.told == [True, False]


@pytest.mark.parametrize("event", ["on_create", "on_delete"])
def test_it_asks_again_when_a_subscription_comes_or_goes(bench: Bench, event: str) -> None:
    bench.session.answer(None)
    bench.session.handlers[f"wamp.subscription.{event}"](123, {"id": 4711})
    assert len(bench.session.questions) == 1


def test_many_changes_become_one_more_question(bench: Bench) -> None:
    for _ in range(10):
        bench.session.handlers["wamp.subscription.on_create"]()
    assert len(bench.session.questions) == 1
    bench.session.answer(None)
    assert len(bench.session.questions) == 1
    bench.session.answer([1])
    assert bench.session.questions == []
    assert bench.told == [False, True]


def test_an_answer_that_comes_after_the_session_is_not_passed_on(bench: Bench) -> None:
    bench.session.attached = False
    bench.session.answer([1])
    assert bench.told == []


def test_a_router_that_does_not_answer_is_logged_and_asked_again_at_the_next_change(bench: Bench) -> None:
    bench.session.questions.pop(0).errback(RuntimeError("not authorized"))
    assert bench.house.log_lines == ["cannot ask who subscribes: not authorized"]
    bench.session.handlers["wamp.subscription.on_create"]()
    bench.session.answer([1])
    assert bench.told == [True]
