"""Logins that a procedure decides about: what it is asked, and what its answers do."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from autobahn.wamp.auth import derive_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.core import FakeClock, KeptLog
from support.logins import FakeTls, certificate
from support.scram import NONCE, prove
from support.store import CHEAP
from wampi.router.auth.checks import Candidate, Checks
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.dynamic import (
    DynamicAnonymous,
    DynamicCryptosign,
    DynamicScram,
    DynamicTicket,
    DynamicTls,
    DynamicWampCra,
)
from wampi.router.auth.tallies import ADDRESS_FAILURES, ADDRESS_OUT_SECONDS
from wampi.router.auth.throttle import Throttle
from wampi.router.auth.tls import end_of, fingerprint
from wampi.router.core.authentication import Accept, Applicant, Challenge, Deny
from wampi.router.core.errors import RequestError
from wampi.router.core.ports import TransportDetails
from wampi.router.credentials import ScramShape
from wampi.router.store.verifiers import scram_keys_of

PASSWORD = "copper lantern drifts uphill"
BELLS = certificate("bell")
LOST = certificate("lost")
DETAILS = TransportDetails("websocket", "tcp:192.0.2.7:51234", "192.0.2.7", secure=True)
REFUSAL = ("wamp.error.not_authorized", "The login was refused.")
FAILURE = "wamp.error.authentication_failed"


class Room:
    """An authenticator that answers what a test says, and methods that ask it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, dict[str, Any]]] = []
        self.answer: Any = None
        self.details = DETAILS
        self.clock, self.log = FakeClock(), KeptLog()
        self.throttle = Throttle(self.clock, self.log)
        checks = Checks(self.throttle, self.clock, self.log)
        self.wampcra = DynamicWampCra(self._ask, Decoys(b"k" * 32), checks)
        self.ticket = DynamicTicket(self._ask, checks)
        self.cryptosign = DynamicCryptosign(self._ask, b"h" * 32, checks)
        self.scram = {
            method: DynamicScram(method, self._ask, Decoys(b"k" * 32), checks, ScramShape("argon2id13", 2, 19 * 1024))
            for method in ("wamp-scram", "scram")
        }
        self.tls = DynamicTls(self._ask, checks, {fingerprint(LOST)})
        self.anonymous = DynamicAnonymous(self._ask, checks, lambda: "anonymous_1")

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
        method.authenticate(Applicant("home", 7, authid, (), authextra, self.details), decisions.append)
        [decision] = decisions
        return decision

    def second(self, challenge: Challenge, signature: str, **extra: Any) -> Any:
        decisions: list[Any] = []
        challenge.answer(signature, extra, decisions.append)
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

    def by_scram(self, password: str, authid: str = "joe", method: str = "wamp-scram") -> Any:
        challenge = self.first(self.scram[method], authid, nonce=NONCE)
        if isinstance(challenge, Deny):
            return challenge
        return self.second(challenge, prove(challenge.extra, authid, password)[0], nonce=challenge.extra["nonce"])

    def by_certificate(self, shown: bytes, authid: str | None = None) -> Any:
        self.details = replace(DETAILS, tls=FakeTls(shown))
        return self.first(self.tls, authid)


def scram_answer(kdf: str, spelled: str | None = None, **changes: Any) -> dict[str, Any]:
    """What an authenticator knows of somebody with that password, as Crossbar's users have it."""
    [keys] = [one for one in scram_keys_of(PASSWORD, CHEAP) if (one.dialect, one.kdf) == ("wamp", kdf)]
    answer = {
        "role": "guest",
        "kdf": spelled or kdf,
        "iterations": keys.iterations,
        "memory": keys.memory_kib,
        "salt": keys.salt.hex(),
        "stored-key": keys.stored_key.hex(),
        "server-key": keys.server_key.hex(),
    }
    return {key: value for key, value in (answer | changes).items() if value != "nothing"}


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


def test_where_a_ticket_can_be_read_on_the_way_none_is_asked_for(room: Room) -> None:
    room.details = replace(DETAILS, secure=False)
    assert is_refused(room.first(room.ticket))
    assert room.asked == []


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


@pytest.mark.parametrize("kdf", ["argon2id13", "pbkdf2"])
def test_scram_is_checked_with_the_keys_that_the_procedure_knows(room: Room, kdf: str) -> None:
    room.answer = scram_answer(kdf)
    accepted = room.by_scram(PASSWORD)
    assert (accepted.authid, accepted.authrole, accepted.authmethod) == ("joe", "guest", "wamp-scram")
    assert (accepted.authprovider, accepted.credential) == ("dynamic", "password")
    assert accepted.extra["verifier"]
    assert is_refused(room.by_scram("another"))
    assert room.asked[0][1]["authmethod"] == "wamp-scram"
    assert room.asked[0][1]["authextra"] == {"nonce": NONCE}


def test_scram_keys_of_the_other_dialect_are_nobodys(room: Room) -> None:
    room.answer = scram_answer("argon2id13", spelled="argon2id-13")
    assert is_refused(room.by_scram(PASSWORD))
    room.answer = scram_answer("argon2id13")
    assert is_refused(room.by_scram(PASSWORD, method="scram"))
    room.answer = scram_answer("pbkdf2")
    assert isinstance(room.by_scram(PASSWORD, method="scram"), Accept)


def test_scram_challenges_an_unknown_name_like_a_known_one(room: Room) -> None:
    room.answer = scram_answer("pbkdf2")
    known = room.first(room.scram["wamp-scram"], nonce=NONCE)
    for nobody in (None, False, RequestError("com.error.no_such_user", "")):
        room.answer = nobody
        unknown, again = (room.first(room.scram["wamp-scram"], "eve", nonce=NONCE) for _ in range(2))
        assert set(unknown.extra) == set(known.extra)
        for same in ("kdf", "iterations", "memory"):
            assert unknown.extra[same] == known.extra[same]
        assert unknown.extra["salt"] == again.extra["salt"] != known.extra["salt"]
        assert is_refused(room.second(unknown, "x" * 44, nonce=unknown.extra["nonce"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"kdf": "md5"},
        {"kdf": "argon2id13"},
        {"iterations": 4095},
        {"iterations": 10_000_001},
        {"kdf": "argon2id13", "memory": 1024, "iterations": 101},
        {"kdf": "argon2id13", "memory": 7, "iterations": 1},
        {"salt": "0" * 14},
        {"salt": "x" * 32},
        {"stored-key": "nothing"},
        {"server-key": "00"},
        {"role": "router:authorization"},
        {"role": "device:bell"},
        {"role": "nothing"},
    ],
)
def test_scram_keys_that_make_no_sense_are_a_failure(room: Room, changes: dict[str, Any]) -> None:
    room.answer = scram_answer("pbkdf2", iterations=4096) | {"memory": None}
    assert isinstance(room.first(room.scram["wamp-scram"], nonce=NONCE), Challenge)
    room.answer = {key: value for key, value in (room.answer | changes).items() if value != "nothing"}
    assert room.first(room.scram["wamp-scram"], nonce=NONCE).uri == FAILURE


def test_a_certificate_that_the_procedure_knows_lets_in(room: Room) -> None:
    room.answer = {"role": "camera", "authid": "bell"}
    assert room.by_certificate(BELLS) == Accept(
        "bell", "camera", "tls", "dynamic", credential="dynamic", expires_at=end_of(BELLS)
    )
    [(authid, details)] = room.asked
    shown = details["transport"].pop("peer_cert")
    assert (authid, details["authmethod"], details["transport"]["peer"]) == (None, "tls", DETAILS.peer)
    assert bytes.fromhex(shown["sha256"].replace(":", "")) == fingerprint(BELLS)
    assert (shown["subject"], shown["issuer"]) == ({"cn": "bell"}, {"cn": "bell"})
    assert shown["not_before"] < shown["not_after"]


def test_a_certificate_is_told_without_names_that_stand_in_it_twice(room: Room) -> None:
    room.by_certificate(certificate("bell", "owner"))
    assert room.asked[0][1]["transport"]["peer_cert"]["subject"] == {}


@pytest.mark.parametrize(
    ("shown", "authid", "answer"),
    [
        (BELLS, None, None),
        (BELLS, "bell", False),
        (BELLS, "bell", RequestError("com.error.unknown", "")),
        (BELLS, None, "camera"),
        (BELLS, "owner", {"role": "camera", "authid": "bell"}),
        (LOST, None, {"role": "camera", "authid": "bell"}),
    ],
)
def test_a_certificate_of_nobody_or_somebody_else_or_that_was_revoked_is_refused(
    room: Room, shown: bytes, authid: str | None, answer: Any
) -> None:
    room.answer = answer
    assert is_refused(room.by_certificate(shown, authid))


def test_without_a_certificate_the_next_way_is_tried(room: Room) -> None:
    assert not room.tls.is_possible(Applicant("home", 7, None, (), {}, DETAILS))
    assert room.tls.is_possible(Applicant("home", 7, None, (), {}, replace(DETAILS, tls=FakeTls(BELLS))))


@pytest.mark.parametrize(
    ("answer", "authid"),
    [
        ("visitor", "anonymous_1"),
        ({"role": "visitor"}, "anonymous_1"),
        ({"role": "visitor", "authid": "the porch"}, "the porch"),
    ],
)
def test_an_anonymous_session_gets_the_role_that_the_procedure_gives(room: Room, answer: Any, authid: str) -> None:
    room.answer = answer
    expected = Accept(authid, "visitor", "anonymous", "dynamic", credential="dynamic")
    assert room.first(room.anonymous, "owner") == expected
    assert room.asked[0][0] == "anonymous_1"
    assert room.asked[0][1]["authmethod"] == "anonymous"


def test_an_anonymous_session_that_is_turned_away_is_refused_like_any_other(room: Room) -> None:
    assert is_refused(room.first(room.anonymous))
    room.answer = {"role": "device:bell"}
    assert room.first(room.anonymous).uri == FAILURE


def test_who_is_turned_away_too_often_is_not_asked_about_for_a_while(room: Room) -> None:
    for _ in range(ADDRESS_FAILURES):
        room.first(room.anonymous)
    room.answer = "visitor"
    assert is_refused(room.first(room.anonymous))
    assert len(room.asked) == ADDRESS_FAILURES
    room.clock.advance(ADDRESS_OUT_SECONDS)
    assert isinstance(room.first(room.anonymous), Accept)


def test_anonymous_sessions_leave_nothing_in_the_throttle(room: Room) -> None:
    room.answer = "visitor"
    for _ in range(2 * ADDRESS_FAILURES):
        assert isinstance(room.first(room.anonymous), Accept)
    assert room.throttle.refuse_until(None, DETAILS.address, guessable=False) == 0


def test_failed_attempts_are_throttled_as_with_any_login(room: Room) -> None:
    for _ in range(12):
        room.by_ticket("wrong")
    room.answer = "guest"
    assert is_refused(room.by_ticket("right"))


@pytest.mark.parametrize("name", ["router:authorization", "bridge:call"])
def test_nobody_is_let_in_under_a_name_of_the_hubs_own(room: Room, name: str) -> None:
    room.answer = {"secret": "a secret", "role": "guest"}
    assert is_refused(room.by_cra("a secret", name))
    room.answer = scram_answer("pbkdf2")
    assert is_refused(room.by_scram(PASSWORD, name))
    room.answer = "guest"
    assert is_refused(room.by_ticket("a ticket", name))
    assert is_refused(room.by_certificate(BELLS, name))
    assert room.asked == []
    room.answer = {"role": "guest", "authid": name}
    for decision in (room.by_ticket("a ticket"), room.by_certificate(BELLS), room.first(room.anonymous)):
        assert isinstance(decision, Deny)


def test_who_gets_in_as_somebody_is_not_forgiven_as_the_account_of_that_name(room: Room) -> None:
    accounts = Checks(room.throttle, room.clock, room.log)
    room.answer = "guest"
    guesses: list[str | None] = []
    for _ in range(10):
        guesses += [accounts.refusal("form", DETAILS.address, Candidate("joe"), is_right=False) for _ in range(4)]
        assert isinstance(room.by_ticket("a ticket of one's own"), Accept)
    assert guesses.count("wrong secret") == 5
