"""Points in time as the meta API writes and reads them."""

from datetime import UTC, datetime


def iso8601(seconds: float) -> str:
    """Return a time of day (seconds since 1970, UTC) as ISO 8601 in milliseconds: ``2026-01-31T08:15:30.250Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """Return a time as in RFC 3339 as seconds since 1970; raises ``ValueError`` for anything else."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time needs its offset from UTC")
    return time.timestamp()
