import socket
from collections.abc import Iterator

import pytest
from twisted.internet.tcp import Server
from twisted.internet.unix import Server as UnixServer
from wampi.router.transport.direct import DIRECT_BYTES, TWISTED_NAMES, DirectWriter, write_directly


class Transport:
    """As much of a Twisted transport as a writer looks at; ``left`` is what it was given to send later."""

    def __init__(self, handle: socket.socket) -> None:
        self.handle = handle
        self.connected = 1
        self.dataBuffer = b""
        self._tempDataBuffer: list[bytes] = []
        self.left: list[bytes] = []

    def getHandle(self) -> socket.socket:  # noqa: N802
        return self.handle

    def write(self, data: bytes) -> None:
        self.left.append(data)

    def drain(self) -> None:
        """Send what is left, as the reactor does when the socket takes it."""
        self.dataBuffer, self._tempDataBuffer = b"", []


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def everything(theirs: socket.socket) -> bytes:
    data = b""
    while True:
        try:
            data += theirs.recv(1_000_000)
        except BlockingIOError:
            return data


def test_a_small_write_is_on_its_way_at_once(pair: tuple[socket.socket, socket.socket]) -> None:
    transport = Transport(pair[0])
    writer = DirectWriter(transport, pair[0])
    writer.write(b"hello ")
    writer.write(b"world")
    assert everything(pair[1]) == b"hello world"
    assert transport.left == []


@pytest.mark.parametrize("waiting", ["dataBuffer", "_tempDataBuffer"])
def test_what_still_waits_goes_first(pair: tuple[socket.socket, socket.socket], waiting: str) -> None:
    transport = Transport(pair[0])
    setattr(transport, waiting, b"x" if waiting == "dataBuffer" else [b"x"])
    DirectWriter(transport, pair[0]).write(b"later")
    assert transport.left == [b"later"]
    assert everything(pair[1]) == b""


def test_what_the_socket_does_not_take_is_left_to_the_transport(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    transport = Transport(pair[0])
    writer = DirectWriter(transport, pair[0])
    sent = b""
    while not transport.left:
        data = bytes(range(256)) * 8
        writer.write(data)
        sent += data
    assert everything(pair[1]) + b"".join(transport.left) == sent


def test_large_writes_and_long_bursts_are_subject_to_back_pressure(pair: tuple[socket.socket, socket.socket]) -> None:
    transport = Transport(pair[0])
    writer = DirectWriter(transport, pair[0])
    writer.write(bytes(DIRECT_BYTES + 1))
    assert len(transport.left) == 1
    for _ in range(100):
        writer.write(bytes(1024))
        everything(pair[1])
    assert len(transport.left) == 2


def test_a_broken_socket_is_left_to_the_transport(pair: tuple[socket.socket, socket.socket]) -> None:
    transport = Transport(pair[0])
    writer = DirectWriter(transport, pair[0])
    pair[1].close()
    writer.write(b"first")
    writer.write(b"second")
    assert b"second" in transport.left
    pair[0].close()
    writer.write(b"third")
    assert b"third" in transport.left


def test_nothing_is_sent_when_the_connection_is_lost(pair: tuple[socket.socket, socket.socket]) -> None:
    transport = Transport(pair[0])
    transport.connected = 0
    DirectWriter(transport, pair[0]).write(b"too late")
    assert everything(pair[1]) == b""


def test_a_transport_of_another_kind_is_left_as_it_is(pair: tuple[socket.socket, socket.socket]) -> None:
    transport = Transport(pair[0])
    write = transport.write
    del transport._tempDataBuffer
    write_directly(transport)
    assert transport.write == write


@pytest.mark.parametrize("kind", [Server, UnixServer])
def test_the_names_of_twisted_that_are_used_exist(kind: type) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = kind.__new__(kind)
        super(Server, transport).__init__(ours, None, object())
        assert [name for name in TWISTED_NAMES if not hasattr(transport, name)] == []
