"""Authorizers that are procedures: asked by a session of the node's own, for a bounded time."""

from typing import Any

import pytest
from support.core import ALL, EVERYTHING, Client, FakeRouter
from support.wamp import CALL, ERROR, PUBLISH, PUBLISHED, SUBSCRIBE, YIELD
from wampi.router.core.authorization import Permission, Role
from wampi.router.core.review import SILENCE_SECONDS
from wampi.router.deciders import ANSWER_SECONDS, Deciders
from wampi.router.transport.turn import Turn

DECIDE = "com.authorize"
DYNAMIC = Role("dynamic", (Permission("wamp.", "prefix", ALL),), authorizer=DECIDE)


class House(FakeRouter):
    """A realm whose role `dynamic` has an authorizer."""

    def __init__(self, *roles: Role) -> None:
        super().__init__([EVERYTHING, *roles])
        self.deciders = Deciders(self.clock, Turn(self.clock))
        self.provide()

    def provide(self) -> None:
        self.deciders.provide([self.router])
        self.run()

    def run(self, seconds: float = 0.0) -> None:
        for _ in range(5):
            self.clock.advance(seconds / 5)
        for _ in range(8):
            self.clock.advance(0)

    def answer(self, callee: Client, result: Any) -> list[Any]:
        """Let a callee answer what it has been asked, and return the arguments."""
        self.run()
        [invocation] = callee.take()
        callee.send(YIELD, invocation[1], {}, [result])
        self.run()
        arguments: list[Any] = invocation[4]
        return arguments


@pytest.fixture
def house() -> House:
    return House(DYNAMIC)


def test_the_procedure_is_called_and_its_answer_holds(house: House) -> None:
    callee, ann = house.client(), house.client(role="dynamic", authid="ann")
    callee.register(DECIDE)
    for allowed, code in ((True, PUBLISHED), (False, ERROR)):
        ann.publish("com.topic", acknowledge=True)
        details, uri, action, options = house.answer(callee, {"allow": allowed})
        assert (details["authid"], uri, action, options) == ("ann", "com.topic", "publish", {"acknowledge": True})
        assert [message[0] for message in ann.take()] == [code]


def test_nobody_there_denies(house: House) -> None:
    ann = house.client(role="dynamic")
    ann.call("com.thing")
    house.run()
    assert ann.take()[0][4] == "wamp.error.authorization_failed"


def test_no_answer_in_time_denies(house: House) -> None:
    callee, ann = house.client(), house.client(role="dynamic")
    callee.register(DECIDE)
    ann.call("com.thing")
    house.run(ANSWER_SECONDS - 0.1)
    assert ann.take() == []
    house.run(0.2)
    assert ann.take()[0][4] == "wamp.error.authorization_failed"


def test_an_authorizer_that_comes_back_is_asked_about_what_is_held_and_what_it_denies_is_gone(house: House) -> None:
    callee, ann = house.client(), house.client(role="dynamic")
    callee.register(DECIDE)
    ann.request(SUBSCRIBE, {}, "com.topic")
    house.answer(callee, True)
    ann.take()
    callee.leave()
    again = house.client()
    again.register(DECIDE)
    details, uri, action, _ = house.answer(again, False)
    assert (details["session"], uri, action) == (ann.session, "com.topic", "subscribe")
    again.publish("com.topic")
    assert ann.take() == []


def test_what_is_not_confirmed_within_a_second_is_taken_back(house: House) -> None:
    callee, ann = house.client(), house.client(role="dynamic")
    callee.register(DECIDE)
    ann.request(SUBSCRIBE, {}, "com.topic")
    house.answer(callee, True)
    ann.take()
    counts: list[int] = []
    house.realm.reassess(counts.append)
    house.run(SILENCE_SECONDS - 0.1)
    callee.publish("com.topic")
    assert len(ann.take()) == 1
    house.run(0.2)
    callee.publish("com.topic")
    assert (ann.take(), counts) == ([], [1])


def test_an_authorizer_that_leaves_while_it_is_asked_denies(house: House) -> None:
    callee, ann = house.client(), house.client(role="dynamic")
    callee.register(DECIDE)
    ann.call("com.thing")
    house.run()
    callee.leave()
    house.run()
    assert ann.take()[0][4] == "wamp.error.authorization_failed"


def test_it_knows_that_it_is_the_router_who_asks(house: House) -> None:
    callee = house.client()
    callee.register(DECIDE)
    house.client(role="dynamic").call("com.thing")
    house.run()
    assert callee.take()[0][3]["caller_authrole"] == "router:authorization"


def test_a_realm_gets_what_asks_when_it_needs_it_and_once() -> None:
    house = House()
    assert (house.realm.authorizer, house.realm.sessions) == (None, {})
    house.realm.set_roles([DYNAMIC])
    house.provide()
    asking = house.realm.authorizer
    assert asking is not None
    house.provide()
    assert house.realm.authorizer is asking
    assert len(house.realm.sessions) == 1
    assert house.realm.clients == []


def test_after_the_stop_nobody_asks(house: House) -> None:
    house.deciders.stop()
    house.run()
    assert house.realm.sessions == {}
    ann = house.client(role="dynamic")
    assert ann.ask(CALL, {}, "com.thing")[4] == "wamp.error.authorization_failed"
    assert ann.ask(PUBLISH, {"acknowledge": True}, "com.thing")[4] == "wamp.error.authorization_failed"
