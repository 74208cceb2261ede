"""The log: one event is one printable line."""

import io

from twisted.logger import LogLevel
from twisted.python.failure import Failure
from wampi.components.logs import LineObserver, escape, format_line


def event(text: str, **more: object) -> dict[str, object]:
    return {"log_time": 1_750_000_000.25, "log_level": LogLevel.info, "log_format": "{text}", "text": text} | more


def test_a_line_has_time_level_and_text() -> None:
    assert format_line(event("joined")) == "2025-06-15T15:06:40.250Z info joined"


def test_control_characters_are_escaped() -> None:
    line = format_line(event("a\nb\x1b[31m\u202ec\ud800"))
    assert line.isprintable()
    assert line.endswith(r"a\nb\x1b[31m\u202ec\ud800")


def test_a_long_line_is_cut() -> None:
    assert len(escape("x" * 100_000)) < 1024


def test_an_exception_is_one_line_with_its_place() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        failure = Failure()
    line = format_line(event("it broke", log_failure=failure))
    assert "it broke: ValueError: two\\nlines (test_logs.py:" in line
    assert "\n" not in line


def test_what_is_below_the_level_is_not_written() -> None:
    stream = io.StringIO()
    observer = LineObserver(stream, LogLevel.warn)
    observer(event("quiet"))
    observer(event("loud", log_level=LogLevel.error))
    assert stream.getvalue() == "2025-06-15T15:06:40.250Z error loud\n"


def test_libraries_are_heard_only_when_they_warn() -> None:
    stream = io.StringIO()
    observer = LineObserver(stream)
    observer(event("chatter", log_namespace="twisted.internet"))
    observer(event("joined", log_namespace="component"))
    observer(event("careful", log_namespace="twisted.internet", log_level=LogLevel.warn))
    assert [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()] == ["info joined", "warn careful"]


def test_a_log_that_nobody_reads_any_more_breaks_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    LineObserver(stream)(event("hello"))
    assert stream.closed
