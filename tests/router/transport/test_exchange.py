"""Requests on a connection that is kept: the door lends it to an exchange and takes it back."""

from collections.abc import Callable

import pytest
from support.core import FakeClock, KeptLog
from support.http_line import Line, http_request
from support.transport import FakeTlsTransport, FakeTransport
from wampi.router.transport.connections import ConnectionLimits, Connections
from wampi.router.transport.door import DoorFactory, DoorOptions
from wampi.router.transport.exchange import Exchange, Request
from wampi.router.transport.head import RequestHead, check_body
from wampi.router.transport.routes import Routes


class Echo:
    """Answers with the body, or keeps the exchange when it is asked to wait."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.waiting: list[Exchange] = []
        self.times_lost = 0

    def accept(self, head: RequestHead, path: str) -> Request:
        self.paths.append(path)
        handle: Callable[[Exchange, bytes], None] = self._wait if path == "wait" else self._answer
        return Request(check_body(head, 100_000), handle)

    def _answer(self, exchange: Exchange, body: bytes) -> None:
        exchange.respond(200, body)

    def _wait(self, exchange: Exchange, _body: bytes) -> None:
        exchange.on_lost = self._lose
        self.waiting.append(exchange)

    def _lose(self) -> None:
        self.times_lost += 1


class House:
    def __init__(self, **options: float) -> None:
        self.clock = FakeClock()
        self.log = KeptLog()
        self.echo = Echo()
        self.connections = Connections(ConnectionLimits(per_address=10, pending=10, total=10))
        routes = Routes({"hub.test"}, services={"/lp": self.echo})
        self.doors = DoorFactory(routes, self.connections, self.clock, self.log, DoorOptions(**options))  # type: ignore[arg-type]

    def line(self, transport: FakeTransport | None = None) -> Line:
        return Line(self.doors, transport or FakeTransport())


@pytest.fixture
def house() -> House:
    return House()


def test_a_connection_takes_one_request_after_the_other(house: House) -> None:
    line = house.line()
    for text in (b"first", b"", b"third"):
        [answer] = line.ask("/lp/echo?x=1", text)
        assert (answer.status, answer.body) == (200, text)
        assert (answer.fields["connection"], answer.fields["keep-alive"]) == ("keep-alive", "timeout=5")
    assert house.echo.paths == ["echo"] * 3


def test_a_request_may_come_byte_by_byte(house: House) -> None:
    line = house.line()
    for octet in http_request("/lp/echo", b"a body"):
        line.send(bytes((octet,)))
    assert line.answers()[0].body == b"a body"


def test_requests_sent_without_waiting_are_answered_in_order_however_many(house: House) -> None:
    line = house.line()
    line.send(b"".join(http_request("/lp/echo", str(number)) for number in range(2000)))
    house.clock.advance(0)
    while house.clock.twisted.getDelayedCalls()[0].getTime() <= house.clock.monotonic():
        house.clock.advance(0)
    assert [int(answer.body) for answer in line.answers()] == list(range(2000))


def test_what_comes_between_requests_that_came_together_is_not_mixed_up(house: House) -> None:
    line = house.line()
    second, third = http_request("/lp/echo", "2"), http_request("/lp/echo", "3")
    line.send(http_request("/lp/echo", "1") + second[:-10])
    line.send(second[-10:] + third)
    house.clock.advance(0)
    house.clock.advance(0)
    assert [answer.body for answer in line.answers()] == [b"1", b"2", b"3"]


@pytest.mark.parametrize(
    ("version", "fields"),
    [("HTTP/1.0", ()), ("HTTP/1.1", ["Connection: close"]), ("HTTP/1.1", ["Connection: x, Close"])],
)
def test_a_connection_that_is_not_to_be_kept_is_closed_behind_the_answer(
    house: House, version: str, fields: list[str]
) -> None:
    line = house.line()
    [answer] = line.ask("/lp/echo", b"x", *fields, version=version)
    assert answer.fields["connection"] == "close"
    assert line.transport.is_write_closed
    line.send(http_request("/lp/echo"))
    assert line.answers() == []
    house.clock.advance(29)
    assert not line.transport.is_aborted
    house.clock.advance(2)
    assert line.transport.is_aborted


def test_inside_tls_the_client_may_close_first(house: House) -> None:
    line = house.line(FakeTlsTransport())
    line.ask("/lp/echo", b"x", "Connection: close")
    house.clock.advance(0.9)
    assert not line.transport.is_ended
    house.clock.advance(0.2)
    assert line.transport.disconnecting
    assert not line.transport.is_aborted
    house.clock.advance(30)
    assert line.transport.is_aborted


def test_a_client_that_asks_whether_to_send_the_body_is_told_to(house: House) -> None:
    line = house.line()
    head, _, body = http_request("/lp/echo", b"body", "Expect: 100-continue").partition(b"\r\n\r\n")
    line.send(head + b"\r\n\r\n")
    assert line.transport.take() == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.send(body)
    assert line.answers()[0].body == b"body"


# ---- time


def test_every_further_head_has_the_time_of_the_first(house: House) -> None:
    line = house.line()
    house.clock.advance(4)
    line.ask("/lp/echo")
    house.clock.advance(4)
    line.ask("/lp/echo")
    for octet in http_request("/lp/echo")[:9]:
        line.send(bytes((octet,)))
        house.clock.advance(0.5)
    assert not line.transport.is_aborted
    house.clock.advance(0.6)
    assert line.transport.is_aborted


def test_a_dribbled_body_is_cut_off_at_its_absolute_time(house: House) -> None:
    line = house.line()
    request = http_request("/lp/echo", b"x" * 1000)
    line.send(request[:-1000])
    for _ in range(59):
        line.send(b"x")
        house.clock.advance(0.5)
    assert not line.transport.is_aborted
    house.clock.advance(0.6)
    assert line.transport.is_aborted


def test_a_request_that_waits_for_its_answer_has_all_the_time_of_the_service(house: House) -> None:
    line = house.line()
    line.ask("/lp/wait")
    house.clock.advance(3600)
    assert not line.transport.is_ended
    house.echo.waiting[0].done()
    [answer] = line.answers()
    assert (answer.status, answer.body, "content-length" in answer.fields) == (204, b"", False)


def test_an_answer_that_is_not_taken_ends_the_connection(house: House) -> None:
    line = house.line()
    line.transport.pause_after_write = True
    line.ask("/lp/echo", b"x")
    house.clock.advance(29)
    assert not line.transport.is_aborted
    house.clock.advance(2)
    assert line.transport.is_aborted


def test_an_answer_that_is_taken_late_gives_the_connection_back(house: House) -> None:
    line = house.line()
    line.transport.pause_after_write = True
    line.ask("/lp/echo", b"x")
    line.transport.pause_after_write = False
    line.transport.producer.resumeProducing()
    assert line.transport.producer is None
    assert line.ask("/lp/echo", b"y")[0].body == b"y"


def test_where_heads_have_less_than_a_second_no_connection_is_kept() -> None:
    house = House(head_seconds=0.6)
    [answer] = house.line().ask("/lp/echo")
    assert answer.fields["connection"] == "close"


# ---- limits and ends


def test_a_further_head_is_checked_as_the_first_is(house: House) -> None:
    line = house.line()
    line.ask("/lp/echo")
    [answer] = line.ask("/lp/echo", b"", "Origin: https://evil.example")
    assert answer.status == 403
    assert line.transport.is_ended


def test_a_further_request_goes_to_whatever_its_path_says(house: House) -> None:
    line = house.line()
    line.ask("/lp/echo")
    assert line.ask("/elsewhere")[0].status == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [(["Content-Length: 100001"], 413), (["Transfer-Encoding: chunked"], 411), (["Content-Length: x"], 400)],
)
def test_a_body_that_is_not_taken_is_refused_before_it_comes(house: House, fields: list[str], code: int) -> None:
    line = house.line()
    line.send("\r\n".join(["POST /lp/echo HTTP/1.1", "Host: hub.test", *fields, "", ""]).encode())
    assert line.answers()[0].status == code
    assert line.transport.is_ended


def test_only_so_much_is_kept_behind_a_request_that_waits(house: House) -> None:
    line = house.line()
    line.ask("/lp/wait")
    line.send(bytes(16_384))
    assert not line.transport.is_aborted
    line.send(b"x")
    assert line.transport.is_aborted


def test_what_came_behind_a_request_that_waited_is_answered_next(house: House) -> None:
    line = house.line()
    line.send(http_request("/lp/wait") + http_request("/lp/echo", b"next"))
    house.echo.waiting[0].respond(200, b"first")
    house.clock.advance(0)
    assert [answer.body for answer in line.answers()] == [b"first", b"next"]


def test_a_service_learns_once_that_nobody_waits_any_more(house: House) -> None:
    line = house.line()
    line.ask("/lp/wait")
    line.lose()
    assert house.echo.times_lost == 1
    house.echo.waiting[0].respond(200, b"too late")
    assert line.answers() == []


@pytest.mark.parametrize(
    "sent", [b"", http_request("/lp/echo", b"x" * 10)[:-5], http_request("/lp/wait"), http_request("/lp/echo") * 3]
)
def test_a_connection_lost_at_any_moment_leaves_nothing(house: House, sent: bytes) -> None:
    line = house.line()
    line.send(sent or http_request("/lp/echo"))
    line.lose()
    assert house.clock.twisted.getDelayedCalls() == []
    assert (house.connections.total, house.connections.pending) == (0, 0)
