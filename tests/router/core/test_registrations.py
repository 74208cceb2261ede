"""The registration meta API: events and procedures (advanced profile, "Registration Meta API")."""

from typing import Any

import pytest
from support.core import ALL, FakeRouter
from support.wamp import CALL, UNREGISTER
from wampi.router.core.authorization import Permission, Role

META = "wamp.registration."


def watcher(home: FakeRouter) -> Any:
    """Return a function that gives the meta events since the last time, as (event, arguments)."""
    client = home.client()
    topics = {
        client.subscribe(META + name): name for name in ("on_create", "on_register", "on_unregister", "on_delete")
    }
    client.take()
    return lambda: [(topics[message[1]], message[4]) for message in client.take()]


def test_the_first_callee_creates_and_the_last_one_deletes(home: FakeRouter) -> None:
    events = watcher(home)
    one, other = home.client(), home.client()
    id = one.register("com.procedure", invoke="roundrobin", match="prefix")
    details = {
        "id": id,
        "created": "1970-01-12T13:46:40.000Z",
        "uri": "com.procedure",
        "match": "prefix",
        "invoke": "roundrobin",
    }
    assert events() == [("on_create", [one.session, details]), ("on_register", [one.session, id])]
    other.register("com.procedure", invoke="roundrobin", match="prefix")
    assert events() == [("on_register", [other.session, id])]
    one.ask(UNREGISTER, id)
    assert events() == [("on_unregister", [one.session, id])]
    other.ask(UNREGISTER, id)
    assert events() == [("on_unregister", [other.session, id]), ("on_delete", [other.session, id])]


@pytest.mark.parametrize("end", ["leave", "kill"])
def test_a_session_that_goes_unregisters(home: FakeRouter, end: str) -> None:
    client = home.client()
    first, second = client.register("com.a"), client.register("com.b")
    events = watcher(home)
    if end == "leave":
        client.leave()
    else:
        home.client().result("wamp.session.kill", client.session)
    assert events() == [
        ("on_unregister", [client.session, first]),
        ("on_delete", [client.session, first]),
        ("on_unregister", [client.session, second]),
        ("on_delete", [client.session, second]),
    ]


def test_a_registration_that_failed_is_no_news(home: FakeRouter) -> None:
    home.client().register("com.procedure")
    events = watcher(home)
    home.client().error(64, {}, "com.procedure")
    assert events() == []


# ---- procedures ------------------------------------------------------------------------------------------------


def test_list_names_the_registrations_by_match(home: FakeRouter, serializer: str) -> None:
    client = home.client(serializer)
    assert client.result(META + "list") == {"exact": [], "prefix": [], "wildcard": []}
    ids = {match: client.register("com.procedure", match=match) for match in ("exact", "prefix", "wildcard")}
    assert client.result(META + "list") == {match: [id] for match, id in ids.items()}


def test_lookup_finds_the_very_pattern(home: FakeRouter) -> None:
    client = home.client()
    exact, wildcard = client.register("com.a"), client.register("com.", match="wildcard")
    assert client.result(META + "lookup", "com.a") == exact
    assert client.result(META + "lookup", "com.", {"match": "wildcard"}) == wildcard
    assert client.result(META + "lookup", "com.") is None


def test_match_names_the_one_registration_that_a_call_would_go_to(home: FakeRouter) -> None:
    client = home.client()
    wildcard = client.register("com..x", match="wildcard")
    assert client.result(META + "match", "com.a.x") == wildcard
    prefix = client.register("com.", match="prefix")
    assert client.result(META + "match", "com.a.x") == prefix
    exact = client.register("com.a.x")
    assert client.result(META + "match", "com.a.x") == exact
    assert client.result(META + "match", "org.a") is None
    assert client.result(META + "match", "a..b") is None


def test_match_says_nothing_of_patterns_that_the_call_would_pass_by() -> None:
    role = Role("everything", (Permission("", "prefix", ALL), Permission("com.x", "exact", frozenset({"call"}))))
    client = FakeRouter([role]).client()
    client.register("", match="prefix")
    assert client.result(META + "match", "wamp.session.count") is None
    assert client.result(META + "match", "com.x") is None
    assert client.result(META + "match", "com.y") is not None


def test_get_describes_a_registration_and_who_answers_it(home: FakeRouter) -> None:
    one, other = home.client(), home.client()
    id = one.register("com.procedure", invoke="last")
    other.register("com.procedure", invoke="last")
    assert one.result(META + "get", id) == {
        "id": id,
        "created": "1970-01-12T13:46:40.000Z",
        "uri": "com.procedure",
        "match": "exact",
        "invoke": "last",
    }
    assert one.result(META + "list_callees", id) == [one.session, other.session]
    assert one.result(META + "count_callees", id) == 2


@pytest.mark.parametrize("procedure", ["get", "list_callees", "count_callees"])
def test_a_registration_that_does_not_exist_is_an_error(home: FakeRouter, procedure: str) -> None:
    client = home.client()
    gone = client.register("com.procedure")
    client.ask(UNREGISTER, gone)
    for unknown in (gone, 0, 2**60):
        assert client.error(CALL, {}, META + procedure, [unknown]) == "wamp.error.no_such_registration"
    for wrong in ("1", True, 1.5, None):
        assert client.error(CALL, {}, META + procedure, [wrong]) == "wamp.error.invalid_argument"
