"""Answers of the router's own that take their time: the call is pending like any other."""

from collections.abc import Callable
from typing import Any

import pytest
from support.core import EVERYTHING, Client, FakeRouter
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.limits import Limits
from wampi.router.core.shelves import HistoryRule, KeptEvent, Page, Query

CALL, CANCEL, ERROR, RESULT, PUBLISH = 48, 49, 8, 50, 16
EVENTS = "wamp.subscription.get_events"


class SlowShelf:
    """A shelf of which a test decides when it answers; pages have two events."""

    def __init__(self, _rule: HistoryRule) -> None:
        self.events: list[KeptEvent] = []
        self.asked: list[tuple[Query, int | None, Callable[[Page], None], Callable[[], None]]] = []

    def add(self, event: KeptEvent) -> None:
        self.events.append(event)

    def read(
        self, query: Query, position: int | None, done: Callable[[Page], None], failed: Callable[[], None]
    ) -> None:
        self.asked.append((query, position, done, failed))

    def answer(self) -> None:
        _, position, done, _ = self.asked.pop(0)
        start = position or 0
        following = start + 2
        done(Page(self.events[start:following], following if following < len(self.events) else None))

    def fail(self) -> None:
        self.asked.pop(0)[3]()


class House:
    """A router whose history takes its time, with an event in it for each of ``values``."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.shelf: SlowShelf
        role = EVERYTHING if limits is None else Role("everything", EVERYTHING.permissions, limits)
        self.fake = FakeRouter((role,), history=[HistoryRule("com.topic")], shelf=self._shelf)
        self.reader = self.fake.client(authid="reader")
        self.subscription = self.reader.result("wamp.subscription.lookup", "com.topic")

    def _shelf(self, rule: HistoryRule) -> SlowShelf:
        self.shelf = SlowShelf(rule)
        return self.shelf

    def publish(self, *values: object, **options: Any) -> None:
        publisher = self.fake.client()
        for value in values:
            publisher.publish("com.topic", [value], **options)

    def ask(self, reader: Client | None = None, options: dict[str, Any] | None = None, **query: Any) -> int:
        return (reader or self.reader).request(CALL, options or {}, EVENTS, [self.subscription], query)


@pytest.fixture
def house() -> House:
    return House()


def values(answer: list[Any]) -> list[object]:
    return [event["args"][0] for event in answer[3][0]]


def test_the_call_is_pending_until_the_answer_is_there_and_others_go_on(house: House) -> None:
    house.publish(1)
    request = house.ask()
    assert house.reader.take() == []
    assert house.reader.result("wamp.session.count") == 2
    house.shelf.answer()
    [answer] = house.reader.take()
    assert answer[:2] == [RESULT, request]
    assert values(answer) == [1]


def test_pages_are_read_until_the_answer_is_full(house: House) -> None:
    house.publish(0, 1, 2, 3, 4, 5, 6)
    house.ask(limit=3)
    house.shelf.answer()
    assert house.reader.take() == []
    house.shelf.answer()
    [answer] = house.reader.take()
    assert values(answer) == [0, 1, 2]
    assert house.shelf.asked == []


def test_what_is_not_for_the_reader_does_not_count_for_its_limit(house: House) -> None:
    house.publish(0, 1, 2, exclude_authid=["reader"])
    house.publish(3, 4, 5)
    house.ask(limit=2)
    for _ in range(3):
        house.shelf.answer()
    [answer] = house.reader.take()
    assert values(answer) == [3, 4]


def test_rights_are_those_of_the_moment_when_it_asks(house: House) -> None:
    house.fake.realm.set_roles([Role("nobody", (Permission("wamp.", "prefix", frozenset({"call"})),))])
    nobody = house.fake.client(role="nobody")
    assert nobody.error(CALL, {}, EVENTS, [house.subscription]) == "wamp.error.not_authorized"
    assert house.shelf.asked == []


@pytest.mark.parametrize("mode", ["skip", "kill", "killnowait"])
def test_a_cancelled_call_is_answered_at_once_and_its_late_answer_dropped(house: House, mode: str) -> None:
    house.publish(0, 1, 2)
    request = house.ask()
    house.reader.send(CANCEL, request, {"mode": mode})
    [answer] = house.reader.take()
    assert [*answer[:3], answer[4]] == [ERROR, CALL, request, "wamp.error.canceled"]
    house.shelf.answer()
    assert house.reader.take() == []
    assert house.shelf.asked == []


def test_a_call_that_takes_longer_than_its_timeout_is_an_error(house: House) -> None:
    house.publish(0)
    request = house.ask(options={"timeout": 500})
    house.fake.clock.advance(0.4)
    assert house.reader.take() == []
    house.fake.clock.advance(0.2)
    [answer] = house.reader.take()
    assert [*answer[:3], answer[4]] == [ERROR, CALL, request, "wamp.error.timeout"]
    house.shelf.answer()
    assert house.reader.take() == []


def test_an_answer_in_time_stops_the_timer(house: House) -> None:
    house.ask(options={"timeout": 500})
    house.shelf.answer()
    house.reader.take()
    house.fake.clock.advance(1.0)
    assert house.reader.take() == []


def test_nothing_is_read_any_more_for_a_caller_that_has_left(house: House) -> None:
    house.publish(0, 1, 2)
    house.ask()
    house.reader.leave()
    house.shelf.answer()
    assert house.reader.take() == []
    assert house.shelf.asked == []


def test_it_counts_as_a_call_under_way() -> None:
    house = House(Limits(pending_calls=2))
    house.ask()
    house.ask()
    assert house.reader.error(CALL, {}, EVENTS, [house.subscription]) == "wampi.error.limit_exceeded"
    house.shelf.answer()
    house.ask()
    assert len(house.shelf.asked) == 2


def test_the_same_request_again_is_a_violation_as_for_any_call(house: House) -> None:
    request = house.ask()
    house.reader.send(CALL, request, {}, EVENTS, [house.subscription])
    assert house.reader.take()[0][0] == 3
    assert house.reader.peer.is_closed


def test_a_history_that_cannot_be_read_is_an_error_without_its_reasons(house: House) -> None:
    request = house.ask()
    house.shelf.fail()
    [answer] = house.reader.take()
    assert answer[:5] == [ERROR, CALL, request, {}, "wampi.error.history_unavailable"]


def test_a_call_whose_answer_cannot_be_sent_is_over(house: House) -> None:
    request = house.ask()
    house.reader.peer.refuses = "wamp.error.payload_size_exceeded"
    house.shelf.answer()
    assert house.reader.take() == []  # this peer refuses everything with a payload, the ERROR too
    house.reader.peer.refuses = None
    house.reader.send(CALL, request, {}, "wamp.session.count")
    assert [answer[:2] for answer in house.reader.take()] == [[RESULT, request]]
