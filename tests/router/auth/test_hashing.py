import threading
from collections.abc import Callable, Iterator
from queue import Queue

import pytest
from argon2 import PasswordHasher
from support.waiting import PATIENCE_SECONDS
from wampi.router.auth.hashing import MOST_OF_ONE, MOST_TO_SET, PasswordHashes, TooManyWait, is_password

ENCODED = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("copper lantern")


@pytest.fixture
def calls() -> "Queue[Callable[[], None]]":
    """What the reactor's thread is asked to call."""
    return Queue()


@pytest.fixture
def hashes(calls: "Queue[Callable[[], None]]") -> Iterator[PasswordHashes]:
    made = PasswordHashes(calls.put, most_waiting=2)
    yield made
    made.stop()


def test_a_password_is_checked_in_another_thread_and_the_outcome_comes_back_to_this_one(
    hashes: PasswordHashes, calls: "Queue[Callable[[], None]]"
) -> None:
    outcomes: list[tuple[bool, int]] = []
    for password in ("copper lantern", "another one"):
        hashes.verify(
            ENCODED, password, None, lambda is_right: outcomes.append((is_right, threading.get_ident())), pytest.fail
        )
        calls.get(timeout=PATIENCE_SECONDS)()
    assert outcomes == [(True, threading.get_ident()), (False, threading.get_ident())]


def test_what_is_no_hash_is_a_failure(hashes: PasswordHashes, calls: "Queue[Callable[[], None]]") -> None:
    failures: list[Exception] = []
    hashes.verify("no hash", "any", None, pytest.fail, failures.append)
    calls.get(timeout=PATIENCE_SECONDS)()
    assert len(failures) == 1


def test_who_comes_when_the_line_is_full_is_told_at_once(
    hashes: PasswordHashes, calls: "Queue[Callable[[], None]]"
) -> None:
    outcomes: list[bool] = []
    failures: list[Exception] = []
    for source in ("one", "other", "third"):
        hashes.verify(ENCODED, "any", source, outcomes.append, failures.append)
    assert isinstance(failures[0], TooManyWait)
    for _ in range(2):
        calls.get(timeout=PATIENCE_SECONDS)()
    hashes.verify(ENCODED, "any", "third", outcomes.append, failures.append)
    calls.get(timeout=PATIENCE_SECONDS)()
    assert (outcomes, len(failures)) == ([False] * 3, 1)


def test_nobody_fills_the_line_alone(calls: "Queue[Callable[[], None]]") -> None:
    hashes = PasswordHashes(calls.put)
    failures: list[Exception] = []
    for _ in range(MOST_OF_ONE + 1):
        hashes.verify(ENCODED, "any", "one", lambda _: None, failures.append)
    assert len(failures) == 1
    hashes.verify(ENCODED, "any", "other", lambda _: None, failures.append)
    for _ in range(MOST_OF_ONE + 1):
        hashes.verify(ENCODED, "any", None, lambda _: None, failures.append)
    assert len(failures) == 1
    hashes.stop()


def test_what_a_new_password_needs_is_done_in_the_same_thread_and_comes_back_to_this_one(
    hashes: PasswordHashes, calls: "Queue[Callable[[], None]]"
) -> None:
    threads: list[int] = []
    hashes.derive(threading.get_ident, lambda ident: threads.extend([ident, threading.get_ident()]), pytest.fail)
    calls.get(timeout=PATIENCE_SECONDS)()
    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


def test_for_that_there_are_places_when_strangers_fill_the_line_and_not_without_end(
    hashes: PasswordHashes, calls: "Queue[Callable[[], None]]"
) -> None:
    gate = threading.Event()
    failures: list[Exception] = []
    done: list[object] = []
    for source in ("one", "other"):
        hashes.verify(ENCODED, "any", source, done.append, failures.append)
    for _ in range(MOST_TO_SET):
        hashes.derive(lambda: gate.wait(PATIENCE_SECONDS), done.append, failures.append)
    assert failures == []
    hashes.derive(lambda: None, done.append, failures.append)
    assert [type(failure) for failure in failures] == [TooManyWait]
    gate.set()
    for _ in range(2 + MOST_TO_SET):
        calls.get(timeout=PATIENCE_SECONDS)()
    hashes.derive(lambda: None, done.append, failures.append)
    calls.get(timeout=PATIENCE_SECONDS)()
    assert (len(done), len(failures)) == (3 + MOST_TO_SET, 1)


def test_after_the_stop_nothing_is_checked(hashes: PasswordHashes) -> None:
    hashes.stop()
    failures: list[Exception] = []
    hashes.verify(ENCODED, "any", None, pytest.fail, failures.append)
    hashes.derive(lambda: None, pytest.fail, failures.append)
    assert len(failures) == 2


def test_passwords_are_not_cut_off() -> None:
    long = "x" * 1000
    encoded = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(long)
    assert is_password(encoded, long)
    assert not is_password(encoded, long[:-1])
