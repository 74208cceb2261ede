"""Request ids: any order where a listener is lenient, one sequence where it is strict (basic profile, "IDs")."""

import pytest
from support.core import Client, FakeRouter
from support.wamp import PUBLISH, PUBLISHED, REGISTER, REGISTERED, SUBSCRIBE, SUBSCRIBED

VIOLATION = "wamp.error.protocol_violation"


def strict(home: FakeRouter) -> Client:
    client = home.attach(strict_request_ids=True)
    client.join()
    return client


def test_request_ids_may_be_random(home: FakeRouter) -> None:
    client = home.client()
    for request in (2**53, 5, 5, 1):
        assert client.send(SUBSCRIBE, request, {}, "com.topic").take()[0][:2] == [SUBSCRIBED, request]


def test_a_strict_listener_wants_them_in_sequence_over_all_requests(home: FakeRouter) -> None:
    client = strict(home)
    client.send(SUBSCRIBE, 1, {}, "com.topic").send(PUBLISH, 2, {"acknowledge": True}, "com.topic")
    client.send(REGISTER, 3, {}, "com.procedure")
    assert [message[:2] for message in client.take()] == [[SUBSCRIBED, 1], [PUBLISHED, 2], [REGISTERED, 3]]


@pytest.mark.parametrize("request_id", [1, 3, 2**53])
def test_a_strict_listener_ends_a_session_that_jumps(home: FakeRouter, request_id: int) -> None:
    client = strict(home).send(SUBSCRIBE, 1, {}, "com.topic")
    client.take()
    client.send(SUBSCRIBE, request_id, {}, "com.other")
    assert client.take()[0][2] == VIOLATION


def test_cancel_does_not_count_among_the_requests(home: FakeRouter) -> None:
    client = strict(home).send(49, 1, {}).send(SUBSCRIBE, 1, {}, "com.topic")
    assert client.take()[0][:2] == [SUBSCRIBED, 1]


def test_request_ids_start_again_at_1_behind_the_last_one(home: FakeRouter) -> None:
    client = strict(home)
    home.realm.sessions[client.session].last_request = 2**53 - 1
    client.send(SUBSCRIBE, 2**53, {}, "com.topic").send(SUBSCRIBE, 1, {}, "com.other")
    assert [message[:2] for message in client.take()] == [[SUBSCRIBED, 2**53], [SUBSCRIBED, 1]]
