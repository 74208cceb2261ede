"""Registrations and calls: the basic profile, shared and pattern-based registrations, disclosure, limits."""

from typing import Any

import pytest
from support.core import ALL, EVERYTHING, Client, FakeRouter
from support.wamp import (
    ABORT,
    CALL,
    ERROR,
    EVENT,
    GOODBYE,
    INVOCATION,
    REGISTER,
    RESULT,
    SERIALIZERS,
    UNREGISTER,
    UNREGISTERED,
    YIELD,
)
from wampi.router.core.authorization import Disclosure, Permission, Role
from wampi.router.core.limits import Limits

VIOLATION = "wamp.error.protocol_violation"


def answer(callee: Client, *payload: Any) -> list[list[Any]]:
    """Have a callee answer what it has been asked, and return what it had been sent."""
    invocations = callee.take()
    for invocation in invocations:
        callee.send(YIELD, invocation[1], {}, *payload)
    return invocations


# ---- registrations ---------------------------------------------------------------------------------------------


def test_a_procedure_is_registered_once(home: FakeRouter) -> None:
    one, other = home.client(), home.client()
    one.register("com.procedure")
    for client in (one, other):
        assert client.error(REGISTER, {}, "com.procedure") == "wamp.error.procedure_already_exists"


def test_the_same_uri_can_be_registered_once_for_each_match(home: FakeRouter) -> None:
    client = home.client()
    ids = {client.register("com.procedure", match=match) for match in ("exact", "prefix", "wildcard")}
    assert len(ids) == 3


def test_a_topic_and_a_procedure_may_have_one_uri(home: FakeRouter) -> None:
    client, other = home.client(), home.client()
    client.register("com.both")
    client.subscribe("com.both")
    other.publish("com.both")
    other.call("com.both")
    assert [message[0] for message in client.take()] == [EVENT, INVOCATION]


@pytest.mark.parametrize("uri", ["", "a..b", "a.", "a b", "wamp.procedure", "wamp", "x" * 256])
def test_a_bad_or_reserved_procedure_is_an_error(home: FakeRouter, uri: str) -> None:
    assert home.client().error(REGISTER, {}, uri) == "wamp.error.invalid_uri"


@pytest.mark.parametrize(
    ("uri", "match"), [("wamp", "prefix"), ("wamp.", "prefix"), ("wamp..count", "wildcard"), ("a..b", "prefix")]
)
def test_a_bad_or_reserved_pattern_is_an_error(home: FakeRouter, uri: str, match: str) -> None:
    assert home.client().error(REGISTER, {"match": match}, uri) == "wamp.error.invalid_uri"


@pytest.mark.parametrize(
    ("uri", "match"), [("", "prefix"), ("wam", "prefix"), (".session.count", "wildcard"), ("..", "wildcard")]
)
def test_a_pattern_never_gets_the_calls_of_the_routers_own_procedures(home: FakeRouter, uri: str, match: str) -> None:
    callee, caller = home.client(), home.client()
    callee.register(uri, match=match)
    assert caller.result("wamp.session.count") == 2
    assert caller.error(CALL, {}, "wamp.session.nonsense") == "wamp.error.no_such_procedure"
    assert callee.take() == []


def test_what_the_role_may_not_register_is_an_error() -> None:
    home = FakeRouter([Role("everything", (Permission("com.mine.", "prefix", frozenset({"register"})),))])
    client = home.client()
    assert client.register("com.mine.procedure")
    for uri, match in (("com.other", "exact"), ("com.", "prefix"), ("com..procedure", "wildcard")):
        assert client.error(REGISTER, {"match": match}, uri) == "wamp.error.not_authorized"


def test_unregistering_what_the_session_does_not_hold_is_an_error(home: FakeRouter) -> None:
    client, other = home.client(), home.client()
    registration = other.register("com.procedure")
    for unknown in (registration, 99):
        assert client.error(UNREGISTER, unknown) == "wamp.error.no_such_registration"
    client.call("com.procedure")
    assert len(other.take()) == 1


def test_after_unregistering_there_are_no_more_calls(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client()
    registration = callee.register("com.procedure")
    assert callee.ask(UNREGISTER, registration)[0] == UNREGISTERED
    assert caller.error(CALL, {}, "com.procedure") == "wamp.error.no_such_procedure"
    assert callee.register("com.procedure") != registration


def test_a_call_under_way_ends_as_usual_after_unregistering(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client()
    registration = callee.register("com.procedure")
    request = caller.call("com.procedure")
    [invocation] = callee.take()
    callee.ask(UNREGISTER, registration)
    callee.send(YIELD, invocation[1], {}, ["done"])
    assert caller.take() == [[RESULT, request, {}, ["done"]]]


def test_the_registrations_of_a_session_are_bounded() -> None:
    home = FakeRouter([Role("everything", EVERYTHING.permissions, Limits(registrations=2))])
    client = home.client()
    client.register("com.a")
    last = client.register("com.b")
    assert client.error(REGISTER, {}, "com.c") == "wampi.error.limit_exceeded"
    client.ask(UNREGISTER, last)
    client.register("com.c")


# ---- calls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", SERIALIZERS)
@pytest.mark.parametrize("payload", [(), ([],), ([], {}), ([1, 2.0, b"\xff", None],), ([], {"a": [b""]}), (["x"], {})])
def test_a_call_and_its_result_arrive_as_they_were_sent(
    home: FakeRouter, serializer: str, asked: str, payload: tuple[Any, ...]
) -> None:
    caller, callee = home.client(serializer), home.client(asked)
    registration = callee.register("com.procedure")
    request = caller.call("com.procedure", *payload)
    assert callee.take() == [[INVOCATION, 1, registration, {}, *payload]]
    callee.send(YIELD, 1, {}, *payload)
    assert caller.take() == [[RESULT, request, {}, *payload]]


@pytest.mark.parametrize("payload", [(), (["why"],), ([], {"because": b"\xff"})])
def test_an_error_arrives_as_the_callee_sent_it(home: FakeRouter, serializer: str, payload: tuple[Any, ...]) -> None:
    caller, callee = home.client(serializer), home.client()
    callee.register("com.procedure")
    request = caller.call("com.procedure")
    callee.send(ERROR, INVOCATION, 1, {"secret": "details"}, "com.my.error", *payload)
    assert caller.take() == [[ERROR, CALL, request, {}, "com.my.error", *payload]]


@pytest.mark.parametrize("uri", ["", "a b", "a..b", "Division by zero!", "x" * 256])
def test_an_error_without_a_valid_uri_is_a_violation_and_the_call_is_cancelled(home: FakeRouter, uri: str) -> None:
    caller, callee = home.client(), home.client()
    callee.register("com.procedure")
    request = caller.call("com.procedure")
    callee.send(ERROR, INVOCATION, 1, {}, uri)
    assert callee.take()[-1][2] == VIOLATION
    [[*head, _, uri, _]] = caller.take()
    assert [*head, uri] == [ERROR, CALL, request, "wamp.error.canceled"]


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("com.nobody", "wamp.error.no_such_procedure"),
        ("wamp.nonsense", "wamp.error.no_such_procedure"),
        ("a..b", "wamp.error.invalid_uri"),
        ("", "wamp.error.invalid_uri"),
        ("x" * 256, "wamp.error.invalid_uri"),
    ],
)
def test_a_call_that_goes_nowhere_is_an_error_and_no_abort(home: FakeRouter, uri: str, error: str) -> None:
    assert home.client().error(CALL, {}, uri) == error


def test_what_the_role_may_not_call_is_not_authorized_whether_it_exists_or_not() -> None:
    home = FakeRouter([EVERYTHING, Role("nobody")])
    home.client().register("com.procedure")
    client = home.client(role="nobody")
    for uri in ("com.procedure", "com.nothing", "wamp.session.count", "wamp.nonsense"):
        assert client.error(CALL, {}, uri) == "wamp.error.not_authorized"


def test_a_session_may_call_itself(home: FakeRouter) -> None:
    client = home.client()
    client.register("com.procedure")
    request = client.call("com.procedure", [1])
    [invocation] = client.take()
    client.send(YIELD, invocation[1], {}, [2])
    assert client.take() == [[RESULT, request, {}, [2]]]


def test_each_callee_counts_its_invocations_from_1(home: FakeRouter) -> None:
    one, other, caller = home.client(), home.client(), home.client()
    one.register("com.one")
    other.register("com.other")
    for uri in ("com.one", "com.other", "com.one", "com.one", "com.other"):
        caller.call(uri)
    assert [message[1] for message in one.take()] == [1, 2, 3]
    assert [message[1] for message in other.take()] == [1, 2]


def test_invocation_ids_begin_again_behind_the_last_one(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.procedure")
    home.realm.sessions[callee.session].issued_invocations = 2**53 - 1
    caller.call("com.procedure")
    caller.call("com.procedure")
    assert [message[1] for message in answer(callee)] == [2**53, 1]


def test_invocations_come_in_the_order_of_the_calls_across_procedures(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.a")
    callee.register("com.", match="prefix")
    for number in range(10):
        caller.call("com.a" if number % 2 else "com.b", [number])
    assert [message[4][0] for message in callee.take()] == list(range(10))


def test_a_request_id_is_not_used_again_while_its_call_is_under_way(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.procedure")
    caller.send(CALL, 7, {}, "com.procedure")
    answer(callee)
    caller.send(CALL, 7, {}, "com.procedure")
    assert [message[0] for message in caller.take()] == [RESULT]
    caller.send(CALL, 7, {}, "com.procedure")
    assert caller.take()[-1][2] == VIOLATION


def test_a_progressive_call_is_a_violation_since_it_is_not_announced(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.procedure")
    caller.call("com.procedure", progress=True)
    assert caller.take()[0][2] == VIOLATION
    assert callee.take() == []


def test_calls_under_way_are_bounded_and_finished_ones_do_not_count() -> None:
    home = FakeRouter([Role("everything", EVERYTHING.permissions, Limits(pending_calls=2))])
    callee, caller = home.client(), home.client()
    callee.register("com.procedure")
    for _ in range(2):
        caller.call("com.procedure")
    assert caller.error(CALL, {}, "com.procedure") == "wampi.error.limit_exceeded"
    assert caller.result("wamp.session.count") == 2
    answer(callee)
    for _ in range(2):
        caller.call("com.procedure")
    assert len(callee.take()) == 2


@pytest.mark.parametrize("code", [YIELD, ERROR])
@pytest.mark.parametrize("invocation", [2, 2**53])
def test_an_answer_to_an_invocation_that_never_was_is_a_violation(home: FakeRouter, code: int, invocation: int) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.procedure")
    caller.call("com.procedure")
    callee.take()
    callee.send(*([YIELD, invocation, {}] if code == YIELD else [ERROR, INVOCATION, invocation, {}, "com.error"]))
    assert callee.take()[-1][2] == VIOLATION


@pytest.mark.parametrize(
    "late", [(YIELD, 1, {}), (YIELD, 1, {"progress": True}), (ERROR, INVOCATION, 1, {}, "com.error")]
)
def test_a_second_answer_is_discarded(home: FakeRouter, late: tuple[Any, ...]) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.procedure")
    caller.call("com.procedure")
    answer(callee)
    caller.take()
    callee.send(*late)
    assert (callee.take(), caller.take()) == ([], [])


def test_nobody_answers_for_another(home: FakeRouter) -> None:
    callee, caller, thief = home.client(), home.client(), home.client()
    callee.register("com.procedure")
    thief.register("com.other")
    caller.call("com.other")
    answer(thief)
    caller.take()
    caller.call("com.procedure")
    thief.send(YIELD, 1, {}, ["forged"])
    assert caller.take() == []


# ---- what cannot be sent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["wamp.error.payload_size_exceeded", "wamp.error.invalid_argument"])
def test_arguments_that_the_callee_cannot_be_sent_are_an_error_to_the_caller(home: FakeRouter, error: str) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.procedure")
    callee.peer.refuses = error
    assert caller.error(CALL, {}, "com.procedure", [1]) == error
    assert not callee.peer.is_closed
    callee.peer.refuses = None
    caller.call("com.procedure")
    assert callee.take()[0][1] == 1  # no gap in the ids of what was really sent
    assert home.realm.sessions[caller.session].calls.keys() == {2}


def test_a_result_that_the_caller_cannot_be_sent_is_an_error_instead(home: FakeRouter) -> None:
    callee, caller = home.client("cbor"), home.client("json")
    callee.register("com.procedure")
    request = caller.call("com.procedure")
    callee.send(YIELD, 1, {}, [float("nan")])
    [[code, kind, answered, _, uri, _]] = caller.take()
    assert [code, kind, answered, uri] == [ERROR, CALL, request, "wamp.error.invalid_argument"]
    assert callee.take()[1:] == []


def test_an_error_whose_arguments_cannot_be_sent_keeps_its_uri(home: FakeRouter) -> None:
    callee, caller = home.client("cbor"), home.client("json")
    callee.register("com.procedure")
    request = caller.call("com.procedure")
    callee.send(ERROR, INVOCATION, 1, {}, "com.my.error", [float("nan")])
    [[code, kind, answered, _, uri, _]] = caller.take()
    assert [code, kind, answered, uri] == [ERROR, CALL, request, "com.my.error"]


# ---- patterns --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("procedure", "chosen"),
    [
        ("com.app.obj", "exact"),
        ("com.app.obj1", "long prefix"),
        ("com.app.x", "prefix"),
        ("com.other.x", "wildcard"),
        ("com.other.y", "broad wildcard"),
        ("org.other.y", None),
    ],
)
def test_one_registration_gets_the_call_exact_before_prefix_before_wildcard(
    home: FakeRouter, procedure: str, chosen: str | None
) -> None:
    callee, caller = home.client(), home.client()
    ids = {
        callee.register("com.app.obj"): "exact",
        callee.register("com.app", match="prefix"): "prefix",
        callee.register("com.app.obj", match="prefix"): "long prefix",
        callee.register("com..x", match="wildcard"): "wildcard",
        callee.register("com..", match="wildcard"): "broad wildcard",
    }
    caller.call(procedure)
    invocations = callee.take()
    assert [ids[message[2]] for message in invocations] == ([chosen] if chosen else [])
    if chosen:
        assert invocations[0][3] == ({} if chosen == "exact" else {"procedure": procedure})


def test_a_callee_of_a_pattern_gets_only_what_its_role_may_register() -> None:
    role = Role("r", (Permission("com.", "prefix", ALL), Permission("com.secret", "exact", frozenset({"call"}))))
    home = FakeRouter([role, EVERYTHING])
    callee, fallback, caller = home.client(role="r"), home.client(), home.client()
    callee.register("com.", match="prefix")
    assert caller.error(CALL, {}, "com.secret") == "wamp.error.no_such_procedure"
    fallback.register(".secret", match="wildcard")
    caller.call("com.secret")
    assert (len(callee.take()), len(fallback.take())) == (0, 1)
    caller.call("com.open")
    assert len(callee.take()) == 1


# ---- disclosure ------------------------------------------------------------------------------------------------


def disclosing(disclosure: Disclosure) -> FakeRouter:
    return FakeRouter([Role("everything", (Permission("", "prefix", ALL, caller=disclosure),))])


@pytest.mark.parametrize(
    ("disclosure", "callee_asks", "caller_asks", "is_disclosed"),
    [
        (Disclosure.ON_REQUEST, False, False, False),
        (Disclosure.ON_REQUEST, False, True, True),
        (Disclosure.ON_REQUEST, True, False, True),
        (Disclosure.ALWAYS, False, False, True),
        (Disclosure.NEVER, False, False, False),
    ],
)
def test_a_caller_is_disclosed_when_somebody_asks_for_it(
    disclosure: Disclosure, callee_asks: bool, caller_asks: bool, is_disclosed: bool
) -> None:
    home = disclosing(disclosure)
    callee, caller = home.client(), home.client(authid="ann")
    callee.register("com.procedure", disclose_caller=callee_asks)
    caller.call("com.procedure", disclose_me=caller_asks)
    who = {"caller": caller.session, "caller_authid": "ann", "caller_authrole": "everything"}
    assert callee.take()[0][3] == (who if is_disclosed else {})


@pytest.mark.parametrize(("callee_asks", "caller_asks"), [(False, True), (True, False), (True, True)])
def test_a_disclosure_that_is_not_allowed_is_an_error_to_the_call(callee_asks: bool, caller_asks: bool) -> None:
    home = disclosing(Disclosure.NEVER)
    callee, caller = home.client(), home.client()
    callee.register("com.procedure", disclose_caller=callee_asks)
    error = caller.error(CALL, {"disclose_me": caller_asks}, "com.procedure")
    assert error == "wamp.error.option_disallowed.disclose_me"
    assert callee.take() == []


def test_disclosure_and_procedure_stand_side_by_side(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client(authid="ann")
    callee.register("com.", match="prefix")
    caller.call("com.x", disclose_me=True)
    caller.call("com.y")
    first, second = (message[3] for message in callee.take())
    assert first == {
        "caller": caller.session,
        "caller_authid": "ann",
        "caller_authrole": "everything",
        "procedure": "com.x",
    }
    assert second == {"procedure": "com.y"}


# ---- the end of a session --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["loss", "goodbye", "abort", "violation", "killed"])
def test_nothing_is_left_of_a_session_that_has_ended(home: FakeRouter, end: str) -> None:
    client, other = home.client(), home.client()
    client.register("com.procedure")
    client.register("com.", match="prefix", invoke="first")
    other.register("com.", match="prefix", invoke="first")
    if end == "loss":
        client.leave()
    elif end == "killed":
        client.link.dismiss("wamp.close.killed")
    else:
        client.send(*{"goodbye": (GOODBYE, {}, "x"), "abort": (ABORT, {}, "x"), "violation": (YIELD, 9, {})}[end])
    other.call("com.procedure")
    [invocation] = other.take()
    assert invocation[3] == {"procedure": "com.procedure"}
    other.leave()
    index = home.realm.dealer.registry.index
    assert [list(index.values(match)) for match in ("exact", "prefix", "wildcard")] == [[], [], []]
