"""Asking authorizers again: what they no longer allow is taken back, and nothing that they still allow is."""

from collections.abc import Callable
from typing import Any

import pytest
from support.core import ALL, EVERYTHING, FakeRouter
from support.wamp import CALL, ERROR, EVENT, REGISTER, UNREGISTERED, UNSUBSCRIBED
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.errors import RequestError
from wampi.router.core.review import MOST_UNDER_WAY, SILENCE_SECONDS

DECIDE = "com.authorize"
META = Permission("wamp.", "prefix", frozenset({"call", "subscribe"}))
DYNAMIC = Role("dynamic", (META, Permission(DECIDE, "exact", ALL)), authorizer=DECIDE)
ROLES = {
    "subscriber": {"features": {"subscription_revocation": True}},
    "callee": {"features": {"registration_revocation": True}},
    "caller": {},
    "publisher": {},
}
ADD = "wamp.session.add_testament"

Question = tuple[str, str]


class House(FakeRouter):
    """A realm whose authorizer says at once what a test wants, or waits; what it was asked is kept."""

    def __init__(self) -> None:
        super().__init__([EVERYTHING, DYNAMIC])
        self.realm.authorizer = self
        self.asked: list[tuple[str, str, str, dict[str, Any]]] = []
        self.denied: set[Question] = set()
        self.waiting: list[Callable[[Any], None]] | None = None
        self.answer: Any = None
        self.counts: list[int] = []
        self.ann = self.client(role="dynamic", authid="ann", roles=ROLES)
        self.bob = self.client(role="dynamic", authid="bob", roles=ROLES)
        self.others = self.client()

    def ask(self, _procedure: str, args: list[Any], decide: Callable[[Any], None]) -> None:
        details, uri, action, options = args
        self.asked.append((details["authid"], action, uri, options))
        if self.waiting is not None:
            self.waiting.append(decide)
        else:
            decide((action, uri) not in self.denied if self.answer is None else self.answer)

    def review(self) -> None:
        """Forget what has come so far, and begin a review."""
        self.asked.clear()
        for client in (self.ann, self.bob, self.others):
            client.take()
        self.realm.reassess(self.counts.append)


@pytest.fixture
def house() -> House:
    return House()


def test_everything_that_is_held_is_asked_about_as_it_was_at_first(house: House) -> None:
    house.ann.subscribe("com.topic")
    house.ann.subscribe("com.", match="prefix")
    house.ann.register("com.procedure")
    house.others.register("com.slow")
    house.ann.request(CALL, {}, "com.slow")
    house.ann.result(ADD, "com.last", [], {})
    house.bob.subscribe("com.topic")
    house.review()
    assert sorted(house.asked, key=str) == sorted(
        [
            ("ann", "subscribe", "com.topic", {}),
            ("ann", "subscribe", "com.", {"match": "prefix"}),
            ("ann", "register", "com.procedure", {}),
            ("ann", "call", "com.slow", {}),
            ("ann", "publish", "com.last", {"testament": True}),
            ("bob", "subscribe", "com.topic", {}),
        ],
        key=str,
    )
    assert house.ann.take() == house.bob.take() == []
    assert house.counts == [0]


def test_a_subscription_that_is_no_longer_allowed_is_taken_and_others_stay(house: House) -> None:
    gone, stays = house.ann.subscribe("com.gone"), house.ann.subscribe("com.stays")
    house.denied = {("subscribe", "com.gone")}
    house.review()
    [told] = house.ann.take()
    assert (told[0], told[2]["subscription"]) == (UNSUBSCRIBED, gone)
    house.others.publish("com.gone")
    house.others.publish("com.stays")
    assert [(message[0], message[1]) for message in house.ann.take()] == [(EVENT, stays)]
    assert house.counts == [1]


def test_a_pattern_is_taken_by_its_match_and_not_with_the_topic_of_the_same_name(house: House) -> None:
    house.ann.subscribe("com")
    prefix = house.ann.subscribe("com", match="prefix")
    house.realm.authorizer = PatternsDenied(house)
    house.review()
    [told] = house.ann.take()
    assert (told[0], told[2]["subscription"]) == (UNSUBSCRIBED, prefix)


class PatternsDenied:
    """Allows no pattern."""

    def __init__(self, house: House) -> None:
        self._house = house

    def ask(self, _procedure: str, args: list[Any], decide: Callable[[Any], None]) -> None:
        decide("match" not in args[3])


def test_a_registration_is_taken_with_the_calls_that_it_is_to_answer(house: House) -> None:
    registration = house.ann.register("com.", match="prefix")
    house.others.request(CALL, {}, "com.work")
    house.denied = {("register", "com.")}
    house.review()
    told = [message for message in house.ann.take() if message[0] == UNREGISTERED]
    assert [message[2]["registration"] for message in told] == [registration]
    [error] = house.others.take()
    assert (error[0], error[4]) == (ERROR, "wamp.error.canceled")
    assert house.others.ask(CALL, {}, "com.work")[4] == "wamp.error.no_such_procedure"


def test_a_call_under_way_ends(house: House) -> None:
    house.others.register("com.slow")
    house.ann.request(CALL, {}, "com.slow")
    house.denied = {("call", "com.slow")}
    house.review()
    [error] = house.ann.take()
    assert (error[0], error[1], error[4]) == (ERROR, CALL, "wamp.error.not_authorized")


def test_a_testament_that_is_no_longer_allowed_is_not_published(house: House) -> None:
    house.others.subscribe("com.", match="prefix")
    house.ann.result(ADD, "com.gone", [], {})
    house.ann.result(ADD, "com.stays", [], {})
    house.denied = {("publish", "com.gone")}
    house.review()
    house.ann.leave()
    assert [message[3]["topic"] for message in house.others.take()] == ["com.stays"]


def test_what_was_kept_for_good_is_asked_about_once_more(house: House) -> None:
    house.answer = {"allow": True, "cache": True}
    house.ann.publish("com.topic")
    house.ann.publish("com.topic")
    assert len(house.asked) == 1
    house.review()
    assert house.asked == []
    house.ann.publish("com.topic")
    assert len(house.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [RequestError("com.error.broken", ""), RequestError("wamp.error.timeout", ""), "yes", None, {"allow": "yes"}],
)
def test_no_answer_is_a_denial(house: House, answer: Any) -> None:
    house.ann.subscribe("com.topic")
    house.waiting = []
    house.review()
    [decide] = house.waiting
    decide(answer)
    assert [message[0] for message in house.ann.take()] == [UNSUBSCRIBED]
    assert house.counts == [1]


def test_only_so_many_questions_are_under_way(house: House) -> None:
    for number in range(MOST_UNDER_WAY + 5):
        house.ann.subscribe(f"com.topic{number}")
    house.waiting = []
    house.review()
    assert len(house.waiting) == MOST_UNDER_WAY
    for _ in range(3):
        house.waiting.pop(0)(True)
    assert len(house.waiting) == MOST_UNDER_WAY
    assert len(house.asked) == MOST_UNDER_WAY + 3


def test_an_authorizer_that_answers_nothing_has_denied_everything(house: House) -> None:
    for number in range(3 * MOST_UNDER_WAY):
        house.ann.subscribe(f"com.topic{number}")
    house.waiting = []
    house.review()
    for decide in house.waiting:
        decide(RequestError("wamp.error.timeout", ""))
    assert len(house.asked) == MOST_UNDER_WAY
    assert len(house.ann.take()) == 3 * MOST_UNDER_WAY
    assert house.counts == [3 * MOST_UNDER_WAY]


def test_one_question_without_an_answer_costs_nobody_else_anything(house: House) -> None:
    for number in range(2 * MOST_UNDER_WAY):
        house.ann.subscribe(f"com.topic{number}")
    house.waiting = []
    house.review()
    stuck = house.waiting.pop(0)
    while house.waiting:
        house.waiting.pop(0)(True)
    stuck(RequestError("wamp.error.timeout", ""))
    assert len(house.ann.take()) == 1
    assert house.counts == [1]


def test_many_answers_at_once_do_not_go_deep(house: House) -> None:
    for number in range(250):
        house.ann.subscribe(f"com.topic{number}")
        house.bob.subscribe(f"com.topic{number}")
    for _ in range(3):
        house.review()
    assert house.counts == [0, 0, 0]


def test_a_session_that_has_left_meanwhile_is_not_asked_about(house: House) -> None:
    for number in range(MOST_UNDER_WAY + 5):
        house.ann.subscribe(f"com.topic{number}")
    house.waiting = []
    house.review()
    house.ann.leave()
    while house.waiting:
        house.waiting.pop(0)(False)
    assert len(house.asked) == MOST_UNDER_WAY
    assert len(house.counts) == 1


def test_a_review_that_is_asked_for_during_another_follows_it_once(house: House) -> None:
    house.ann.subscribe("com.topic")
    house.waiting = []
    house.review()
    for _ in range(3):
        house.realm.reassess(house.counts.append)
    assert len(house.asked) == 1
    house.waiting.pop(0)(True)
    assert (len(house.asked), house.counts) == (2, [0])
    house.waiting.pop(0)(False)
    assert (len(house.asked), house.counts) == (2, [0, 1, 1, 1])


def test_what_rules_and_grants_allow_is_not_asked_about(house: House) -> None:
    granted = Permission("com.granted.", "prefix", frozenset({"subscribe"}))
    house.realm.set_grants({"ann": (granted,)})
    house.ann.subscribe("com.granted.lamp")
    house.ann.subscribe("com.granted.", match="prefix")
    house.ann.subscribe("wamp.session.on_join")
    house.review()
    assert house.asked == []
    assert house.counts == [0]


def test_the_authorizers_own_session_and_other_roles_are_not_asked_about(house: House) -> None:
    house.bob.register(DECIDE)
    house.bob.subscribe("wamp.session.on_join")
    house.others.subscribe("com.topic")
    house.review()
    assert house.asked == []


def test_an_authorizer_that_is_registered_anew_is_asked_about_all(house: House) -> None:
    house.ann.subscribe("com.topic")
    house.asked.clear()
    house.others.register("com.authorize.other")
    assert house.asked == []
    house.others.register(DECIDE)
    assert house.asked == [("ann", "subscribe", "com.topic", {})]


def test_it_knows_its_registration_before_it_is_asked(house: House) -> None:
    house.ann.subscribe("com.topic")
    house.waiting = []
    seen: list[list[Any]] = []

    class Looking:
        def ask(self, _procedure: str, _args: list[Any], decide: Callable[[Any], None]) -> None:
            seen.extend(house.others.take())
            decide(True)

    house.realm.authorizer = Looking()
    house.others.request(REGISTER, {}, DECIDE)
    assert [message[0] for message in seen] == [65]


def test_a_realm_without_anybody_to_ask_denies(house: House) -> None:
    house.ann.subscribe("com.topic")
    house.realm.authorizer = None
    house.review()
    assert [message[0] for message in house.ann.take()] == [UNSUBSCRIBED]


def test_a_realm_without_authorizers_has_nothing_to_ask() -> None:
    counts: list[int] = []
    FakeRouter([EVERYTHING]).realm.reassess(counts.append)
    assert counts == [0]


def test_nothing_that_has_lost_its_right_outlives_that_by_a_second() -> None:
    assert SILENCE_SECONDS < 1


def test_an_authorizer_that_is_silent_has_denied_all_that_is_under_way_and_all_that_is_left(house: House) -> None:
    for number in range(3 * MOST_UNDER_WAY):
        house.ann.subscribe(f"com.topic{number}")
    house.waiting = []
    house.review()
    house.waiting.pop(0)(True)
    house.clock.advance(SILENCE_SECONDS - 0.01)
    assert (house.ann.take(), house.counts) == ([], [])
    house.clock.advance(0.01)
    assert len(house.ann.take()) == 3 * MOST_UNDER_WAY - 1
    assert house.counts == [3 * MOST_UNDER_WAY - 1]


def test_one_that_is_slow_is_waited_for_as_long_as_it_answers(house: House) -> None:
    for number in range(5):
        house.ann.subscribe(f"com.topic{number}")
    house.waiting = []
    house.review()
    while house.waiting:
        house.clock.advance(SILENCE_SECONDS - 0.01)
        house.waiting.pop(0)(True)
    assert (house.ann.take(), house.counts) == ([], [0])


def test_an_answer_that_is_late_changes_nothing(house: House) -> None:
    house.ann.subscribe("com.topic")
    house.waiting = []
    house.review()
    house.clock.advance(SILENCE_SECONDS)
    [decide] = house.waiting
    decide(True)
    assert [message[0] for message in house.ann.take()] == [UNSUBSCRIBED]
    assert house.counts == [1]


def test_after_the_last_answer_nothing_is_waited_for(house: House) -> None:
    house.ann.subscribe("com.topic")
    house.review()
    assert house.clock.twisted.getDelayedCalls() == []


# ---- grants ------------------------------------------------------------------------------------------------------

VIEW = (Permission("com.", "prefix", frozenset({"call", "subscribe"})),)


def test_what_a_grant_alone_let_in_is_asked_about_once_the_grant_is_over(house: House) -> None:
    house.realm.set_grants({"ann": VIEW})
    gone, stays = house.ann.subscribe("com.gone"), house.ann.subscribe("com.stays")
    house.others.register("com.slow")
    house.ann.request(CALL, {}, "com.slow")
    assert house.asked == []
    house.ann.take()
    house.denied = {("subscribe", "com.gone"), ("call", "com.slow")}
    house.realm.set_grants({})
    assert sorted(house.asked) == [
        ("ann", "call", "com.slow", {}),
        ("ann", "subscribe", "com.gone", {}),
        ("ann", "subscribe", "com.stays", {}),
    ]
    told = house.ann.take()
    assert [message[2]["subscription"] for message in told if message[0] == UNSUBSCRIBED] == [gone]
    assert [message[4] for message in told if message[0] == ERROR] == ["wamp.error.not_authorized"]
    house.others.publish("com.stays")
    assert [message[1] for message in house.ann.take() if message[0] == EVENT] == [stays]


def test_nothing_else_is_asked_about_then(house: House) -> None:
    house.ann.subscribe("org.topic")
    house.bob.subscribe("com.topic")
    house.asked.clear()
    house.realm.set_grants({"ann": VIEW, "bob": VIEW})
    house.ann.subscribe("com.topic")
    house.realm.set_grants({"bob": VIEW})
    assert house.asked == [("ann", "subscribe", "com.topic", {})]


def test_what_is_left_of_a_grant_still_allows_what_it_did(house: House) -> None:
    house.realm.set_grants({"ann": VIEW})
    house.ann.subscribe("com.topic")
    house.ann.subscribe("com.other")
    house.realm.set_grants({"ann": (Permission("com.other", "exact", frozenset({"subscribe"})),)})
    assert house.asked == [("ann", "subscribe", "com.topic", {})]


def test_an_authorizer_that_hangs_keeps_nothing_for_whom_a_grant_is_over(house: House) -> None:
    house.realm.set_grants({"ann": VIEW})
    house.ann.subscribe("com.topic")
    house.ann.subscribe("com.", match="prefix")
    house.others.register("com.slow")
    house.ann.request(CALL, {}, "com.slow")
    house.ann.take()
    house.waiting = []
    house.realm.set_grants({}, done=house.counts.append)
    assert (house.ann.take(), house.counts) == ([], [])
    house.clock.advance(SILENCE_SECONDS)
    assert sorted(message[0] for message in house.ann.take()) == [ERROR, UNSUBSCRIBED, UNSUBSCRIBED]
    assert house.counts == [3]


def test_nor_does_one_that_takes_its_time_for_each(house: House) -> None:
    house.realm.set_grants({"ann": VIEW})
    for number in range(2 * MOST_UNDER_WAY):
        house.ann.subscribe(f"com.topic{number}")
    house.ann.take()
    house.waiting = []
    house.realm.set_grants({}, done=house.counts.append)
    for _ in range(3):
        house.clock.advance(SILENCE_SECONDS / 3)
        house.waiting.pop(0)(True)
    assert len(house.ann.take()) == 2 * MOST_UNDER_WAY - 2
    assert house.counts == [2 * MOST_UNDER_WAY - 2]


def test_the_end_of_a_grant_waits_for_no_other_review(house: House) -> None:
    house.realm.set_grants({"ann": VIEW})
    house.bob.subscribe("org.topic")
    house.ann.subscribe("com.topic")
    house.ann.take()
    house.waiting = []
    house.realm.reassess(house.counts.append)
    house.realm.set_grants({})
    house.clock.advance(SILENCE_SECONDS / 2)
    house.waiting.pop(0)(True)
    house.clock.advance(SILENCE_SECONDS / 2)
    assert [message[0] for message in house.ann.take()] == [UNSUBSCRIBED]


def test_what_is_granted_anew_meanwhile_stays(house: House) -> None:
    house.realm.set_grants({"ann": VIEW})
    stays = house.ann.subscribe("com.topic")
    house.waiting = []
    house.realm.set_grants({})
    house.realm.set_grants({"ann": VIEW})
    house.clock.advance(SILENCE_SECONDS)
    house.others.publish("com.topic")
    assert [message[:2] for message in house.ann.take()] == [[EVENT, stays]]


def test_a_realm_where_nobody_has_to_be_asked_says_at_once_that_grants_hold(house: House) -> None:
    house.realm.set_grants({"ann": VIEW}, done=house.counts.append)
    house.realm.set_grants({"ann": VIEW}, done=house.counts.append)
    assert house.counts == [0, 0]
