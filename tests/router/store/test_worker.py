import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support.store import Reactor, open_accounts
from support.waiting import PATIENCE_SECONDS
from wampi.router.auth.checks import Checks
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.throttle import Throttle
from wampi.router.auth.wampcra import WampCra, sign
from wampi.router.core.authentication import Accept, Applicant, Challenge, Decision
from wampi.router.core.ports import TransportDetails
from wampi.router.store.accounts import Account, Accounts
from wampi.router.store.errors import NoSuchAccount, StoreError
from wampi.router.store.worker import MOST_WAITING, AccountsWorker


def unexpected(error: Exception) -> None:
    raise error


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def worker(tmp_path: Path, reactor: Reactor) -> Iterator[AccountsWorker]:
    worker = AccountsWorker(partial(open_accounts, tmp_path), reactor.call_from_thread)
    worker.start()
    yield worker
    worker.stop()


def test_work_is_done_in_another_thread_and_answered_in_this_one(worker: AccountsWorker, reactor: Reactor) -> None:
    threads: list[int] = []
    worker.submit(
        lambda _accounts: threading.get_ident(),
        lambda ident: threads.extend([ident, threading.get_ident()]),
        unexpected,
    )
    reactor.run_one()
    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


def test_an_error_is_handed_back(worker: AccountsWorker, reactor: Reactor) -> None:
    errors: list[Exception] = []
    worker.submit(lambda accounts: accounts.get("nobody"), lambda account: pytest.fail(str(account)), errors.append)
    reactor.run_one()
    assert isinstance(errors[0], NoSuchAccount)


def test_work_is_done_in_order(worker: AccountsWorker, reactor: Reactor) -> None:
    done: list[int] = []
    for number in range(20):
        worker.submit(lambda _accounts, number=number: number, done.append, unexpected)  # type: ignore[misc]
    for _ in range(20):
        reactor.run_one()
    assert done == list(range(20))


def test_a_flood_is_refused_instead_of_growing_the_line(worker: AccountsWorker, reactor: Reactor) -> None:
    gate = threading.Event()
    done: list[object] = []
    refused: list[Exception] = []
    for _ in range(MOST_WAITING + 5):
        worker.submit(lambda _accounts: gate.wait(PATIENCE_SECONDS), done.append, refused.append)
    assert len(refused) == 5
    assert "too many requests" in str(refused[0])
    gate.set()
    for _ in range(MOST_WAITING):
        reactor.run_one()
    assert done == [True] * MOST_WAITING
    worker.submit(lambda _accounts: "there is room again", done.append, refused.append)
    reactor.run_one()
    assert done[-1] == "there is room again"


def test_what_was_asked_before_the_end_is_done_before_the_accounts_are_closed(
    worker: AccountsWorker, reactor: Reactor
) -> None:
    begun, gate = threading.Event(), threading.Event()
    done: list[list[Account]] = []

    def work(accounts: Accounts) -> list[Account]:
        begun.set()
        gate.wait(PATIENCE_SECONDS)
        return accounts.list()

    worker.submit(work, done.append, unexpected)
    worker.submit(lambda accounts: accounts.list(), done.append, unexpected)
    assert begun.wait(PATIENCE_SECONDS)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    gate.set()
    stopping.join(PATIENCE_SECONDS)
    reactor.run_one()
    reactor.run_one()
    assert done == [[], []]


def test_what_comes_after_the_end_is_refused(worker: AccountsWorker) -> None:
    worker.stop()
    worker.stop()
    errors: list[Exception] = []
    worker.find("anna", lambda found: pytest.fail(str(found)), errors.append)
    assert isinstance(errors[0], StoreError)


def test_an_account_that_was_just_added_can_log_in_and_a_removed_one_cannot(
    tmp_path: Path, worker: AccountsWorker, reactor: Reactor
) -> None:
    from support.core import FakeClock, KeptLog

    clock, log = FakeClock(), KeptLog()
    method = WampCra(worker, Decoys(b"k" * 32), Checks(Throttle(clock, log), clock, log))
    applicant = Applicant("home", 7, "doorbell", ("wampcra",), {}, TransportDetails())
    decisions: list[Decision] = []

    def log_in(key: str) -> Decision:
        method.authenticate(applicant, decisions.append)
        reactor.run_one()
        challenge = decisions.pop()
        assert isinstance(challenge, Challenge)
        challenge.answer(sign(key.encode(), challenge.extra["challenge"]).decode(), {}, decisions.append)
        return decisions.pop()

    with open_accounts(tmp_path) as command_line:
        key = command_line.add_device("doorbell", role="camera")
        assert log_in(key) == Accept("doorbell", "camera", "wampcra", "accounts", credential="key")
        command_line.remove("doorbell")
    assert not isinstance(log_in(key), Accept)
