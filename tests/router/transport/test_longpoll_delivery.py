"""What becomes of messages when the connection of an answer breaks: judged by what real sockets say."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from support.http_line import Line
from support.longpoll import LongPollHouse
from support.transport import FakeTransport
from wampi.router.codec import Outgoing
from wampi.router.transport.addresses import acknowledged_bytes, written_bytes


class Sockets:
    """Two ends of a TCP connection; ``stuff`` fills it until the client's end acknowledges no more."""

    def __init__(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            self.client = socket.socket()
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.client.connect(listener.getsockname())
            self.server, _ = listener.accept()
        self.server.setblocking(False)

    def stuff(self) -> None:
        with suppress(BlockingIOError):
            while True:
                self.server.send(bytes(100_000))

    def close(self) -> None:
        self.client.close()
        self.server.close()


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    pair = Sockets()
    yield pair
    pair.close()


@pytest.fixture
def house() -> LongPollHouse:
    return LongPollHouse()


def receive_on(house: LongPollHouse, path: str, sockets: Sockets, *numbers: int, stuck: bool = False) -> Line:
    """Let a receive wait on a connection with a real socket, and get messages; ``stuck`` behind bytes before them."""
    transport = FakeTransport()
    transport.handle = sockets.server
    line = house.line(transport)
    assert line.ask(f"{path}/receive") == []
    if stuck:
        sockets.stuff()
    say(house, *numbers)
    return line


def say(house: LongPollHouse, *numbers: int) -> None:
    house.turn.begin()
    for number in numbers:
        house.links[0].peer.send(Outgoing((36, 1, number, {})))
    house.turn.end()


def received(house: LongPollHouse, path: str) -> list[int]:
    return [answer.json[2] for answer in house.ask(f"{path}/receive")]


def test_an_answer_that_was_not_acknowledged_when_its_connection_broke_is_given_again(
    house: LongPollHouse, sockets: Sockets
) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1, 2, stuck=True)
    assert [answer.json[2] for answer in line.answers()] == [1]
    line.lose()
    say(house, 3)
    assert [received(house, path) for _ in range(3)] == [[1], [2], [3]]


def test_an_answer_that_was_acknowledged_is_not_given_again(house: LongPollHouse, sockets: Sockets) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1, 2)
    line.lose()
    assert [received(house, path) for _ in range(2)] == [[2], []]


def test_who_asks_long_after_its_connection_has_ended_gets_what_is_next(house: LongPollHouse, sockets: Sockets) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1)
    line.lose()
    sockets.server.close()
    del line.transport.handle
    house.clock.advance(2)
    say(house, 2)
    assert received(house, path) == [2]


def test_what_was_written_behind_an_answer_does_not_count(house: LongPollHouse, sockets: Sockets) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1, 2)
    sockets.stuff()
    line.lose()
    assert [received(house, path) for _ in range(2)] == [[2], []]


def test_an_answer_that_has_not_been_written_whole_is_given_again(house: LongPollHouse) -> None:
    path, line = house.open(), house.line()
    line.ask(f"{path}/receive")
    line.transport.pause_after_write = True
    say(house, 1)
    line.lose()
    assert received(house, path) == [1]


def test_a_whole_batch_is_given_again_in_its_order(house: LongPollHouse, sockets: Sockets) -> None:
    path = house.open("wamp.2.json.batched")
    line = receive_on(house, path, sockets, 1, 2, stuck=True)
    line.lose()
    say(house, 3)
    [answer] = house.ask(f"{path}/receive")
    assert answer.body == b"[36,1,1,{}]\x1e[36,1,2,{}]\x1e[36,1,3,{}]\x1e"


@pytest.mark.parametrize("is_stuck", [True, False])
def test_the_connection_of_an_answer_that_is_stuck_ends_with_a_session_that_is_cut(
    house: LongPollHouse, sockets: Sockets, is_stuck: bool
) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1, stuck=is_stuck)
    house.links[0].peer.cut(1.0)
    house.clock.advance(1.0)
    house.clock.advance(0)
    assert house.links[0].times_lost == 1
    assert line.transport.is_aborted == is_stuck


def test_an_answer_that_is_stuck_is_given_to_who_asks_on_another_connection(
    house: LongPollHouse, sockets: Sockets
) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1, stuck=True)
    house.clock.advance(1.1)
    assert received(house, path) == [1]
    assert line.transport.is_aborted


def test_an_answer_that_had_no_time_to_be_acknowledged_is_taken_for_delivered(
    house: LongPollHouse, sockets: Sockets
) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1, stuck=True)
    house.clock.advance(0.5)
    assert received(house, path) == []
    line.lose()
    say(house, 2)
    assert received(house, path) == []
    assert not line.transport.is_aborted


def test_who_asks_again_on_the_same_connection_has_got_the_answer(house: LongPollHouse, sockets: Sockets) -> None:
    path = house.open()
    line = receive_on(house, path, sockets, 1, stuck=True)
    line.answers()
    house.clock.advance(2)
    assert line.ask(f"{path}/receive") == []
    line.lose()
    say(house, 2)
    assert received(house, path) == [2]


def test_nothing_is_given_to_a_receive_whose_client_has_hung_up(house: LongPollHouse, sockets: Sockets) -> None:
    path = house.open()
    transport = FakeTransport()
    transport.handle = sockets.server
    line = house.line(transport)
    line.ask(f"{path}/receive")
    sockets.client.close()
    say(house, 1)
    assert line.answers() == []
    assert received(house, path) == [1]
    other = house.line()
    assert other.ask(f"{path}/receive") == []
    line.lose()
    say(house, 2)
    assert [answer.json[2] for answer in other.answers()] == [2]


def test_a_receive_takes_the_place_of_one_whose_client_has_hung_up(house: LongPollHouse, sockets: Sockets) -> None:
    path = house.open()
    transport = FakeTransport()
    transport.handle = sockets.server
    gone, line = house.line(transport), house.line()
    gone.ask(f"{path}/receive")
    sockets.client.close()
    assert line.ask(f"{path}/receive") == []
    gone.lose()
    say(house, 1)
    assert [answer.json[2] for answer in line.answers()] == [1]


def test_two_transports_on_one_connection_are_judged_each_for_itself(house: LongPollHouse, sockets: Sockets) -> None:
    first, second = house.open(), house.open()
    transport = FakeTransport()
    transport.handle = sockets.server
    line = house.line(transport)
    for path, link in ((first, house.links[0]), (second, house.links[1])):
        line.ask(f"{path}/receive")
        link.peer.send(Outgoing((36, 1, 7, {})))
        house.clock.advance(0)
        sockets.stuff()
    line.lose()
    assert (received(house, first), received(house, second)) == ([], [7])


def test_what_has_been_acknowledged_is_counted(sockets: Sockets) -> None:
    transport = FakeTransport()
    assert acknowledged_bytes(transport) == written_bytes(transport) == 0
    transport.handle = sockets.server
    assert acknowledged_bytes(transport) == written_bytes(transport)
    sockets.stuff()
    assert written_bytes(transport) > 4096
    assert acknowledged_bytes(transport) < written_bytes(transport)


def test_what_has_been_read_from_a_unix_socket_is_known() -> None:
    transport = FakeTransport()
    transport.handle, client = socket.socketpair()
    with transport.handle, client:
        assert acknowledged_bytes(transport) == written_bytes(transport)
        transport.handle.send(b"answer")
        assert acknowledged_bytes(transport) < written_bytes(transport)
        assert client.recv(100) == b"answer"
        assert acknowledged_bytes(transport) == written_bytes(transport)
