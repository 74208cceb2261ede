"""What the throttle remembers beyond a restart, and how it gets into the database."""

from collections.abc import Callable
from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from wampi.router.credentials import Standing
from wampi.router.store.accounts import Accounts
from wampi.router.store.errors import StoreError
from wampi.router.store.standing_keeper import MOST_GATHERED, StandingKeeper

STANDING = Standing({"": 7, "192.0.2.7": 1}, ("192.0.2.7", "2001:db8::/64"))


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    accounts.add_device("bell", role="camera")
    return accounts


class Worker:
    """Does work on the accounts at once, or fails; keeps how often it was asked."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.asked = 0
        self.error: Exception | None = None

    def submit(
        self, work: Callable[[Accounts], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
    ) -> None:
        self.asked += 1
        if self.error is not None:
            failed(self.error)
        else:
            done(work(self.accounts))


class House:
    def __init__(self, accounts: Accounts) -> None:
        self.clock, self.log, self.worker = FakeClock(), KeptLog(), Worker(accounts)
        self.keeper = StandingKeeper(self.worker, self.clock, self.log)  # type: ignore[arg-type]


def test_standings_are_kept_of_accounts_and_of_nobody_else(accounts: Accounts) -> None:
    accounts.standings.put({"bell": STANDING, "nobody": STANDING})
    assert accounts.standings.all() == {"bell": STANDING}


def test_a_later_standing_takes_the_place_of_an_earlier_one(accounts: Accounts) -> None:
    accounts.standings.put({"bell": STANDING})
    accounts.standings.put({"bell": Standing()})
    assert accounts.standings.all() == {"bell": Standing()}


def test_an_account_that_is_made_again_begins_anew(accounts: Accounts) -> None:
    accounts.standings.put({"bell": STANDING})
    accounts.remove("bell")
    accounts.add_device("bell", role="camera")
    assert accounts.standings.all() == {}


def test_another_secret_begins_with_no_failures_where_the_account_is_known_already(accounts: Accounts) -> None:
    accounts.standings.put({"bell": STANDING})
    accounts.renew_device_key("bell")
    assert accounts.standings.all() == {"bell": Standing({}, STANDING.known)}


def test_what_changes_within_a_second_is_written_once(accounts: Accounts) -> None:
    house = House(accounts)
    for failures in range(20):
        house.keeper.keep("bell", Standing({"": failures}))
    house.clock.advance(0.99)
    assert house.worker.asked == 0
    house.clock.advance(0.01)
    assert (house.worker.asked, accounts.standings.all()) == (1, {"bell": Standing({"": 19})})
    house.clock.advance(10)
    assert house.worker.asked == 1


def test_a_node_that_stops_writes_at_once(accounts: Accounts) -> None:
    house = House(accounts)
    house.keeper.keep("bell", STANDING)
    house.keeper.flush()
    assert accounts.standings.all() == {"bell": STANDING}
    house.clock.advance(10)
    assert house.worker.asked == 1


def test_what_could_not_be_written_is_tried_again_and_newer_wins(accounts: Accounts) -> None:
    house = House(accounts)
    house.worker.error = StoreError("the disk is full")
    house.keeper.keep("bell", STANDING)
    house.clock.advance(1)
    assert house.log.lines == [("failed logins not kept", {"reason": "the disk is full"})]
    house.worker.error = None
    house.keeper.keep("bell", Standing({"": 8}))
    house.clock.advance(30)
    assert accounts.standings.all() == {"bell": Standing({"": 8})}


def test_a_flood_of_names_is_bounded(accounts: Accounts) -> None:
    house = House(accounts)
    for number in range(MOST_GATHERED + 10):
        house.keeper.keep(f"name{number}", STANDING)
    assert len(house.keeper._changed) == MOST_GATHERED
