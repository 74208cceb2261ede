"""A token bucket: how many messages a connection may send, on average and at once."""

from math import inf

_SLICE_SECONDS = 0.05
"""A paused connection is resumed for this much of its rate at a time, not for each single message."""

_SHORTEST_SECONDS = 0.001
"""A wait that is too short for the clock to move in would let the connection go round and round."""


class TokenBucket:
    """``rate`` tokens a second flow in, up to ``burst``; a message takes one.

    The owner calls :meth:`refill` once a read and takes from ``tokens`` itself: a message costs one subtraction.
    """

    __slots__ = ("_at", "_burst", "_rate", "tokens")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._at = now
        self._burst = self.tokens = 0.0
        self.configure(rate, burst)

    def configure(self, rate: float, burst: int) -> None:
        """Change the limits; a bucket that was full is full again. A rate of infinity means no limit."""
        was_full = self.tokens >= self._burst
        self._rate = rate
        self._burst = inf if rate == inf else float(max(1, burst))
        self.tokens = self._burst if was_full else min(self.tokens, self._burst)

    def refill(self, now: float) -> None:
        """Let in what has gathered since the last time."""
        tokens = self.tokens + (now - self._at) * self._rate
        self._at = now
        self.tokens = tokens if tokens < self._burst else self._burst

    def wait_seconds(self) -> float:
        """Return how long to wait until a useful number of messages may pass; at least one can then."""
        wanted = min(max(1.0, self._rate * _SLICE_SECONDS), max(1.0, self._burst / 2))
        return max(_SHORTEST_SECONDS, (wanted - self.tokens) / self._rate)
