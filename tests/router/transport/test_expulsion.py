"""Sessions that are expelled: what waits for them is forgotten, and their connections are gone within a second."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from support.core import AcceptAnyone, FakeRouter
from support.rawsocket import raw_frame, raw_frames
from support.transport import CODECS, FakeTransport, client_frame, handshake, server_frames
from wampi.router.core.link import EXPULSION_SECONDS
from wampi.router.transport.rawsocket import RawSocketFactory
from wampi.router.transport.turn import Turn
from wampi.router.transport.websocket import WebSocketFactory

HELLO = b'[1, "home", {"roles": {"subscriber": {}}}]'
SUBSCRIBE = b'[32, 1, {}, "com.topic"]'
GOODBYE = b'[6, {}, "wamp.close.goodbye_and_out"]'
WITHIN_SECONDS = 1.0


class Room(FakeRouter):
    """A subscriber on a connection of a kind, and somebody who publishes and can end its session."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        attach = partial(self.router.attach, authenticator=AcceptAnyone())
        turn = Turn(self.clock)
        self.transport = FakeTransport()
        self._frame: Callable[[bytes], bytes] = client_frame if kind == "websocket" else raw_frame
        self._frames = server_frames if kind == "websocket" else raw_frames
        if kind == "websocket":
            self.protocol: Any = WebSocketFactory(attach, CODECS, self.clock, turn, self.log).build()
            opening = handshake()
        else:
            self.protocol = RawSocketFactory(attach, CODECS, self.clock, turn, self.log).build()
            opening = b"\x7f\xf1\x00\x00"
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(opening)
        self.transport.take()
        self.say(HELLO)
        self.say(SUBSCRIBE)
        (_, welcome), _ = self._frames(self.transport.take())
        self.session = json.loads(welcome)[1]
        self.others = self.client()

    def say(self, message: bytes) -> None:
        self.protocol.dataReceived(self._frame(message))

    def stop_reading(self) -> None:
        """Take no more bytes."""
        self.protocol._peer.pauseProducing()

    def read(self) -> list[Any]:
        """Take bytes again, and return the messages that come."""
        self.protocol._peer.resumeProducing()
        payloads = [payload for _, payload in self._frames(self.transport.take())]
        return [json.loads(payload) for payload in payloads if payload.startswith(b"[")]

    def kill(self) -> None:
        self.others.call("wamp.session.kill", [self.session])
        self.clock.advance(0)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.clock.advance(0)


@pytest.fixture(params=["websocket", "rawsocket"])
def room(request: pytest.FixtureRequest) -> Room:
    return Room(request.param)


def test_within_a_second_means_less() -> None:
    assert EXPULSION_SECONDS < WITHIN_SECONDS


def test_a_reader_that_does_not_read_is_gone_within_a_second(room: Room) -> None:
    room.stop_reading()
    room.others.publish("com.topic", ["x" * 10_000])
    room.kill()
    room.wait(EXPULSION_SECONDS / 2)
    assert not room.transport.is_aborted
    room.wait(EXPULSION_SECONDS / 2)
    assert room.transport.is_aborted
    assert ("connection kicked", "its session was ended, and it did not go") in [
        (event, fields.get("reason")) for event, fields in room.log.lines
    ]


def test_so_is_one_that_reads_and_does_not_answer(room: Room) -> None:
    room.kill()
    assert [message[0] for message in room.read()] == [6]
    room.wait(EXPULSION_SECONDS / 2)
    room.wait(EXPULSION_SECONDS / 2)
    assert room.transport.is_aborted


def test_one_that_answers_goes_in_order(room: Room) -> None:
    room.kill()
    room.say(GOODBYE)
    assert not room.transport.is_aborted
    room.wait(0)
    assert room.transport.take() or room.transport.is_ended


def test_it_is_not_told_what_waited_for_it(room: Room) -> None:
    room.stop_reading()
    for number in range(5):
        room.others.publish("com.topic", [number])
    room.kill()
    room.others.publish("com.topic", ["later"])
    assert [message[0] for message in room.read()] == [6]


def test_a_shutdown_still_delivers_what_waited(room: Room) -> None:
    room.stop_reading()
    room.others.publish("com.topic", ["last"])
    room.router.shut_down()
    assert [message[0] for message in room.read()] == [36, 6]
