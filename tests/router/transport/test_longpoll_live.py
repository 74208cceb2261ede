"""Long-poll on real sockets: by TLS and without, and what hostile or unlucky clients can do."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.channels import Session
from support.http_line import http_request
from support.live import LiveServer, live_server
from support.longpoll_client import LongPollChannel, http_connection, longpoll_client
from support.waiting import PATIENCE_SECONDS, eventually
from support.wamp import CALL, PUBLISH, PUBLISHED, REGISTER, RESULT, SUBSCRIBE, YIELD

SESSION_SECONDS = 3.0
BODY_SECONDS = 0.6


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    options: dict[str, Any] = {
        "limits": {"message_bytes": 1_000_000, "messages_per_second": 1000.0, "burst": 50, "sessions_per_account": 100},
        "longpoll": {"session_seconds": SESSION_SECONDS},
        "door": {"body_seconds": BODY_SECONDS},
    }
    with live_server(tmp_path_factory.mktemp("longpoll"), **options) as running:
        yield running


@pytest.fixture(params=["plain", "tls", "unix"])
def way(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def join(server: LiveServer, way: str = "plain", protocol: str = "wamp.2.json") -> tuple[LongPollChannel, Session]:
    channel = longpoll_client(server, way, protocol)
    session = Session(channel, protocol.split(".")[2])
    session.join()
    return channel, session


def count(session: Session) -> int:
    """Return how many sessions there are."""
    number: int = session.ask(CALL, {}, "wamp.session.count")[3][0]
    return number


@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor", "ubjson"])
def test_a_call_goes_both_ways_on_connections_that_are_kept(server: LiveServer, way: str, serializer: str) -> None:
    callee_channel, callee = join(server, way, f"wamp.2.{serializer}")
    caller_channel, caller = join(server, way, f"wamp.2.{serializer}")
    procedure = f"com.example.{way}.{serializer}"
    callee.succeed(REGISTER, {}, procedure)
    before = server.descriptors()
    for number in range(20):
        request = caller.request(CALL, {}, procedure, [number])
        invocation = callee.receive()[1]
        callee.send(YIELD, invocation, {}, [number])
        assert caller.receive() == [RESULT, request, {}, [number]]
    assert server.descriptors() <= before
    callee_channel.drop()
    caller_channel.drop()


def test_the_session_meta_api_says_how_a_session_is_connected(server: LiveServer) -> None:
    channel, session = join(server)
    transport = session.ask(CALL, {}, "wamp.session.get", [session.welcome[1]])[3][0]["transport"]
    assert transport["type"] == "longpoll"
    assert transport["peer"].startswith("tcp:127.0.0.1:")
    channel.drop()


def test_the_page_is_served_on_a_connection_that_long_poll_has_used(server: LiveServer) -> None:
    connection = http_connection(server, "plain")
    connection.request("POST", "/lp/open", b'{"protocols": ["wamp.2.json"]}')
    response = connection.getresponse()
    opened = json.loads(response.read())
    kept = connection.sock
    connection.request("POST", f"/lp/{opened['transport']}/close")
    assert connection.getresponse().read() == b""
    assert connection.sock is kept
    connection.request("GET", "/")
    page = connection.getresponse()
    assert (page.status, page.read()) == (200, b"<!doctype html><title>wampi</title>")
    connection.close()


def test_a_client_that_is_gone_loses_its_session_in_time(server: LiveServer) -> None:
    gone, session = join(server)
    other_channel, other = join(server)
    session.succeed(SUBSCRIBE, {}, "com.example.gone")
    session.ask(CALL, {}, "wamp.session.add_testament", ["com.example.will", ["gone"], {}])
    other.succeed(SUBSCRIBE, {}, "com.example.will")
    gone.close()
    assert other.event()[4] == ["gone"]
    other_channel.drop()


def raw_receive(
    server: LiveServer, path: str, *fields: str, way: str = "plain", buffer_bytes: int | None = None
) -> socket.socket:
    """Ask for messages on a bare socket."""
    connection = socket.socket(socket.AF_UNIX if way == "unix" else socket.AF_INET)
    if buffer_bytes is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    connection.settimeout(PATIENCE_SECONDS)
    places = {"plain": ("127.0.0.1", server.plain), "tls": ("127.0.0.1", server.tls), "unix": server.unix}
    connection.connect(places[way])
    if way == "tls":
        connection = server.trusting().wrap_socket(connection, server_hostname="localhost")
    connection.sendall(http_request(f"{path}/receive", b"", *fields).replace(b"hub.test", b"localhost"))
    return connection


def test_a_message_whose_way_breaks_in_the_middle_is_fetched_again(server: LiveServer) -> None:
    channel, session = join(server)
    other_channel, other = join(server)
    session.succeed(SUBSCRIBE, {}, "com.example.large")
    connection = raw_receive(server, channel.path, buffer_bytes=4096)
    large = "x" * 900_000
    assert other.ask(PUBLISH, {"acknowledge": True}, "com.example.large", [large])[0] == PUBLISHED
    assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    connection.close()
    assert session.event()[4] == [large]
    assert other.ask(PUBLISH, {"acknowledge": True}, "com.example.large", ["next"])[0] == PUBLISHED
    assert session.event()[4] == ["next"]
    channel.drop()
    other_channel.drop()


@pytest.mark.parametrize("fields", [[], ["Connection: close"]], ids=["kept", "closed"])
def test_a_message_that_was_read_before_the_connection_ended_comes_once(
    server: LiveServer, way: str, fields: list[str]
) -> None:
    channel, session = join(server, way)
    other_channel, other = join(server)
    session.succeed(SUBSCRIBE, {}, "com.example.once")
    for number in range(10):
        connection = raw_receive(server, channel.path, *fields, way=way)
        other.ask(PUBLISH, {"acknowledge": True}, "com.example.once", [number])
        received = connection.recv(4096)
        assert received.endswith(b"[%d]]" % number), received
        connection.close()
    other.ask(PUBLISH, {"acknowledge": True}, "com.example.once", ["end"])
    assert session.event()[4] == ["end"]
    channel.drop()
    other_channel.drop()


def test_who_is_killed_while_it_waits_can_ask_again_at_once(server: LiveServer) -> None:
    channel, session = join(server)
    for _ in range(10):
        raw_receive(server, channel.path).close()
        assert session.ask(CALL, {}, "com.example.nobody")[4] == "wamp.error.no_such_procedure"
    channel.drop()


def test_a_body_that_is_dribbled_is_cut_off(server: LiveServer) -> None:
    channel, session = join(server)
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.plain), PATIENCE_SECONDS) as connection:
        request = http_request(f"{channel.path}/send", b"x" * 1000).replace(b"hub.test", b"localhost")
        connection.sendall(request[:-1000])
        connection.settimeout(0.05)
        while time.monotonic() - start < PATIENCE_SECONDS:
            try:
                connection.sendall(b"x")
                if connection.recv(100) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert 0.9 * BODY_SECONDS <= time.monotonic() - start < PATIENCE_SECONDS
    assert count(session) >= 1
    channel.drop()


def test_a_flood_waits_and_loses_nothing(server: LiveServer) -> None:
    channel = longpoll_client(server, "plain", "wamp.2.json.batched")
    channel.send_bytes(b'[1,"home",{"roles":{"caller":{}}}]\x1e')
    assert channel.receive_bytes().startswith(b"[2,")
    start = time.monotonic()
    calls = [json.dumps([CALL, number, {}, "com.example.nobody"]).encode() + b"\x1e" for number in range(1, 501)]
    channel.send_bytes(b"".join(calls))
    assert time.monotonic() - start >= 0.4
    answers: list[bytes] = []
    while len(answers) < 500:
        answers += channel.receive_bytes().split(b"\x1e")[:-1]
    assert [json.loads(answer)[2] for answer in answers] == list(range(1, 501))
    channel.drop()


def test_nothing_is_left_behind(server: LiveServer) -> None:
    watcher_channel, watcher = join(server)
    sessions = count(watcher)
    before = server.descriptors()
    for number in range(20):
        channel, _ = join(server, "tls" if number % 2 else "plain")
        with suppress(OSError):
            raw_receive(server, channel.path).close()
        if number % 3:
            channel.drop()
        else:
            channel.close()
    eventually("sessions are left", lambda: count(watcher) == sessions)
    eventually("descriptors are left open", lambda: server.descriptors() <= before)
    watcher_channel.drop()


def test_an_address_gets_only_so_many_transports(tmp_path: Path) -> None:
    with live_server(tmp_path, connections={"per_address": 6}) as server:
        connection = http_connection(server, "plain")
        opened = []
        for _ in range(8):
            connection.request("POST", "/lp/open", b'{"protocols": ["wamp.2.json"]}')
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                assert (response.status, body) == (503, b"there are too many connections\n")
                break
            opened.append(json.loads(body)["transport"])
        assert len(opened) == 5
        connection.request("POST", f"/lp/{opened[0]}/close")
        assert connection.getresponse().status == 204
        connection.close()
        eventually("a place becomes free", lambda: is_let_in(server))


def is_let_in(server: LiveServer) -> bool:
    connection = http_connection(server, "plain")
    try:
        connection.request("POST", "/lp/open", b'{"protocols": ["wamp.2.json"]}')
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
