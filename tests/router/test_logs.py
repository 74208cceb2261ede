"""The node's log: one line an event, bounded, printable, without floods."""

from __future__ import annotations

import io
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogLevel
from twisted.python.failure import Failure
from wampi.router.logs import (
    BURST,
    LINE_CHARACTERS,
    LINES_PER_SECOND,
    CoreLog,
    Flood,
    LineObserver,
    escape,
    format_line,
)


def event(text: str, level: Any = LogLevel.info, **more: Any) -> dict[str, Any]:
    return {"log_time": 0.25, "log_level": level, "log_format": "{text}", "text": text} | more


def test_a_line_has_time_level_and_text() -> None:
    assert format_line(event("listening")) == "1970-01-01T00:00:00.250Z info listening"


@pytest.mark.parametrize(
    "hostile", ["a\nb", "a\r2026-01-01T00:00:00Z critical forged", "\x1b[2J", "\u2028", "\u202e", "\0"]
)
def test_whatever_an_event_says_it_stays_one_printable_line(hostile: str) -> None:
    line = format_line(event(hostile))
    assert line.isprintable()


def test_a_line_is_cut() -> None:
    assert len(escape("x" * 10_000_000)) == LINE_CHARACTERS + 3


def test_braces_in_what_a_peer_said_are_no_format() -> None:
    assert format_line(event("{oops} {0}")).endswith("{oops} {0}")


def test_a_failure_is_one_line_that_names_its_place() -> None:
    try:
        raise ValueError("bad\nvalue")
    except ValueError:
        failure = Failure()
    line = format_line(event("Unhandled error", LogLevel.critical, log_failure=failure))
    assert "critical Unhandled error: ValueError: bad\\nvalue (test_logs.py:" in line
    assert line.isprintable()


def test_only_what_is_important_enough_is_written_and_twisteds_own_remarks_are_not() -> None:
    stream = io.StringIO()
    observe = LineObserver(stream)
    observe(event("detail", LogLevel.debug))
    observe(event("Port starting", log_namespace="log_legacy"))
    observe(event("Main loop terminated.", log_namespace="twisted.internet.base"))
    observe(event("Port broke", LogLevel.critical, log_namespace="log_legacy"))
    assert stream.getvalue() == "1970-01-01T00:00:00.250Z critical Port broke\n"


def test_a_log_that_nobody_can_take_is_no_error() -> None:
    stream = io.StringIO()
    stream.close()
    LineObserver(stream)(event("text"))


@pytest.fixture
def lines() -> Any:
    from twisted.logger import globalLogPublisher

    written: list[str] = []

    def observe(entry: Any) -> None:
        written.append(format_line(entry).partition("Z ")[2])

    globalLogPublisher.addObserver(observe)
    yield written
    globalLogPublisher.removeObserver(observe)


def test_fields_stand_behind_the_event_and_none_is_left_out(lines: list[str]) -> None:
    log = CoreLog(Clock().seconds)
    log.info("session joined", realm="home", authid='a "b"\n', peer=None, session=7)
    log.warn("login refused", authid="")
    assert lines == ["info session joined realm=home authid='a \"b\"\\n' session=7", "warn login refused authid=''"]


def test_one_address_cannot_drown_what_others_cause(lines: list[str]) -> None:
    clock = Clock()
    log = CoreLog(clock.seconds)
    for port in range(1000):
        log.warn("login refused", peer=f"tcp:192.0.2.1:{port}")
    log.warn("login refused", peer="tcp:192.0.2.2:1")
    assert len(lines) == BURST + 1
    clock.advance(1.0)
    log.warn("login refused", peer="tcp:192.0.2.1:2")
    assert lines[-1] == f"warn login refused peer=tcp:192.0.2.1:2 ({1000 - BURST:.0f} lines like this left out)"


def test_lines_come_back_as_time_goes_on_and_sources_are_forgotten() -> None:
    clock = Clock()
    flood = Flood(clock.seconds)
    for _ in range(int(BURST)):
        assert flood.left_out_before("one") == 0
    assert flood.left_out_before("one") is None
    clock.advance(1.0)
    passed = [flood.left_out_before("one") for _ in range(10)]
    assert [count for count in passed if count is not None] == [1] + [0] * (int(LINES_PER_SECOND) - 1)
    for number in range(10_000):
        flood.left_out_before(f"source {number}")
    assert len(flood._sources) <= 1024


@pytest.mark.parametrize("field", ["peer", "address"])
def test_all_addresses_of_an_ipv6_subscriber_are_one_source(lines: list[str], field: str) -> None:
    log = CoreLog(Clock().seconds)
    for number in range(2 * int(BURST)):
        address = f"2001:db8:1:2:{number:x}::1"
        log.warn("login refused", **{field: address if field == "address" else f"tcp:[{address}]:51234"})
    assert len(lines) == BURST
