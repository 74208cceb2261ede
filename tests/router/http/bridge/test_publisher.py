import pytest
from support.bridge import Bridge
from support.wamp import EVENT


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def test_a_request_becomes_an_event_and_its_answer_is_the_id_of_the_publication(bridge: Bridge) -> None:
    subscriber = bridge.router.client()
    subscription = subscriber.subscribe("com.example.topic")
    answer = bridge.post("/publish", {"topic": "com.example.topic", "args": [1, "two"], "kwargs": {"a": None}}).answer
    [[kind, to, publication, details, args, kwargs]] = subscriber.take()
    assert (answer.code, answer.json) == (200, {"id": publication})
    assert (kind, to, details, args, kwargs) == (EVENT, subscription, {}, [1, "two"], {"a": None})


def test_bytes_in_json_reach_a_subscriber_of_another_serializer_as_bytes(bridge: Bridge) -> None:
    subscriber = bridge.router.client("cbor")
    subscriber.subscribe("a.b")
    bridge.post("/publish", {"topic": "a.b", "args": ["\0AQI="]})
    assert subscriber.take()[0][4] == [b"\1\2"]


def test_options_hold(bridge: Bridge) -> None:
    here, away = bridge.router.client(authid="here"), bridge.router.client(authid="away")
    for client in (here, away):
        client.subscribe("a.b")
    bridge.post("/publish", {"topic": "a.b", "options": {"eligible_authid": ["here"], "disclose_me": True}})
    [event] = here.take()
    assert (event[3]["publisher_authid"], event[3]["publisher_authrole"]) == ("bridge:/publish", "bridge")
    assert away.take() == []


def test_what_the_role_may_not_do_is_forbidden(bridge: Bridge) -> None:
    answer = bridge.post("/publish", {"topic": "com.example.forbidden"}).answer
    assert (answer.code, answer.json["error"]) == (403, "wamp.error.not_authorized")


@pytest.mark.parametrize("topic", ["a..b", "", "wamp.session.on_join", "a" * 300])
def test_a_topic_that_nobody_may_publish_to_is_a_bad_request(bridge: Bridge, topic: str) -> None:
    answer = bridge.post("/publish", {"topic": topic}).answer
    assert (answer.code, answer.json["error"]) == (400, "wamp.error.invalid_uri")


def test_put_is_as_good_as_post(bridge: Bridge) -> None:
    assert bridge.post("/publish", {"topic": "a.b"}, method="PUT").answer.code == 200


def test_the_session_is_one_of_the_realm_and_the_same_for_all_requests(bridge: Bridge) -> None:
    for _ in range(3):
        bridge.post("/publish", {"topic": "a.b"})
    [session] = bridge.router.realm
    assert session.describe() == {
        "session": session.id, "authid": "bridge:/publish", "authrole": "bridge", "authmethod": "http-bridge",
        "authprovider": "static", "transport": {"type": "memory", "peer": "bridge:/publish"},
    }  # fmt: skip


def test_a_session_that_was_killed_is_there_again_for_the_next_request(bridge: Bridge) -> None:
    bridge.post("/publish", {"topic": "a.b"})
    [first] = bridge.router.realm
    owner = bridge.router.client()
    assert owner.result("wamp.session.kill_by_authid", "bridge:/publish") == [first.id]
    bridge.run()
    assert bridge.post("/publish", {"topic": "a.b"}).answer.code == 200
    [second] = [session for session in bridge.router.realm if session.id != owner.session]
    assert (second.identity, second.id == first.id) == (first.identity, False)


def test_when_the_router_stops_the_client_is_told_to_come_again(bridge: Bridge) -> None:
    bridge.router.router.shut_down()
    answer = bridge.post("/publish", {"topic": "a.b"}).answer
    assert (answer.code, answer.json["error"]) == (503, "wamp.error.unavailable")
