"""Roles whose rights a procedure decides about: what it is asked, what its answers do, and that nothing overtakes."""

from collections.abc import Callable
from typing import Any

import pytest
from support.core import ALL, EVERYTHING, AcceptAnyone, FakeRouter
from support.wamp import (
    ABORT,
    CALL,
    ERROR,
    EVENT,
    GOODBYE,
    INVOCATION,
    PUBLISH,
    PUBLISHED,
    REGISTER,
    REGISTERED,
    RESULT,
    SUBSCRIBE,
    SUBSCRIBED,
    YIELD,
)
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.errors import RequestError
from wampi.router.core.gate import MOST_WAITING

DECIDE = "com.authorize"
META = Permission("wamp.", "prefix", frozenset({"call", "subscribe"}))
DYNAMIC = Role("dynamic", (META, Permission(DECIDE, "exact", ALL)), authorizer=DECIDE)
FAILED, DENIED = "wamp.error.authorization_failed", "wamp.error.not_authorized"


class Asked:
    """An authorizer that a test answers for; what it was asked waits here."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, list[Any]]] = []
        self._waiting: list[Callable[[Any], None]] = []
        self.at_once: Any = None

    def ask(self, procedure: str, args: list[Any], decide: Callable[[Any], None]) -> None:
        self.questions.append((procedure, args))
        if self.at_once is not None:
            decide(self.at_once)
        else:
            self._waiting.append(decide)

    def answer(self, answer: Any) -> None:
        self._waiting.pop(0)(answer)


class House(FakeRouter):
    """A realm with an authorizer."""

    def __init__(self, *roles: Role) -> None:
        super().__init__([EVERYTHING, DYNAMIC, *roles])
        self.asked = Asked()
        self.realm.authorizer = self.asked
        self.ann = self.client(role="dynamic", authid="ann")

    def ask(self, answer: Any, *message: Any) -> list[list[Any]]:
        """Let ann send a request and the authorizer answer; return what ann gets."""
        self.ann.take()
        self.ann.request(*message)
        self.asked.answer(answer)
        return self.ann.take()


@pytest.fixture
def house() -> House:
    return House()


REQUESTS = [
    (CALL, {}, "com.thing"),
    (PUBLISH, {"acknowledge": True}, "com.thing"),
    (SUBSCRIBE, {}, "com.thing"),
    (REGISTER, {}, "com.thing"),
]


def test_it_is_asked_with_session_uri_action_and_options(house: House) -> None:
    house.ann.request(SUBSCRIBE, {"match": "prefix", "get_retained": True}, "com.")
    [(procedure, [details, uri, action, options])] = house.asked.questions
    assert (procedure, uri, action, options) == (DECIDE, "com.", "subscribe", {"match": "prefix", "get_retained": True})
    assert details["realm"] == "home"
    assert (details["session"], details["authid"], details["authrole"]) == (house.ann.session, "ann", "dynamic")
    assert details["transport"] == {"type": "memory", "peer": "memory"}


@pytest.mark.parametrize("answer", [True, {"allow": True}, {"allow": True, "disclose": False, "cache": None, "x": 1}])
def test_what_it_allows_happens(house: House, answer: Any) -> None:
    house.client().register("com.other")
    other = house.client()
    other.register("com.thing")
    answers = [house.ask(answer, *request)[0][0] for request in REQUESTS[1:3]]
    assert answers == [PUBLISHED, SUBSCRIBED]
    assert house.ask(answer, CALL, {}, "com.thing") == []
    assert other.take()[0][0] == INVOCATION
    assert house.ask(answer, REGISTER, {}, "com.mine")[0][0] == REGISTERED


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("answer", [False, {"allow": False}, {"allow": False, "cache": True}])
def test_what_it_denies_is_not_authorized(house: House, request_: tuple[Any, ...], answer: Any) -> None:
    [error] = house.ask(answer, *request_)
    assert (error[0], error[1], error[4]) == (ERROR, request_[0], DENIED)


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize(
    "answer",
    [
        None,
        1,
        "yes",
        [],
        {},
        {"allow": 1},
        {"allow": "true"},
        {"allow": True, "cache": 1},
        {"allow": True, "disclose": 0},
        RequestError("wamp.error.no_such_procedure", ""),
        RequestError("wamp.error.timeout", ""),
        RequestError("com.bug", ""),
    ],
)
def test_an_authorizer_that_is_missing_slow_or_fails_denies(
    house: House, request_: tuple[Any, ...], answer: Any
) -> None:
    house.client().subscribe("com.thing")
    [error] = house.ask(answer, *request_)
    assert (error[0], error[1], error[4]) == (ERROR, request_[0], FAILED)


def test_a_realm_without_anybody_to_ask_denies(house: House) -> None:
    house.realm.authorizer = None
    assert house.ann.error(CALL, {}, "com.thing") == FAILED


def test_a_publication_without_acknowledge_is_dropped_in_silence(house: House) -> None:
    other = house.client()
    other.subscribe("com.thing")
    for answer in (False, None):
        assert house.ask(answer, PUBLISH, {}, "com.thing") == []
    assert other.take() == []


def test_while_it_is_asked_nothing_is_read_and_the_order_is_kept(house: House) -> None:
    other = house.client()
    other.subscribe("com.", match="prefix")
    ann = house.ann
    for number in range(3):
        ann.publish("com.topic", [number])
    ann.request(SUBSCRIBE, {}, "com.topic")
    assert ann.peer.is_held
    assert len(house.asked.questions) == 1
    for _ in range(3):
        house.asked.answer(True)
        assert ann.peer.is_held
    assert [event[4] for event in other.take()] == [[0], [1], [2]]
    assert ann.take() == []
    house.asked.answer(True)
    assert not ann.peer.is_held
    assert [message[0] for message in ann.take()] == [SUBSCRIBED]


def test_goodbye_waits_for_what_was_sent_before_it(house: House) -> None:
    other = house.client()
    other.subscribe("com.topic")
    house.ann.publish("com.topic", ["last"])
    house.ann.send(GOODBYE, {}, "wamp.close.close_realm")
    assert house.ann.take() == []
    house.asked.answer(True)
    assert [message[0] for message in other.take()] == [EVENT]
    assert [message[0] for message in house.ann.take()] == [GOODBYE]
    assert not house.ann.peer.is_held


def test_an_answer_that_comes_too_late_does_nothing(house: House) -> None:
    house.client().subscribe("com.topic")
    house.ann.publish("com.topic", acknowledge=True)
    house.ann.leave()
    house.asked.answer(True)
    assert house.ann.take() == []
    assert not house.ann.peer.is_held


def test_a_session_that_is_ended_while_it_waits_is_read_again_for_its_goodbye(house: House) -> None:
    house.ann.publish("com.topic")
    house.router.expel("ann")
    assert not house.ann.peer.is_held
    assert house.ann.take()[-1][0] == GOODBYE


def test_the_inbox_is_bounded(house: House) -> None:
    for _ in range(MOST_WAITING + 1):
        house.ann.publish("com.topic")
    assert house.ann.take() == []
    house.ann.publish("com.topic")
    assert house.ann.take()[-1][0] == ABORT


def test_a_violation_in_what_waited_ends_the_session(house: House) -> None:
    house.ann.publish("com.topic")
    house.ann.send(YIELD, 99, {})
    house.asked.answer(True)
    assert house.ann.take()[-1][0] == ABORT
    assert house.realm.sessions == {}


def test_many_answers_at_once_do_not_go_deep(house: House) -> None:
    house.ann.publish("com.topic")
    for _ in range(3000):
        house.ann.publish("com.topic")
    house.asked.at_once = True
    house.asked.answer(True)
    assert len(house.asked.questions) == 3001
    assert not house.ann.peer.is_held


# ---- what it is not asked ----------------------------------------------------------------------------------------


def test_the_routers_own_procedures_are_never_sent_to_it(house: House) -> None:
    assert house.ann.result("wamp.session.count") == 1
    house.ann.subscribe("wamp.session.on_join")
    for kind in (REGISTER, PUBLISH):
        assert house.ann.error(kind, {"acknowledge": True}, "wamp.mine") == "wamp.error.invalid_uri"
    assert house.asked.questions == []


def test_a_bad_uri_is_named_as_such_without_asking(house: House) -> None:
    for kind in (CALL, SUBSCRIBE, REGISTER, PUBLISH):
        assert house.ann.error(kind, {"acknowledge": True}, "a..b") == "wamp.error.invalid_uri"
    assert house.asked.questions == []


def test_the_authorizers_own_session_is_never_sent_to_it() -> None:
    own = Role("dynamic", (Permission("com.", "prefix", ALL), Permission("com.secret", "exact")), authorizer=DECIDE)
    house = FakeRouter([EVERYTHING, own])
    house.realm.authorizer = asked = Asked()
    callee = house.client(role="dynamic")
    callee.register(DECIDE)
    callee.subscribe("com.topic")
    callee.publish("com.topic")
    assert callee.error(SUBSCRIBE, {}, "com.secret") == DENIED
    assert asked.questions == []
    house.client(role="dynamic").publish("com.topic")
    assert len(asked.questions) == 1
    callee.ask(66, 1)  # it answers no more, and is one of many again
    callee.publish("com.topic")
    assert len(asked.questions) == 2


def test_the_rules_say_who_may_be_the_authorizer_and_who_may_call_it() -> None:
    house = House(Role("other", (), authorizer=DECIDE))
    other = house.client(role="other")
    for kind in (REGISTER, CALL):
        assert other.error(kind, {}, DECIDE) == DENIED
    assert house.asked.questions == []


def test_answers_results_and_later_parts_of_calls_are_not_asked_about(house: House) -> None:
    house.ask(True, REGISTER, {}, "com.mine")
    caller = house.client()
    caller.call("com.mine")
    [invocation] = house.ann.take()
    house.ann.send(YIELD, invocation[1], {}, ["done"])
    assert caller.take()[0][0] == RESULT
    assert len(house.asked.questions) == 1


def test_what_a_grant_allows_is_not_asked_about(house: House) -> None:
    grant = Permission("wampi.gate.", "prefix", frozenset({"subscribe"}))
    house.realm.set_grants({"ann": (grant,)})
    house.ann.subscribe("wampi.gate.state")
    assert house.asked.questions == []
    house.ann.request(CALL, {}, "wampi.gate.open")
    assert len(house.asked.questions) == 1


# ---- keeping answers ---------------------------------------------------------------------------------------------


def test_an_answer_holds_for_one_request_unless_it_says_that_it_may_be_kept(house: House) -> None:
    for _ in range(2):
        house.ask(True, PUBLISH, {"acknowledge": True}, "com.once")
    assert len(house.asked.questions) == 2
    house.ask({"allow": True, "cache": True}, PUBLISH, {"acknowledge": True}, "com.kept")
    assert house.ann.ask(PUBLISH, {"acknowledge": True}, "com.kept")[0] == PUBLISHED
    house.ask({"allow": False, "cache": True}, CALL, {}, "com.never")
    assert house.ann.error(CALL, {}, "com.never") == DENIED
    assert len(house.asked.questions) == 4


def test_what_is_kept_is_kept_by_action_uri_and_match_and_for_one_session_alone(house: House) -> None:
    kept = {"allow": True, "cache": True}
    house.ask(kept, SUBSCRIBE, {"match": "prefix"}, "com.a")
    for kind, options in ((SUBSCRIBE, {}), (SUBSCRIBE, {"match": "wildcard"}), (REGISTER, {"match": "prefix"})):
        assert house.ask(False, kind, options, "com.a")[0][4] == DENIED
    other = house.client(role="dynamic", authid="ann")
    other.request(SUBSCRIBE, {"match": "prefix"}, "com.a")
    assert len(house.asked.questions) == 5


def test_what_is_kept_is_forgotten_when_roles_or_grants_change(house: House) -> None:
    house.ask({"allow": True, "cache": True}, PUBLISH, {"acknowledge": True}, "com.kept")
    house.realm.set_grants({"ben": (META,)})
    house.ask(False, PUBLISH, {"acknowledge": True}, "com.kept")
    assert len(house.asked.questions) == 2


def test_an_answer_to_a_question_of_before_a_change_is_not_kept(house: House) -> None:
    house.ann.publish("com.kept", acknowledge=True)
    house.realm.set_grants({"ben": (META,)})
    house.asked.answer({"allow": True, "cache": True})
    house.ann.publish("com.kept", acknowledge=True)
    assert len(house.asked.questions) == 2


def test_a_role_that_gets_another_authorizer_or_none_ends_its_sessions(house: House) -> None:
    house.realm.set_roles([Role("dynamic", (META,))])
    assert house.ann.take()[-1][::2] == [GOODBYE, "wampi.close.revoked"]
    plain = house.client(role="dynamic")
    house.realm.set_roles([DYNAMIC])
    assert plain.take()[-1][::2] == [GOODBYE, "wampi.close.revoked"]


# ---- what follows ------------------------------------------------------------------------------------------------


def test_with_disclose_the_other_side_learns_who_it_was(house: House) -> None:
    callee, subscriber = house.client(), house.client()
    callee.register("com.thing")
    subscriber.subscribe("com.thing")
    for disclose in (True, False):
        house.ask({"allow": True, "disclose": disclose}, CALL, {}, "com.thing")
        house.ask({"allow": True, "disclose": disclose}, PUBLISH, {}, "com.thing")
        assert ("caller_authid" in callee.take()[0][3]) == disclose
        assert ("publisher_authid" in subscriber.take()[0][3]) == disclose


def test_a_pattern_that_was_allowed_brings_its_events(house: House) -> None:
    other = house.client()
    other.publish("com.old", ["old"], retain=True)
    house.ann.request(SUBSCRIBE, {"match": "prefix", "get_retained": True}, "com.")
    house.asked.answer(True)
    other.publish("com.new", ["new"])
    assert [message[4] for message in house.ann.take()[1:]] == [["old"], ["new"]]


def test_a_pattern_registration_that_was_allowed_gets_its_calls_but_not_a_devices() -> None:
    house = House(Role("bell", (Permission("com.bell.", "prefix", ALL),), owns="com.bell."))
    house.ask(True, REGISTER, {"match": "prefix"}, "com.")
    house.client().call("com.work")
    assert house.ann.take()[0][0] == INVOCATION
    assert house.client().error(CALL, {}, "com.bell.ring") == "wamp.error.no_such_procedure"
    [error] = house.ask(True, REGISTER, {}, "com.bell.ring")
    assert error[4] == DENIED


def test_a_testament_is_asked_about_when_it_is_made_and_published_by_that_answer(house: House) -> None:
    other = house.client()
    other.subscribe("com.last")
    other.subscribe("com.other")
    for topic, answer in (("com.last", True), ("com.other", False)):
        house.ann.take()
        request = house.ann.call("wamp.session.add_testament", [topic, [topic], {}])
        assert house.asked.questions[-1][1][1:] == [topic, "publish", {"testament": True}]
        house.asked.answer(answer)
        [message] = house.ann.take()
        assert (message[0], request in message) == (RESULT if answer else ERROR, True)
    house.realm.set_grants({"ben": (META,)})
    house.ann.leave()
    assert [event[4] for event in other.take()] == [["com.last"]]


def test_a_right_to_a_testament_is_no_right_to_publish(house: House) -> None:
    house.ann.call("wamp.session.add_testament", ["com.last", [], {}])
    house.asked.answer({"allow": True, "cache": True})
    house.ann.take()
    [error] = house.ask(False, PUBLISH, {"acknowledge": True}, "com.last")
    assert error[4] == DENIED


def test_strict_request_ids_hold_behind_the_gate() -> None:
    house = House()
    strict = house.attach("json", AcceptAnyone("dynamic"), strict_request_ids=True)
    strict.join()
    strict.send(PUBLISH, 1, {"acknowledge": True}, "com.topic")
    strict.send(PUBLISH, 3, {"acknowledge": True}, "com.topic")
    house.asked.answer(True)
    house.asked.answer(True)
    assert [message[0] for message in strict.take()] == [PUBLISHED, ABORT]


def test_a_request_that_nobody_could_decide_about_has_used_its_id_up() -> None:
    house = House()
    strict = house.attach("json", AcceptAnyone("dynamic"), strict_request_ids=True)
    strict.join("home")
    for request in (1, 2):
        strict.send(SUBSCRIBE, request, {}, "com.thing")
        house.asked.answer("what?")
        assert [message[:3] for message in strict.take()] == [[ERROR, SUBSCRIBE, request]]


def test_the_session_of_another_role_passes_no_gate(house: House) -> None:
    other = house.client()
    assert type(house.realm.guard("everything")).__name__ == "Guard"
    other.publish("com.topic", acknowledge=True)
    assert house.asked.questions == []
