"""Who has lost a login lately: a login that began before must not end well.

Between the look at an account and WELCOME lie a challenge and its answer, so whatever was looked up may be taken back
meanwhile; and a session that is not there yet can't be ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ports import Clock

MOST_REMEMBERED = 1024
"""For how many authids this is remembered; the oldest is forgotten first."""


class Revocations:
    """When each authid lost a login last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # authid -> when that was, by the monotonic clock; the oldest first
        self._times: dict[str, float] = {}

    def note(self, authid: str) -> None:
        """Note that a login of this authid has been taken back just now."""
        self._times.pop(authid, None)
        self._times[authid] = self._clock.monotonic()
        if len(self._times) > MOST_REMEMBERED:
            del self._times[next(iter(self._times))]

    def has_changed(self, authid: str, since: float) -> bool:
        """Return whether that has happened at ``since`` or later."""
        return self._times.get(authid, float("-inf")) >= since
