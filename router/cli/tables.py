"""What the commands print: tables, days, times."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from .arguments import one_line


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text under a head, in columns; what others have chosen must not steer the terminal."""
    table = [tuple(head), *(tuple(map(one_line, row)) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def day(seconds: float) -> str:
    """Return the day (UTC) of a point in time."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def local_time(seconds: float | None, otherwise: str = "") -> str:
    """Return a point in time by the clock on the wall, to the second."""
    if seconds is None:
        return otherwise
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
