"""A session within the process: it joins, learns of its end and why, and joins again."""

from functools import partial
from typing import Any

import pytest
from support.core import AcceptAnyone, FakeRouter
from support.transport import CODECS
from wampi.router.codec import Outgoing
from wampi.router.codec.messages import ClientRoles, Publish, PublishOptions, RoleDetails
from wampi.router.transport.membership import Membership
from wampi.router.transport.turn import Turn


class Room(FakeRouter):
    """A realm, and a member of it that keeps what it is told."""

    def __init__(self, realm: str = "home") -> None:
        super().__init__()
        self.told: list[Any] = []
        attach = partial(self.router.attach, authenticator=AcceptAnyone())
        roles = ClientRoles(publisher=RoleDetails())
        self.membership = Membership(attach, CODECS["msgpack"], Turn(self.clock), realm, roles, self)

    def on_joined(self) -> None:
        self.told.append("joined")

    def on_message(self, message: Outgoing) -> None:
        self.told.append(message.head[0])

    def on_ended(self, reason: str | None) -> None:
        self.told.append(("ended", reason))

    def run(self) -> None:
        for _ in range(8):
            self.clock.advance(0)


@pytest.fixture
def room() -> Room:
    room = Room()
    room.membership.join()
    room.run()
    return room


def test_it_joins_once_and_gets_answers(room: Room) -> None:
    room.membership.join()
    room.membership.send(Publish(1, PublishOptions(acknowledge=True), "com.topic"))
    room.run()
    assert (room.told, len(room.realm.sessions)) == (["joined", 17], 1)


def test_it_learns_why_it_was_ended_and_may_come_back(room: Room) -> None:
    [session] = room.realm.sessions.values()
    session.end("wamp.close.killed", None)
    room.run()
    assert room.told == ["joined", ("ended", "wamp.close.killed")]
    assert not room.membership.is_joined
    room.membership.join()
    room.run()
    assert room.membership.is_joined


def test_it_leaves_without_a_reason_and_what_it_sends_then_is_lost(room: Room) -> None:
    room.membership.leave()
    room.run()
    assert room.told == ["joined", ("ended", None)]
    room.membership.send(Publish(1, PublishOptions(acknowledge=True), "com.topic"))
    room.run()
    assert room.realm.sessions == {}


def test_it_learns_why_it_was_not_let_in() -> None:
    room = Room("elsewhere")
    room.membership.join()
    room.run()
    assert room.told == [("ended", "wamp.error.no_such_realm")]
