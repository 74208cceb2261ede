"""A device's procedures are its own: nobody else answers in its place, not even while it is away."""

from typing import Any

import pytest
from support.core import ALL, ALL_ROLES, EVERYTHING, Client, FakeRouter
from support.wamp import CALL, REGISTER
from wampi.router.core.authorization import Disclosure, Permission, Role
from wampi.router.core.limits import Limits

RUN = "wampi.sprinkler.garden.run"
ANYTHING = (Permission("", "prefix", ALL),)
SPRINKLER = Role("sprinkler", (Permission("wampi.sprinkler.", "prefix", ALL),), owns="wampi.sprinkler.")


@pytest.fixture
def house() -> FakeRouter:
    return FakeRouter([EVERYTHING, SPRINKLER, Role("shy", (Permission("", "prefix", ALL, Disclosure.NEVER),))])


def answered_by(house: FakeRouter, callees: list[Client], procedure: str = RUN) -> list[bool]:
    """Call, and say which of the callees were asked."""
    house.client().call(procedure)
    return [bool(callee.take()) for callee in callees]


@pytest.mark.parametrize(
    ("uri", "match"),
    [("", "prefix"), ("wampi.", "prefix"), ("wampi...run", "wildcard"), ("...", "wildcard")],
)
@pytest.mark.parametrize("device_first", [True, False])
def test_a_pattern_registration_does_not_shadow_a_device(
    house: FakeRouter, uri: str, match: str, device_first: bool
) -> None:
    device, other = house.client(role="sprinkler"), house.client()
    if device_first:
        device.register(RUN)
    other.register(uri, match=match)
    if not device_first:
        assert house.client().error(CALL, {}, RUN) == "wamp.error.no_such_procedure"
        device.register(RUN)
    assert answered_by(house, [device, other]) == [True, False]
    device.leave()
    assert house.client().error(CALL, {}, RUN) == "wamp.error.no_such_procedure"


@pytest.mark.parametrize(
    ("uri", "match"),
    [
        (RUN, "exact"),
        ("wampi.sprinkler.", "prefix"),
        ("wampi.sprinkler.garden.ru", "prefix"),
        ("wampi.sprinkler..run", "wildcard"),
        (RUN, "wildcard"),
    ],
)
def test_somebody_else_cannot_register_what_a_device_owns(house: FakeRouter, uri: str, match: str) -> None:
    other = house.client()
    assert other.error(REGISTER, {"match": match}, uri) == "wamp.error.not_authorized"
    assert other.error(REGISTER, {"match": match, "invoke": "first"}, uri) == "wamp.error.not_authorized"
    house.client(role="sprinkler").register(uri, match=match)


def test_the_more_specific_owner_counts() -> None:
    gate = Role("gate", ANYTHING, owns="wampi.sprinkler.gate.")
    house = FakeRouter([EVERYTHING, SPRINKLER, gate])
    device = house.client(role="gate")
    device.register("wampi.sprinkler.gate.open")
    other = house.client(role="sprinkler")
    assert other.error(REGISTER, {}, "wampi.sprinkler.gate.close") == "wamp.error.not_authorized"
    other.register("wampi.sprinkler.", match="prefix")
    assert answered_by(house, [device, other], "wampi.sprinkler.gate.open") == [True, False]
    assert house.client().error(CALL, {}, "wampi.sprinkler.gate.close") == "wamp.error.no_such_procedure"


def test_a_device_that_comes_later_takes_what_it_owns_from_others(house: FakeRouter) -> None:
    told = {**ALL_ROLES, "callee": {"features": {"registration_revocation": True}}}
    early = house.client(roles=told)
    registration = early.register("wampi.gate.open")
    gate = Role("device:gate", (Permission("wampi.gate.", "prefix", ALL),), owns="wampi.gate.")
    house.realm.set_roles([gate])
    assert early.take() == [[67, 0, {"registration": registration, "reason": "wampi.close.revoked"}]]
    house.client(role="device:gate").register("wampi.gate.open")


def test_what_it_owns_is_a_devices_only_as_far_as_its_rules_go(house: FakeRouter) -> None:
    house.realm.set_roles([Role("sprinkler", owns="wampi.sprinkler.")])
    assert house.client(role="sprinkler").error(REGISTER, {}, RUN) == "wamp.error.not_authorized"


@pytest.mark.parametrize("options", [{}, {"disclose_caller": False}])
def test_a_device_always_learns_who_called(house: FakeRouter, options: dict[str, Any]) -> None:
    device = house.client(role="sprinkler", authid="sprinkler")
    device.register(RUN, **options)
    device.register("wampi.sprinkler.", match="prefix")
    caller = house.client(authid="ann")
    for procedure in (RUN, "wampi.sprinkler.other.run"):
        caller.call(procedure)
        [invocation] = device.take()
        who = {key: value for key, value in invocation[3].items() if key.startswith("caller")}
        assert who == {"caller": caller.session, "caller_authid": "ann", "caller_authrole": "everything"}


def test_a_device_is_not_called_by_who_may_not_be_shown(house: FakeRouter) -> None:
    device = house.client(role="sprinkler")
    device.register(RUN)
    shy = house.client(role="shy")
    assert shy.error(CALL, {}, RUN) == "wamp.error.option_disallowed.disclose_me"
    assert device.take() == []


def test_a_device_may_have_its_procedures_answered_by_several_of_its_own(house: FakeRouter) -> None:
    devices = [house.client(role="sprinkler") for _ in range(2)]
    for device in devices:
        device.register(RUN, invoke="first")
    assert answered_by(house, devices) == [True, False]


def test_limits_of_registrations_hold_for_a_device_too() -> None:
    role = Role("sprinkler", SPRINKLER.permissions, Limits(registrations=1), owns=SPRINKLER.owns)
    device = FakeRouter([role]).client(role="sprinkler")
    device.register(RUN)
    assert device.error(REGISTER, {}, "wampi.sprinkler.garden.stop") == "wampi.error.limit_exceeded"
