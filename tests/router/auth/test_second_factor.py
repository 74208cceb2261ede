"""Where a second factor is set a password alone is never enough, and codes are guessed no faster than passwords."""

from dataclasses import replace
from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from wampi.router.auth.checks import CODE_SECONDS, Checks
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.passwords import NeedsCode, PasswordLogin, PasswordOutcome, WrongPassword
from wampi.router.auth.tallies import FREE_FAILURES
from wampi.router.auth.throttle import Throttle
from wampi.router.auth.wampcra import WampCra, sign
from wampi.router.core.authentication import Accept, Applicant, Challenge, Decision, Deny
from wampi.router.core.ports import TransportDetails
from wampi.router.credentials import Credential, KnownAccount, Lookup, PasswordLookup, Shape

ADDRESS = "192.0.2.7"
APPLICANT = Applicant(
    realm="home",
    session=814_275,
    authid="anna",
    authmethods=("wampcra", "totp"),
    authextra={},
    transport=TransportDetails("websocket", "tcp:192.0.2.7:51234", ADDRESS),
)
CREDENTIAL = Credential("anna", "owner", Shape("accounts", "owner"), b"key", second_factor=True)
ACCOUNT = KnownAccount("anna", "owner", "accounts", enabled=True, prefix=None, second_factor=True)


class Place:
    """An account with a second factor, whose password is ``right`` and whose next code is ``123456``."""

    def __init__(self) -> None:
        self.clock, self.log = FakeClock(), KeptLog()
        self.checks = Checks(Throttle(self.clock, self.log), self.clock, self.log, codes=self)
        self.method = WampCra(self, Decoys(b"k" * 32), self.checks)
        self.login = PasswordLogin(self, self, self.checks)  # type: ignore[arg-type]
        self.used: list[tuple[str, str, float]] = []
        self.problem: Exception | None = None

    def find(self, authid: str, done: Any, failed: Any) -> None:
        done(Lookup(CREDENTIAL if authid == "anna" else None, frozenset({CREDENTIAL.shape})))

    def find_password(self, authid: str, done: Any, failed: Any) -> None:
        done(PasswordLookup("anna", ACCOUNT, "right"))

    def verify(self, encoded: str, password: str, _source: str | None, done: Any, failed: Any) -> None:
        done(encoded == password)

    def use_code(self, authid: str, code: str, since: float, done: Any, failed: Any) -> None:
        self.used.append((authid, code, since))
        if self.problem is not None:
            failed(self.problem)
        else:
            done({"123456": "totp", "abcd-efgh": "recovery"}.get(code))

    def first(self, *methods: str, key: bytes = b"key") -> Decision:
        """Answer the first challenge; return what comes then."""
        decisions: list[Decision] = []
        self.method.authenticate(replace(APPLICANT, authmethods=methods), decisions.append)
        challenge = decisions.pop()
        assert isinstance(challenge, Challenge)
        challenge.answer(sign(key, challenge.extra["challenge"]).decode(), {}, decisions.append)
        return decisions.pop()

    def second(self, code: str) -> Decision:
        """Log in with the right key and with a code."""
        challenge = self.first("wampcra", "totp")
        if isinstance(challenge, Deny):
            return challenge
        assert isinstance(challenge, Challenge)
        decisions: list[Decision] = []
        challenge.answer(code, {}, decisions.append)
        return decisions.pop()

    def password(self, can_ask: bool) -> PasswordOutcome:
        outcomes: list[PasswordOutcome] = []
        self.login.check("anna", "right", ADDRESS, "form", outcomes.append, can_ask=can_ask)
        return outcomes.pop()


@pytest.fixture
def place() -> Place:
    return Place()


def test_the_right_key_is_followed_by_a_second_challenge(place: Place) -> None:
    challenge = place.first("wampcra", "totp")
    assert isinstance(challenge, Challenge)
    assert (challenge.method, challenge.seconds) == ("totp", CODE_SECONDS)
    assert place.second("123456") == Accept("anna", "owner", "wampcra", "accounts", {}, "password")


def test_a_client_that_can_not_answer_it_is_refused_like_everybody_else(place: Place) -> None:
    refused, wrong = place.first("wampcra"), place.first("wampcra", key=b"other")
    assert isinstance(refused, Deny)
    assert isinstance(wrong, Deny)
    assert (refused.uri, refused.message) == (wrong.uri, wrong.message)
    assert "second factor" in refused.reason


def test_a_wrong_key_is_never_followed_by_a_second_challenge(place: Place) -> None:
    assert isinstance(place.first("wampcra", "totp", key=b"other"), Deny)


def test_a_wrong_code_is_refused_like_a_wrong_key(place: Place) -> None:
    refused, wrong = place.second("654321"), place.first("wampcra", "totp", key=b"other")
    assert isinstance(refused, Deny)
    assert isinstance(wrong, Deny)
    assert (refused.uri, refused.message) == (wrong.uri, wrong.message)


def test_right_passwords_between_them_do_not_forgive_wrong_codes(place: Place) -> None:
    for _ in range(FREE_FAILURES):
        assert isinstance(place.second("654321"), Deny)
    used = len(place.used)
    refused = place.second("123456")
    assert isinstance(refused, Deny)
    assert "throttled" in refused.reason
    assert len(place.used) == used
    place.clock.advance(2)
    assert isinstance(place.second("123456"), Accept)


def test_a_challenge_for_a_code_is_good_for_one_answer_and_a_minute(place: Place) -> None:
    challenge = place.first("wampcra", "totp")
    assert isinstance(challenge, Challenge)
    decisions: list[Decision] = []
    place.clock.advance(CODE_SECONDS)
    challenge.answer("123456", {}, decisions.append)
    challenge.answer("123456", {}, decisions.append)
    assert [type(decision) for decision in decisions] == [Deny, Deny]
    assert place.used == []


def test_accounts_that_can_not_be_asked_let_nobody_in(place: Place) -> None:
    place.problem = RuntimeError("the disk is gone")
    assert isinstance(place.second("123456"), Deny)


def test_a_way_that_can_not_ask_is_refused_and_one_that_can_has_to(place: Place) -> None:
    refused = place.password(can_ask=False)
    assert isinstance(refused, WrongPassword)
    assert "second factor" in refused.reason
    assert isinstance(place.password(can_ask=True), NeedsCode)


def test_the_log_has_who_has_used_a_recovery_code_and_not_which(place: Place) -> None:
    place.first("wampcra", "totp")
    place.second("123456")
    assert place.log.lines == []
    place.first("wampcra", "totp")
    assert isinstance(place.second("abcd-efgh"), Accept)
    assert place.log.lines == [("recovery code used", {"authid": "anna", "method": "totp", "address": ADDRESS})]


def test_what_was_proven_first_is_dated(place: Place) -> None:
    place.second("123456")
    [(authid, code, since)] = place.used
    assert (authid, code, since) == ("anna", "123456", place.clock.time())
