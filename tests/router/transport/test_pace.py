"""How fast a peer may send, and how it is held: the same on WebSocket and RawSocket."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.rawsocket import FakeRawSocket
from support.transport import PLENTY, FakeConnection, FakeStream, call

SLOW = replace(PLENTY, messages_per_second=100, burst=10)


@pytest.fixture(params=[FakeConnection, FakeRawSocket], ids=["websocket", "rawsocket"])
def open_stream(request: pytest.FixtureRequest) -> Callable[..., FakeStream]:
    return request.param  # type: ignore[no-any-return]


def calls(stream: FakeStream, first: int, last: int) -> bytes:
    return b"".join(stream.encode(call(number)) for number in range(first, last + 1))


def test_a_peer_that_sends_too_fast_is_not_read_for_a_while_and_loses_nothing(
    open_stream: Callable[..., FakeStream],
) -> None:
    stream = open_stream(limits=SLOW)
    stream.receive(calls(stream, 1, 50))
    assert len(stream.requests()) == 10
    assert stream.transport.producerState == "paused"
    stream.receive(calls(stream, 51, 51))
    assert len(stream.requests()) == 10
    for _ in range(20):
        stream.clock.advance(0.05)
    assert stream.requests() == list(range(1, 52))
    assert stream.transport.producerState == "producing"
    assert stream.link.violations == []


def test_a_peer_that_is_held_is_not_read_and_need_not_answer_pings(open_stream: Callable[..., FakeStream]) -> None:
    stream = open_stream()
    stream.peer.hold()
    assert stream.transport.producerState == "paused"
    for _ in range(5):
        stream.peer.hold()
        stream.clock.advance(8.0)
    assert not stream.transport.is_aborted
    stream.peer.release()
    assert stream.transport.producerState == "producing"


def test_a_peer_that_is_held_stays_so_when_its_pace_would_let_it_go_on(open_stream: Callable[..., FakeStream]) -> None:
    stream = open_stream(limits=SLOW)
    stream.receive(calls(stream, 1, 15))
    stream.peer.hold()
    for _ in range(20):
        stream.clock.advance(0.05)
    assert stream.transport.producerState == "paused"
    stream.receive(calls(stream, 16, 40))
    stream.peer.release()
    assert stream.transport.producerState == "paused"
    for _ in range(20):
        stream.clock.advance(0.05)
    assert stream.transport.producerState == "producing"


def test_a_peer_that_is_gone_is_released_in_silence(open_stream: Callable[..., FakeStream]) -> None:
    stream = open_stream()
    stream.peer.hold()
    stream.lose()
    stream.peer.release()
    assert stream.transport.producerState == "paused"
