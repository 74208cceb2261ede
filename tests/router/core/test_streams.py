"""Calls whose arguments come in several messages: advanced profile, "Progressive Call Invocations"."""

from typing import Any

import pytest
from support.core import ALL_ROLES, AcceptAnyone, Client, FakeRouter

ABORT, ERROR, CALL, CANCEL, RESULT, INVOCATION, INTERRUPT, YIELD = 3, 8, 48, 49, 50, 68, 69, 70
REGISTER, SUBSCRIBE, UNREGISTER = 64, 32, 66
STREAMS = {"features": {"progressive_call_invocations": True, "call_canceling": True}}
ROLES = {**ALL_ROLES, "caller": STREAMS, "callee": STREAMS}


class House:
    """A caller and a callee that both can do it, with one procedure."""

    def __init__(self, callee_roles: dict[str, Any] = ROLES, **registered: Any) -> None:
        self.fake = FakeRouter()
        self.caller = self.fake.client(roles=ROLES)
        self.callee = self.fake.client(roles=callee_roles)
        answer = self.callee.ask(REGISTER, registered, "com.sum" if not registered else "com.")
        self.registration: int = answer[2]
        self.callee.take()

    def call(self, request: int, value: int, **options: Any) -> list[list[Any]]:
        """Send one part of a call and return what the callee gets."""
        self.caller.send(CALL, request, options, "com.sum", [value])
        return self.callee.take()


def test_all_parts_reach_the_callee_under_one_invocation() -> None:
    house = House()
    assert house.call(1, 10, progress=True) == [[INVOCATION, 1, house.registration, {"progress": True}, [10]]]
    assert house.call(1, 20, progress=True) == [[INVOCATION, 1, house.registration, {"progress": True}, [20]]]
    assert house.call(1, 30) == [[INVOCATION, 1, house.registration, {}, [30]]]
    house.callee.send(YIELD, 1, {}, [60])
    assert house.caller.take() == [[RESULT, 1, {}, [60]]]


def test_a_call_that_has_sent_its_last_part_may_not_go_on() -> None:
    house = House()
    house.call(1, 10, progress=True)
    house.call(1, 20)
    house.call(1, 30)
    assert house.caller.take()[0][2] == "wamp.error.protocol_violation"


def test_options_are_frozen_from_the_first_part() -> None:
    house = House(match="prefix")
    [[_, _, _, details, _]] = house.call(1, 10, progress=True, disclose_me=True)
    assert details["procedure"] == "com.sum"
    [[_, _, _, again, _]] = house.call(1, 20)
    assert again == {key: value for key, value in details.items() if key != "progress"}


def test_the_parts_go_to_the_first_callee_even_when_it_has_unregistered() -> None:
    house = House()
    house.call(1, 10, progress=True)
    house.callee.ask(UNREGISTER, house.registration)
    assert [part[4] for part in house.call(1, 20)] == [[20]]
    house.callee.send(YIELD, 1, {}, [30])
    assert house.caller.take() == [[RESULT, 1, {}, [30]]]


def test_a_caller_that_has_not_announced_it_breaks_the_protocol() -> None:
    fake = FakeRouter()
    caller = fake.client()
    caller.send(CALL, 1, {"progress": True}, "com.sum", [1])
    assert caller.take()[0][2] == "wamp.error.protocol_violation"


@pytest.mark.parametrize("features", [{}, {"progressive_call_invocations": True}, {"call_canceling": True}])
def test_a_callee_that_cannot_take_it_is_not_asked(features: dict[str, bool]) -> None:
    house = House({**ALL_ROLES, "callee": {"features": features}})
    assert house.call(1, 10, progress=True) == []
    assert house.caller.take()[0][4] == "wamp.error.feature_not_supported"
    assert house.call(1, 20, progress=True) == [], "the rest of a call that failed is discarded"
    assert house.call(1, 30) == []
    assert house.caller.take() == []


def test_the_old_spelling_of_cancelling_counts_as_well() -> None:
    features = {"progressive_call_invocations": True, "call_cancelling": True}
    house = House({**ALL_ROLES, "callee": {"features": features}})
    assert len(house.call(1, 10, progress=True)) == 1


def ended_by_a_result(house: House) -> None:
    house.callee.send(YIELD, 1, {}, ["enough"])


def ended_by_an_error(house: House) -> None:
    house.callee.send(ERROR, INVOCATION, 1, {}, "com.error")


def ended_by_cancelling(house: House) -> None:
    house.caller.send(CANCEL, 1, {"mode": "killnowait"})


def ended_by_loss(house: House) -> None:
    house.callee.link.lost()


@pytest.mark.parametrize("end", [ended_by_a_result, ended_by_an_error, ended_by_cancelling, ended_by_loss])
def test_parts_that_were_under_way_when_the_call_ended_are_discarded(end: Any) -> None:
    house = House()
    house.call(1, 10, progress=True)
    end(house)
    [answer] = house.caller.take()
    assert answer[0] in (RESULT, ERROR)
    house.callee.take()
    assert house.call(1, 20, progress=True) == []
    assert house.call(1, 30) == []
    assert house.caller.take() == []


def test_an_id_that_was_cut_short_can_be_used_again_after_its_last_part() -> None:
    house = House()
    house.call(1, 10, progress=True)
    ended_by_a_result(house)
    house.call(1, 20)
    house.caller.take()
    assert [part[4] for part in house.call(1, 30)] == [[30]]


def test_what_is_remembered_of_calls_cut_short_is_bounded() -> None:
    house = House()
    for request in range(1, 200):
        house.call(request, 0, progress=True)
        house.callee.send(YIELD, request, {})
    house.caller.take()
    assert house.call(199, 1) == []
    assert len(house.call(1, 1)) == 1


def test_a_part_that_cannot_be_sent_ends_the_call() -> None:
    house = House()
    house.call(1, 10, progress=True)
    house.callee.peer.refuses = "wamp.error.payload_size_exceeded"
    house.call(1, 20, progress=True)
    assert house.caller.take()[0][4] == "wamp.error.payload_size_exceeded"
    assert house.callee.take() == []


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_call_in_parts_goes_to_no_other_callee_and_its_caller_learns_that_there_is_none(is_whole: bool) -> None:
    features = {"features": {**STREAMS["features"], "call_reroute": True}}
    house = House(callee_roles=ROLES | {"callee": features}, invoke="first", match="prefix")
    second = house.fake.client(roles=ROLES | {"callee": features})
    second.ask(REGISTER, {"invoke": "first", "match": "prefix"}, "com.")
    house.call(1, 10, progress=True)
    if is_whole:
        house.call(1, 20)
    house.callee.send(ERROR, INVOCATION, 1, {}, "wamp.error.unavailable")
    assert [message[4] for message in house.caller.take()] == ["wamp.error.no_available_callee"]
    assert second.take() == []


def test_the_routers_own_procedures_take_no_parts() -> None:
    house = House()
    house.caller.send(CALL, 1, {"progress": True}, "wamp.session.count")
    assert house.caller.take()[0][4] == "wamp.error.feature_not_supported"


def strict_caller() -> tuple[FakeRouter, Client]:
    fake = FakeRouter()
    caller = fake.attach(authenticator=AcceptAnyone(), strict_request_ids=True)
    caller.join(roles=ROLES)
    callee = fake.client(roles=ROLES)
    callee.ask(REGISTER, {}, "com.sum")
    return fake, caller


def test_the_parts_of_a_call_do_not_count_where_ids_are_strict() -> None:
    _, caller = strict_caller()
    caller.send(CALL, 1, {"progress": True}, "com.sum").send(CALL, 1, {}, "com.sum").send(SUBSCRIBE, 2, {}, "com.x")
    assert [message[0] for message in caller.take()] == [33]


def test_another_request_may_not_borrow_the_id_of_a_call_where_ids_are_strict() -> None:
    _, caller = strict_caller()
    caller.send(CALL, 1, {"progress": True}, "com.sum").send(SUBSCRIBE, 1, {}, "com.x")
    assert caller.take()[0][0] == ABORT
