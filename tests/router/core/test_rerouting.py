"""Calls that go on to another callee: advanced profile, "Call Re-Routing"."""

from typing import Any

import pytest
from support.core import ALL_ROLES, Client, FakeRouter

ERROR, CALL, RESULT, INVOCATION, YIELD, REGISTER = 8, 48, 50, 68, 70, 64
UNAVAILABLE = "wamp.error.unavailable"
REROUTES = {**ALL_ROLES, "callee": {"features": {"call_reroute": True}}}


def house(invoke: str, callees: int = 3, roles: dict[str, Any] = REROUTES) -> tuple[Client, list[Client]]:
    fake = FakeRouter()
    caller = fake.client()
    registered = []
    for _ in range(callees):
        callee = fake.client(roles=roles)
        assert callee.ask(REGISTER, {"invoke": invoke}, "com.work")[0] == 65
        registered.append(callee)
    return caller, registered


def asked(callees: list[Client]) -> tuple[int, list[Any]]:
    """Return which callee has been asked, and what."""
    [(number, message)] = [(number, m) for number, callee in enumerate(callees) for m in callee.take()]
    return number, message


def refuse_in_turn(callees: list[Client]) -> list[int]:
    """Let each callee that is asked say that it is not available; return their numbers."""
    order = []
    for _ in callees:
        number, message = asked(callees)
        order.append(number)
        callees[number].send(ERROR, INVOCATION, message[1], {}, UNAVAILABLE)
    return order


@pytest.mark.parametrize(
    ("invoke", "expected"), [("first", [0, 1, 2]), ("last", [2, 1, 0]), ("roundrobin", [0, 1, 2]), ("random", None)]
)
def test_each_callee_is_tried_once_in_the_order_of_the_policy(invoke: str, expected: list[int] | None) -> None:
    caller, callees = house(invoke)
    caller.send(CALL, 1, {}, "com.work", ["x"])
    order = refuse_in_turn(callees)
    assert sorted(order) == [0, 1, 2]
    assert expected in (None, order)
    assert [message[4] for message in caller.take()] == ["wamp.error.no_available_callee"]


def test_the_next_callee_gets_the_same_arguments_and_its_result_is_the_callers() -> None:
    caller, callees = house("first")
    caller.send(CALL, 1, {}, "com.work", ["x"], {"key": 1})
    number, message = asked(callees)
    callees[number].send(ERROR, INVOCATION, message[1], {}, UNAVAILABLE)
    number, message = asked(callees)
    assert (number, message[4:]) == (1, [["x"], {"key": 1}])
    callees[1].send(YIELD, message[1], {}, ["done"])
    assert caller.take() == [[RESULT, 1, {}, ["done"]]]


def test_a_single_callee_that_is_not_available_is_nobody() -> None:
    caller, callees = house("single", callees=1)
    caller.send(CALL, 1, {}, "com.work")
    assert refuse_in_turn(callees) == [0]
    assert caller.take()[0][4] == "wamp.error.no_available_callee"


def test_without_the_feature_the_error_is_the_callers() -> None:
    caller, callees = house("first", roles=ALL_ROLES)
    caller.send(CALL, 1, {}, "com.work")
    number, message = asked(callees)
    callees[number].send(ERROR, INVOCATION, message[1], {}, UNAVAILABLE)
    assert caller.take()[0][4] == UNAVAILABLE


def test_other_errors_are_the_callers() -> None:
    caller, callees = house("first")
    caller.send(CALL, 1, {}, "com.work")
    number, message = asked(callees)
    callees[number].send(ERROR, INVOCATION, message[1], {}, "com.error")
    assert caller.take()[0][4] == "com.error"


def test_a_turn_goes_on_behind_the_callee_that_took_the_call() -> None:
    caller, callees = house("roundrobin")
    caller.send(CALL, 1, {}, "com.work")
    number, message = asked(callees)
    callees[number].send(ERROR, INVOCATION, message[1], {}, UNAVAILABLE)
    assert asked(callees)[0] == 1
    caller.send(CALL, 2, {}, "com.work")
    assert asked(callees)[0] == 2


def test_callees_that_have_gone_are_not_tried() -> None:
    caller, callees = house("first")
    caller.send(CALL, 1, {}, "com.work")
    _, message = asked(callees)
    callees[1].link.lost()
    callees[0].send(ERROR, INVOCATION, message[1], {}, UNAVAILABLE)
    assert asked([callees[0], callees[2]])[0] == 1


def test_a_call_that_was_cancelled_is_not_tried_elsewhere() -> None:
    features = {"call_reroute": True, "call_canceling": True}
    caller, callees = house("first", roles={**ALL_ROLES, "callee": {"features": features}})
    caller.send(CALL, 1, {}, "com.work")
    number, message = asked(callees)
    caller.send(49, 1, {"mode": "kill"})
    callees[number].take()
    callees[number].send(ERROR, INVOCATION, message[1], {}, UNAVAILABLE)
    assert [message[4] for message in caller.take()] == ["wamp.error.canceled"]
    assert [callee.take() for callee in callees] == [[], [], []]


def test_a_second_callee_that_has_not_announced_it_means_what_it_says() -> None:
    caller, [first] = house("first", 1)
    fake = FakeRouter()
    caller, first, second, third = fake.client(), fake.client(roles=REROUTES), fake.client(), fake.client()
    for callee in (first, second, third):
        callee.register("com.work", invoke="first")
    caller.call("com.work")
    first.send(ERROR, INVOCATION, 1, {}, UNAVAILABLE)
    second.send(ERROR, INVOCATION, 1, {}, UNAVAILABLE, ["of my own"])
    assert caller.take() == [[ERROR, CALL, 1, {}, UNAVAILABLE, ["of my own"]]]
    assert third.take() == []


def test_the_timeout_holds_for_all_attempts_together() -> None:
    fake = FakeRouter()
    caller, callees = fake.client(), [fake.client(roles=REROUTES) for _ in range(3)]
    for callee in callees:
        callee.register("com.work", invoke="first")
    caller.call("com.work", timeout=1000)
    for callee in callees[:2]:
        fake.clock.advance(0.4)
        callee.send(ERROR, INVOCATION, 1, {}, UNAVAILABLE)
    assert caller.take() == []
    fake.clock.advance(0.21)
    assert [message[4] for message in caller.take()] == ["wamp.error.timeout"]


def test_a_turn_that_falls_on_a_callee_already_tried_passes_it_by() -> None:
    fake = FakeRouter()
    caller, callees = fake.client(), [fake.client(roles=REROUTES) for _ in range(2)]
    for callee in callees:
        callee.register("com.work", invoke="roundrobin")
    caller.call("com.work", ["one"])
    caller.call("com.work", ["other"])
    for callee in callees:
        callee.take()
    callees[0].send(ERROR, INVOCATION, 1, {}, UNAVAILABLE)
    assert [message[4] for message in callees[1].take()] == [["one"]]
