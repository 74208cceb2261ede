"""Publish and subscribe: the basic profile, patterns, exclusion and disclosure; who gets which EVENT, in what order."""

from typing import Any

import pytest
from support.core import ALL, EVERYTHING, FakeRouter
from support.wamp import (
    ABORT,
    ERROR,
    EVENT,
    GOODBYE,
    PUBLISH,
    PUBLISHED,
    SERIALIZERS,
    SUBSCRIBE,
    SUBSCRIBED,
    UNSUBSCRIBE,
    UNSUBSCRIBED,
)
from wampi.router.core.authorization import Disclosure, Permission, Role
from wampi.router.core.limits import Limits

LISTENER = Role("listener", (Permission("com.open.", "prefix", frozenset({"subscribe"})),))


# ---- subscriptions ---------------------------------------------------------------------------------------------


def test_all_subscribers_of_a_topic_share_its_subscription(home: FakeRouter) -> None:
    one, other = home.client(), home.client()
    assert one.subscribe("com.topic") == other.subscribe("com.topic")


def test_the_same_uri_with_another_match_is_another_subscription(home: FakeRouter) -> None:
    client = home.client()
    ids = {client.subscribe("com.topic", match=match) for match in ("exact", "prefix", "wildcard")}
    assert len(ids) == 3


def test_subscribing_twice_is_subscribing_once(home: FakeRouter) -> None:
    client, publisher = home.client(), home.client()
    subscription = client.subscribe("com.topic")
    assert client.subscribe("com.topic") == subscription
    publisher.publish("com.topic")
    assert len(client.take()) == 1
    assert client.ask(UNSUBSCRIBE, subscription)[0] == UNSUBSCRIBED
    publisher.publish("com.topic")
    assert client.take() == []


def test_nothing_comes_after_unsubscribing(home: FakeRouter) -> None:
    client, other, publisher = home.client(), home.client(), home.client()
    subscription = client.subscribe("com.topic")
    other.subscribe("com.topic")
    client.ask(UNSUBSCRIBE, subscription)
    publisher.publish("com.topic")
    assert client.take() == []
    assert len(other.take()) == 1


def test_unsubscribing_what_the_session_does_not_hold_is_an_error(home: FakeRouter) -> None:
    client, other = home.client(), home.client()
    subscription = other.subscribe("com.topic")
    for unknown in (subscription, 99, 2**53):
        assert client.error(UNSUBSCRIBE, unknown) == "wamp.error.no_such_subscription"
    home.client().publish("com.topic")
    assert len(other.take()) == 1


def test_a_subscription_ends_with_its_last_subscriber(home: FakeRouter) -> None:
    client = home.client()
    first = client.subscribe("com.topic")
    client.ask(UNSUBSCRIBE, first)
    assert client.subscribe("com.topic") != first


@pytest.mark.parametrize(
    ("topic", "match"), [("a..b", "exact"), ("", "exact"), ("a b", "prefix"), ("a#", "wildcard"), ("x" * 256, "exact")]
)
def test_a_bad_topic_is_an_error_and_no_abort(home: FakeRouter, topic: str, match: str) -> None:
    assert home.client().error(SUBSCRIBE, {"match": match}, topic) == "wamp.error.invalid_uri"


def test_what_belongs_to_the_router_may_be_subscribed_to(home: FakeRouter) -> None:
    assert home.client().subscribe("wamp.session.on_join")


def test_the_subscriptions_of_a_session_are_bounded() -> None:
    home = FakeRouter([Role("everything", EVERYTHING.permissions, Limits(subscriptions=2))])
    client = home.client()
    client.subscribe("com.a")
    second = client.subscribe("com.b")
    assert client.error(SUBSCRIBE, {}, "com.c") == "wampi.error.limit_exceeded"
    home.client().subscribe("com.c")
    assert client.error(SUBSCRIBE, {}, "com.c") == "wampi.error.limit_exceeded"
    assert client.subscribe("com.b") == second
    client.ask(UNSUBSCRIBE, second)
    client.subscribe("com.c")


def test_a_topic_that_the_role_may_not_see_is_an_error() -> None:
    client = FakeRouter([LISTENER]).client(role="listener")
    assert client.subscribe("com.open.topic")
    for topic, match in (("com.secret", "exact"), ("com.", "prefix"), ("com..topic", "wildcard")):
        assert client.error(SUBSCRIBE, {"match": match}, topic) == "wamp.error.not_authorized"


# ---- events ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SERIALIZERS)
def test_an_event_carries_what_was_published(home: FakeRouter, serializer: str, source: str) -> None:
    client, publisher = home.client(serializer), home.client(source)
    subscription = client.subscribe("com.topic")
    publisher.publish("com.topic", [1, 2.0, b"\xff", None], {"key": ["deep", {"er": True}]})
    [[code, to, _, details, args, kwargs]] = client.take()
    assert (code, to, details) == (EVENT, subscription, {})
    assert (args, kwargs) == ([1, 2.0, b"\xff", None], {"key": ["deep", {"er": True}]})
    assert type(args[1]) is float


@pytest.mark.parametrize("payload", [(), ([],), ([], {}), ([1],), ([], {"a": 1})])
def test_absent_arguments_are_left_out_and_empty_ones_kept(
    home: FakeRouter, serializer: str, payload: tuple[Any, ...]
) -> None:
    client, publisher = home.client(serializer), home.client(serializer)
    client.subscribe("com.topic")
    publisher.publish("com.topic", *payload)
    [event] = client.take()
    assert event[4:] == list(payload)


def test_a_publication_has_one_id_for_the_acknowledgement_and_all_events(home: FakeRouter) -> None:
    publisher, client = home.client(), home.client()
    for match in ("exact", "prefix", "wildcard"):
        client.subscribe("com.topic", match=match)
    _, _, publication = publisher.ask(PUBLISH, {"acknowledge": True}, "com.topic")
    assert [event[2] for event in client.take()] == [publication] * 3


def test_each_publication_has_an_id_of_its_own(home: FakeRouter) -> None:
    publisher = home.client()
    ids = {publisher.ask(PUBLISH, {"acknowledge": True}, "com.topic")[2] for _ in range(3)}
    assert len(ids) == 3


def test_a_publication_is_answered_only_when_that_is_asked_for(home: FakeRouter) -> None:
    client = home.client()
    client.publish("com.topic")
    client.publish("com.topic", acknowledge=False)
    assert client.take() == []
    assert client.ask(PUBLISH, {"acknowledge": True}, "com.topic")[:2] == [PUBLISHED, 3]


@pytest.mark.parametrize(
    ("topic", "error"),
    [
        ("a..b", "wamp.error.invalid_uri"),
        ("wamp.topic", "wamp.error.invalid_uri"),
        ("com.secret", "wamp.error.not_authorized"),
    ],
)
def test_a_publication_that_fails_is_silent_unless_it_is_acknowledged(topic: str, error: str) -> None:
    home = FakeRouter([Role("everything", (Permission("a", "prefix", ALL), Permission("wamp.", "prefix", ALL)))])
    client = home.client()
    client.publish(topic)
    assert client.take() == []
    assert client.error(PUBLISH, {"acknowledge": True}, topic) == error


def test_a_topic_may_look_like_the_routers_own(home: FakeRouter) -> None:
    client = home.client()
    for topic in ("wampx.foo", "wamp_foo", "wampi.lighting.porch.state"):
        assert client.ask(PUBLISH, {"acknowledge": True}, topic)[0] == PUBLISHED


def test_events_come_in_the_order_of_publication_across_topics(home: FakeRouter) -> None:
    client, publisher = home.client(), home.client()
    client.subscribe("com.a")
    client.subscribe("com.", match="prefix")
    for number in range(10):
        publisher.publish("com.a" if number % 2 else "com.b", [number])
    numbers = [event[4][0] for event in client.take()]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(10))


# ---- the publisher itself --------------------------------------------------------------------------------------


@pytest.mark.parametrize("match", ["exact", "prefix", "wildcard"])
def test_a_publisher_does_not_get_its_own_event(home: FakeRouter, match: str) -> None:
    client = home.client()
    client.subscribe("com.topic", match=match)
    client.publish("com.topic")
    client.publish("com.topic", exclude_me=True)
    assert client.take() == []


@pytest.mark.parametrize("match", ["exact", "prefix", "wildcard"])
def test_a_publisher_gets_its_own_event_when_it_says_so(home: FakeRouter, match: str) -> None:
    client = home.client()
    subscription = client.subscribe("com.topic", match=match)
    client.publish("com.topic", exclude_me=False)
    assert [event[:2] for event in client.take()] == [[EVENT, subscription]]


def test_it_is_the_session_that_is_excluded_and_not_the_account(home: FakeRouter) -> None:
    one, other = home.client(authid="ann"), home.client(authid="ann")
    other.subscribe("com.topic")
    one.publish("com.topic")
    assert len(other.take()) == 1


# ---- patterns --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "match", "matching", "others"),
    [
        ("com.app", "prefix", ["com.app", "com.app.x", "com.apple"], ["com.ap", "org.com.app"]),
        ("com.app.", "prefix", ["com.app.x", "com.app.x.y"], ["com.app", "com.apple"]),
        ("", "prefix", ["a", "com.app.x"], []),
        ("com..state", "wildcard", ["com.a.state"], ["com.state", "com.a.b.state", "com.a.states"]),
        (".state", "wildcard", ["a.state"], ["state", "a.b.state"]),
        ("com.", "wildcard", ["com.a"], ["com", "com.a.b"]),
        ("..", "wildcard", ["a.b.c"], ["a.b", "a.b.c.d"]),
        ("", "wildcard", ["a"], ["a.b"]),
        ("com.app", "wildcard", ["com.app"], ["com.app.x"]),
    ],
)
def test_a_pattern_gets_the_events_that_match_with_their_topic(
    home: FakeRouter, pattern: str, match: str, matching: list[str], others: list[str]
) -> None:
    client, publisher = home.client(), home.client()
    subscription = client.subscribe(pattern, match=match)
    for topic in matching + others:
        publisher.publish(topic)
    # the broader patterns hear of this very subscription, too
    events = [event for event in client.take() if not event[3]["topic"].startswith("wamp.")]
    assert [event[1] for event in events] == [subscription] * len(matching)
    assert [event[3] for event in events] == [{"topic": topic} for topic in matching]


def test_an_exact_subscriber_is_not_told_the_topic(home: FakeRouter) -> None:
    client, publisher = home.client(), home.client()
    client.subscribe("com.topic")
    publisher.publish("com.topic")
    assert client.take()[0][3] == {}


def test_an_event_comes_once_for_each_subscription_that_matches(home: FakeRouter) -> None:
    client, publisher = home.client(), home.client()
    ids = {
        client.subscribe("com.topic"),
        client.subscribe("com", match="prefix"),
        client.subscribe("com.", match="prefix"),
        client.subscribe("com.", match="wildcard"),
        client.subscribe(".topic", match="wildcard"),
    }
    publisher.publish("com.topic")
    events = client.take()
    assert {event[1] for event in events} == ids
    assert len(events) == 5


def test_a_pattern_brings_only_what_the_role_may_see() -> None:
    role = Role("r", (Permission("com.", "prefix", ALL), Permission("com.secret", "exact", frozenset({"publish"}))))
    home = FakeRouter([role, EVERYTHING])
    client, other, publisher = home.client(role="r"), home.client(), home.client()
    for listener in (client, other):
        listener.subscribe("com.", match="prefix")
        listener.subscribe("com.", match="wildcard")
    publisher.publish("com.secret")
    publisher.publish("com.open")
    assert [event[3]["topic"] for event in client.take()] == ["com.open", "com.open"]
    assert len(other.take()) == 4


# ---- disclosure ------------------------------------------------------------------------------------------------


def disclosing(disclosure: Disclosure) -> FakeRouter:
    return FakeRouter([Role("everything", (Permission("", "prefix", ALL, publisher=disclosure),))])


@pytest.mark.parametrize("match", ["exact", "prefix"])
def test_a_publisher_is_disclosed_when_it_asks_for_it(match: str) -> None:
    home = disclosing(Disclosure.ON_REQUEST)
    client, publisher = home.client(), home.client(authid="ann")
    client.subscribe("com.topic", match=match)
    publisher.publish("com.topic")
    publisher.publish("com.topic", disclose_me=True)
    topic = {} if match == "exact" else {"topic": "com.topic"}
    who = {"publisher": publisher.session, "publisher_authid": "ann", "publisher_authrole": "everything"}
    assert [event[3] for event in client.take()] == [topic, who | topic]


def test_a_publisher_is_disclosed_when_the_rule_says_so() -> None:
    home = disclosing(Disclosure.ALWAYS)
    client, publisher = home.client(), home.client(authid="ann")
    client.subscribe("com.topic")
    publisher.publish("com.topic")
    assert client.take()[0][3]["publisher_authid"] == "ann"


def test_a_disclosure_that_is_not_allowed_drops_the_event_and_is_an_error_only_when_acknowledged() -> None:
    home = disclosing(Disclosure.NEVER)
    client, publisher = home.client(), home.client()
    client.subscribe("com.topic")
    publisher.publish("com.topic", disclose_me=True)
    assert publisher.take() == []
    error = publisher.error(PUBLISH, {"disclose_me": True, "acknowledge": True}, "com.topic")
    assert error == "wamp.error.option_disallowed.disclose_me"
    assert client.take() == []
    publisher.publish("com.topic")
    assert client.take()[0][3] == {}


# ---- receivers that cannot take an event -----------------------------------------------------------------------


def test_an_event_that_one_receiver_cannot_be_sent_reaches_the_others(home: FakeRouter) -> None:
    first, deaf, last, publisher = (home.client() for _ in range(4))
    for client in (first, deaf, last):
        client.subscribe("com.topic")
        client.subscribe("com", match="prefix")
    deaf.peer.refuses = "wamp.error.payload_size_exceeded"
    publisher.publish("com.topic", ["large"], acknowledge=True)
    assert [len(client.take()) for client in (first, deaf, last)] == [2, 0, 2]
    assert publisher.take()[0][0] == PUBLISHED
    assert home.realm.broker.left_out == 2
    assert not deaf.peer.is_closed


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_without_a_form_in_json_reaches_those_that_speak_something_else(home: FakeRouter, value: float) -> None:
    clients = {name: home.client(name) for name in SERIALIZERS}
    for client in clients.values():
        client.subscribe("com.topic")
    publisher = home.client("cbor")
    publisher.publish("com.topic", [[value]])
    assert {name: len(client.take()) for name, client in clients.items()} == {
        "json": 0,
        "msgpack": 1,
        "cbor": 1,
        "ubjson": 0,
    }


# ---- the newest only -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("match", ["exact", "prefix"])
def test_who_asks_for_the_latest_gets_it_by_another_way_out(home: FakeRouter, match: str) -> None:
    video, other, publisher = home.client(), home.client(), home.client()
    subscription = video.subscribe("com.frames", match=match, _outbox="latest")
    other.subscribe("com.frames", match=match)
    publisher.publish("com.frames", [1])
    assert video.peer.latest == [subscription]
    assert other.peer.latest == []
    assert len(video.take()) == len(other.take()) == 1


def test_subscribing_again_changes_the_way_out(home: FakeRouter) -> None:
    client, publisher = home.client(), home.client()
    client.subscribe("com.frames", _outbox="latest")
    client.subscribe("com.frames")
    publisher.publish("com.frames")
    assert client.peer.latest == []
    client.subscribe("com.frames", _outbox="latest")
    publisher.publish("com.frames")
    assert len(client.peer.latest) == 1


# ---- the end of a session --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["loss", "goodbye", "abort", "violation", "killed"])
def test_nothing_is_left_of_a_session_that_has_ended(home: FakeRouter, end: str) -> None:
    client, publisher = home.client(), home.client()
    client.subscribe("com.topic")
    client.subscribe("com", match="prefix", _outbox="latest")
    client.subscribe(".topic", match="wildcard")
    if end == "loss":
        client.leave()
    elif end == "killed":
        client.link.dismiss("wamp.close.killed")
    else:
        client.send(
            *{"goodbye": (GOODBYE, {}, "x"), "abort": (ABORT, {}, "x"), "violation": (ERROR, 68, 9, {}, "x")}[end]
        )
    client.take()
    publisher.publish("com.topic")
    assert client.take() == []
    index = home.realm.broker.index
    assert [list(index.values(match)) for match in ("exact", "prefix", "wildcard")] == [[], [], []]


def test_a_session_gets_no_event_of_its_own_leaving(home: FakeRouter) -> None:
    client, watcher = home.client(), home.client()
    for topic in ("on_unsubscribe", "on_delete"):
        client.subscribe(f"wamp.subscription.{topic}")
        watcher.subscribe(f"wamp.subscription.{topic}")
    client.subscribe("com.topic")
    client.send(GOODBYE, {}, "wamp.close.close_realm")
    assert [message[0] for message in client.take()] == [GOODBYE]
    assert len(watcher.take()) == 4  # on_unsubscribe of three, on_delete of one


def test_subscribed_comes_before_the_first_event(home: FakeRouter) -> None:
    client = home.client()
    client.request(SUBSCRIBE, {}, "wamp.subscription.on_subscribe")
    assert [message[0] for message in client.take()] == [SUBSCRIBED, EVENT]
