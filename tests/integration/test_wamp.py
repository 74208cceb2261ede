"""What every client may rely on, whatever it speaks."""

import pytest
from support.channels import LIMITS, Place, Session
from support.wamp import (
    ABORT,
    CALL,
    CANCEL,
    ERROR,
    EVENT,
    GOODBYE,
    INTERRUPT,
    INVOCATION,
    PUBLISH,
    PUBLISHED,
    REGISTER,
    RESULT,
    SUBSCRIBE,
    UNSUBSCRIBE,
    YIELD,
)

VALUES = [1, -7, 2**53, 1.5, "grün 🌱", True, None, [1, [2, {"deep": []}]], {"a": {"b": None}}]


def two(place: Place) -> tuple[Session, Session]:
    return place.join(), place.join()


# ---- sessions


def test_a_client_is_welcomed(place: Place) -> None:
    _, session, details = place.join().welcome
    assert 1 <= session <= 2**53
    assert details["realm"] == "home"
    assert set(details["roles"]) == {"broker", "dealer"}


def test_an_unknown_realm_is_refused(place: Place) -> None:
    session = place.open()
    session.send(1, "nowhere", {"roles": {"caller": {}}})
    assert session.receive()[::2] == [ABORT, "wamp.error.no_such_realm"]


def test_goodbye_is_answered_and_a_new_hello_may_follow(place: Place) -> None:
    session = place.join()
    first = session.welcome[1]
    session.send(GOODBYE, {}, "wamp.close.normal")
    assert session.receive()[::2] == [GOODBYE, "wamp.close.goodbye_and_out"]
    session.join()
    assert session.welcome[1] != first


# ---- calls


def test_a_call_goes_to_the_callee_and_its_result_back(place: Place) -> None:
    callee, caller = two(place)
    registration = callee.succeed(REGISTER, {}, place.uri("add"))
    request = caller.request(CALL, {}, place.uri("add"), VALUES, {"key": "value"})
    kind, invocation, called, _, args, kwargs = callee.receive()
    assert (kind, called, args, kwargs) == (INVOCATION, registration, VALUES, {"key": "value"})
    callee.send(YIELD, invocation, {}, ["sum"], {"n": VALUES})
    assert caller.receive() == [RESULT, request, {}, ["sum"], {"n": VALUES}]


def test_an_error_of_the_callee_reaches_the_caller_whole(place: Place) -> None:
    callee, caller = two(place)
    callee.succeed(REGISTER, {}, place.uri("fail"))
    request = caller.request(CALL, {}, place.uri("fail"))
    callee.send(ERROR, INVOCATION, callee.receive()[1], {}, "com.example.broken", ["why"], {"code": 7})
    assert caller.receive() == [ERROR, CALL, request, {}, "com.example.broken", ["why"], {"code": 7}]


def test_a_call_of_nothing_is_an_error(place: Place) -> None:
    assert place.join().ask(CALL, {}, place.uri("nothing"))[4] == "wamp.error.no_such_procedure"


def test_progressive_results_come_in_order(place: Place) -> None:
    callee, caller = two(place)
    callee.succeed(REGISTER, {}, place.uri("count"))
    request = caller.request(CALL, {"receive_progress": True}, place.uri("count"))
    _, invocation, _, details, *_ = callee.receive()
    assert details["receive_progress"] is True
    for number in range(5):
        callee.send(YIELD, invocation, {"progress": True}, [number])
    callee.send(YIELD, invocation, {}, ["end"])
    results = [caller.receive() for _ in range(6)]
    assert [result[:2] for result in results] == [[RESULT, request]] * 6
    assert [result[2].get("progress", False) for result in results] == [True] * 5 + [False]
    assert [result[3] for result in results] == [[0], [1], [2], [3], [4], ["end"]]


def test_a_cancelled_call_is_interrupted(place: Place) -> None:
    callee, caller = two(place)
    callee.succeed(REGISTER, {}, place.uri("slow"))
    request = caller.request(CALL, {}, place.uri("slow"))
    invocation = callee.receive()[1]
    caller.send(CANCEL, request, {"mode": "killnowait"})
    assert caller.receive()[:5] == [ERROR, CALL, request, {}, "wamp.error.canceled"]
    assert callee.receive()[:2] == [INTERRUPT, invocation]


def test_a_call_whose_callee_is_gone_is_answered(place: Place) -> None:
    callee, caller = two(place)
    callee.succeed(REGISTER, {}, place.uri("dies"))
    request = caller.request(CALL, {}, place.uri("dies"))
    callee.receive()
    callee.drop()
    assert caller.receive()[:5] == [ERROR, CALL, request, {}, "wamp.error.canceled"]


def test_hundreds_of_calls_at_once_are_all_answered_in_order(place: Place) -> None:
    callee, caller = two(place)
    callee.succeed(REGISTER, {}, place.uri("echo"))
    for _ in range(5):
        requests = [caller.request(CALL, {}, place.uri("echo"), [number]) for number in range(60)]
        for _ in requests:
            _, invocation, _, _, args = callee.receive()
            callee.send(YIELD, invocation, {}, args)
        answers = [caller.receive() for _ in requests]
        assert [answer[1] for answer in answers] == requests
        assert [answer[3] for answer in answers] == [[number] for number in range(60)]


def test_a_prefix_registration_learns_what_was_called(place: Place) -> None:
    callee, caller = two(place)
    callee.succeed(REGISTER, {"match": "prefix"}, place.uri("any."))
    request = caller.request(CALL, {}, place.uri("any.thing"))
    invocation = callee.receive()
    assert invocation[3]["procedure"] == place.uri("any.thing")
    callee.send(YIELD, invocation[1], {})
    assert caller.receive() == [RESULT, request, {}]


# ---- payloads


@pytest.mark.parametrize("other", ["json", "msgpack", "cbor", "ubjson"])
def test_payloads_arrive_whatever_the_other_side_speaks(place: Place, other: str) -> None:
    callee, caller = place.join(other), place.join()
    callee.succeed(REGISTER, {}, place.uri("echo"))
    request = caller.request(CALL, {}, place.uri("echo"), [*VALUES, caller.binary(b"\x00\xff")])
    _, invocation, _, _, args = callee.receive()
    assert args == [*VALUES, callee.binary(b"\x00\xff")]
    callee.send(YIELD, invocation, {}, args)
    assert caller.receive() == [RESULT, request, {}, [*VALUES, caller.binary(b"\x00\xff")]]


def test_a_large_message_arrives_whole(place: Place) -> None:
    callee, caller = two(place)
    callee.succeed(REGISTER, {}, place.uri("echo"))
    large = "x" * 60_000
    caller.request(CALL, {}, place.uri("echo"), [large])
    invocation = callee.receive()
    assert invocation[4] == [large]
    callee.send(YIELD, invocation[1], {}, [large])
    assert caller.receive()[3] == [large]


# ---- events


def test_an_event_reaches_every_subscriber_and_not_its_publisher(place: Place) -> None:
    publisher, first, second = place.join(), place.join(), place.join("json")
    subscriptions = [one.succeed(SUBSCRIBE, {}, place.uri("topic")) for one in (publisher, first, second)]
    publication = publisher.succeed(PUBLISH, {"acknowledge": True}, place.uri("topic"), VALUES, {"n": 1})
    for one, subscription in zip((first, second), subscriptions[1:], strict=True):
        assert one.event() == [EVENT, subscription, publication, {}, VALUES, {"n": 1}]
    assert publisher.ask(PUBLISH, {"acknowledge": True}, place.uri("other"))[0] == PUBLISHED


def test_events_come_in_the_order_of_their_publication(place: Place) -> None:
    publisher, subscriber = two(place)
    subscriber.succeed(SUBSCRIBE, {}, place.uri("many"))
    for number in range(200):
        publisher.request(PUBLISH, {}, place.uri("many"), [number])
    publisher.succeed(PUBLISH, {"acknowledge": True}, place.uri("many"), [200])
    assert [subscriber.event()[4] for _ in range(201)] == [[number] for number in range(201)]


@pytest.mark.parametrize(("pattern", "match"), [("kitchen.", "prefix"), ("kitchen..state", "wildcard")])
def test_a_pattern_gets_what_it_matches_and_learns_the_topic(place: Place, pattern: str, match: str) -> None:
    publisher, subscriber = two(place)
    subscriber.succeed(SUBSCRIBE, {"match": match}, place.uri(pattern))
    publisher.request(PUBLISH, {}, place.uri("cellar.light.state"), [0])
    publisher.succeed(PUBLISH, {"acknowledge": True}, place.uri("kitchen.light.state"), [1])
    event = subscriber.event()
    assert event[3]["topic"] == place.uri("kitchen.light.state")
    assert event[4] == [1]


def test_nothing_comes_after_unsubscribing(place: Place) -> None:
    publisher, subscriber = two(place)
    subscription = subscriber.succeed(SUBSCRIBE, {}, place.uri("topic"))
    subscriber.ask(UNSUBSCRIBE, subscription)
    publisher.succeed(PUBLISH, {"acknowledge": True}, place.uri("topic"))
    assert subscriber.ask(CALL, {}, place.uri("nothing"))[0] == ERROR
    assert subscriber._events == []


def test_a_retained_event_waits_for_a_later_subscriber(place: Place) -> None:
    publisher, subscriber = two(place)
    publisher.succeed(PUBLISH, {"acknowledge": True, "retain": True}, place.uri("state"), ["on"])
    subscriber.succeed(SUBSCRIBE, {"get_retained": True}, place.uri("state"))
    event = subscriber.event()
    assert (event[3]["retained"], event[4]) == (True, ["on"])


def test_a_testament_is_published_when_its_session_is_lost(place: Place) -> None:
    heir, dying = two(place)
    heir.succeed(SUBSCRIBE, {}, place.uri("will"))
    dying.ask(CALL, {}, "wamp.session.add_testament", [place.uri("will"), ["gone"], {"n": 1}])
    dying.drop()
    assert heir.event()[4:] == [["gone"], {"n": 1}]


# ---- limits and violations


def test_a_subscription_too_many_is_an_error_and_the_session_goes_on(place: Place) -> None:
    session = place.join()
    for number in range(int(LIMITS["subscriptions"])):
        session.succeed(SUBSCRIBE, {}, place.uri(f"n{number}"))
    assert session.ask(SUBSCRIBE, {}, place.uri("more"))[4] == "wampi.error.limit_exceeded"
    assert session.ask(CALL, {}, place.uri("nothing"))[4] == "wamp.error.no_such_procedure"


def test_a_message_out_of_turn_ends_the_session(place: Place) -> None:
    session = place.join()
    session.send(1, "home", {"roles": {"caller": {}}})
    assert session.receive()[::2] == [ABORT, "wamp.error.protocol_violation"]
    with pytest.raises(ConnectionError):
        session.receive()


def test_bytes_that_are_no_message_end_the_session(socket_place: Place) -> None:
    session = socket_place.join()
    session.send("nonsense", {})
    assert session.receive()[::2] == [ABORT, "wamp.error.protocol_violation"]
    with pytest.raises(ConnectionError):
        session.receive()


def test_a_message_that_is_too_large_ends_the_connection_and_no_other(socket_place: Place) -> None:
    loud, other = two(socket_place)
    loud.send(PUBLISH, 1, {}, socket_place.uri("topic"), ["x" * 70_000])
    with pytest.raises(ConnectionError):
        loud.receive()
    loud.drop()
    assert other.ask(CALL, {}, socket_place.uri("nothing"))[4] == "wamp.error.no_such_procedure"
