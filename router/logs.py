"""The node's log: one event, one line, at most 1 KiB, printable, on standard error or wherever twistd sends it.

What peers say can get into an event (a name, a reason), so everything that is not printable is escaped, and a source
that makes many lines loses some of them; how many is said with its next line.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from twisted.logger import ILogObserver, Logger, LogLevel, formatEvent, globalLogBeginner
from twisted.python.failure import Failure
from zope.interface import implementer

from .networks import source_of, source_of_peer

if TYPE_CHECKING:
    from twisted.logger import LogEvent

LINE_CHARACTERS = 1000
LINES_PER_SECOND = 5.0
BURST = 50.0
_SOURCES = 1024


def escape(text: str) -> str:
    """Return text with everything that is not printable escaped, cut at 1000 characters."""
    shown = text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)
    return shown if len(shown) <= LINE_CHARACTERS else f"{shown[:LINE_CHARACTERS]}..."


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class CoreLog:
    """The :class:`~.core.ports.Log` of a node: ``event key=value …`` in Twisted's log.

    ``seconds`` is a monotonic clock. Lines are counted for each source: the address of the peer (a /64 of IPv6) where
    there is one, otherwise the event.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._log = Logger(namespace="router")
        self._flood = Flood(seconds)

    def info(self, event: str, **fields: object) -> None:
        """Record what an owner may want to know."""
        self._emit(LogLevel.info, event, fields)

    def warn(self, event: str, **fields: object) -> None:
        """Record what an owner should look at."""
        self._emit(LogLevel.warn, event, fields)

    def _emit(self, level: Any, event: str, fields: dict[str, object]) -> None:
        left_out = self._flood.left_out_before(_source(event, fields))
        if left_out is None:
            return
        text = " ".join([event, *(f"{key}={_value(value)}" for key, value in fields.items() if value is not None)])
        if left_out:
            text += f" ({left_out} lines like this left out)"
        self._log.emit(level, "{text}", text=escape(text))


class Flood:
    """Says whether one more line of a source may pass, and how many before it did not."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        # source -> lines it may have now, when that was so, lines left out since the last that passed
        self._sources: OrderedDict[str, tuple[float, float, int]] = OrderedDict()

    def left_out_before(self, source: str) -> int | None:
        """Return how many lines were left out before this one, None when this one is to be left out too."""
        now = self._seconds()
        left, since, left_out = self._sources.pop(source, (BURST, now, 0))
        left = min(BURST, left + (now - since) * LINES_PER_SECOND)
        passes = left >= 1.0
        self._sources[source] = (left - 1.0, now, 0) if passes else (left, now, left_out + 1)
        if len(self._sources) > _SOURCES:
            self._sources.popitem(last=False)
        return left_out if passes else None


@implementer(ILogObserver)
class LineObserver:
    """Writes events of at least ``level`` to a stream, one line each."""

    def __init__(self, stream: TextIO, level: Any = LogLevel.info) -> None:
        self._stream = stream
        self._level = level

    def __call__(self, event: LogEvent) -> None:
        """Write one event."""
        level = cast(LogLevel, event.get("log_level", LogLevel.info))
        if level < self._level or (level is LogLevel.info and _is_twisteds(event)):
            return  # its remarks on ports and on the main loop say nothing that ours don't
        try:
            self._stream.write(f"{format_line(event)}\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # nobody reads any more; the node must not fail for that


def _is_twisteds(event: LogEvent) -> bool:
    namespace = str(event.get("log_namespace"))
    return namespace == "log_legacy" or namespace.startswith("twisted.")


def format_line(event: LogEvent) -> str:
    """Return an event as one line: time (UTC), level, text."""
    time = datetime.fromtimestamp(cast(float, event.get("log_time", 0.0)), UTC)
    level = cast(LogLevel, event.get("log_level", LogLevel.info))
    failure = event.get("log_failure")
    text = formatEvent(event)
    if isinstance(failure, Failure):
        text = f"{text.partition(chr(10))[0] or 'error'}: {describe_failure(failure)}"
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z {level.name} {escape(text)}"


def describe_failure(failure: Failure) -> str:
    """Return an exception in one line: what it is, what it says, and where it was raised."""
    place = f" ({Path(failure.frames[-1][1]).name}:{failure.frames[-1][2]})" if failure.frames else ""
    return f"{failure.type.__name__ if failure.type else 'error'}: {failure.getErrorMessage()}{place}"


def start_logging(stream: TextIO) -> None:
    """Send the process's log to a stream."""
    globalLogBeginner.beginLoggingTo([LineObserver(stream)], redirectStandardIO=False)


def _source(event: str, fields: dict[str, object]) -> str:
    address, peer = fields.get("address"), fields.get("peer")
    if isinstance(address, str):
        return f"{event} {source_of(address)}"
    return f"{event} {source_of_peer(peer)}" if isinstance(peer, str) else event


def _value(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and text and " " not in text and '"' not in text else ascii(text)
