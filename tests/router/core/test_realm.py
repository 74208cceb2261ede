"""A realm: who is in it, how often, and what is written down about it."""

import gc
import weakref

import pytest
from support.core import EVERYTHING, AcceptAnyone, FakeRouter
from support.wamp import ABORT, CALL, GOODBYE, WELCOME
from wampi.router.core.authorization import Role
from wampi.router.core.limits import Limits
from wampi.router.core.session import Session


def limited(sessions: int) -> FakeRouter:
    return FakeRouter([Role("everything", EVERYTHING.permissions, Limits(sessions_per_account=sessions))])


def test_the_sessions_of_one_account_are_bounded() -> None:
    home = limited(2)
    first = home.client(authid="ann")
    home.client(authid="ann")
    refused = home.attach().send(1, "home", {"roles": {"caller": {}}, "authid": "ann"})
    assert refused.take()[0][2] == "wampi.error.limit_exceeded"
    assert refused.peer.is_closed
    home.client(authid="bob")
    refused.leave()
    first.leave()
    home.client(authid="ann")


def test_whoever_somebody_else_calls_the_same_takes_no_place_from_an_account() -> None:
    home = limited(1)
    for provider in ("dynamic", "accounts"):
        client = home.attach(authenticator=AcceptAnyone(provider=provider))
        client.join(authid="ann")


def test_the_sessions_of_an_account_are_counted_down_once() -> None:
    home = limited(1)
    for _ in range(3):
        client = home.client(authid="ann")
        client.send(GOODBYE, {}, "wamp.close.close_realm")
        client.leave()
        client.leave()
    client = home.client(authid="ann")
    assert home.attach().send(1, "home", {"roles": {"caller": {}}, "authid": "ann"}).take()[0][0] == ABORT
    client.leave()


def test_what_comes_and_goes_is_logged_without_secrets(home: FakeRouter) -> None:
    client = home.client(authid="ann")
    client.leave()
    assert home.log.lines == [
        (
            "session joined",
            {
                "realm": "home",
                "session": client.session,
                "authid": "ann",
                "authrole": "everything",
                "authmethod": "anonymous",
                "peer": "memory",
            },
        ),
        ("session left", {"realm": "home", "session": client.session, "authid": "ann", "reason": "connection lost"}),
    ]


def test_a_role_added_later_can_be_joined_with(home: FakeRouter) -> None:
    assert home.realm.guard("late", "ann") is None
    home.realm.set_roles([Role("late")])
    assert home.realm.guard("late", "ann") is not None
    assert home.client(role="late").error(CALL, {}, "com.x") == "wamp.error.not_authorized"


def test_a_strict_realm_refuses_what_only_the_loose_rules_allow() -> None:
    client = FakeRouter(strict_uris=True).client()
    for code, uri in ((32, "com.Topic"), (64, "com.my-procedure"), (48, "com.größe")):
        assert client.error(code, {}, uri) == "wamp.error.invalid_uri"
    client.subscribe("com.topic_1")


def test_realms_share_nothing_but_the_router(home: FakeRouter) -> None:
    home.router.add_realm("garden", [EVERYTHING])
    near, far = home.client(), home.attach()
    far.join("garden")
    near.register("com.procedure")
    near.subscribe("com.topic")
    far.publish("com.topic")
    assert far.error(CALL, {}, "com.procedure") == "wamp.error.no_such_procedure"
    assert far.result("wamp.session.list") == [far.session]
    assert near.take() == []


def test_a_session_that_has_left_is_forgotten_altogether(home: FakeRouter) -> None:
    stays, leaves = home.client(), home.client("msgpack")
    stays.register("com.theirs")
    for client in (leaves, stays):
        client.subscribe("com.topic", _outbox="latest")
        client.register("com.both", invoke="roundrobin")
    leaves.subscribe("com.", match="prefix")
    leaves.register("com.mine")
    leaves.register("com.shared", invoke="first")
    leaves.call("com.theirs", timeout=1000)
    stays.call("com.mine", timeout=1000)
    leaves.call("com.mine")
    leaves.publish("com.topic", ["kept"], retain=True, exclude_authid=["x"])
    leaves.result("wamp.session.add_testament", "com.topic", [1], {})
    id, link = leaves.session, weakref.ref(leaves.link)
    leaves.leave()
    del leaves
    gc.collect()
    assert link() is None
    assert [thing.id for thing in gc.get_objects() if isinstance(thing, Session) and thing.id == id] == []
    assert home.clock.twisted.getDelayedCalls() == []


@pytest.mark.parametrize("times", [1, 5])
def test_a_connection_used_again_and_again_holds_one_session(home: FakeRouter, times: int) -> None:
    client = home.attach()
    for _ in range(times):
        client.join()
        client.subscribe("com.topic")
        client.send(GOODBYE, {}, "wamp.close.close_realm")
        client.take()
    client.join()
    assert list(home.realm.sessions) == [client.session]
    assert home.realm.broker.index.get("com.topic", "exact") is None


def test_welcome_is_the_first_thing_a_session_is_sent(home: FakeRouter) -> None:
    watcher = home.client()
    watcher.subscribe("wamp.session.on_join")
    client = home.attach()
    client.send(1, "home", {"roles": {"caller": {}}})
    assert [message[0] for message in client.take()] == [WELCOME]
