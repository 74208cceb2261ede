"""Ports: how many connections are taken in one turn."""

import socket

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactor
from wampi.router.transport.ports import ACCEPTS, listen


def test_no_more_than_a_few_connections_are_taken_in_a_turn_however_many_wait() -> None:
    made: list[Protocol] = []

    class Kept(Factory):
        noisy = False

        def buildProtocol(self, addr: object) -> Protocol:  # noqa: N802 -- Twisted's
            made.append(Protocol())
            return made[-1]

    port = listen(MemoryReactor(), 0, Kept(), 64, "127.0.0.1")
    clients = [socket.create_connection(("127.0.0.1", port.getHost().port)) for _ in range(3 * ACCEPTS + 1)]
    try:
        for turn in range(1, 4):
            port.doRead()
            assert len(made) == turn * ACCEPTS
        port.doRead()
        assert len(made) == 3 * ACCEPTS + 1
    finally:
        for one in (*clients, *(protocol.transport for protocol in made)):
            one.close() if isinstance(one, socket.socket) else one.socket.close()
        port.socket.close()
