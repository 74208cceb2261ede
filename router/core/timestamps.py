"""Points in time as the meta API writes them."""

from datetime import UTC, datetime


def iso8601(seconds: float) -> str:
    """Return a time of day (seconds since 1970, UTC) as ISO 8601 with milliseconds: ``2026-01-31T08:15:30.250Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
