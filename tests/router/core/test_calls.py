"""Calls that do not end with one result: cancelling, timeouts, progress, and sessions that leave meanwhile."""

from typing import Any

import pytest
from support.core import ALL_ROLES, Client, FakeRouter
from support.wamp import ABORT, CALL, CANCEL, ERROR, GOODBYE, INTERRUPT, INVOCATION, RESULT, YIELD

CANCELED, TIMEOUT = "wamp.error.canceled", "wamp.error.timeout"
CAN_CANCEL = ALL_ROLES | {"callee": {"features": {"call_canceling": True}}}
CAN_STREAM = ALL_ROLES | {"callee": {"features": {"call_canceling": True, "progressive_call_results": True}}}
LATE = [(YIELD, 1, {}, ["late"]), (YIELD, 1, {"progress": True}, ["late"]), (ERROR, INVOCATION, 1, {}, "com.late")]


class UnderWay:
    """A call that the callee has been asked to answer."""

    def __init__(self, home: FakeRouter, callee_roles: Any = CAN_STREAM, **options: Any) -> None:
        self.home = home
        self.callee, self.caller = home.client(roles=callee_roles), home.client()
        self.callee.register("com.procedure")
        self.request = self.caller.call("com.procedure", **options)
        [self.invocation] = self.callee.take()

    def cancel(self, **options: Any) -> None:
        self.caller.send(CANCEL, self.request, options)

    def refusals(self) -> list[str]:
        """Return the URIs of the errors that the caller has got for this call, which is all it has got."""
        messages = self.caller.take()
        assert all(message[:3] == [ERROR, CALL, self.request] for message in messages)
        return [message[4] for message in messages]

    def is_over(self) -> bool:
        sessions = self.home.realm.sessions
        left = [session.calls for session in sessions.values()] + [session.invocations for session in sessions.values()]
        return not any(left) and self.home.clock.twisted.getDelayedCalls() == []


# ---- CANCEL ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"mode": "killnowait"}, {}])
def test_killnowait_answers_the_caller_and_interrupts_the_callee(home: FakeRouter, options: dict[str, Any]) -> None:
    call = UnderWay(home)
    call.cancel(**options)
    assert call.refusals() == [CANCELED]
    assert call.callee.take() == [[INTERRUPT, 1, {"mode": "killnowait"}]]
    assert call.is_over()


def test_skip_answers_the_caller_and_leaves_the_callee_alone(home: FakeRouter) -> None:
    call = UnderWay(home)
    call.cancel(mode="skip")
    assert call.refusals() == [CANCELED]
    assert call.callee.take() == []
    assert call.is_over()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((YIELD, 1, {}, ["after all"]), [RESULT, 1, {}, ["after all"]]),
        ((ERROR, INVOCATION, 1, {}, "com.stopped", [1]), [ERROR, CALL, 1, {}, "com.stopped", [1]]),
    ],
)
def test_kill_interrupts_the_callee_and_passes_on_whatever_it_answers(
    home: FakeRouter, answer: tuple[Any, ...], expected: list[Any]
) -> None:
    call = UnderWay(home)
    call.cancel(mode="kill")
    assert call.caller.take() == []
    assert call.callee.take() == [[INTERRUPT, 1, {"mode": "kill"}]]
    call.callee.send(*answer)
    assert call.caller.take() == [expected]
    assert call.is_over()


@pytest.mark.parametrize("mode", ["skip", "kill", "killnowait"])
@pytest.mark.parametrize("roles", [ALL_ROLES, ALL_ROLES | {"callee": {"features": {"call_canceling": False}}}])
def test_a_callee_that_cannot_be_interrupted_is_skipped(home: FakeRouter, mode: str, roles: Any) -> None:
    call = UnderWay(home, roles)
    call.cancel(mode=mode)
    assert call.refusals() == [CANCELED]
    assert call.callee.take() == []
    assert call.is_over()


def test_a_callee_may_spell_the_feature_in_the_other_way(home: FakeRouter) -> None:
    call = UnderWay(home, ALL_ROLES | {"callee": {"features": {"call_cancelling": True}}})
    call.cancel()
    assert call.callee.take() == [[INTERRUPT, 1, {"mode": "killnowait"}]]


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("mode", ["skip", "killnowait"])
def test_what_the_callee_still_sends_is_discarded(home: FakeRouter, mode: str, late: tuple[Any, ...]) -> None:
    call = UnderWay(home, receive_progress=True)
    call.cancel(mode=mode)
    call.caller.take()
    call.callee.take()
    call.callee.send(*late)
    assert call.caller.take() == []
    assert call.callee.take() == []


@pytest.mark.parametrize("first", ["skip", "kill", "killnowait"])
@pytest.mark.parametrize("second", ["skip", "kill", "killnowait"])
def test_a_second_cancel_is_ignored(home: FakeRouter, first: str, second: str) -> None:
    call = UnderWay(home)
    call.cancel(mode=first)
    call.caller.take()
    call.callee.take()
    call.cancel(mode=second)
    assert call.caller.take() == []
    assert call.callee.take() == []


def test_cancelling_a_call_that_has_ended_or_never_was_is_ignored(home: FakeRouter) -> None:
    call = UnderWay(home)
    call.callee.send(YIELD, 1, {})
    call.caller.take()
    call.cancel()
    call.caller.send(CANCEL, 4711, {})
    assert call.caller.take() == []
    assert call.callee.take() == []


def test_nobody_cancels_the_call_of_another(home: FakeRouter) -> None:
    call = UnderWay(home)
    home.client().send(CANCEL, call.request, {})
    assert call.callee.take() == []
    assert call.caller.take() == []


def test_a_request_id_is_free_again_after_the_call_was_cancelled(home: FakeRouter) -> None:
    call = UnderWay(home)
    call.cancel()
    call.caller.take()
    call.callee.take()
    call.caller.send(CALL, call.request, {}, "com.procedure")
    assert call.callee.take()[0][1] == 2
    call.callee.send(YIELD, 1, {}, ["of the first"]).send(YIELD, 2, {}, ["of the second"])
    assert call.caller.take() == [[RESULT, call.request, {}, ["of the second"]]]


# ---- timeouts --------------------------------------------------------------------------------------------------


def test_a_call_that_takes_longer_than_its_timeout_is_an_error_and_interrupted(home: FakeRouter) -> None:
    call = UnderWay(home, timeout=1500)
    assert call.invocation[3] == {}
    home.clock.advance(1.49)
    assert call.caller.take() == []
    home.clock.advance(0.02)
    assert call.refusals() == [TIMEOUT]
    assert call.callee.take() == [[INTERRUPT, 1, {"mode": "killnowait"}]]
    assert call.is_over()


def test_a_callee_that_cannot_be_interrupted_is_left_alone_at_the_timeout(home: FakeRouter) -> None:
    call = UnderWay(home, ALL_ROLES, timeout=1)
    home.clock.advance(1)
    assert call.refusals() == [TIMEOUT]
    assert call.callee.take() == []


@pytest.mark.parametrize("late", LATE)
def test_an_answer_after_the_timeout_is_discarded(home: FakeRouter, late: tuple[Any, ...]) -> None:
    call = UnderWay(home, timeout=1)
    home.clock.advance(1)
    call.caller.take()
    call.callee.take()
    call.callee.send(*late)
    assert (call.caller.take(), call.callee.take()) == ([], [])


@pytest.mark.parametrize("answer", [(YIELD, 1, {}), (ERROR, INVOCATION, 1, {}, "com.error")])
def test_an_answer_in_time_ends_the_timeout(home: FakeRouter, answer: tuple[Any, ...]) -> None:
    call = UnderWay(home, timeout=1000)
    call.callee.send(*answer)
    call.caller.take()
    assert call.is_over()
    home.clock.advance(5)
    assert call.caller.take() == []


def test_no_timeout_and_a_timeout_of_0_wait_for_ever(home: FakeRouter) -> None:
    for options in ({}, {"timeout": 0}):
        call = UnderWay(FakeRouter(), **options)
        assert call.home.clock.twisted.getDelayedCalls() == []


def test_a_callee_that_asks_for_it_keeps_the_time_itself(home: FakeRouter) -> None:
    callee, caller = home.client(), home.client()
    callee.register("com.procedure", forward_timeout=True)
    caller.call("com.procedure", timeout=1500)
    caller.call("com.procedure")
    assert [message[3] for message in callee.take()] == [{"timeout": 1500}, {}]
    home.clock.advance(10)
    assert caller.take() == []


def test_a_call_that_was_cancelled_with_kill_still_times_out(home: FakeRouter) -> None:
    call = UnderWay(home, timeout=1000)
    call.cancel(mode="kill")
    home.clock.advance(1)
    assert call.refusals() == [TIMEOUT]
    assert call.is_over()


# ---- progressive results ---------------------------------------------------------------------------------------


def test_progress_is_passed_on_at_once_and_the_result_ends_it(home: FakeRouter, serializer: str) -> None:
    callee, caller = home.client(serializer, roles=CAN_STREAM), home.client()
    callee.register("com.procedure")
    request = caller.call("com.procedure", receive_progress=True)
    assert callee.take()[0][3] == {"receive_progress": True}
    for number in range(3):
        callee.send(YIELD, 1, {"progress": True}, [number])
        assert caller.take() == [[RESULT, request, {"progress": True}, [number]]]
    callee.send(YIELD, 1, {}, ["end"])
    assert caller.take() == [[RESULT, request, {}, ["end"]]]
    callee.send(YIELD, 1, {"progress": True}, [4])
    assert caller.take() == []


@pytest.mark.parametrize("features", [{}, {"progressive_call_results": True}, {"call_canceling": True}])
def test_a_callee_without_both_features_is_not_asked_for_progress(home: FakeRouter, features: dict[str, bool]) -> None:
    call = UnderWay(home, ALL_ROLES | {"callee": {"features": features}}, receive_progress=True)
    assert call.invocation[3] == {}
    call.callee.send(YIELD, 1, {"progress": True}, [1])
    assert call.caller.take() == []
    call.callee.send(YIELD, 1, {}, [2])
    assert call.caller.take() == [[RESULT, call.request, {}, [2]]]


def test_progress_that_the_caller_did_not_ask_for_is_discarded(home: FakeRouter) -> None:
    call = UnderWay(home)
    assert call.invocation[3] == {}
    call.callee.send(YIELD, 1, {"progress": True}, [1])
    assert call.caller.take() == []


def test_progress_of_an_invocation_that_never_was_is_a_violation(home: FakeRouter) -> None:
    call = UnderWay(home)
    call.callee.send(YIELD, 2, {"progress": True})
    assert call.callee.take()[-1][2] == "wamp.error.protocol_violation"


def test_the_timeout_is_the_time_between_two_results(home: FakeRouter) -> None:
    call = UnderWay(home, receive_progress=True, timeout=1000)
    for _ in range(5):
        home.clock.advance(0.9)
        call.callee.send(YIELD, 1, {"progress": True})
    assert len(call.caller.take()) == 5
    home.clock.advance(1.01)
    assert call.refusals() == [TIMEOUT]
    call.callee.send(YIELD, 1, {"progress": True})
    assert call.caller.take() == []
    assert call.is_over()


def test_progress_that_cannot_be_sent_ends_the_call_with_an_error(home: FakeRouter) -> None:
    callee, caller = home.client("cbor", roles=CAN_STREAM), home.client("json")
    callee.register("com.procedure")
    caller.call("com.procedure", receive_progress=True)
    callee.take()
    callee.send(YIELD, 1, {"progress": True}, [float("nan")])
    assert caller.take()[0][4] == "wamp.error.invalid_argument"
    assert callee.take() == [[INTERRUPT, 1, {"mode": "killnowait"}]]
    callee.send(YIELD, 1, {}, [1])
    assert caller.take() == []


# ---- sessions that leave ---------------------------------------------------------------------------------------


def end(client: Client, how: str) -> None:
    if how == "loss":
        client.leave()
    elif how == "killed":
        client.link.dismiss("wamp.close.killed")
    else:
        client.send(*{"goodbye": (GOODBYE, {}, "x"), "abort": (ABORT, {}, "x"), "violation": (YIELD, 9, {})}[how])


ENDS = ["loss", "goodbye", "abort", "violation", "killed"]


@pytest.mark.parametrize("how", ENDS)
def test_the_callee_is_interrupted_when_the_caller_has_gone(home: FakeRouter, how: str) -> None:
    call = UnderWay(home, timeout=1000, receive_progress=True)
    end(call.caller, how)
    call.caller.take()
    assert call.callee.take() == [[INTERRUPT, 1, {"mode": "killnowait"}]]
    for late in LATE:
        call.callee.send(*late)
    assert call.callee.take() == []
    assert call.caller.take() == []
    assert home.realm.sessions[call.callee.session].invocations == {}


def test_a_callee_that_cannot_be_interrupted_is_not_told_that_the_caller_has_gone(home: FakeRouter) -> None:
    call = UnderWay(home, ALL_ROLES)
    call.caller.leave()
    call.callee.send(YIELD, 1, {}, ["late"])
    assert call.callee.take() == []


@pytest.mark.parametrize("how", ENDS)
def test_the_caller_gets_an_error_when_the_callee_has_gone(home: FakeRouter, how: str) -> None:
    call = UnderWay(home, timeout=1000, receive_progress=True)
    call.callee.send(YIELD, 1, {"progress": True})
    call.caller.take()
    end(call.callee, how)
    assert call.refusals() == [CANCELED]
    home.clock.advance(5)
    assert call.caller.take() == []
    assert home.realm.sessions[call.caller.session].calls == {}


def test_a_cancelled_call_ends_when_its_callee_goes_without_an_answer(home: FakeRouter) -> None:
    call = UnderWay(home)
    call.cancel(mode="kill")
    call.callee.leave()
    assert call.refusals() == [CANCELED]


@pytest.mark.parametrize("how", ENDS)
def test_a_session_that_called_itself_is_told_nothing_when_it_goes(home: FakeRouter, how: str) -> None:
    client = home.client(roles=CAN_STREAM)
    client.register("com.procedure")
    client.call("com.procedure", timeout=1000)
    client.take()
    end(client, how)
    assert [message[0] for message in client.take() if message[0] not in (ABORT, GOODBYE)] == []
    assert home.realm.sessions == {}
    home.clock.advance(1.5)
    assert [message[0] for message in client.take() if message[0] == ERROR] == []


def test_many_calls_between_two_sessions_all_end_with_either(home: FakeRouter) -> None:
    one, other = home.client(roles=CAN_STREAM), home.client(roles=CAN_STREAM)
    one.register("com.one")
    other.register("com.other")
    for _ in range(10):
        one.call("com.other", timeout=500)
        other.call("com.one", timeout=500)
    one.take()
    other.take()
    one.leave()
    messages = other.take()
    assert [message[0] for message in messages].count(INTERRUPT) == 10
    assert [message[4] for message in messages if message[0] == ERROR] == [CANCELED] * 10
    session = home.realm.sessions[other.session]
    assert (session.calls, session.invocations) == ({}, {})
    assert home.clock.twisted.getDelayedCalls() == []
