"""What the throttle counts: failures, attempts that are being checked, and how long the next has to wait for them.

The rules are in :mod:`.throttle`. Nothing here knows a clock: the time is given to each call.
"""

from __future__ import annotations

from collections import deque

from ..credentials import STRANGERS, Standing

FREE_FAILURES = 5
LONGEST_PAUSE_SECONDS = 300.0
MOST_IN_A_ROW = 100
MOST_BY_STRANGERS = 60
"""What is left of the hundred is for the addresses that the account is known from."""

ADDRESS_FAILURES = 10
ADDRESS_WINDOW_SECONDS = 60.0
ADDRESS_OUT_SECONDS = 900.0

UNDER_WAY_SECONDS = 30.0
"""How long an attempt that nobody ends counts as under way."""

KNOWN_SOURCES = 16
"""How many sources are remembered for each account."""

_UNTIL_A_SUCCESS = float("inf")

_LONGEST_PAUSE_FROM = FREE_FAILURES + int(LONGEST_PAUSE_SECONDS).bit_length()
"""The number of failures from which on the pause does not grow."""


def pause_seconds(failures: int) -> float:
    """Return the pause after so many failures in a row."""
    if failures < FREE_FAILURES:
        return 0.0
    return float(min(LONGEST_PAUSE_SECONDS, 2 ** (min(failures, _LONGEST_PAUSE_FROM) - FREE_FAILURES)))


class Tally:
    """Failures, and the attempts that are being checked."""

    kind = ""

    def __init__(self) -> None:
        self.failures = 0
        # when each attempt under way counts no more, oldest first
        self._under_way: deque[float] = deque()

    def begin(self, now: float) -> None:
        """An attempt is being checked from now on."""
        self._under_way.append(now + UNDER_WAY_SECONDS)

    def end(self) -> None:
        """An attempt is being checked no more."""
        if self._under_way:
            self._under_way.popleft()

    def under_way(self, now: float) -> int:
        """Return how many attempts are being checked."""
        while self._under_way and self._under_way[0] <= now:
            self._under_way.popleft()
        return len(self._under_way)

    def fail(self, now: float) -> None:
        """Count a failure."""
        raise NotImplementedError

    def seconds_left(self, now: float) -> float:
        """Return for how long attempts are refused."""
        raise NotImplementedError

    def has_just_shut(self) -> bool:
        """Return whether the last failure is why nobody gets in here for long."""
        raise NotImplementedError


class AccountTally(Tally):
    """Failures in a row of one account, from one source or from all strangers."""

    kind = "account"

    def __init__(self, account: AccountTallies, most: int, failures: int = 0) -> None:
        super().__init__()
        self.failures = failures
        self._account = account
        self._most = most
        self._until = 0.0

    def fail(self, now: float) -> None:
        """Count a failure; the pause begins."""
        self.failures += 1
        self._until = now + pause_seconds(self.failures)

    def seconds_left(self, now: float) -> float:
        """Return what is left of the pause; while others are checked that might make it longer, that one."""
        under_way = self.under_way(now)
        if self.failures + under_way >= self._most or self._account.in_all(now) >= MOST_IN_A_ROW:
            return _UNTIL_A_SUCCESS
        if under_way and self.failures + under_way >= FREE_FAILURES:
            return pause_seconds(self.failures + under_way)
        return max(0.0, self._until - now)

    def has_just_shut(self) -> bool:
        """Return whether the last failure was the last one allowed."""
        return self.failures == self._most or self._account.weight == MOST_IN_A_ROW


class AddressTally(Tally):
    """Failures of one source within a minute."""

    kind = "address"

    def __init__(self) -> None:
        super().__init__()
        self._window_ends = 0.0
        self._out_until = 0.0

    def fail(self, now: float) -> None:
        """Count a failure; one too many within the minute, and the source is out."""
        if now >= self._window_ends:
            self.failures, self._window_ends = 0, now + ADDRESS_WINDOW_SECONDS
        self.failures += 1
        if self.failures == ADDRESS_FAILURES:
            self._out_until = now + ADDRESS_OUT_SECONDS

    def seconds_left(self, now: float) -> float:
        """Return for how long the source is out, or has to wait for what is being checked."""
        if now < self._out_until:
            return self._out_until - now
        failures = self.failures if now < self._window_ends else 0
        return 1.0 if failures + self.under_way(now) >= ADDRESS_FAILURES else 0.0

    def has_just_shut(self) -> bool:
        """Return whether the last failure put the source out."""
        return self.failures == ADDRESS_FAILURES

    def weight(self, now: float) -> float:
        """Return how much is lost when this is forgotten."""
        failures = self.failures if now < self._window_ends else 0
        return max(0.0, self._out_until - now) + failures + self.under_way(now)


class AccountTallies:
    """What is counted for one name, and from where it is known; ``exists`` once an account of that name was seen."""

    def __init__(self, standing: Standing, *, exists: bool = False) -> None:
        self.exists = exists
        self.known = standing.known[-KNOWN_SOURCES:]
        # where secrets that cannot be guessed have let it in, newest last: good for those alone
        self._seen: tuple[str, ...] = ()
        # known source, or STRANGERS -> failures
        self._tallies: dict[str, AccountTally] = {}
        for source, failures in standing.failures.items():
            self.tally(source).failures = failures

    @property
    def weight(self) -> int:
        """How much is lost when this is forgotten: all failures in a row."""
        return sum(tally.failures for tally in self._tallies.values())

    def in_all(self, now: float) -> int:
        """Return all failures in a row, and all attempts under way."""
        return self.weight + sum(tally.under_way(now) for tally in self._tallies.values())

    def standing(self) -> Standing:
        """Return what is to be kept."""
        return Standing({key: tally.failures for key, tally in self._tallies.items() if tally.failures}, self.known)

    def tally(self, source: str) -> AccountTally:
        """Return where an attempt from a source counts."""
        key = source if source in self.known else STRANGERS
        if key not in self._tallies:
            most = MOST_BY_STRANGERS if key == STRANGERS else MOST_IN_A_ROW
            self._tallies[key] = AccountTally(self, most)
        return self._tallies[key]

    def is_at_home(self, source: str, guessable: bool) -> bool:
        """Return whether an attempt from a source is spared what others do there."""
        return source in self.known or (not guessable and source in self._seen)

    def see(self, source: str) -> None:
        """Note that a secret which cannot be guessed was right."""
        self.exists = True
        self._seen = _with_newest(self._seen, source)

    def welcome(self, source: str | None) -> None:
        """Note a success, None for one by a UNIX socket.

        It ends the row of failures: those of its own source are forgotten. Others may go on with the longest pauses,
        not with five more free failures: who guesses all day gains nothing by each login of the person he is after.
        """
        self.exists = True
        for key, tally in self._tallies.items():
            tally.failures = 0 if key == self._key(source) else min(tally.failures, _LONGEST_PAUSE_FROM)
        if source is not None and self.known[-1:] != (source,):
            self.known = _with_newest(self.known, source)
            kept = {*self.known, STRANGERS}
            self._tallies = {key: tally for key, tally in self._tallies.items() if key in kept}

    def _key(self, source: str | None) -> str | None:
        return source if source is None or source in self.known else STRANGERS


def _with_newest(sources: tuple[str, ...], source: str) -> tuple[str, ...]:
    return (*(one for one in sources if one != source), source)[-KNOWN_SOURCES:]
