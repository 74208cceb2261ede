"""Checking names and passwords: one refusal, the same work for all, and the throttle asked."""

import time
from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from wampi.router.auth.checks import Checks
from wampi.router.auth.passwords import NotChecked, PasswordLogin, PasswordOutcome, Proven, WrongPassword
from wampi.router.auth.tallies import FREE_FAILURES
from wampi.router.auth.throttle import Throttle
from wampi.router.credentials import KnownAccount, PasswordLookup

ANNA = KnownAccount("anna", "resident", "accounts", enabled=True, prefix=None)
OFF = KnownAccount("off", "resident", "accounts", enabled=False, prefix=None)
BELL = KnownAccount("bell", "device:bell", "accounts", enabled=True, prefix="org.bell.")
ADDRESS = "192.0.2.7"


class Place:
    """Accounts whose hash is the password itself, and what is decided."""

    def __init__(self) -> None:
        self.clock, self.log = FakeClock(), KeptLog()
        self.throttle = Throttle(self.clock, self.log)
        self.login = PasswordLogin(self, self, Checks(self.throttle, self.clock, self.log))  # type: ignore[arg-type]
        self.verified: list[tuple[str, str]] = []
        self.problem: Exception | None = None

    def find_password(self, authid: str, done: Any, failed: Any) -> None:
        found = {
            "anna": PasswordLookup("anna", ANNA, "right"),
            "off": PasswordLookup("off", OFF, "right"),
            "bell": PasswordLookup("bell", BELL, "decoy", key=b"random key"),
        }
        done(found.get(authid, PasswordLookup(authid, None, "decoy")))

    def verify(self, encoded: str, password: str, source: str | None, done: Any, failed: Any) -> None:
        self.verified.append((encoded, password))
        if self.problem is not None:
            failed(self.problem)
        else:
            done(encoded == password)

    def check(self, authid: str, password: str, address: str | None = ADDRESS) -> PasswordOutcome:
        outcomes: list[PasswordOutcome] = []
        self.login.check(authid, password, address, "basic", outcomes.append)
        [outcome] = outcomes
        return outcome


@pytest.fixture
def place() -> Place:
    return Place()


def test_the_right_password_proves_an_account(place: Place) -> None:
    assert place.check("anna", "right") == Proven(ANNA, "password")


def test_a_device_proves_itself_by_its_key(place: Place) -> None:
    assert place.check("bell", "random key") == Proven(BELL, "key")
    assert isinstance(place.check("bell", "decoy"), WrongPassword)


@pytest.mark.parametrize(
    ("authid", "password", "reason"),
    [
        ("anna", "wrong", "wrong secret"),
        ("nobody", "decoy", "unknown account"),
        ("off", "right", "the account is disabled"),
        ("anna", "x" * 1025, "wrong secret"),
        ("anna", "\ud800", "wrong secret"),
    ],
)
def test_every_refusal_costs_one_check_and_only_the_log_learns_why(
    place: Place, authid: str, password: str, reason: str
) -> None:
    assert place.check(authid, password) == WrongPassword(reason)
    assert len(place.verified) == 1


@pytest.mark.parametrize("authid", ["x" * 129, "\ud800"])
def test_a_name_that_no_account_can_have_is_not_looked_up(place: Place, authid: str) -> None:
    assert isinstance(place.check(authid, "any"), WrongPassword)
    assert place.verified == []


def test_a_password_is_compared_in_its_normal_form(place: Place) -> None:
    place.check("anna", "ﬁve\u00a0ﬁ")
    assert place.verified == [("right", "five fi")]


def test_a_row_of_accents_takes_no_time_before_it_is_known_that_nobody_has_such_a_password(place: Place) -> None:
    # In full, bringing these into their order takes seconds.
    hostile = "a" + "\u0301\u0327" * 32_000
    begun = time.process_time()
    assert place.check("anna", hostile) == WrongPassword("wrong secret")
    assert time.process_time() - begun < 0.5
    assert place.verified == [("right", "")]


def test_who_is_throttled_pays_the_same_and_is_refused_with_the_right_password_too(place: Place) -> None:
    for _ in range(FREE_FAILURES):
        place.check("anna", "wrong")
    refused = place.check("anna", "right")
    assert isinstance(refused, WrongPassword)
    assert "throttled" in refused.reason
    assert len(place.verified) == FREE_FAILURES + 1
    place.clock.advance(2)
    assert place.check("anna", "right") == Proven(ANNA, "password")


def test_too_many_that_wait_are_not_failures(place: Place) -> None:
    place.problem = RuntimeError("full")
    assert place.check("anna", "right") == NotChecked("full")
    place.problem = None
    assert place.check("anna", "right") == Proven(ANNA, "password")
