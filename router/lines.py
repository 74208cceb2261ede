"""The output of other processes as lines for the log: bounded in length and in number.

A process that goes wild must not fill the disk of a Raspberry Pi with its log, nor hold up the node.
"""

from collections.abc import Callable

LINE_BYTES = 1024
LINES_PER_SECOND = 20.0
BURST = 200.0


class LineBuffer:
    """Cuts a stream into lines; of a line that is too long only the beginning is passed on."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._begun = b""
        self._is_skipping = False

    def feed(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        *complete, rest = data.split(b"\n")
        for piece in complete:
            self._take(piece)
            self._end()
        self._take(rest)

    def close(self) -> None:
        """Pass on what has no line end."""
        self._end()

    def _take(self, piece: bytes) -> None:
        room = LINE_BYTES - len(self._begun)
        self._is_skipping |= len(piece) > room
        self._begun += piece[:room]

    def _end(self) -> None:
        text = self._begun.decode("utf-8", "backslashreplace").rstrip()
        if text:
            self._on_line(f"{text}..." if self._is_skipping else text)
        self._begun, self._is_skipping = b"", False


class LineBudget:
    """Lets so many lines a second pass, and counts those that it did not."""

    def __init__(self, on_line: Callable[[str], None], seconds: Callable[[], float]) -> None:
        self._on_line = on_line
        self._seconds = seconds
        self._left = BURST
        self._since = seconds()
        self._left_out = 0

    def pass_on(self, line: str) -> None:
        """Pass on a line, or count it."""
        now = self._seconds()
        self._left = min(BURST, self._left + max(0.0, now - self._since) * LINES_PER_SECOND)
        self._since = now
        if self._left < 1.0:
            self._left_out += 1
            return
        self._left -= 1.0
        if self._left_out:
            self._on_line(f"({self._left_out} lines left out)")
            self._left_out = 0
        self._on_line(line)
