"""The log of a component process: text lines on standard error, which the node collects.

One event is one line of at most 1 KiB, whatever is in it: control characters are escaped, an exception is
its type, its sentence and the place, never a traceback of many lines (docs/security.md, "Logs").
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO, cast

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import implementer

COMPONENT = "component"
"""The namespace of the component's own log; of libraries only warnings and worse are shown."""

_LARGEST_CHARACTERS = 1000


@implementer(ILogObserver)
class LineObserver:
    """Writes events of at least `level` to `stream`."""

    def __init__(self, stream: TextIO, level: LogLevel = LogLevel.info) -> None:
        self._stream = stream
        self._level = level

    def __call__(self, event: LogEvent) -> None:
        """Write one event."""
        level = cast(LogLevel, event.get("log_level", LogLevel.info))
        least = self._level if event.get("log_namespace") == COMPONENT else max(self._level, LogLevel.warn)
        if level < least:
            return
        try:
            self._stream.write(format_line(event) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # nobody reads any more; the device must not fail for that


def format_line(event: LogEvent) -> str:
    """One event as one printable line: UTC time, level, text."""
    time = datetime.fromtimestamp(cast(float, event.get("log_time", 0.0)), UTC)
    level = cast(LogLevel, event.get("log_level", LogLevel.info))
    text = formatEvent(event)
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        text = f"{text.splitlines()[0] if text else 'error'}: {describe_failure(failure)}"
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z {level.name} {escape(text)}"


def describe_failure(failure: Failure) -> str:
    """An exception in one line: type, sentence, and where it was raised."""
    frames = failure.frames
    place = f" ({Path(frames[-1][1]).name}:{frames[-1][2]})" if frames else ""
    return f"{failure.type.__name__ if failure.type else 'error'}: {failure.getErrorMessage()}{place}"


def escape(text: str) -> str:
    """`text` with everything that is not printable escaped, cut at 1000 characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return shown if len(shown) <= _LARGEST_CHARACTERS else shown[:_LARGEST_CHARACTERS] + "..."


def start_logging(stream: TextIO, level: LogLevel = LogLevel.info) -> None:
    """Send the process's log to `stream`."""
    globalLogBeginner.beginLoggingTo([LineObserver(stream, level)], redirectStandardIO=False)
