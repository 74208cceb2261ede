"""The life of a session on a connection: every state, every message, every timeout."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.core import ALL_ROLES, CODECS, AcceptAnyone, Client, FakePeer, FakeRouter
from support.wamp import (
    ABORT,
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    FROM_CLIENTS,
    GOODBYE,
    HELLO,
    NAMES,
    SUBSCRIBE,
    SUBSCRIBED,
    WELCOME,
    YIELD,
)
from wampi.router.codec import Outgoing
from wampi.router.core.authentication import Accept, Applicant, Challenge, Decide, Deny
from wampi.router.core.features import ROLES
from wampi.router.core.limits import BEFORE_LOGIN, Limits
from wampi.router.core.link import State

VIOLATION = "wamp.error.protocol_violation"
HELLO_TO_HOME = [HELLO, "home", {"roles": ALL_ROLES, "authid": "ann"}]


class Undecided:
    """An authenticator that decides when a test says so."""

    def __init__(self) -> None:
        self.applicants: list[Applicant] = []
        self.decide: list[Decide] = []
        self.answers: list[tuple[str, dict[str, Any]]] = []

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        self.applicants.append(applicant)
        self.decide.append(decide)

    def challenge(self) -> Challenge:
        def answer(signature: str, extra: dict[str, Any], decide: Decide) -> None:
            self.answers.append((signature, extra))
            self.decide.append(decide)

        return Challenge("ticket", {"hint": "?"}, answer)


ANN = Accept("ann", "everything", "ticket", "static", {"token": 1})


def opening(home: FakeRouter) -> Client:
    return home.attach()


def deciding(home: FakeRouter) -> Client:
    return home.attach(authenticator=Undecided()).send(*HELLO_TO_HOME)


def challenged(home: FakeRouter) -> Client:
    authenticator = Undecided()
    client = home.attach(authenticator=authenticator).send(*HELLO_TO_HOME)
    authenticator.decide[0](authenticator.challenge())
    client.take()
    return client


def joined(home: FakeRouter) -> Client:
    return home.client()


def closing(home: FakeRouter) -> Client:
    client = home.client()
    client.link.dismiss("wamp.close.killed")
    client.take()
    return client


def closed(home: FakeRouter) -> Client:
    return home.attach().send(ABORT, {}, "wamp.close.normal")


STATES: dict[State, Callable[[FakeRouter], Client]] = {
    State.OPENING: opening,
    State.DECIDING: deciding,
    State.CHALLENGED: challenged,
    State.JOINED: joined,
    State.CLOSING: closing,
    State.CLOSED: closed,
}
NO_REQUESTS = {HELLO, AUTHENTICATE, YIELD, ERROR}
TAKEN: dict[State, set[int]] = {
    State.OPENING: {HELLO, ABORT},
    State.DECIDING: {ABORT},
    State.CHALLENGED: {AUTHENTICATE, ABORT},
    # the examples of YIELD and ERROR answer an invocation that never was
    State.JOINED: set(FROM_CLIENTS) - NO_REQUESTS,
    State.CLOSING: set(FROM_CLIENTS),
    State.CLOSED: set(FROM_CLIENTS),
}
CROSS = [(state, code) for state in State for code in FROM_CLIENTS]


@pytest.mark.parametrize(("state", "code"), CROSS, ids=[f"{state.name}-{NAMES[code]}" for state, code in CROSS])
def test_each_state_takes_its_messages_and_aborts_at_the_others(home: FakeRouter, state: State, code: int) -> None:
    client = STATES[state](home)
    assert client.link.state is state
    client.send(*FROM_CLIENTS[code])
    aborts = [message for message in client.take() if message[0] == ABORT]
    if code in TAKEN[state]:
        assert aborts == [] or aborts[0][2] != VIOLATION
    else:
        assert [abort[2] for abort in aborts] == [VIOLATION]
        assert client.link.state is State.CLOSED
        assert client.peer.is_closed


@pytest.mark.parametrize("state", State)
def test_a_message_that_cannot_be_read_ends_every_state_in_its_own_way(home: FakeRouter, state: State) -> None:
    client = STATES[state](home)
    client.link.violate("that was no message")
    sent = client.take()
    if state in (State.CLOSING, State.CLOSED):
        assert sent == []
    else:
        assert sent == [[ABORT, {"message": "that was no message"}, VIOLATION]]
    assert client.link.state is State.CLOSED
    assert client.peer.is_closed


@pytest.mark.parametrize("state", State)
def test_abort_is_never_answered_and_ends_everything(home: FakeRouter, state: State) -> None:
    client = STATES[state](home)
    client.send(ABORT, {}, "wamp.close.normal")
    assert client.take() == []
    assert client.link.state is State.CLOSED
    assert client.peer.is_closed
    assert home.realm.sessions == {}


@pytest.mark.parametrize("state", State)
def test_a_lost_connection_leaves_nothing_behind(home: FakeRouter, state: State) -> None:
    client = STATES[state](home)
    client.link.lost()
    client.link.lost()
    assert client.take() == []
    assert client.link.state is State.CLOSED
    assert home.realm.sessions == {}
    assert home.clock.twisted.getDelayedCalls() == []


@pytest.mark.parametrize("state", [State.JOINED, State.CHALLENGED, State.DECIDING, State.OPENING])
def test_nothing_is_taken_in_after_a_violation(home: FakeRouter, state: State) -> None:
    client = STATES[state](home)
    client.link.violate("that was no message")
    client.take()
    for message in FROM_CLIENTS.values():
        client.send(*message)
    client.link.violate("again")
    assert client.take() == []
    assert home.realm.sessions == {}


# ---- HELLO and WELCOME -----------------------------------------------------------------------------------------


def test_welcome_says_who_the_session_is_and_what_the_router_can_do(home: FakeRouter, serializer: str) -> None:
    client = home.attach(serializer, authenticator := Undecided())
    client.send(*HELLO_TO_HOME)
    authenticator.decide[0](ANN)
    [[code, session, details]] = client.take()
    assert code == WELCOME
    assert session == authenticator.applicants[0].session
    assert details == {
        "realm": "home",
        "authid": "ann",
        "authrole": "everything",
        "authmethod": "ticket",
        "authprovider": "static",
        "authextra": {"token": 1},
        "roles": ROLES,
    }


def test_the_authenticator_is_told_what_hello_said(home: FakeRouter) -> None:
    client = home.attach(authenticator=(authenticator := Undecided()))
    details = {"roles": {"caller": {}}, "authmethods": ["ticket", "x"], "authid": "ann", "authextra": {"a": [1]}}
    client.send(HELLO, "home", details)
    [applicant] = authenticator.applicants
    assert (applicant.realm, applicant.authid, applicant.authmethods) == ("home", "ann", ("ticket", "x"))
    assert applicant.authextra == {"a": [1]}
    assert applicant.transport is client.peer.details


def test_what_hello_leaves_out_is_none_or_empty(home: FakeRouter) -> None:
    home.attach(authenticator=(authenticator := Undecided())).send(HELLO, "home", {"roles": {"caller": {}}})
    [applicant] = authenticator.applicants
    assert (applicant.authid, applicant.authmethods, applicant.authextra) == (None, (), {})


@pytest.mark.parametrize("roles", [{}, {"broker": {}}, {"dealer": {}, "oracle": {}}])
def test_hello_without_a_role_of_a_client_is_a_violation(home: FakeRouter, roles: dict[str, Any]) -> None:
    client = home.attach().send(HELLO, "home", {"roles": roles})
    assert client.take()[0][2] == VIOLATION


@pytest.mark.parametrize("role", ["publisher", "subscriber", "caller", "callee"])
def test_one_role_is_enough(home: FakeRouter, role: str) -> None:
    assert home.attach().join(roles={role: {}}) in home.realm.sessions


@pytest.mark.parametrize("realm", ["nowhere", "HOME", "home.x"])
def test_an_unknown_realm_is_refused(home: FakeRouter, realm: str) -> None:
    client = home.attach().send(HELLO, realm, {"roles": ALL_ROLES})
    assert client.take()[0][2] == "wamp.error.no_such_realm"
    assert client.peer.is_closed


@pytest.mark.parametrize("realm", ["", "ho me", "home.", ".home", "ho..me", "home#", "x" * 256])
def test_a_realm_that_is_no_uri_is_refused(home: FakeRouter, realm: str) -> None:
    client = home.attach().send(HELLO, realm, {"roles": ALL_ROLES})
    assert client.take()[0][2] == "wamp.error.invalid_uri"


def test_an_authid_has_128_bytes_at_most(home: FakeRouter) -> None:
    assert home.attach().join(authid="ü" * 64)
    client = home.attach().send(HELLO, "home", {"roles": ALL_ROLES, "authid": "ü" * 64 + "x"})
    assert client.take()[0][2] == VIOLATION


def test_a_role_that_the_realm_has_not_is_refused(home: FakeRouter) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    authenticator.decide[0](Accept("ann", "nobody", "ticket", "static"))
    assert client.take()[0][2] == "wamp.error.no_such_role"
    assert home.realm.sessions == {}


def test_a_second_hello_ends_the_session_and_what_it_held(home: FakeRouter) -> None:
    client, other = home.client(), home.client()
    client.register("com.procedure")
    client.send(*HELLO_TO_HOME)
    assert [message[2] for message in client.take()] == [VIOLATION]
    assert other.error(CALL, {}, "com.procedure") == "wamp.error.no_such_procedure"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("publisher", {16}), ("subscriber", {32, 34}), ("caller", {48, 49}), ("callee", {64, 66})],
)
def test_a_message_of_a_role_that_was_not_announced_is_a_violation(
    home: FakeRouter, role: str, allowed: set[int]
) -> None:
    for code in (16, 32, 34, 48, 49, 64, 66):
        client = home.attach()
        client.join(roles={role: {}})
        client.send(*FROM_CLIENTS[code])
        assert any(message[0] == ABORT for message in client.take()) == (code not in allowed)


class TooSmallForWelcome(FakePeer):
    """A peer that announced a limit which WELCOME passes."""

    def send(self, message: Outgoing) -> str | None:
        return "wamp.error.payload_size_exceeded" if message.head[0] == WELCOME else super().send(message)


def test_a_client_that_cannot_be_sent_its_welcome_is_turned_away(home: FakeRouter) -> None:
    peer = TooSmallForWelcome(CODECS["json"])
    Client(home.router.attach(peer, AcceptAnyone()), peer).send(*HELLO_TO_HOME)
    assert [message[2] for message in peer.sent] == ["wamp.error.payload_size_exceeded"]
    assert peer.is_closed
    assert home.realm.sessions == {}


# ---- limits ----------------------------------------------------------------------------------------------------


def test_the_limits_are_those_before_login_and_then_those_of_the_role(home: FakeRouter) -> None:
    client = home.attach()
    assert client.peer.limits == BEFORE_LOGIN
    client.join()
    assert client.peer.limits == Limits()
    client.send(GOODBYE, {}, "wamp.close.close_realm")
    assert client.peer.limits == BEFORE_LOGIN


# ---- challenges and decisions ----------------------------------------------------------------------------------


def test_a_challenge_is_answered_and_decided(home: FakeRouter, serializer: str) -> None:
    client = home.attach(serializer, authenticator := Undecided()).send(*HELLO_TO_HOME)
    authenticator.decide[0](authenticator.challenge())
    assert client.take() == [[CHALLENGE, "ticket", {"hint": "?"}]]
    client.send(AUTHENTICATE, "secret", {"more": 1})
    assert authenticator.answers == [("secret", {"more": 1})]
    authenticator.decide[1](ANN)
    assert client.take()[0][:2] == [WELCOME, authenticator.applicants[0].session]


def test_one_challenge_may_follow_another(home: FakeRouter) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    authenticator.decide[0](authenticator.challenge())
    client.send(AUTHENTICATE, "one", {})
    authenticator.decide[1](authenticator.challenge())
    client.send(AUTHENTICATE, "two", {})
    authenticator.decide[2](ANN)
    assert [message[0] for message in client.take()] == [CHALLENGE, CHALLENGE, WELCOME]


def test_a_challenge_for_a_person_may_take_longer_than_one_for_a_machine(home: FakeRouter) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    authenticator.decide[0](replace(authenticator.challenge(), seconds=60.0))
    client.take()
    home.clock.advance(59)
    assert client.take() == []
    home.clock.advance(1)
    assert client.take()[0][0] == ABORT


def test_a_challenge_is_answered_once(home: FakeRouter) -> None:
    client = challenged(home).send(AUTHENTICATE, "one", {}).send(AUTHENTICATE, "two", {})
    assert client.take()[0][2] == VIOLATION


def test_a_refusal_shows_the_client_no_reason_and_the_log_no_secret(home: FakeRouter) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    authenticator.decide[0](Deny("no such user"))
    assert client.take() == [[ABORT, {"message": "The login was refused."}, "wamp.error.not_authorized"]]
    assert home.log.lines[-1] == (
        "login refused",
        {"peer": "memory", "authid": "ann", "reason": "no such user"},
    )


@pytest.mark.parametrize("decision", [ANN, Deny("late"), Challenge("ticket", {}, lambda *_: None)])
def test_a_decision_that_comes_after_the_connection_is_lost_changes_nothing(home: FakeRouter, decision: Any) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    client.leave()
    authenticator.decide[0](decision)
    assert client.take() == []
    assert home.realm.sessions == {}
    assert home.clock.twisted.getDelayedCalls() == []


@pytest.mark.parametrize("second", [ANN, Deny("changed my mind"), Challenge("ticket", {}, lambda *_: None)])
def test_a_second_decision_changes_nothing(home: FakeRouter, second: Any) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    authenticator.decide[0](ANN)
    client.take()
    authenticator.decide[0](second)
    assert client.take() == []
    assert client.link.state is State.JOINED


def test_an_old_question_is_not_an_answer_to_a_new_one(home: FakeRouter) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    authenticator.decide[0](authenticator.challenge())
    client.send(AUTHENTICATE, "wrong", {})
    client.take()
    authenticator.decide[0](ANN)
    assert client.take() == []
    assert client.link.state is State.DECIDING


def test_a_decision_about_a_former_session_is_not_one_about_the_next(home: FakeRouter) -> None:
    client = home.attach(authenticator=(authenticator := Undecided())).send(*HELLO_TO_HOME)
    authenticator.decide[0](ANN)
    client.send(GOODBYE, {}, "wamp.close.close_realm").send(*HELLO_TO_HOME)
    client.take()
    authenticator.decide[0](ANN)
    assert client.take() == []


# ---- timeouts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "seconds"), [(State.OPENING, 5), (State.DECIDING, 10), (State.CHALLENGED, 10)])
def test_a_login_that_takes_too_long_is_aborted(home: FakeRouter, state: State, seconds: float) -> None:
    client = STATES[state](home)
    home.clock.advance(seconds - 0.01)
    assert client.take() == []
    home.clock.advance(0.02)
    [[code, _, reason]] = client.take()
    assert (code, reason) == (ABORT, "wampi.close.timed_out")
    assert client.peer.is_closed


def test_a_joined_session_has_all_the_time_in_the_world(home: FakeRouter) -> None:
    client = home.client()
    assert home.clock.twisted.getDelayedCalls() == []
    home.clock.advance(1e9)
    assert client.link.state is State.JOINED


def test_an_answer_to_goodbye_is_waited_for_two_seconds(home: FakeRouter) -> None:
    client = closing(home)
    home.clock.advance(1.99)
    assert not client.peer.is_closed
    home.clock.advance(0.02)
    assert client.peer.is_closed
    assert client.take() == []


# ---- GOODBYE ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["wamp.close.close_realm", "wamp.close.goodbye_and_out", "com.my.own", "x"])
def test_goodbye_is_answered_with_goodbye_and_out_whatever_its_reason(home: FakeRouter, reason: str) -> None:
    client = home.client().send(GOODBYE, {"message": "bye"}, reason)
    assert client.take() == [[GOODBYE, {}, "wamp.close.goodbye_and_out"]]
    assert home.realm.sessions == {}
    assert not client.peer.is_closed


@pytest.mark.parametrize("reason", ["", "not a uri", "a..b", "a.b#"])
def test_goodbye_with_a_reason_that_is_no_uri_is_a_violation(home: FakeRouter, reason: str) -> None:
    assert home.client().send(GOODBYE, {}, reason).take()[0][2] == VIOLATION


def test_another_session_may_follow_on_the_same_connection(home: FakeRouter) -> None:
    client = home.client()
    first = client.session
    client.subscribe("com.topic")
    client.send(GOODBYE, {}, "wamp.close.close_realm")
    client.take()
    second = client.join()
    assert second != first
    home.client().publish("com.topic")
    assert client.take() == []
    assert client.ask(SUBSCRIBE, {}, "com.topic")[:2] == [SUBSCRIBED, 1]


def test_hello_is_waited_for_again_after_goodbye(home: FakeRouter) -> None:
    client = home.client().send(GOODBYE, {}, "wamp.close.close_realm")
    client.take()
    home.clock.advance(5.01)
    assert client.take()[0][2] == "wampi.close.timed_out"


def test_two_goodbyes_that_cross_are_answers_to_each_other(home: FakeRouter) -> None:
    client = closing(home).send(GOODBYE, {}, "wamp.close.close_realm")
    assert client.take() == []
    assert client.peer.is_closed
    client.send(GOODBYE, {}, "wamp.close.goodbye_and_out")
    assert client.take() == []


def test_what_comes_between_the_goodbyes_is_ignored(home: FakeRouter) -> None:
    other = home.client()
    other.subscribe("com.topic")
    client = closing(home)
    client.publish("com.topic", acknowledge=True)
    assert client.take() == []
    assert other.take() == []


def test_expelling_says_goodbye_and_leaves_less_than_a_second(home: FakeRouter) -> None:
    client = home.client()
    client.link.expel("wamp.close.killed", "go")
    assert client.take() == [[GOODBYE, {"message": "go"}, "wamp.close.killed"]]
    assert client.peer.seconds_left is not None
    assert client.peer.seconds_left < 1
    home.clock.advance(client.peer.seconds_left / 2)
    assert client.peer.is_closed


def test_a_session_that_is_dismissed_in_order_has_time_to_read(home: FakeRouter) -> None:
    client = home.client()
    client.link.dismiss("wamp.close.system_shutdown")
    assert client.peer.seconds_left is None


def test_dismissing_says_goodbye_to_a_session_and_abort_to_others(home: FakeRouter) -> None:
    client = home.client()
    client.link.dismiss("wamp.close.killed", "go")
    assert client.take() == [[GOODBYE, {"message": "go"}, "wamp.close.killed"]]
    assert home.realm.sessions == {}
    for make in (opening, deciding, challenged):
        client = make(home)
        client.link.dismiss("wamp.close.killed")
        assert client.take() == [[ABORT, {"message": "wamp.close.killed"}, "wamp.close.killed"]]
    for make in (closing, closed):
        client = make(home)
        client.link.dismiss("wamp.close.killed")
        assert client.take() == []
