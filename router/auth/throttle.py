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

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..credentials import Standing
from ..networks import is_local, source_of
from .tallies import AccountTallies, AddressTally

if TYPE_CHECKING:
    from ..core.ports import Clock, Log
    from .tallies import Tally

MOST_NAMES = 4096
MOST_ADDRESSES = 4096
_NAME_CHARACTERS = 128

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
        self._accounts = {
            authid: AccountTallies(standing, exists=True) for authid, standing in (standings or {}).items()
        }
        # source -> its failures
        self._addresses: dict[str, AddressTally] = {}

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
        self._accounts[authid[:_NAME_CHARACTERS]] = AccountTallies(Standing({}, known), exists=True)
        self._keep(authid, Standing({}, known))

    def forget(self, authid: str) -> None:
        """Forget all about a name whose account is gone, or new: what was counted is none of the other's."""
        self._accounts.pop(authid[:_NAME_CHARACTERS], None)
        self._keep(authid, Standing())

    # ---- the tables ------------------------------------------------------------------------------------------

    def _tallies(self, authid: str | None, address: str | None, guessable: bool) -> Iterator[Tally]:
        """Yield where an attempt counts."""
        if address is None:
            return
        source = source_of(address)
        account = None if authid is None else self._account(authid)
        if account is not None and guessable:
            yield account.tally(source)
        if not is_local(address) and (account is None or not account.is_at_home(source, guessable)):
            yield self._address(source)

    def _account(self, authid: str) -> AccountTallies:
        name = authid[:_NAME_CHARACTERS]
        account = self._accounts.get(name)
        if account is None:
            if len(self._accounts) >= MOST_NAMES:
                weights = {key: one.weight for key, one in self._accounts.items()}
                made_up = {key: weights[key] for key, one in self._accounts.items() if not one.exists}
                # An authenticator may let in under another name each time: then those go, too.
                _drop_lightest(self._accounts, made_up or weights)
            account = self._accounts[name] = AccountTallies(Standing())
        return account

    def _address(self, source: str) -> Tally:
        tally = self._addresses.get(source)
        if tally is None:
            if len(self._addresses) >= MOST_ADDRESSES:
                now = self._clock.monotonic()
                weights = {key: one.weight(now) for key, one in self._addresses.items()}
                _drop_lightest(self._addresses, weights)
            tally = self._addresses[source] = AddressTally()
        return tally


def _drop_lightest(table: dict[str, Any], weights: Mapping[str, float]) -> None:
    """Make room: a quarter of what may go, that which has the least to forget first."""
    for key in sorted(weights, key=weights.__getitem__)[: max(1, len(weights) // 4)]:
        del table[key]
