"""Testaments: what is published once a session has gone, by its rights, in order, and never twice."""

from typing import Any

import pytest
from support.core import ALL, EVERYTHING, Client, FakeRouter
from support.wamp import ABORT, CALL, ERROR, EVENT, GOODBYE, SERIALIZERS, SUBSCRIBE, YIELD
from wampi.router.core.authorization import Disclosure, Permission, Role
from wampi.router.core.limits import Limits

ADD, FLUSH = "wamp.session.add_testament", "wamp.session.flush_testaments"


def last_words(client: Client, text: str, topic: str = "com.last", **kwargs: Any) -> None:
    assert client.result(ADD, topic, [text], {}, **kwargs) is None


def listener(home: FakeRouter, topic: str = "com.last") -> Client:
    client = home.client()
    client.subscribe(topic)
    return client


def heard(client: Client) -> list[Any]:
    return [message[4][0] for message in client.take() if message[0] == EVENT]


@pytest.mark.parametrize("end", ["loss", "goodbye", "abort", "violation", "killed", "shutdown"])
def test_a_testament_is_published_however_the_session_ends(home: FakeRouter, end: str) -> None:
    client, other = home.client(), listener(home)
    last_words(client, "farewell")
    assert heard(other) == []
    if end == "loss":
        client.leave()
    elif end == "killed":
        other.result("wamp.session.kill", client.session)
        return  # its event came before the answer, and was dropped with it; see below
    elif end == "shutdown":
        client.link.dismiss("wamp.close.system_shutdown")
    else:
        client.send(*{"goodbye": (GOODBYE, {}, "x"), "abort": (ABORT, {}, "x"), "violation": (YIELD, 9, {})}[end])
    assert heard(other) == ["farewell"]
    client.leave()
    assert heard(other) == []


def test_killing_a_session_publishes_its_testaments(home: FakeRouter) -> None:
    client, other = home.client(), listener(home)
    last_words(client, "farewell")
    other.call("wamp.session.kill", [client.session])
    assert heard(other) == ["farewell"]


def test_killing_all_sessions_publishes_no_testament(home: FakeRouter) -> None:
    one, other, killer = home.client(), home.client(), listener(home)
    last_words(one, "one")
    last_words(other, "other", scope="detached")
    killer.call("wamp.session.kill_all")
    assert heard(killer) == []
    one.leave()
    other.leave()
    assert heard(killer) == []


@pytest.mark.parametrize("target", SERIALIZERS)
def test_it_carries_what_it_was_given(home: FakeRouter, serializer: str, target: str) -> None:
    client, other = home.client(serializer), home.client(target)
    other.subscribe("com.last")
    client.result(ADD, "com.last", [1, 2.5, b"\xff"], {"a": [None]})
    client.leave()
    [event] = other.take()
    assert event[3:] == [{}, [1, 2.5, b"\xff"], {"a": [None]}]


def test_detached_ones_come_before_destroyed_ones_each_in_order(home: FakeRouter) -> None:
    client, other = home.client(), listener(home)
    for text, scope in (("1", "destroyed"), ("2", "detached"), ("3", "destroyed"), ("4", "detached")):
        last_words(client, text, scope=scope)
    client.leave()
    assert heard(other) == ["2", "4", "1", "3"]


def test_flushing_forgets_one_scope_and_says_how_many(home: FakeRouter) -> None:
    client, other = home.client(), listener(home)
    for text, scope in (("1", "destroyed"), ("2", "detached"), ("3", "destroyed")):
        last_words(client, text, scope=scope)
    assert client.result(FLUSH) == 2
    assert client.result(FLUSH, scope="destroyed") == 0
    client.leave()
    assert heard(other) == ["2"]


def test_the_testaments_of_a_session_are_bounded() -> None:
    home = FakeRouter([Role("everything", EVERYTHING.permissions, Limits(testaments=2))])
    client = home.client()
    last_words(client, "1")
    last_words(client, "2", scope="detached")
    assert client.error(CALL, {}, ADD, ["com.last", [], {}]) == "wampi.error.limit_exceeded"
    client.result(FLUSH, "detached")
    last_words(client, "3")


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["a..b", [], {}], "wamp.error.invalid_uri"),
        (["wamp.session.on_leave", [], {}], "wamp.error.invalid_uri"),
        (["com.last"], "wamp.error.invalid_argument"),
        (["com.last", {}, []], "wamp.error.invalid_argument"),
        ([7, [], {}], "wamp.error.invalid_argument"),
        (["com.last", [], {}, "options"], "wamp.error.invalid_argument"),
        (["com.last", [], {}, {"acknowledge": "yes"}], "wamp.error.invalid_argument"),
        (["com.last", [], {}, {}, "forever"], "wamp.error.invalid_argument"),
        (["com.last", [], {}, {}, "destroyed", 1], "wamp.error.invalid_argument"),
    ],
)
def test_a_testament_that_could_not_be_published_is_refused_at_once(
    home: FakeRouter, args: list[Any], error: str
) -> None:
    client = home.client()
    assert client.error(CALL, {}, ADD, args) == error
    client.leave()
    assert not any(event == "testament" for event, _ in home.log.lines)


def test_what_the_session_may_not_publish_it_may_not_bequeath() -> None:
    role = Role("everything", (Permission("wamp.", "prefix", ALL), Permission("com.mine", "exact", ALL)))
    client = FakeRouter([role]).client()
    last_words(client, "mine", "com.mine")
    assert client.error(CALL, {}, ADD, ["com.other", [], {}]) == "wamp.error.not_authorized"


def test_a_value_without_a_common_form_is_an_error_and_nothing_worse(home: FakeRouter) -> None:
    client = home.client("json")
    data = b'[48,1,{},"wamp.session.add_testament",["com.last",[36893488147419103232],{}]]'
    client.link.receive(client.peer.codec.decode(data))
    [answer] = client.take()
    assert answer[:3] == [ERROR, CALL, 1]
    assert answer[4] == "wamp.error.invalid_argument"


def test_the_options_of_the_publication_hold(home: FakeRouter) -> None:
    client, ann, bob = home.client(authid="eve"), home.client(authid="ann"), home.client(authid="bob")
    for other in (ann, bob):
        other.subscribe("com.last")
    options = {"exclude_authid": ["bob"], "disclose_me": True, "retain": True, "acknowledge": True}
    last_words(client, "to ann", publish_options=options)
    client.leave()
    [event] = ann.take()
    assert event[3] == {
        "publisher": client.session,
        "publisher_authid": "eve",
        "publisher_authrole": "everything",
    }
    assert bob.take() == []
    assert client.take()[1:] == []
    late = home.client()
    late.request(SUBSCRIBE, {"get_retained": True}, "com.last")
    assert late.take()[1][3]["retained"]


def test_the_rights_of_the_session_are_asked_for_again_when_it_is_published() -> None:
    home = FakeRouter([Role("everything", (Permission("", "prefix", ALL, publisher=Disclosure.NEVER),))])
    client, other = home.client(), listener(home)
    last_words(client, "secret", publish_options={"disclose_me": True})
    last_words(client, "open")
    client.leave()
    assert heard(other) == ["open"]


def test_the_dead_do_not_hear_their_own_testament(home: FakeRouter) -> None:
    client = listener(home)
    last_words(client, "farewell", publish_options={"exclude_me": False})
    client.send(GOODBYE, {}, "wamp.close.close_realm")
    assert [message[0] for message in client.take()] == [GOODBYE]


def test_the_next_session_on_the_connection_has_no_testaments(home: FakeRouter) -> None:
    client, other = home.client(), listener(home)
    last_words(client, "first life")
    client.send(GOODBYE, {}, "wamp.close.close_realm")
    client.take()
    client.join()
    assert heard(other) == ["first life"]
    client.leave()
    assert heard(other) == []


def test_testaments_come_before_the_news_that_the_session_has_left(home: FakeRouter) -> None:
    client, other = home.client(), home.client()
    other.subscribe("com.last")
    other.subscribe("wamp.session.on_leave")
    last_words(client, "farewell")
    client.leave()
    assert heard(other) == ["farewell", client.session]
