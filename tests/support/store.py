"""Accounts in a directory, at costs that a test can pay, and a thread that asks the store."""

import queue
from collections.abc import Callable
from pathlib import Path

from wampi.router.store.accounts import Accounts
from wampi.router.store.database import Database
from wampi.router.store.keyfile import DATABASE_FILE, HubKey
from wampi.router.store.verifiers import LEAST_ROUNDS, Costs

from support.waiting import PATIENCE_SECONDS

CHEAP = Costs(argon2_memory_kib=64, argon2_passes=1, scram_rounds=4096, cra_rounds=LEAST_ROUNDS)
PASSWORD = "copper lantern drifts uphill"
OTHER_PASSWORD = "seven otters juggle turnips"

NOW = 1_795_000_000.0
"""When a test begins."""


class Times:
    """A clock that a test sets."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def open_accounts(directory: Path, times: Times | None = None) -> Accounts:
    """Open the accounts of a directory; without ``times`` at the time of day."""
    key = HubKey.open(directory)
    return Accounts(Database(directory / DATABASE_FILE), key, CHEAP, ["attichub"], times or Times())


class Reactor:
    """The thread that asks: runs what other threads hand to it, one call at a time."""

    def __init__(self) -> None:
        self._calls: queue.Queue[Callable[[], None]] = queue.Queue()

    def call_from_thread(self, call: Callable[[], None]) -> None:
        self._calls.put(call)

    def run_one(self) -> None:
        self._calls.get(timeout=PATIENCE_SECONDS)()
