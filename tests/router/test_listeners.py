"""Listeners as a configuration describes them, in a node of its own."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.channels import RawSocketChannel, Session
from support.node import RunningNode, router_configuration
from support.waiting import PATIENCE_SECONDS
from support.wamp import CALL

AUTH = {"anonymous": {"type": "static", "role": "anybody"}}
LOOPBACK = {"type": "tcp", "interface": "127.0.0.1", "port": 0}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunningNode]:
    """A node with RawSocket three times: alone on TCP and on a UNIX socket, and on a port with HTTP and WebSocket."""
    configuration = router_configuration()
    transports: list[dict[str, Any]] = configuration["workers"][0]["transports"]
    transports += [
        {"type": "rawsocket", "endpoint": LOOPBACK, "auth": AUTH, "max_message_size": 4096},
        {"type": "rawsocket", "endpoint": {"type": "unix", "path": "raw.sock"}, "auth": AUTH, "serializers": ["cbor"]},
        {
            "type": "web",
            "endpoint": LOOPBACK,
            "paths": {"ws": {"type": "websocket", "auth": AUTH}},
            "rawsocket": {"auth": AUTH, "options": {"strict_request_ids": True}},
        },
    ]
    with RunningNode(tmp_path, configuration) as running:
        running.start()
        running.wait_for("listening", times=4)
        yield running


def connect(place: int | Path) -> socket.socket:
    if isinstance(place, int):
        return socket.create_connection(("127.0.0.1", place), PATIENCE_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE_SECONDS)
    connection.connect(str(place))
    return connection


def ends_without_an_answer(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def places(node: RunningNode) -> tuple[int, Path, int]:
    """Where the three listeners are."""
    alone, shared = map(int, re.findall(r"listening port=(\d+)", node.log))
    return alone, node.data / "raw.sock", shared


def test_rawsocket_is_served_as_configured(node: RunningNode) -> None:
    for place, largest in zip(places(node), (4096, 2**20, 2**20), strict=True):
        with connect(place) as connection:
            channel = RawSocketChannel(connection, "cbor")
            assert channel.largest_bytes == largest
            session = Session(channel, "cbor")
            session.join()
            assert session.ask(CALL, {}, "wamp.session.count")[3] == [1]


def test_only_the_serializers_that_are_named_are_spoken(node: RunningNode) -> None:
    with connect(places(node)[1]) as connection:
        connection.sendall(b"\x7f\xf1\x00\x00")
        assert connection.recv(100) == b"\x7f\x10\x00\x00"
        assert connection.recv(100) == b""


def test_http_and_rawsocket_share_a_port_and_a_lone_rawsocket_answers_no_http(node: RunningNode) -> None:
    alone, _, shared = places(node)
    request = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(shared) as connection:
        connection.sendall(request)
        assert connection.recv(100).startswith(b"HTTP/1.1 404 ")
    with connect(alone) as connection:
        connection.sendall(request)
        assert ends_without_an_answer(connection)


def test_strict_request_ids_hold_where_they_are_asked_for(node: RunningNode) -> None:
    with connect(places(node)[2]) as connection:
        session = Session(RawSocketChannel(connection, "json"), "json")
        session.join()
        session.send(CALL, 7, {}, "wamp.session.count")
        assert session.receive()[2] == "wamp.error.protocol_violation"
