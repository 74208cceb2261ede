"""Several callees of one procedure (advanced profile, "Shared Registration")."""

from typing import Any

import pytest
from support.core import Client, FakeRouter
from support.wamp import CALL, REGISTER, REGISTERED, YIELD


def answer(callee: Client, *payload: Any) -> list[list[Any]]:
    """Have a callee answer what it has been asked, and return what it had been sent."""
    invocations = callee.take()
    for invocation in invocations:
        callee.send(YIELD, invocation[1], {}, *payload)
    return invocations


def shared(home: FakeRouter, invoke: str, count: int = 3) -> tuple[list[Client], Client]:
    callees = [home.client() for _ in range(count)]
    assert len({callee.register("com.procedure", invoke=invoke) for callee in callees}) == 1
    return callees, home.client()


def chosen(callees: list[Client], caller: Client, calls: int) -> list[int]:
    order = []
    for _ in range(calls):
        caller.call("com.procedure")
        order += [number for number, callee in enumerate(callees) if answer(callee)]
    return order


@pytest.mark.parametrize(
    ("invoke", "order"),
    [("first", [0] * 5), ("last", [2] * 5), ("roundrobin", [0, 1, 2, 0, 1]), ("random", [2] * 5)],
)
def test_the_policy_chooses_the_callee(home: FakeRouter, invoke: str, order: list[int]) -> None:
    callees, caller = shared(home, invoke)
    assert chosen(callees, caller, 5) == order  # the random numbers of the tests are as large as they can be


@pytest.mark.parametrize(
    ("invoke", "gone", "order"), [("first", 0, [1, 1]), ("last", 2, [1, 1]), ("roundrobin", 1, [0, 2, 0])]
)
def test_the_policy_goes_on_when_a_callee_has_left(home: FakeRouter, invoke: str, gone: int, order: list[int]) -> None:
    callees, caller = shared(home, invoke)
    callees[gone].leave()
    assert chosen(callees, caller, len(order)) == order


@pytest.mark.parametrize(
    ("calls", "gone", "order"), [(1, 0, [1, 2, 1]), (2, 0, [2, 1, 2]), (2, 2, [0, 1, 0]), (3, 0, [1, 2])]
)
def test_nobodys_turn_is_passed_over_when_a_callee_has_left(
    home: FakeRouter, calls: int, gone: int, order: list[int]
) -> None:
    callees, caller = shared(home, "roundrobin")
    chosen(callees, caller, calls)
    callees[gone].leave()
    assert chosen(callees, caller, len(order)) == order


@pytest.mark.parametrize("invoke", ["single", "first", "last", "random", "roundrobin"])
@pytest.mark.parametrize("second", ["single", "first", "last", "random", "roundrobin"])
def test_who_registers_second_must_name_the_same_policy_and_not_single(
    home: FakeRouter, invoke: str, second: str
) -> None:
    one, other = home.client(), home.client()
    one.register("com.procedure", invoke=invoke)
    other.request(REGISTER, {"invoke": second}, "com.procedure")
    [message] = other.take()
    if invoke == second != "single":
        assert message[0] == REGISTERED
    else:
        assert message[4] == "wamp.error.procedure_already_exists"


def test_a_session_does_not_share_with_itself(home: FakeRouter) -> None:
    client = home.client()
    client.register("com.procedure", invoke="roundrobin")
    assert client.error(REGISTER, {"invoke": "roundrobin"}, "com.procedure") == "wamp.error.procedure_already_exists"


def test_a_shared_registration_ends_with_its_last_callee(home: FakeRouter) -> None:
    callees, caller = shared(home, "first")
    for callee in callees:
        callee.leave()
    assert caller.error(CALL, {}, "com.procedure") == "wamp.error.no_such_procedure"
    home.client().register("com.procedure", invoke="single")


def test_a_pattern_can_be_shared(home: FakeRouter) -> None:
    one, other, caller = home.client(), home.client(), home.client()
    for callee in (one, other):
        callee.register("com.", match="prefix", invoke="roundrobin")
    for _ in range(4):
        caller.call("com.x")
    assert (len(one.take()), len(other.take())) == (2, 2)
