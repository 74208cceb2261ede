"""The throttle that all ways in share: how often somebody may guess.

Two rules hold side by side. Both count what is being checked at this moment as failed already, so that guesses on
parallel connections gain nothing.

 - **The account**: five failures are free, then comes a pause that doubles from a second to five minutes. There are at
   most a hundred failures in a row (NIST SP 800-63B-4, section 3.2.2), of which strangers can use up sixty. Each
   address that the account has logged in from before has a count of its own, so that no stranger can lock out whom he
   is after.
 - **The address**, IPv4 or a /64 of IPv6: ten failures a minute, then it is out for fifteen minutes, except for
   accounts that have logged in from it before. Loopback is exempt, where no proxy stands between.

Who comes by a UNIX socket runs as the hub's own user and is never throttled. An attempt that is refused here has not
been checked, so it does not count, and whoever made it must not see a difference to a wrong password.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..credentials import STRANGERS, Standing
from ..networks import is_local, source_of

if TYPE_CHECKING:
    from ..core.ports import Clock, Log

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

MOST_NAMES = 4096
MOST_ADDRESSES = 4096
KNOWN_SOURCES = 16
"""How many sources are remembered for each account."""

_NAME_CHARACTERS = 128
_UNTIL_A_SUCCESS = float("inf")


Keep = Callable[[str, Standing], None]
"""Remembers the standing of a name, unless it is of no account; takes its time elsewhere, and never raises."""


def _keep_nothing(_authid: str, _standing: Standing) -> None:
    """For a node without accounts of its own."""


class Throttle:
    """Counts failures, and says who has to wait; one object for the whole node.

    Whoever checks a secret asks :meth:`refuse_until` first. When that returns 0 the attempt is under way, and is ended
    by :meth:`failed`, :meth:`succeeded` or :meth:`withdrawn`.

    ``authid`` is None where an attempt names nobody, ``address`` (bare) where it came by a UNIX socket. ``guessable``
    is false for random secrets of 128 bits and more: nobody guesses those, so only the rule for the address holds.
    """

    def __init__(
        self, clock: Clock, log: Log, keep: Keep = _keep_nothing, standings: Mapping[str, Standing] | None = None
    ) -> None:
        self._clock = clock
        self._log = log
        self._keep = keep
        # authid -> its failures and known sources
        self._accounts = {authid: _Account(standing, exists=True) for authid, standing in (standings or {}).items()}
        # source -> its failures
        self._addresses: dict[str, _AddressTally] = {}

    def refuse_until(self, authid: str | None, address: str | None, *, guessable: bool = True) -> float:
        """Return for how many seconds such an attempt is refused, ``inf`` for until a success; 0 is to go ahead."""
        now = self._clock.monotonic()
        tallies = list(self._tallies(authid, address, guessable))
        seconds = max((tally.seconds_left(now) for tally in tallies), default=0.0)
        if not seconds:
            for tally in tallies:
                tally.begin(now)
        return seconds

    def failed(
        self, authid: str | None, address: str | None, method: str, *, guessable: bool = True, exists: bool = False
    ) -> None:
        """Note that an attempt was wrong; ``method`` is for the log.

        ``exists`` says that there is such an account: what is counted for it is not forgotten, however many names a
        flood makes up.
        """
        now = self._clock.monotonic()
        if authid is not None and exists:
            self._account(authid).exists = True
        for tally in self._tallies(authid, address, guessable):
            tally.end()
            tally.fail(now)
            if tally.has_just_shut():
                self._log.warn(f"{tally.kind} shut to logins", address=address, authid=authid, method=method)
        if authid is not None and address is not None and guessable:
            self._keep(authid, self._account(authid).standing())

    def succeeded(self, authid: str, address: str | None, *, guessable: bool = True) -> None:
        """Note that an attempt was right: its failures are forgotten, and the account is known from there now.

        A secret that cannot be guessed forgives nothing: who has a token of somebody's, which may be worth little,
        would begin anew with each use of it to guess at the password.
        """
        for tally in self._tallies(authid, address, guessable):
            tally.end()
        account = self._account(authid)
        if address is not None and not guessable:
            account.see(source_of(address))
            return
        before = account.standing()
        account.welcome(None if address is None else source_of(address))
        if account.standing() != before:
            self._keep(authid, account.standing())

    def withdrawn(self, authid: str | None, address: str | None, *, guessable: bool = True) -> None:
        """Note that an attempt was neither right nor wrong: the accounts could not be asked, or nobody waits now."""
        for tally in self._tallies(authid, address, guessable):
            tally.end()

    def forgive(self, authid: str) -> None:
        """Forget the failures of a name, whose account has another password now; where it is known stays."""
        known = self._account(authid).known
        self._accounts[authid[:_NAME_CHARACTERS]] = _Account(Standing({}, known), exists=True)
        self._keep(authid, Standing({}, known))

    def forget(self, authid: str) -> None:
        """Forget all about a name whose account is gone, or new: what was counted is none of the other's."""
        self._accounts.pop(authid[:_NAME_CHARACTERS], None)
        self._keep(authid, Standing())

    # ---- the tables ------------------------------------------------------------------------------------------

    def _tallies(self, authid: str | None, address: str | None, guessable: bool) -> Iterator[_Tally]:
        """Yield where an attempt counts."""
        if address is None:
            return
        source = source_of(address)
        account = None if authid is None else self._account(authid)
        if account is not None and guessable:
            yield account.tally(source)
        if not is_local(address) and (account is None or not account.is_at_home(source, guessable)):
            yield self._address(source)

    def _account(self, authid: str) -> _Account:
        name = authid[:_NAME_CHARACTERS]
        account = self._accounts.get(name)
        if account is None:
            if len(self._accounts) >= MOST_NAMES:
                weights = {key: one.weight for key, one in self._accounts.items()}
                made_up = {key: weights[key] for key, one in self._accounts.items() if not one.exists}
                # An authenticator may let in under another name each time: then those go, too.
                _drop_lightest(self._accounts, made_up or weights)
            account = self._accounts[name] = _Account(Standing())
        return account

    def _address(self, source: str) -> _Tally:
        tally = self._addresses.get(source)
        if tally is None:
            if len(self._addresses) >= MOST_ADDRESSES:
                now = self._clock.monotonic()
                weights = {key: one.weight(now) for key, one in self._addresses.items()}
                _drop_lightest(self._addresses, weights)
            tally = self._addresses[source] = _AddressTally()
        return tally


class _Tally:
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


class _AccountTally(_Tally):
    """Failures in a row of one account, from one source or from all strangers."""

    kind = "account"

    def __init__(self, account: _Account, most: int, failures: int = 0) -> None:
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


class _AddressTally(_Tally):
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


class _Account:
    """What is counted for one name, and from where it is known; ``exists`` once an account of that name was seen."""

    def __init__(self, standing: Standing, *, exists: bool = False) -> None:
        self.exists = exists
        self.known = standing.known[-KNOWN_SOURCES:]
        # where secrets that cannot be guessed have let it in, newest last: good for those alone
        self._seen: tuple[str, ...] = ()
        # known source, or STRANGERS -> failures
        self._tallies: dict[str, _AccountTally] = {}
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

    def tally(self, source: str) -> _AccountTally:
        """Return where an attempt from a source counts."""
        key = source if source in self.known else STRANGERS
        if key not in self._tallies:
            most = MOST_BY_STRANGERS if key == STRANGERS else MOST_IN_A_ROW
            self._tallies[key] = _AccountTally(self, most)
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


def pause_seconds(failures: int) -> float:
    """Return the pause after so many failures in a row."""
    if failures < FREE_FAILURES:
        return 0.0
    return float(min(LONGEST_PAUSE_SECONDS, 2 ** (min(failures, _LONGEST_PAUSE_FROM) - FREE_FAILURES)))


_LONGEST_PAUSE_FROM = FREE_FAILURES + int(LONGEST_PAUSE_SECONDS).bit_length()
"""The number of failures from which on the pause does not grow."""


def _with_newest(sources: tuple[str, ...], source: str) -> tuple[str, ...]:
    return (*(one for one in sources if one != source), source)[-KNOWN_SOURCES:]


def _drop_lightest(table: dict[str, Any], weights: Mapping[str, float]) -> None:
    """Make room: a quarter of what may go, that which has the least to forget first."""
    for key in sorted(weights, key=weights.__getitem__)[: max(1, len(weights) // 4)]:
        del table[key]
