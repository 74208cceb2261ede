"""Registrations and subscriptions that are taken away: advanced profile, the two sections on revocation."""

from typing import Any

import pytest
from support.core import ALL_ROLES, Client, FakeRouter

ERROR, CALL, RESULT, SUBSCRIBE, UNSUBSCRIBED, REGISTER, REGISTERED, UNREGISTERED = 8, 48, 50, 32, 35, 64, 65, 67
CAN_BE_TOLD = {
    **ALL_ROLES,
    "callee": {"features": {"registration_revocation": True}},
    "subscriber": {"features": {"subscription_revocation": True}},
}


def registered(fake: FakeRouter, roles: Any = CAN_BE_TOLD, authid: str = "anna") -> tuple[Client, int]:
    callee = fake.client(roles=roles, authid=authid)
    return callee, callee.ask(REGISTER, {}, "com.work")[2]


def test_the_owner_of_a_registration_can_force_a_new_one() -> None:
    fake = FakeRouter()
    old, registration = registered(fake)
    new = fake.client(authid="anna")
    answer = new.ask(REGISTER, {"force_reregister": True}, "com.work")
    assert answer[0] == REGISTERED
    details = {"registration": registration, "reason": "wampi.close.reregistered"}
    assert old.take() == [[UNREGISTERED, 0, details]]
    fake.client().send(CALL, 1, {}, "com.work")
    assert (len(old.take()), len(new.take())) == (0, 1)


def test_nobody_else_can_force_it() -> None:
    fake = FakeRouter()
    old, _ = registered(fake)
    other = fake.client(authid="mallory")
    answer = other.ask(REGISTER, {"force_reregister": True}, "com.work")
    assert answer[4] == "wamp.error.procedure_already_exists"
    assert old.take() == []


def test_forcing_where_there_is_nothing_is_an_ordinary_registration() -> None:
    assert FakeRouter().client().ask(REGISTER, {"force_reregister": True}, "com.work")[0] == REGISTERED


def test_who_has_not_said_that_it_can_be_told_is_not_told() -> None:
    fake = FakeRouter()
    old, _ = registered(fake, ALL_ROLES)
    fake.client(authid="anna").ask(REGISTER, {"force_reregister": True}, "com.work")
    assert old.take() == []


def test_a_registration_can_be_taken_from_one_callee() -> None:
    fake = FakeRouter()
    callee, registration = registered(fake)
    admin = fake.client()
    session = callee.session
    answer = admin.ask(CALL, {}, "wamp.registration.remove_callee", [registration, session], {"reason": "com.bye"})
    assert answer[0] == RESULT
    assert callee.take() == [[UNREGISTERED, 0, {"registration": registration, "reason": "com.bye"}]]
    assert admin.ask(CALL, {}, "com.work")[4] == "wamp.error.no_such_procedure"


def test_a_subscription_can_be_taken_from_one_subscriber() -> None:
    fake = FakeRouter()
    subscriber = fake.client(roles=CAN_BE_TOLD)
    subscription = subscriber.ask(SUBSCRIBE, {}, "com.topic")[2]
    admin = fake.client()
    session = subscriber.session
    assert admin.ask(CALL, {}, "wamp.subscription.remove_subscriber", [subscription, session])[0] == RESULT
    details = {"subscription": subscription, "reason": "wampi.close.revoked"}
    assert subscriber.take() == [[UNSUBSCRIBED, 0, details]]
    admin.ask(16, {"acknowledge": True}, "com.topic")
    assert subscriber.take() == []


def test_a_subscriber_that_has_not_announced_it_is_not_told() -> None:
    fake = FakeRouter()
    subscriber, admin = fake.client(), fake.client()
    subscription = subscriber.subscribe("com.topic")
    assert admin.result("wamp.subscription.remove_subscriber", subscription, subscriber.session) is None
    admin.publish("com.topic")
    assert subscriber.take() == []


@pytest.mark.parametrize(
    ("procedure", "error"),
    [
        ("wamp.registration.remove_callee", "wamp.error.no_such_registration"),
        ("wamp.subscription.remove_subscriber", "wamp.error.no_such_subscription"),
    ],
)
def test_what_is_not_held_cannot_be_taken(procedure: str, error: str) -> None:
    fake = FakeRouter()
    callee, registration = registered(fake)
    subscription = callee.ask(SUBSCRIBE, {}, "com.topic")[2]
    admin = fake.client()
    mine = admin.session
    held = registration if "registration" in procedure else subscription
    assert admin.ask(CALL, {}, procedure, [held, mine])[4] == error
    assert admin.ask(CALL, {}, procedure, [4711, mine])[4] == error
    assert admin.ask(CALL, {}, procedure, [held, 4711])[4] == "wamp.error.no_such_session"
    assert admin.ask(CALL, {}, procedure, [held, mine], {"reason": "a..b"})[4] == "wamp.error.invalid_uri"
