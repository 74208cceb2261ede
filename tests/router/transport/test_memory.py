from functools import partial

import pytest
from support.core import AcceptAnyone, FakeClock, FakeRouter
from support.transport import CODECS, KeptLink
from wampi.router.codec import Outgoing
from wampi.router.codec.messages import (
    ClientRoles,
    Hello,
    HelloDetails,
    Publish,
    PublishOptions,
    RoleDetails,
    Subscribe,
    SubscribeOptions,
)
from wampi.router.core.ports import Peer
from wampi.router.transport.memory import MemoryClient, connect
from wampi.router.transport.turn import Turn

MSGPACK = CODECS["msgpack"]
ROLES = ClientRoles(publisher=RoleDetails(), subscriber=RoleDetails())


class Pair:
    """A client and the link on the other side, both kept."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.received: list[tuple[object, ...]] = []
        self.times_closed = 0
        self.client = connect(self._attach, MSGPACK, Turn(self.clock), self._receive, self._close)

    def _attach(self, peer: Peer) -> KeptLink:
        self.link = KeptLink(peer)
        return self.link

    def _receive(self, message: Outgoing) -> None:
        self.received.append(message.head)

    def _close(self) -> None:
        self.times_closed += 1

    def run(self) -> None:
        for _ in range(5):
            self.clock.advance(0)


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_neither_side_is_called_back_by_what_it_calls(pair: Pair) -> None:
    pair.client.send(Publish(1, PublishOptions(), "a"))
    pair.link.peer.send(Outgoing((36, 1, 2, {})))
    assert (pair.link.messages, pair.received) == ([], [])
    pair.run()
    assert len(pair.link.messages) == 1
    assert pair.received == [(36, 1, 2, {})]


def test_messages_arrive_in_order(pair: Pair) -> None:
    for number in (1, 2, 3):
        pair.client.send(Publish(number, PublishOptions(), "a"))
        pair.link.peer.send(Outgoing((36, 1, number, {})))
    pair.run()
    assert [message.request for message in pair.link.messages] == [1, 2, 3]  # type: ignore[union-attr]
    assert [head[2] for head in pair.received] == [1, 2, 3]


def test_a_newer_event_replaces_an_older_one_of_its_subscription(pair: Pair) -> None:
    for number, subscription in ((1, 7), (2, 8), (3, 7)):
        assert pair.link.peer.send_latest(Outgoing((36, subscription, number, {})), subscription) is None
    pair.run()
    assert [head[2] for head in pair.received] == [2, 3]


def test_when_the_client_closes_the_router_learns_it_once(pair: Pair) -> None:
    pair.client.send(Publish(1, PublishOptions(), "a"))
    pair.client.close()
    pair.client.close()
    pair.client.send(Publish(2, PublishOptions(), "a"))
    pair.run()
    assert len(pair.link.messages) == 1
    assert (pair.link.times_lost, pair.times_closed) == (1, 1)


def test_when_the_router_closes_what_it_sent_still_arrives(pair: Pair) -> None:
    pair.link.peer.send(Outgoing((3, {}, "wamp.error.no_such_realm")))
    pair.link.peer.close()
    pair.link.peer.send(Outgoing((36, 1, 2, {})))
    pair.run()
    assert pair.received == [(3, {}, "wamp.error.no_such_realm")]
    assert (pair.link.times_lost, pair.times_closed) == (1, 1)


def test_what_a_message_brings_about_arrives_too() -> None:
    """A session on the real core: it subscribes, publishes to itself and reads the payload."""
    router = FakeRouter()
    inbox: list[Outgoing] = []
    attach = partial(router.router.attach, authenticator=AcceptAnyone())
    client = connect(attach, MSGPACK, Turn(router.clock), inbox.append)
    say(client, router, Hello("home", HelloDetails(ROLES)))
    say(client, router, Subscribe(1, SubscribeOptions(), "com.example.topic"))
    args = MSGPACK.payload([1, b"bytes"]).args
    say(client, router, Publish(2, PublishOptions(exclude_me=False), "com.example.topic", args))  # type: ignore[arg-type]
    assert [message.head[0] for message in inbox] == [2, 33, 36]
    assert inbox[-1].payload is not None
    assert inbox[-1].payload.values() == ([1, b"bytes"], {})


def say(client: MemoryClient, router: FakeRouter, message: object) -> None:
    client.send(message)  # type: ignore[arg-type]
    for _ in range(3):
        router.clock.advance(0)
