"""The router: its realms, and the end of everything."""

import pytest
from support.core import CODECS, EVERYTHING, AcceptAnyone, Client, FakePeer, FakeRouter
from support.wamp import ABORT, GOODBYE
from wampi.router.core.link import State

SHUTDOWN = "wamp.close.system_shutdown"


def test_a_realm_has_a_name_of_its_own(home: FakeRouter) -> None:
    with pytest.raises(ValueError, match="there is a realm 'home' already"):
        home.router.add_realm("home", [EVERYTHING])


def test_stopping_says_goodbye_to_sessions_and_abort_to_those_who_have_not_joined(home: FakeRouter) -> None:
    joined, opening = home.client(), home.attach()
    home.router.shut_down()
    assert joined.take() == [[GOODBYE, {"message": "the router is stopping"}, SHUTDOWN]]
    assert opening.take() == [[ABORT, {"message": "the router is stopping"}, SHUTDOWN]]
    assert home.realm.sessions == {}
    joined.send(GOODBYE, {}, "wamp.close.goodbye_and_out")
    assert joined.peer.is_closed
    assert opening.peer.is_closed


def test_a_client_that_does_not_answer_is_closed_all_the_same(home: FakeRouter) -> None:
    client = home.client()
    home.router.shut_down()
    home.clock.advance(2.1)
    assert client.peer.is_closed
    assert home.clock.twisted.getDelayedCalls() == []


def test_nobody_gets_in_while_the_router_stops(home: FakeRouter) -> None:
    home.router.shut_down()
    peer = FakePeer(CODECS["json"])
    client = Client(home.router.attach(peer, AcceptAnyone()), peer)
    assert client.take()[0][2] == SHUTDOWN
    client.send(1, "home", {"roles": {"caller": {}}})
    assert client.take() == []
    assert client.link.state is State.CLOSED


def test_stopping_twice_is_stopping_once(home: FakeRouter) -> None:
    client = home.client()
    home.router.shut_down()
    client.take()
    home.router.shut_down()
    assert client.take() == []


def test_a_connection_that_is_lost_is_not_dismissed(home: FakeRouter) -> None:
    client = home.client()
    client.leave()
    home.router.shut_down()
    assert client.take() == []


def test_testaments_are_published_to_those_still_there_when_the_router_stops(home: FakeRouter) -> None:
    one, other = home.client(), home.client()
    other.subscribe("com.last")
    one.result("wamp.session.add_testament", "com.last", ["farewell"], {})
    first = next(iter(home.realm.sessions))
    home.router.shut_down()
    heard = [message[4] for message in other.take() if message[0] == 36]
    assert heard in ([["farewell"]], [])  # which of the two goes first is not said
    assert first in (one.session, other.session)
