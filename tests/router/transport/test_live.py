"""The doors on real sockets: TLS, HTTP and WebSocket on one port, and what hostile clients cannot do."""

import http.client
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.live import LiveServer, client, live_server
from support.rawsocket import raw_frame
from support.transport import client_frame, handshake
from support.waiting import PATIENCE_SECONDS, eventually
from websockets.exceptions import InvalidStatus

HEAD_SECONDS = 0.6


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    options: dict[str, Any] = {
        "limits": {"messages_per_second": 1000.0, "burst": 50, "outbox_bytes": 200_000, "message_bytes": 65_536},
        "websocket": {"close_seconds": 0.5},
    }
    with live_server(tmp_path_factory.mktemp("live"), **options) as running:
        yield running


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that does not wait long for a head; a busy machine may be too slow to open a session on it."""
    with live_server(tmp_path_factory.mktemp("impatient"), door={"head_seconds": HEAD_SECONDS}) as running:
        yield running


def get(server: LiveServer, way: str, path: str = "/", method: str = "GET", **headers: str) -> Any:
    if way == "tls":
        connection: Any = http.client.HTTPSConnection(
            "localhost", server.tls, context=server.trusting(), timeout=PATIENCE_SECONDS
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", server.plain, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        response.body = response.read()
        return response
    finally:
        connection.close()


@pytest.mark.parametrize("way", ["tls", "plain"])
def test_one_port_serves_the_page_and_websocket(server: LiveServer, way: str) -> None:
    page = get(server, way)
    assert (page.status, page.body) == (200, b"<!doctype html><title>wampi</title>")
    assert page.getheader("Connection") == "close"
    assert page.getheader("Server") is None
    with client(server, way) as session:
        session.join()
        assert session.ask(64, {}, "com.example.add")[0] == 65


@pytest.mark.parametrize("way", ["tls", "plain", "unix"])
@pytest.mark.parametrize("serializer", ["json", "msgpack", "cbor", "ubjson"])
def test_a_call_over_every_way_in_every_serializer(server: LiveServer, way: str, serializer: str) -> None:
    with client(server, way, serializer) as caller, client(server, "unix", "msgpack") as callee:
        caller.join()
        procedure = f"com.example.echo.{way}.{serializer}"
        assert callee.join().ask(64, {}, procedure)[0] == 65
        for size in (0, 100, 1000, 60_000):
            caller.send(48, 10 + size, {}, procedure, ["x" * size], {"n": size})
            invocation = callee.receive()
            callee.send(70, invocation[1], {}, *invocation[4:])
            assert caller.receive() == [50, 10 + size, {}, ["x" * size], {"n": size}]


def test_a_stranger_is_answered_with_one_line(server: LiveServer) -> None:
    for headers, status in (({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403)):
        answer = get(server, "tls", **headers)
        assert answer.status == status
        assert answer.body.count(b"\n") == 1
    assert get(server, "tls", "/nothing").status == 404
    assert get(server, "tls", method="TRACE").status == 405


def test_a_page_of_another_origin_cannot_connect(server: LiveServer) -> None:
    with client(server, origin=f"https://localhost:{server.tls}") as session:  # type: ignore[arg-type]
        session.join()
    for origin in ("null", f"http://localhost:{server.tls}", "https://localhost", "https://evil.example"):
        with pytest.raises(InvalidStatus) as refusal, client(server, origin=origin):
            pass
        assert refusal.value.response.status_code == 403


def test_without_a_common_subprotocol_the_handshake_fails(server: LiveServer) -> None:
    with pytest.raises(InvalidStatus) as refusal, client(server, subprotocols=["chat"]):
        pass
    assert refusal.value.response.status_code == 400


def seconds_until_closed(connection: socket.socket, dribble: bytes = b"") -> float:
    """Send a byte now and then until the other side closes; return how long that took."""
    start = time.monotonic()
    connection.settimeout(0.1)
    for position in range(200):
        try:
            if position < len(dribble):
                connection.sendall(dribble[position : position + 1])
            if connection.recv(1000) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - start


DRIBBLED = b"GET /a/long/path/that/takes/its/time HTTP/1.1\r\n"


def test_a_head_that_is_dribbled_is_cut_off_at_an_absolute_time(impatient: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", impatient.plain)) as connection:
        assert 0.9 * HEAD_SECONDS <= seconds_until_closed(connection, DRIBBLED) < HEAD_SECONDS + PATIENCE_SECONDS


def test_a_head_that_is_dribbled_inside_tls_is_cut_off_too(impatient: LiveServer) -> None:
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", impatient.tls)) as raw:
        with suppress(OSError), impatient.trusting().wrap_socket(raw, server_hostname="localhost") as connection:
            seconds_until_closed(connection, DRIBBLED)
        assert 0.9 * HEAD_SECONDS <= time.monotonic() - start < HEAD_SECONDS + PATIENCE_SECONDS


@pytest.mark.parametrize("dribble", [b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20)])
def test_a_tls_handshake_that_does_not_come_is_cut_off(impatient: LiveServer, dribble: bytes) -> None:
    with socket.create_connection(("127.0.0.1", impatient.tls)) as connection:
        assert 0.9 * HEAD_SECONDS <= seconds_until_closed(connection, dribble) < HEAD_SECONDS + PATIENCE_SECONDS


def test_a_head_without_end_is_answered_before_its_time(server: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", server.plain)) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.sendall(b"GET / HTTP/1.1\r\nCookie: " + b"c" * 100_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_peer_that_sends_too_fast_is_slowed_down_and_loses_nothing(server: LiveServer) -> None:
    with client(server) as session:
        session.join()
        start = time.monotonic()
        for number in range(1, 501):
            session.send(48, number, {}, "com.example.nobody")
        answers = [session.receive() for _ in range(500)]
    assert [answer[2] for answer in answers] == list(range(1, 501))
    assert {answer[4] for answer in answers} == {"wamp.error.no_such_procedure"}
    assert time.monotonic() - start >= 0.4


def test_a_reader_that_does_not_read_is_dropped_and_bothers_nobody(server: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", server.plain)) as slow, client(server, "unix") as publisher:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        join_by_hand(slow)
        publisher.join()
        before = server.resident_bytes()
        for number in range(1, 1000):
            assert publisher.ask(16, {"acknowledge": True}, "com.example.chatty", ["x" * 10_000])[0] == 17
            if number % 50 == 0 and sessions(publisher) == 1:
                break
        assert sessions(publisher) == 1
        assert server.resident_bytes() - before < 30_000_000


def join_by_hand(
    connection: socket.socket, opening: bytes = b"", frame: Callable[[bytes], bytes] = client_frame
) -> None:
    """Open a WebSocket, or what else begins so, say HELLO, subscribe; read only the answers to these."""
    connection.sendall(opening or handshake(headers={"Host": "localhost"}))
    hello = b'[1,"home",{"roles":{"subscriber":{}}}]'
    connection.sendall(frame(hello) + frame(b'[32,1,{},"com.example.chatty"]'))
    received = b""
    while b"[33,1," not in received:
        received += connection.recv(10_000)


def queued_bytes(port: int, connection: socket.socket) -> int:
    """Return how much the kernel has of what the server at ``port`` has written to a client (proc(5), tx_queue)."""
    ends = f":{port:04X}", f":{connection.getsockname()[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
            return int(fields[4].partition(":")[0], 16)
    raise AssertionError("there is no such connection")


def is_gone(connection: socket.socket) -> bool:
    """Return whether the other end resets a connection, on which nothing is read."""
    poll = select.poll()
    poll.register(connection, 0)
    return any(event & select.POLLERR for _, event in poll.poll(PATIENCE_SECONDS * 1000))


def sessions(session: Any) -> int:
    """Return how many sessions the router says there are."""
    count: int = session.ask(48, {}, "wamp.session.count")[3][0]
    return count


@pytest.mark.parametrize("kind", ["websocket", "rawsocket"])
def test_a_reader_that_does_not_read_is_gone_soon_after_its_session_was_ended(server: LiveServer, kind: str) -> None:
    with socket.create_connection(("127.0.0.1", server.plain)) as slow, client(server, "unix") as owner:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        owner.join(authid="owner")
        if kind == "websocket":
            join_by_hand(slow)
        else:
            join_by_hand(slow, b"\x7f\xf1\x00\x00", raw_frame)
        queued = [0]
        while len(queued) < 4 or len(set(queued[-4:])) > 1:
            assert owner.ask(16, {"acknowledge": True}, "com.example.chatty", ["x" * 10_000])[0] == 17
            queued.append(queued_bytes(server.plain, slow))
        assert len(owner.ask(48, {}, "wamp.session.kill_by_authid", ["somebody"])[3][0]) == 1
        assert is_gone(slow)


def test_a_client_that_does_not_answer_a_close_is_dropped(server: LiveServer) -> None:
    with socket.create_connection(("127.0.0.1", server.plain)) as connection:
        connection.sendall(handshake(headers={"Host": "localhost"}) + client_frame(b"[99]"))
        assert 0.4 <= seconds_until_closed(connection) < 0.5 + PATIENCE_SECONDS


def test_a_client_that_breaks_the_rules_learns_why(server: LiveServer) -> None:
    with client(server) as session:
        session.send(48, 1, {}, "com.example.add")
        assert session.receive()[2] == "wamp.error.protocol_violation"
        with pytest.raises(ConnectionError, match="1000"):
            session.receive()


def test_connections_leave_nothing_behind(server: LiveServer) -> None:
    before = server.descriptors()
    for way in ("plain", "tls", "unix"):
        with client(server, way) as session:
            session.join()
    for _ in range(10):
        raw = socket.create_connection(("127.0.0.1", server.tls))
        raw.sendall(b"\x16\x03\x01")
        raw.close()
    eventually("descriptors are left open", lambda: server.descriptors() <= before)


def test_an_address_gets_only_so_many_connections(tmp_path: Path) -> None:
    with live_server(tmp_path, connections={"per_address": 2}) as server:
        with client(server, "plain") as first, client(server, "tls") as second:
            first.join()
            second.join()
            with socket.create_connection(("127.0.0.1", server.plain)) as third:
                third.settimeout(PATIENCE_SECONDS)
                assert closed_at_once(third)
            with client(server, "unix") as local:
                local.join()
        with client(server, "plain") as again:
            again.join()


def closed_at_once(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_only_so_many_wait_to_log_in(tmp_path: Path) -> None:
    with live_server(tmp_path, connections={"pending": 2}) as server, client(server, "plain") as first:
        with client(server, "plain"), socket.create_connection(("127.0.0.1", server.plain)) as third:
            third.settimeout(PATIENCE_SECONDS)
            assert closed_at_once(third)
        first.join()
        with client(server, "plain"), client(server, "plain") as another:
            another.join()
