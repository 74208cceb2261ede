"""The subscription meta API: events and procedures (advanced profile, "Subscription Meta API")."""

from typing import Any

import pytest
from support.core import FakeRouter
from support.wamp import CALL, EVENT, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED
from wampi.router.core.subscriptions import Subscription

META = "wamp.subscription."


def watcher(home: FakeRouter) -> Any:
    """Return a function that gives the meta events since the last time, as (event, arguments)."""
    client = home.client()
    topics = {
        client.subscribe(META + name): name for name in ("on_create", "on_subscribe", "on_unsubscribe", "on_delete")
    }
    client.take()
    return lambda: [(topics[message[1]], message[4]) for message in client.take()]


def test_the_first_subscriber_creates_and_the_last_one_deletes(home: FakeRouter) -> None:
    events = watcher(home)
    one, other = home.client(), home.client()
    id = one.subscribe("com.topic", match="prefix")
    details = {"id": id, "created": "1970-01-12T13:46:40.000Z", "uri": "com.topic", "match": "prefix"}
    assert events() == [("on_create", [one.session, details]), ("on_subscribe", [one.session, id])]
    other.subscribe("com.topic", match="prefix")
    assert events() == [("on_subscribe", [other.session, id])]
    one.ask(UNSUBSCRIBE, id)
    assert events() == [("on_unsubscribe", [one.session, id])]
    other.ask(UNSUBSCRIBE, id)
    assert events() == [("on_unsubscribe", [other.session, id]), ("on_delete", [other.session, id])]


def test_subscribing_again_is_no_news(home: FakeRouter) -> None:
    client = home.client()
    client.subscribe("com.topic")
    events = watcher(home)
    client.subscribe("com.topic")
    assert events() == []


def test_a_session_that_leaves_unsubscribes(home: FakeRouter) -> None:
    events = watcher(home)
    client, other = home.client(), home.client()
    first, second = client.subscribe("com.a"), client.subscribe("com.b")
    other.subscribe("com.b")
    events()
    client.leave()
    assert events() == [
        ("on_unsubscribe", [client.session, first]),
        ("on_delete", [client.session, first]),
        ("on_unsubscribe", [client.session, second]),
    ]


def test_the_watcher_of_subscriptions_hears_of_its_own_once(home: FakeRouter) -> None:
    client = home.client()
    client.request(SUBSCRIBE, {}, META + "on_subscribe")
    answer, event = client.take()
    assert answer[0] == SUBSCRIBED
    assert event[:2] == [EVENT, answer[2]]
    assert event[4] == [client.session, answer[2]]
    client.request(UNSUBSCRIBE, answer[2])
    assert [message[0] for message in client.take()] == [UNSUBSCRIBED]


def test_a_pattern_that_matches_everything_ends_without_a_loop(home: FakeRouter) -> None:
    client = home.client()
    client.request(SUBSCRIBE, {"match": "prefix"}, "")
    assert [message[0] for message in client.take()] == [SUBSCRIBED, EVENT]
    other = home.client()
    client.take()
    other.subscribe("com.topic")
    assert [message[3]["topic"] for message in client.take()] == [META + "on_create", META + "on_subscribe"]


# ---- procedures ------------------------------------------------------------------------------------------------


def test_list_names_the_subscriptions_by_match(home: FakeRouter, serializer: str) -> None:
    client = home.client(serializer)
    assert client.result(META + "list") == {"exact": [], "prefix": [], "wildcard": []}
    ids = {match: client.subscribe("com.topic", match=match) for match in ("exact", "prefix", "wildcard")}
    second = client.subscribe("com.other")
    assert client.result(META + "list") == {
        "exact": [ids["exact"], second],
        "prefix": [ids["prefix"]],
        "wildcard": [ids["wildcard"]],
    }


def test_lookup_finds_the_very_pattern(home: FakeRouter) -> None:
    client = home.client()
    exact, prefix = client.subscribe("com.topic"), client.subscribe("com.topic", match="prefix")
    assert client.result(META + "lookup", "com.topic") == exact
    assert client.result(META + "lookup", "com.topic", {"match": "exact"}) == exact
    assert client.result(META + "lookup", "com.topic", {"match": "prefix", "unknown": 1}) == prefix
    assert client.result(META + "lookup", "com.topic", options={"match": "wildcard"}) is None
    assert client.result(META + "lookup", "com.nothing") is None


@pytest.mark.parametrize("options", [{"match": "fuzzy"}, {"match": 7}, {"match": None}, "exact", ["exact"]])
def test_lookup_refuses_options_that_mean_nothing(home: FakeRouter, options: Any) -> None:
    for api in ("subscription", "registration"):
        assert (
            home.client().error(CALL, {}, f"wamp.{api}.lookup", ["com.topic", options]) == "wamp.error.invalid_argument"
        )


def test_match_lists_all_subscriptions_or_nothing_at_all(home: FakeRouter) -> None:
    client = home.client()
    assert client.result(META + "match", "com.topic") is None
    ids = [
        client.subscribe("com.topic"),
        client.subscribe("com", match="prefix"),
        client.subscribe(".topic", match="wildcard"),
    ]
    client.subscribe("com.other")
    assert client.result(META + "match", "com.topic") == ids


def test_get_describes_a_subscription_and_who_holds_it(home: FakeRouter) -> None:
    one, other = home.client(), home.client()
    home.clock.advance(0.25)
    id = one.subscribe("com.topic", match="wildcard")
    other.subscribe("com.topic", match="wildcard")
    assert one.result(META + "get", id) == {
        "id": id,
        "created": "1970-01-12T13:46:40.250Z",
        "uri": "com.topic",
        "match": "wildcard",
    }
    assert one.result(META + "list_subscribers", id) == [one.session, other.session]
    assert one.result(META + "count_subscribers", id) == 2


@pytest.mark.parametrize("procedure", ["get", "list_subscribers", "count_subscribers"])
def test_a_subscription_that_does_not_exist_is_an_error(home: FakeRouter, procedure: str) -> None:
    client = home.client()
    gone = client.subscribe("com.topic")
    client.ask(UNSUBSCRIBE, gone)
    for unknown in (gone, 0, -1, 2**60):
        assert client.error(CALL, {}, META + procedure, [unknown]) == "wamp.error.no_such_subscription"
    for wrong in ("1", True, 1.5, None, [1]):
        assert client.error(CALL, {}, META + procedure, [wrong]) == "wamp.error.invalid_argument"


# ---- coverage of a topic ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "match", "covered", "others"),
    [
        ("com.a", "exact", ["com.a"], ["com.a.b", "com"]),
        ("com.a", "prefix", ["com.a", "com.ab", "com.a.b"], ["com", "com.b"]),
        ("com..b", "wildcard", ["com.a.b"], ["com.b", "com.a.c", "com.a.b.c"]),
    ],
)
def test_a_subscription_covers_what_its_pattern_matches(
    topic: str, match: Any, covered: list[str], others: list[str]
) -> None:
    subscription = Subscription(1, topic, match, 0.0)
    assert all(map(subscription.covers, covered))
    assert not any(map(subscription.covers, others))
