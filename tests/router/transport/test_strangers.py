"""The line of strangers: how much of it is read in a turn, in what order, and who has to stand in it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from OpenSSL import SSL
from support.core import FakeClock, KeptLog
from support.tls import carry, client_end, provider_certificate
from support.transport import FakeTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from wampi.router.transport.strangers import (
    BUDGET_SECONDS,
    InLine,
    Strangers,
    StrangersFactory,
    StrangersTls,
    StrangersTlsFactory,
)
from wampi.router.transport.tls import CertificateFiles, ServerContext

PART = BUDGET_SECONDS * 0.4


class Turns:
    """A clock whose time is what was worked, and which has the turns of a reactor."""

    def __init__(self) -> None:
        self.now = 0.0
        self.scheduled: list[Callable[[], None]] = []

    def monotonic(self) -> float:
        return self.now

    def call_later(self, _delay_seconds: float, callback: Callable[[], None]) -> None:
        self.scheduled.append(callback)

    def turn(self) -> None:
        scheduled, self.scheduled = self.scheduled, []
        for callback in scheduled:
            callback()


class Line:
    """The line, with reads that take a part of the budget each, in the order in which they were done."""

    def __init__(self) -> None:
        self.clock = Turns()
        self.strangers = Strangers(self.clock)  # type: ignore[arg-type]
        self.done: list[int] = []

    def come(self, number: int, source: str | None = None) -> bool:
        def read() -> None:
            self.clock.now += PART
            self.done.append(number)

        return self.strangers.take_turn(read, source)


def test_a_turn_has_a_budget_and_those_who_wait_come_in_order() -> None:
    line = Line()
    assert [line.come(number) for number in range(8)] == [True] * 3 + [False] * 5
    assert line.done == [0, 1, 2]
    line.clock.turn()
    assert line.done == [0, 1, 2, 3, 4, 5]
    line.clock.turn()
    assert line.done == [0, 1, 2, 3, 4, 5, 6, 7]


def test_who_comes_while_others_wait_stands_behind_them() -> None:
    line = Line()
    for number in range(7):
        line.come(number)
    line.clock.turn()
    assert not line.come(7)
    line.clock.turn()
    assert line.done == [0, 1, 2, 3, 4, 5, 6, 7]


def test_each_source_is_read_in_its_turn_so_that_many_connections_wait_for_themselves() -> None:
    line = Line()
    for number in range(3):
        line.come(number)
    for number in range(10, 15):
        line.come(number, "203.0.113.9")
    for number in (20, 21):
        line.come(number, "198.51.100.1")
    line.come(30, "192.0.2.7")
    for _ in range(3):
        line.clock.turn()
    assert line.done[3:] == [10, 20, 30, 11, 21, 12, 13, 14]


def test_a_read_that_fails_keeps_nobody_waiting() -> None:
    line = Line()

    def fail() -> None:
        raise ValueError("bad bytes")

    with pytest.raises(ValueError, match="bad bytes"):
        line.strangers.take_turn(fail)
    line.clock.turn()
    assert line.come(1)


def test_a_read_that_fails_in_line_leaves_those_behind_it_their_turn() -> None:
    line = Line()
    for number in range(3):
        line.come(number)

    def fail() -> None:
        raise ValueError("bad bytes")

    line.strangers.take_turn(fail)
    line.come(4)
    with pytest.raises(ValueError, match="bad bytes"):
        line.clock.turn()
    line.clock.turn()
    assert line.done == [0, 1, 2, 4]


def test_an_empty_line_asks_for_no_more_turns() -> None:
    line = Line()
    line.come(1)
    for _ in range(2):
        line.clock.turn()
    assert line.clock.scheduled == []


# ---- TLS ---------------------------------------------------------------------------------------------------------


class Inside(Protocol):
    """Keeps what comes out of TLS."""

    def __init__(self) -> None:
        self.received = b""
        self.fails = False

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 -- Twisted's
        if self.fails:
            raise ValueError("bad bytes")
        self.received += data


class Visitor:
    """A client, and the hub's end of its connection."""

    def __init__(self, factory: StrangersTlsFactory) -> None:
        self.client = client_end()
        self.transport = FakeTransport()
        self.end: StrangersTls = factory.buildProtocol(None)
        self.end.makeConnection(self.transport)
        self.speak()

    @property
    def inside(self) -> Inside:
        return self.end.wrappedProtocol

    @property
    def is_read(self) -> bool:
        return self.transport.producerState == "producing"

    def speak(self, data: bytes = b"") -> None:
        """Go on with the handshake, and say something once it is over."""
        try:
            if data:
                self.client.send(data)
            else:
                self.client.do_handshake()
        except SSL.WantReadError:
            pass
        sent = FakeSink()
        carry(self.client, sent)
        if sent.data:
            self.end.dataReceived(sent.data)
        answer = self.transport.take()
        if answer:
            self.client.bio_write(answer)


class FakeSink:
    data = b""

    def bio_write(self, data: bytes) -> None:
        self.data += data


class Listener:
    """A TLS listener whose turn can be used up."""

    def __init__(self, directory: Path) -> None:
        self.clock = FakeClock(time.time())
        self.strangers = Strangers(self.clock)
        _, certificate = provider_certificate(directory)
        context = ServerContext(CertificateFiles.combined(certificate), self.clock, KeptLog())
        self.factory = StrangersTlsFactory(context, Factory.forProtocol(Inside), self.strangers)

    def use_up(self) -> None:
        self.strangers.take_turn(lambda: self.clock.pass_time(BUDGET_SECONDS))

    def admit(self) -> Visitor:
        """Return who has shaken hands."""
        visitor = Visitor(self.factory)
        visitor.speak()
        return visitor


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    return Listener(tmp_path)


def test_a_stranger_is_read_at_once_while_there_is_time(listener: Listener) -> None:
    visitor = listener.admit()
    visitor.speak(b"hello")
    assert visitor.inside.received == b"hello"
    assert visitor.is_read


def test_a_handshake_waits_for_the_next_turn_and_nothing_more_is_read_from_it(listener: Listener) -> None:
    listener.use_up()
    visitor = Visitor(listener.factory)
    assert (visitor.is_read, visitor.transport.take()) == (False, b"")
    listener.clock.advance(0)
    assert visitor.is_read
    assert visitor.transport.take() != b""


def test_who_has_logged_in_is_read_at_once_and_waits_again_as_a_stranger(listener: Listener) -> None:
    visitor = listener.admit()
    visitor.end.know(True)
    listener.use_up()
    visitor.speak(b"call")
    assert visitor.inside.received == b"call"
    visitor.end.know(False)
    visitor.speak(b"again")
    assert (visitor.inside.received, visitor.is_read) == (b"call", False)
    listener.clock.advance(0)
    assert visitor.inside.received == b"callagain"


def test_who_has_logged_in_is_read_at_once_also_by_somebody_below_who_kept_the_method(listener: Listener) -> None:
    visitor = listener.admit()
    kept = visitor.end.dataReceived
    visitor.end.know(True)
    vars(visitor.end)["dataReceived"] = kept
    listener.use_up()
    visitor.speak(b"call")
    assert visitor.inside.received == b"call"


def test_whoever_is_inside_and_has_paused_reading_is_not_read_by_the_line(listener: Listener) -> None:
    visitor = listener.admit()
    listener.use_up()
    visitor.speak(b"first")
    visitor.end.pauseProducing()
    listener.clock.advance(0)
    assert (visitor.inside.received, visitor.is_read) == (b"first", False)
    visitor.end.resumeProducing()
    assert visitor.is_read


def test_who_waits_is_not_read_because_somebody_inside_wants_to_read_on(listener: Listener) -> None:
    visitor = listener.admit()
    listener.use_up()
    visitor.speak(b"first")
    visitor.end.resumeProducing()
    assert not visitor.is_read


def test_who_has_gone_is_read_no_more(listener: Listener) -> None:
    visitor = listener.admit()
    inside = visitor.inside
    listener.use_up()
    visitor.speak(b"too late")
    visitor.end.connectionLost(connectionDone)
    listener.clock.advance(0)
    assert inside.received == b""


def test_a_connection_whose_reading_fails_in_line_is_ended(listener: Listener) -> None:
    visitor = listener.admit()
    listener.use_up()
    visitor.inside.fails = True
    visitor.speak(b"bad")
    with pytest.raises(ValueError, match="bad bytes"):
        listener.clock.advance(0)
    assert visitor.transport.is_aborted


# ---- without TLS, behind a proxy that ends it --------------------------------------------------------------------


class PlainListener:
    """A listener without TLS whose turn can be used up, and one connection to it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.strangers = Strangers(self.clock)
        self.transport = FakeTransport()
        self.end: InLine = StrangersFactory(Factory.forProtocol(Inside), self.strangers).buildProtocol(None)
        self.end.makeConnection(self.transport)
        self.inside: Inside = self.end.wrappedProtocol

    def use_up(self) -> None:
        self.strangers.take_turn(lambda: self.clock.pass_time(BUDGET_SECONDS))

    @property
    def is_read(self) -> bool:
        return self.transport.producerState == "producing"


def test_without_tls_a_stranger_waits_too_and_nothing_more_is_read_from_it() -> None:
    listener = PlainListener()
    listener.end.dataReceived(b"one ")
    assert (listener.inside.received, listener.is_read) == (b"one ", True)
    listener.use_up()
    listener.end.dataReceived(b"two")
    assert (listener.inside.received, listener.is_read) == (b"one ", False)
    listener.clock.advance(0)
    assert (listener.inside.received, listener.is_read) == (b"one two", True)


def test_without_tls_who_has_logged_in_is_read_at_once() -> None:
    listener = PlainListener()
    listener.end.know(True)
    listener.use_up()
    listener.end.dataReceived(b"call")
    assert (listener.inside.received, listener.is_read) == (b"call", True)


def test_without_tls_who_has_gone_is_read_no_more() -> None:
    listener = PlainListener()
    listener.use_up()
    listener.end.dataReceived(b"too late")
    listener.end.connectionLost(connectionDone)
    listener.clock.advance(0)
    assert listener.inside.received == b""


def test_without_tls_what_is_written_is_on_the_wire_at_once() -> None:
    listener = PlainListener()
    listener.use_up()
    listener.end.write(b"answer")
    assert listener.transport.take() == b"answer"
