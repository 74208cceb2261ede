"""Bearer tokens: found by their hash, refused with one refusal, never worth more than their account is now."""

from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from wampi.router.auth.checks import Checks
from wampi.router.auth.tallies import ADDRESS_FAILURES
from wampi.router.auth.throttle import Throttle
from wampi.router.auth.ticket import ticket_hash
from wampi.router.core.authentication import Principal
from wampi.router.credentials import Holder
from wampi.router.http.bearer import Bearer
from wampi.router.http.ways import Outcome, Refused, Unavailable
from wampi.router.transport.head import RequestHead
from wampi.router.transport.knock import Knock

ANNA = Holder("anna", "resident", "accounts", "token:7", scope="guest", expires_at=2_000_000.0)
OFF = Holder("off", "resident", "accounts", "token:8", enabled=False)
BELL = Holder("bell", "device:bell", "accounts", "token:9", prefix="org.bell.")


class Place:
    def __init__(self) -> None:
        self.clock, self.log = FakeClock(), KeptLog()
        self.bearer = Bearer(self, Checks(Throttle(self.clock, self.log), self.clock, self.log))
        self.tokens = {ticket_hash(token): holder for token, holder in (("a", ANNA), ("off", OFF), ("bell", BELL))}
        self.problem: Exception | None = None

    def find_holder(self, proof: bytes, done: Any, failed: Any) -> None:
        if self.problem is not None:
            failed(self.problem)
        else:
            done(self.tokens.get(proof))

    def bring(self, token: str) -> Outcome:
        outcomes: list[Outcome] = []
        knock = Knock(RequestHead("GET", "/ws", {}), "tcp:192.0.2.7:5", "192.0.2.7", secure=True)
        self.bearer.judge(token, knock, outcomes.append)
        return outcomes[0]


@pytest.fixture
def place() -> Place:
    return Place()


def test_a_token_stands_for_its_account_within_its_scope(place: Place) -> None:
    now = place.clock.time()
    assert place.bring("a") == Principal(
        "anna", "resident", "bearer", "accounts", "token:7", now, expires_at=2_000_000.0, scope="guest"
    )
    assert place.bring("bell") == Principal(
        "bell", "device:bell", "bearer", "accounts", "token:9", now, prefix="org.bell."
    )


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("unknown", "unknown account"),
        ("off", "the account is disabled"),
        ("", "malformed"),
        ("a b", "malformed"),
        ("a\xe9", "malformed"),
        ("x" * 600, "malformed"),
    ],
)
def test_anything_else_is_refused(place: Place, token: str, reason: str) -> None:
    outcome = place.bring(token)
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason


def test_the_example_of_rfc_6750_is_a_token(place: Place) -> None:
    """Section 2.1; what is around it is the gate's."""
    place.tokens[ticket_hash("mF_9.B5f-4.1JqM")] = ANNA
    assert isinstance(place.bring("mF_9.B5f-4.1JqM"), Principal)


def test_wrong_tokens_shut_out_their_address_and_no_account(place: Place) -> None:
    for _ in range(ADDRESS_FAILURES):
        place.bring("unknown")
    outcome = place.bring("a")
    assert isinstance(outcome, Refused)
    assert "throttled" in outcome.reason


def test_when_the_accounts_fail_nothing_is_refused(place: Place) -> None:
    place.problem = RuntimeError("locked")
    assert place.bring("a") == Unavailable("locked")


def test_the_challenge_gives_no_error_code(place: Place) -> None:
    assert place.bearer.challenge(is_stale=False) == 'Bearer realm="wampi"'
