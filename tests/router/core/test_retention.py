"""Retained events: the most recent one that a late subscriber is eligible for, within bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import CODECS, EVERYTHING, FakeRouter
from support.wamp import EVENT, PUBLISH, SUBSCRIBE, SUBSCRIBED
from wampi.router.codec.messages import PublishOptions
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.errors import RequestError
from wampi.router.core.receivers import receiver_filter
from wampi.router.core.retention import RetainedEvent, RetainedEvents
from wampi.router.core.session import Identity


def late(
    home: FakeRouter, topic: str = "com.topic", authid: str | None = None, codec: str = "json", **options: Any
) -> list[Any]:
    """Return what a new subscriber gets after SUBSCRIBED, apart from the news of its own subscription."""
    client = home.client(codec, authid=authid)
    client.request(SUBSCRIBE, {"get_retained": True, **options}, topic)
    first, *events = client.take()
    assert first[0] == SUBSCRIBED
    return [event for event in events if event[3].get("retained")]


def test_a_late_subscriber_gets_the_newest_retained_event(home: FakeRouter, serializer: str) -> None:
    publisher = home.client("msgpack")
    publisher.publish("com.topic", [1], retain=True)
    _, _, publication = publisher.ask(PUBLISH, {"retain": True, "acknowledge": True}, "com.topic", [b"\xff"], {"a": 1})
    [event] = late(home, codec=serializer)
    assert event[0] == EVENT
    assert event[2:] == [publication, {"retained": True}, [b"\xff"], {"a": 1}]


def test_nothing_is_retained_unless_asked_and_nothing_sent_unless_asked(home: FakeRouter) -> None:
    publisher = home.client()
    publisher.publish("com.topic", [1])
    assert late(home) == []
    publisher.publish("com.topic", [2], retain=True)
    assert late(home, get_retained=False) == []
    publisher.publish("com.topic", [3])
    assert late(home)[0][4] == [2]


def test_an_event_is_retained_with_nobody_listening_and_its_publisher_gone(home: FakeRouter) -> None:
    publisher = home.client()
    publisher.publish("com.topic", [1], retain=True)
    publisher.leave()
    assert late(home)[0][4] == [1]


def test_a_present_subscriber_gets_the_event_as_any_other(home: FakeRouter) -> None:
    client, publisher = home.client(), home.client()
    client.subscribe("com.topic")
    publisher.publish("com.topic", retain=True)
    assert client.take()[0][3] == {}


@pytest.mark.parametrize(
    ("pattern", "match", "topics"),
    [
        ("com.a", "exact", ["com.a"]),
        ("com.", "prefix", ["com.a", "com.b", "com.a.c"]),
        ("com.", "wildcard", ["com.a", "com.b"]),
        ("", "prefix", ["com.a", "com.b", "com.a.c", "org.a"]),
    ],
)
def test_a_pattern_brings_the_retained_event_of_each_topic(
    home: FakeRouter, pattern: str, match: str, topics: list[str]
) -> None:
    publisher = home.client()
    for topic in ("com.a", "com.b", "com.a.c", "org.a"):
        publisher.publish(topic, [topic], retain=True)
    events = late(home, pattern, match=match)
    assert [event[4][0] for event in events] == topics
    named = [{"retained": True} if match == "exact" else {"retained": True, "topic": topic} for topic in topics]
    assert [event[3] for event in events] == named


def test_subscribing_again_brings_it_again(home: FakeRouter) -> None:
    home.client().publish("com.topic", retain=True)
    client = home.client()
    client.subscribe("com.topic")
    client.request(SUBSCRIBE, {"get_retained": True}, "com.topic")
    assert [message[0] for message in client.take()] == [SUBSCRIBED, EVENT]


def test_it_shows_the_publisher_as_the_event_did(home: FakeRouter) -> None:
    publisher = home.client(authid="ann")
    publisher.publish("com.topic", retain=True, disclose_me=True)
    assert late(home)[0][3]["publisher_authid"] == "ann"


def test_the_role_of_the_late_subscriber_is_asked_for_each_topic() -> None:
    role = Role("r", (Permission("com.", "prefix", frozenset({"subscribe"})), Permission("com.secret", "exact")))
    home = FakeRouter([EVERYTHING, role])
    publisher = home.client()
    publisher.publish("com.secret", retain=True)
    publisher.publish("com.open", retain=True)
    client = home.client(role="r")
    client.request(SUBSCRIBE, {"match": "prefix", "get_retained": True}, "com.")
    assert [message[3]["topic"] for message in client.take()[1:]] == ["com.open"]


def test_a_subscriber_gets_the_newest_event_that_it_is_eligible_for(home: FakeRouter) -> None:
    publisher = home.client()
    publisher.publish("com.topic", ["for all"], retain=True, exclude_me=False)
    publisher.publish("com.topic", ["for ann"], retain=True, eligible_authid=["ann"])
    publisher.publish("com.topic", ["not for bob"], retain=True, exclude_authid=["bob", "ann"])
    assert late(home, authid="ann")[0][4] == ["for ann"]
    assert late(home, authid="bob")[0][4] == ["for all"]
    assert late(home, authid="eve")[0][4] == ["not for bob"]


def test_nobody_gets_what_is_for_nobody(home: FakeRouter) -> None:
    home.client().publish("com.topic", retain=True, eligible=[])
    assert late(home) == []


def test_a_publisher_gets_not_its_own_event_but_the_one_before(home: FakeRouter) -> None:
    one, other = home.client(), home.client()
    other.publish("com.topic", ["of the other"], retain=True)
    one.publish("com.topic", ["my own"], retain=True)
    one.request(SUBSCRIBE, {"get_retained": True}, "com.topic")
    assert one.take()[1][4] == ["of the other"]
    assert late(home)[0][4] == ["my own"]


# ---- what is kept, against a model -----------------------------------------------------------------------------


class Someone:
    """As much of a session as a filter looks at."""

    def __init__(self, number: int) -> None:
        self.id = number
        self.identity = self
        self.authid = f"user{number}"
        self.authrole = "r"


SOMEBODY = Identity("ann", "r", "anonymous", "static")
PEOPLE = [Someone(number) for number in range(1, 5)]
lists = st.none() | st.lists(st.sampled_from(["user1", "user2", "user3"]), max_size=3)
publications = st.tuples(lists, lists, st.none() | st.integers(1, 4))


def retained(
    number: int, eligible: list[str] | None, exclude: list[str] | None, excluded: int | None, text: str = ""
) -> RetainedEvent:
    chosen: dict[str, Any] = {"eligible_authid": eligible, "exclude_authid": exclude}
    options = PublishOptions(**{key: value for key, value in chosen.items() if value is not None})
    return RetainedEvent(
        "com.topic", number, {}, CODECS["json"].payload([text]), receiver_filter(options), excluded, SOMEBODY
    )


@given(st.lists(publications, max_size=7))
def test_everybody_gets_the_newest_event_for_them_as_if_all_were_kept(history: list[Any]) -> None:
    kept = RetainedEvents()
    events = [retained(number, *publication) for number, publication in enumerate(history)]
    for event in events:
        kept.keep(event)
    for someone in PEOPLE:
        expected = next((event for event in reversed(events) if event.is_for(someone)), None)  # type: ignore[arg-type]
        assert kept.newest("com.topic", someone) is expected  # type: ignore[arg-type]


@given(st.lists(publications, min_size=1, max_size=60))
def test_the_events_of_one_topic_are_few_however_many_there_were(history: list[Any]) -> None:
    kept = RetainedEvents()
    sizes = []
    for number, publication in enumerate(history):
        event = retained(number, *publication)
        kept.keep(event)
        sizes.append(event.size_bytes)
    assert kept.size_bytes <= 8 * max(sizes)


def test_many_different_audiences_forget_the_oldest() -> None:
    kept = RetainedEvents()
    for number in range(50):
        kept.keep(retained(number, [f"user{number}"], None, None))
    assert kept.size_bytes < 9 * 700


def test_devices_that_come_back_do_not_pile_up() -> None:
    kept = RetainedEvents()
    sizes = set()
    for session in range(1, 100):
        kept.keep(retained(session, None, None, excluded=session))
        sizes.add(kept.size_bytes)
    assert len(sizes) == 2


# ---- bounds ----------------------------------------------------------------------------------------------------


def kept_at(topic: str, text: str = "") -> RetainedEvent:
    return RetainedEvent(topic, 1, {}, CODECS["json"].payload([text]), None, None, SOMEBODY)


def test_the_number_of_topics_is_bounded_and_known_ones_may_change() -> None:
    kept = RetainedEvents(most_topics=2)
    kept.keep(kept_at("a"))
    kept.keep(kept_at("b"))
    with pytest.raises(RequestError) as caught:
        kept.keep(kept_at("c"))
    assert caught.value.uri == "wampi.error.limit_exceeded"
    kept.keep(kept_at("a", "new"))
    assert set(kept.topics) == {"a", "b"}


def test_the_bytes_of_all_events_are_bounded() -> None:
    kept = RetainedEvents(most_bytes=20_000)
    for number in range(4):
        kept.keep(kept_at(f"a{number}", "x" * 4000))
    with pytest.raises(RequestError) as caught:
        kept.keep(kept_at("a4", "x" * 4000))
    assert caught.value.uri == "wampi.error.limit_exceeded"
    assert "a4" not in kept.topics
    assert kept.size_bytes <= 20_000


def test_an_event_that_grows_past_the_bound_leaves_the_old_one() -> None:
    kept = RetainedEvents(most_bytes=2000)
    kept.keep(kept_at("a", "old"))
    size = kept.size_bytes
    with pytest.raises(RequestError):
        kept.keep(kept_at("a", "x" * 4000))
    assert kept.size_bytes == size
    assert kept.newest("a", PEOPLE[0]).payload.values() == (["old"], {})  # type: ignore[arg-type, union-attr]


def test_replacing_an_event_gives_its_bytes_back() -> None:
    kept = RetainedEvents()
    kept.keep(kept_at("a", "x" * 4000))
    kept.keep(kept_at("a", ""))
    empty = RetainedEvents()
    empty.keep(kept_at("a", ""))
    assert kept.size_bytes == empty.size_bytes


def test_lists_count_among_the_bytes() -> None:
    kept = RetainedEvents()
    kept.keep(retained(1, ["x" * 5000], None, None))
    assert kept.size_bytes > 5000


def test_past_the_bound_a_publication_is_an_error_when_acknowledged(home: FakeRouter) -> None:
    publisher = home.client("msgpack")
    for number in range(17):
        publisher.publish(f"com.t{number}", [b"x" * 1_000_000], retain=True)
    assert publisher.error(PUBLISH, {"retain": True, "acknowledge": True}, "com.last", [b"x" * 1_000_000]) == (
        "wampi.error.limit_exceeded"
    )


def test_what_an_event_is_converted_to_is_not_kept_with_it(home: FakeRouter) -> None:
    class Counting(type(CODECS["json"])):  # type: ignore[misc]
        dumps = 0

        def dump(self, value: Any) -> bytes:
            Counting.dumps += 1
            return super().dump(value)  # type: ignore[no-any-return]

    home.client("msgpack").publish("com.topic", [1], retain=True)
    client = home.client()
    client.peer.codec = Counting()
    for _ in range(3):
        client.request(SUBSCRIBE, {"get_retained": True}, "com.topic")
    before = Counting.dumps
    client.request(SUBSCRIBE, {"get_retained": True}, "com.topic")
    assert Counting.dumps == before + 2  # the test's own message, and the event
