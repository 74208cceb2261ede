"""Logins that a procedure decides about: what it is asked, and what its answers do."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from autobahn.wamp.auth import derive_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.core import FakeClock, KeptLog
from wampi.router.auth.checks import Checks
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.dynamic import DynamicCryptosign, DynamicTicket, DynamicWampCra
from wampi.router.auth.throttle import Throttle
from wampi.router.core.authentication import Accept, Applicant, Challenge, Deny
from wampi.router.core.errors import RequestError
from wampi.router.core.ports import TransportDetails

DETAILS = TransportDetails("websocket", "tcp:192.0.2.7:51234", "192.0.2.7", secure=True)
REFUSAL = ("wamp.error.not_authorized", "The login was refused.")
FAILURE = "wamp.error.authentication_failed"


class Room:
    """An authenticator that answers what a test says, and methods that ask it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, dict[str, Any]]] = []
        self.answer: Any = None
        clock, log = FakeClock(), KeptLog()
        self.log = log
        checks = Checks(Throttle(clock, log), clock, log)
        self.wampcra = DynamicWampCra(self._ask, Decoys(b"k" * 32), checks)
        self.ticket = DynamicTicket(self._ask, checks)
        self.cryptosign = DynamicCryptosign(self._ask, b"h" * 32, checks)

    def _ask(
        self, applicant: Applicant, details: dict[str, Any], done: Callable[[Any], None], failed: Callable[..., None]
    ) -> None:
        self.asked.append((applicant.authid, details))
        if isinstance(self.answer, RequestError):
            failed(self.answer)
        else:
            done(self.answer)

    def first(self, method: Any, authid: str | None = "joe", **authextra: Any) -> Any:
        decisions: list[Any] = []
        method.authenticate(Applicant("home", 7, authid, (), authextra, DETAILS), decisions.append)
        [decision] = decisions
        return decision

    def second(self, challenge: Challenge, signature: str) -> Any:
        decisions: list[Any] = []
        challenge.answer(signature, {}, decisions.append)
        [decision] = decisions
        return decision

    def by_ticket(self, ticket: str, authid: str | None = "joe") -> Any:
        return self.second(self.first(self.ticket, authid), ticket)

    def by_cra(self, secret: str, authid: str = "joe") -> Any:
        challenge = self.first(self.wampcra, authid)
        if isinstance(challenge, Deny):
            return challenge
        key = secret.encode()
        if "salt" in challenge.extra:
            extra = challenge.extra
            key = derive_key(key, extra["salt"].encode(), extra["iterations"], extra["keylen"])
        return self.second(
            challenge, b64encode(hmac.digest(key, challenge.extra["challenge"].encode(), sha256)).decode()
        )


@pytest.fixture
def room() -> Room:
    return Room()


def is_refused(decision: Any) -> bool:
    return isinstance(decision, Deny) and (decision.uri, decision.message) == REFUSAL


def test_wampcra_is_checked_with_the_secret_that_the_procedure_knows(room: Room) -> None:
    room.answer = {"secret": "a secret", "role": "guest"}
    assert room.by_cra("a secret") == Accept("joe", "guest", "wampcra", "dynamic", credential="password")
    assert is_refused(room.by_cra("another"))


def test_a_derived_key_comes_with_its_parameters(room: Room) -> None:
    key = derive_key(b"a secret", b"salt123", 100, 32).decode()
    room.answer = {"secret": key, "role": "guest", "salt": "salt123", "iterations": 100, "keylen": 32}
    assert isinstance(room.by_cra("a secret"), Accept)
    challenge = room.first(room.wampcra)
    assert (challenge.extra["salt"], challenge.extra["iterations"], challenge.extra["keylen"]) == ("salt123", 100, 32)


def test_an_unknown_name_is_challenged_like_a_known_one_and_refused(room: Room) -> None:
    room.answer = {"secret": "a secret", "role": "guest"}
    known = room.first(room.wampcra)
    for nobody in (None, False, RequestError("com.error.no_such_user", "")):
        room.answer = nobody
        unknown = room.first(room.wampcra, "eve")
        assert set(unknown.extra) == set(known.extra)
        shown = json.loads(unknown.extra["challenge"])
        assert (shown["authrole"], shown["authprovider"]) == ("guest", "dynamic")
        assert is_refused(room.second(unknown, "x"))


def test_it_is_told_who_and_from_where_and_by_which_method(room: Room) -> None:
    room.first(room.wampcra, "joe", colour="blue")
    room.by_ticket("the ticket")
    transport = {"type": "websocket", "peer": "tcp:192.0.2.7:51234", "secure": True}
    common = {"session": 7, "transport": transport}
    assert room.asked == [
        ("joe", {**common, "authmethod": "wampcra", "authextra": {"colour": "blue"}}),
        ("joe", {**common, "authmethod": "ticket", "authextra": {}, "ticket": "the ticket"}),
    ]


@pytest.mark.parametrize(
    ("answer", "authid"),
    [("guest", "joe"), ({"role": "guest"}, "joe"), ({"role": "guest", "authid": "joe_1"}, "joe_1")],
)
def test_a_ticket_that_the_procedure_knows_lets_in(room: Room, answer: Any, authid: str) -> None:
    room.answer = answer
    assert room.by_ticket("right") == Accept(authid, "guest", "ticket", "dynamic", credential="dynamic")


def test_a_ticket_without_a_name_needs_one_from_the_procedure(room: Room) -> None:
    room.answer = "guest"
    assert is_refused(room.by_ticket("right", None))
    room.answer = {"role": "guest", "authid": "joe"}
    assert room.by_ticket("right", None).authid == "joe"


@pytest.mark.parametrize("answer", [None, False, RequestError("com.error.wrong", "the ticket 'right' is wrong")])
def test_a_ticket_that_it_does_not_know_is_refused_without_its_words(room: Room, answer: Any) -> None:
    room.answer = answer
    decision = room.by_ticket("right")
    assert is_refused(decision)
    assert "right" not in decision.reason + str(room.log.lines)


@pytest.mark.parametrize(
    "answer",
    [
        RequestError("wamp.error.no_such_procedure", ""),
        RequestError("wamp.error.timeout", ""),
        RequestError("wamp.error.canceled", ""),
        True,
        7,
        [],
        {},
        "",
        {"role": 7},
        {"role": "router:administration"},
        {"role": "device:bell"},
        {"role": "guest", "authid": ""},
        {"role": "x" * 129},
    ],
)
def test_a_procedure_that_is_missing_slow_or_makes_no_sense_is_a_failure(room: Room, answer: Any) -> None:
    room.answer = answer
    decision = room.by_ticket("right")
    assert isinstance(decision, Deny)
    assert (decision.uri, decision.message) == (FAILURE, REFUSAL[1])


def test_so_it_is_for_wampcra(room: Room) -> None:
    for answer in ("guest", {"role": "guest"}, {"secret": "x", "role": "router:x"}, {"secret": "", "role": "guest"}):
        room.answer = answer
        assert room.by_cra("x").uri == FAILURE


def test_a_public_key_that_it_knows_lets_in_who_has_the_other_half(room: Room) -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw().hex()
    room.answer = {"role": "guest", "authid": "joe"}
    challenge = room.first(room.cryptosign, None, pubkey=public)
    assert room.asked[0][1]["authextra"]["pubkey"] == public
    message = bytes.fromhex(challenge.extra["challenge"])
    accepted = room.second(challenge, (private.sign(message) + message).hex())
    assert (accepted.authid, accepted.authrole, accepted.authprovider) == ("joe", "guest", "dynamic")
    room.answer = None
    challenge = room.first(room.cryptosign, None, pubkey=public)
    message = bytes.fromhex(challenge.extra["challenge"])
    assert is_refused(room.second(challenge, (private.sign(message) + message).hex()))


def test_failed_attempts_are_throttled_as_with_any_login(room: Room) -> None:
    for _ in range(12):
        room.by_ticket("wrong")
    room.answer = "guest"
    assert is_refused(room.by_ticket("right"))
