"""Event history: advanced profile, "Event History"."""

from typing import Any

import cbor2
import pytest
from support.core import EVERYTHING, Client, FakeRouter
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.shelves import HistoryRule

SUBSCRIBE, PUBLISH, CALL, ERROR, RESULT = 32, 16, 48, 8, 50
VISITOR = Role(
    "visitor",
    (
        Permission("wamp.", "prefix", frozenset({"call"})),
        Permission("com.", "prefix", frozenset({"subscribe"})),
        Permission("com.secret.", "prefix"),
    ),
)


class House:
    """A router that keeps the last three events of ``com.topic``, and those of everything under ``com.``."""

    def __init__(self) -> None:
        rules = (HistoryRule("com.topic", "exact", 3), HistoryRule("com.", "prefix", 100))
        self.fake = FakeRouter(roles=(EVERYTHING, VISITOR), history=rules)
        self.publisher = self.fake.client()
        self.reader = self.fake.client(authid="reader")

    def publish(self, topic: str, value: object, **options: Any) -> int:
        answer = self.publisher.ask(PUBLISH, {"acknowledge": True, **options}, topic, [value])
        assert answer[0] == 17
        self.fake.clock.advance(1.0)
        publication: int = answer[2]
        return publication

    def subscription(self, topic: str, match: str = "exact") -> int:
        answer = self.reader.ask(CALL, {}, "wamp.subscription.lookup", [topic, {"match": match}])
        found: int = answer[3][0]
        return found

    def events(self, subscription: int, reader: Client | None = None, **query: Any) -> list[dict[str, Any]]:
        answer = (reader or self.reader).ask(CALL, {}, "wamp.subscription.get_events", [subscription], query)
        assert answer[0] == RESULT, answer
        found: list[dict[str, Any]] = answer[3][0]
        return found

    def values(self, subscription: int, reader: Client | None = None, **query: Any) -> list[object]:
        return [event["args"][0] for event in self.events(subscription, reader, **query)]


@pytest.fixture
def house() -> House:
    return House()


def test_the_last_events_are_kept_up_to_the_limit_without_any_subscriber(house: House) -> None:
    for value in range(5):
        house.publish("com.topic", value)
    assert house.values(house.subscription("com.topic")) == [2, 3, 4]


def test_an_event_says_when_by_which_publication_and_to_which_topic_it_was_published(house: House) -> None:
    publication = house.publish("com.other", "x")
    subscription = house.subscription("com.", "prefix")
    assert house.events(subscription) == [
        {
            "timestamp": "1970-01-12T13:46:40.000Z",
            "subscription": subscription,
            "publication": publication,
            "details": {"topic": "com.other"},
            "args": ["x"],
            "kwargs": {},
        }
    ]


def test_a_pattern_keeps_the_events_of_all_its_topics_and_a_query_can_name_one(house: House) -> None:
    house.publish("com.topic", 1)
    house.publish("com.other", 2)
    house.publish("org.else", 3)
    subscription = house.subscription("com.", "prefix")
    assert house.values(subscription) == [1, 2]
    assert house.values(subscription, topic="com.other") == [2]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 2}, [0, 1]),
        ({"limit": 2, "reverse": True}, [4, 3]),
        ({"from_time": "1970-01-12T13:46:42Z"}, [2, 3, 4]),
        ({"after_time": "1970-01-12T13:46:42Z"}, [3, 4]),
        ({"until_time": "1970-01-12T13:46:42Z"}, [0, 1, 2]),
        ({"before_time": "1970-01-12T13:46:42Z"}, [0, 1]),
        ({"after_time": "1970-01-12T15:46:40+02:00", "before_time": "1970-01-12T13:46:43Z"}, [1, 2]),
    ],
)
def test_a_query_chooses_by_number_and_time(house: House, query: dict[str, Any], expected: list[int]) -> None:
    for value in range(5):
        house.publish("com.x", value)
    assert house.values(house.subscription("com.", "prefix"), **query) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("from_publication", [1, 2]),
        ("after_publication", [2]),
        ("until_publication", [0, 1]),
        ("before_publication", [0]),
    ],
)
def test_a_query_chooses_by_publication(house: House, key: str, expected: list[int]) -> None:
    publications = [house.publish("com.x", value) for value in range(3)]
    subscription = house.subscription("com.", "prefix")
    known: dict[str, Any] = {key: publications[1]}
    unknown: dict[str, Any] = {key: 4711}
    assert house.values(subscription, **known) == expected
    assert house.values(subscription, **unknown) == []


def test_what_was_published_to_certain_sessions_is_not_kept(house: House) -> None:
    house.publish("com.x", 1, eligible=[1])
    house.publish("com.x", 2, exclude=[])
    house.publish("com.x", 3)
    assert house.values(house.subscription("com.", "prefix")) == [3]


def test_lists_of_authids_and_authroles_hold_for_whoever_asks(house: House) -> None:
    house.publish("com.x", 1, eligible_authid=["reader"])
    house.publish("com.x", 2, exclude_authid=["reader"])
    house.publish("com.x", 3, eligible_authrole=["visitor"])
    subscription = house.subscription("com.", "prefix")
    assert house.values(subscription) == [1]
    assert house.values(subscription, house.fake.client(role="visitor")) == [2, 3]


def test_who_may_not_subscribe_gets_no_history_and_no_event_of_a_topic_that_is_not_theirs(house: House) -> None:
    house.publish("com.secret.x", 1)
    house.publish("com.open", 2)
    subscription = house.subscription("com.", "prefix")
    assert house.values(subscription, house.fake.client(role="visitor")) == [2]
    nobody = Role("nobody", (Permission("wamp.", "prefix", frozenset({"call"})),))
    house.fake.realm.set_roles([nobody])
    answer = house.fake.client(role="nobody").ask(CALL, {}, "wamp.subscription.get_events", [subscription])
    assert answer[4] == "wamp.error.not_authorized"


def test_a_subscription_without_history_is_an_error(house: House) -> None:
    subscribed = house.reader.ask(SUBSCRIBE, {}, "org.topic")
    answer = house.reader.ask(CALL, {}, "wamp.subscription.get_events", [subscribed[2]])
    assert answer[4] == "wamp.error.no_such_subscription"
    assert house.reader.ask(CALL, {}, "wamp.subscription.get_events", [99])[4] == "wamp.error.no_such_subscription"


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 1001}, {"from_time": "yesterday"}, {"from_time": "1970-01-12T13:46:42"}, {"colour": 1}],
)
def test_a_query_that_makes_no_sense_is_an_error(house: House, query: dict[str, Any]) -> None:
    answer = house.reader.ask(CALL, {}, "wamp.subscription.get_events", [house.subscription("com.topic")], query)
    assert answer[4] == "wamp.error.invalid_argument"


def test_a_subscription_with_history_keeps_its_id_when_its_last_subscriber_leaves(house: House) -> None:
    before = house.subscription("com.topic")
    subscribed = house.reader.ask(SUBSCRIBE, {}, "com.topic")
    assert subscribed[2] == before
    house.reader.ask(34, before)
    house.publish("com.topic", 1)
    assert house.subscription("com.topic") == before
    assert house.values(before) == [1]


def test_an_event_that_the_reader_cannot_be_sent_is_left_out_for_it_alone(house: House) -> None:
    house.publish("com.topic", 1)
    odd = house.fake.client("cbor")
    odd.link.receive(odd.peer.codec.decode(cbor2.dumps([PUBLISH, 1, {}, "com.topic", [cbor2.undefined]])))
    odd.link.receive(odd.peer.codec.decode(cbor2.dumps([PUBLISH, 2, {}, "com.topic", [float("inf")]])))
    subscription = house.subscription("com.topic")
    assert house.values(subscription) == [1]
    assert house.values(subscription, house.fake.client("msgpack")) == [1, float("inf")]


def test_what_is_kept_for_a_rule_is_bounded_in_bytes() -> None:
    fake = FakeRouter(history=(HistoryRule("com.", "prefix", 1000),))
    publisher = fake.client("msgpack")
    for number in range(40):
        publisher.publish("com.topic", [number, b"x" * 1_000_000])
    subscription = publisher.result("wamp.subscription.lookup", "com.", {"match": "prefix"})
    [oldest] = publisher.result("wamp.subscription.get_events", subscription, limit=1)
    [newest] = publisher.result("wamp.subscription.get_events", subscription, limit=1, reverse=True)
    assert (oldest["args"][0], newest["args"][0]) == (40 - 16, 39)


def test_an_answer_is_bounded_in_bytes_and_has_at_least_one_event() -> None:
    fake = FakeRouter(history=(HistoryRule("com.topic", "exact", 1000),))
    publisher = fake.client("msgpack")
    for number in range(8):
        publisher.publish("com.topic", [number, b"x" * 300_000])
    subscription = publisher.result("wamp.subscription.lookup", "com.topic")
    found = publisher.result("wamp.subscription.get_events", subscription)
    assert [event["args"][0] for event in found] == [0, 1, 2]
    publisher.publish("com.topic", [8, b"x" * 2_000_000])
    found = publisher.result("wamp.subscription.get_events", subscription, reverse=True)
    assert [event["args"][0] for event in found] == [8]


def test_an_answer_is_bounded_in_elements_so_that_nobody_else_waits_long_for_it() -> None:
    fake = FakeRouter(history=(HistoryRule("com.topic", "exact", 1000),))
    publisher = fake.client("msgpack")
    for number in range(8):
        publisher.publish("com.topic", [number, [{"a": 1}] * 3_000], {"more": [0] * 1_000})
    subscription = publisher.result("wamp.subscription.lookup", "com.topic")
    found = publisher.result("wamp.subscription.get_events", subscription)
    assert [event["args"][0] for event in found] == [0, 1]
    last = found[-1]["publication"]
    found = publisher.result("wamp.subscription.get_events", subscription, after_publication=last)
    assert [event["args"][0] for event in found] == [2, 3]
