import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from autobahn.wamp import auth as autobahn_auth
from support.administration import WallClock
from support.core import FakeClock, KeptLog
from support.store import Times
from wampi.router.auth.checks import Checks
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.sources import StaticUser, StaticUsers
from wampi.router.auth.throttle import Throttle
from wampi.router.auth.wampcra import WampCra, sign
from wampi.router.core.authentication import Accept, Applicant, Challenge, Decision, Deny
from wampi.router.core.ports import TransportDetails
from wampi.router.credentials import Credential, Lookup, Shape

DERIVED = autobahn_auth.derive_key("correct horse", "salt123", 100, 16).decode()
USERS = {
    "joe": StaticUser("secret2", "resident"),
    "hans": StaticUser(DERIVED, "owner", salt="salt123", iterations=100, keylen=16),
}
APPLICANT = Applicant(
    realm="home",
    session=814_275,
    authid="joe",
    authmethods=("wampcra",),
    authextra={},
    transport=TransportDetails("websocket", "tcp:192.0.2.7:51234", "192.0.2.7"),
)


class Door:
    """A WAMP-CRA method with a fake clock, and the last decision that it made."""

    def __init__(self, source: Any = None, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock(1_795_000_000.25)
        self.log = KeptLog()
        self.roles: list[tuple[str, str]] = []
        checks = Checks(Throttle(self.clock, self.log), self.clock, self.log, self.device_role)
        self.method = WampCra(source or StaticUsers(USERS), Decoys(b"k" * 32), checks)
        self.decisions: list[Decision] = []

    def device_role(self, role: str, prefix: str) -> None:
        self.roles.append((role, prefix))

    def challenge(self, authid: str | None) -> Challenge:
        decision = self.decide(authid)
        assert isinstance(decision, Challenge)
        return decision

    def decide(self, authid: str | None) -> Decision:
        self.method.authenticate(replace(APPLICANT, authid=authid), self.decisions.append)
        return self.decisions.pop()

    def answer(self, challenge: Challenge, signature: str) -> Decision:
        challenge.answer(signature, {}, self.decisions.append)
        return self.decisions.pop()

    def log_in(self, authid: str, secret: str) -> Decision:
        challenge = self.challenge(authid)
        return self.answer(challenge, answer_of_autobahn(challenge, secret))


def answer_of_autobahn(challenge: Challenge, secret: str) -> str:
    """Answer as autobahn-python's client does: an independent implementation of the specification."""
    key = secret.encode()
    extra = challenge.extra
    if "salt" in extra:
        key = autobahn_auth.derive_key(key, extra["salt"], extra["iterations"], extra["keylen"])
    return str(autobahn_auth.compute_wcs(key, extra["challenge"].encode()), "ascii")


class OneAccount:
    """A source with one account, or with a failure."""

    def __init__(self, credential: Credential | None = None, error: Exception | None = None) -> None:
        self._credential = credential
        self._error = error

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        if self._error is not None:
            failed(self._error)
        else:
            done(Lookup(self._credential, frozenset()))


def test_a_user_with_a_plain_secret_gets_in() -> None:
    assert Door().log_in("joe", "secret2") == Accept("joe", "resident", "wampcra", "static", credential="password")


def test_a_user_with_a_salted_secret_gets_in() -> None:
    assert Door().log_in("hans", "correct horse") == Accept("hans", "owner", "wampcra", "static", credential="password")


def test_the_challenge_is_json_with_the_fields_of_the_specification() -> None:
    challenge = Door().challenge("joe")
    assert challenge.method == "wampcra"
    assert challenge.extra.keys() == {"challenge"}
    fields = json.loads(challenge.extra["challenge"])
    nonce = fields.pop("nonce")
    assert len(base64.urlsafe_b64decode(nonce)) * 8 >= 128
    assert fields == {
        "authid": "joe",
        "authrole": "resident",
        "authmethod": "wampcra",
        "authprovider": "static",
        "timestamp": "2026-11-18T11:06:40.250Z",
        "session": 814_275,
    }
    assert datetime.fromisoformat(fields["timestamp"]).utcoffset() is not None


def test_a_salted_challenge_names_the_parameters_of_the_derivation() -> None:
    extra = Door().challenge("hans").extra
    assert {name: extra[name] for name in extra if name != "challenge"} == {
        "salt": "salt123",
        "iterations": 100,
        "keylen": 16,
    }


def test_no_two_challenges_have_the_same_nonce() -> None:
    door = Door()
    nonces = {json.loads(door.challenge("joe").extra["challenge"])["nonce"] for _ in range(100)}
    assert len(nonces) == 100


@pytest.mark.parametrize(
    "name",
    ['joe","authrole":"owner', "joe\\", "анна", "joe\n\u2028\0", "\N{THINKING FACE}", '{"authid": "joe"}', "\ud800"],
)
def test_the_challenge_is_made_by_a_json_encoder_so_no_name_breaks_out_of_it(name: str) -> None:
    challenge = Door().challenge(name).extra["challenge"]
    fields = json.loads(challenge)
    assert fields["authid"] == name
    assert fields.keys() == json.loads(Door().challenge("joe").extra["challenge"]).keys()
    assert challenge.isascii()


def test_the_signature_is_that_of_the_specification() -> None:
    # Key and challenge of the example in the advanced profile, the signature by Autobahn.
    challenge = (
        '{ "nonce": "LHRTC9zeOIrt_9U3", "authprovider": "userdb", "authid": "peter",'
        ' "timestamp": "2014-06-22T16:36:25.448Z", "authrole": "user",'
        ' "authmethod": "wampcra", "session": 3251278072152162}'
    )
    assert sign(b"secret", challenge) == autobahn_auth.compute_wcs(b"secret", challenge.encode())


def test_the_signature_is_that_of_another_implementation() -> None:
    # Known answer of the tests of wampproto, which has nothing in common with Autobahn.
    challenge = (
        '{"nonce":"cdcb3b12d56e12825be99f38f55ba43f","authprovider":"provider","authid":"foo","authrole":"admin",'
        '"authmethod":"wampcra","session":123,"timestamp":"2024-05-07T09:25:13.307Z"}'
    )
    key = b"6d9b906ad60d1f4dd796dbadcc2e2252310565ccdc6fe10b289df5684faf2a46"
    assert sign(key, challenge) == b"DIVL3bKs/Ei91eQyYznzUqEsiTmX705BNEXuicNpi8A="


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        (b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ],
)
def test_the_signature_is_the_hmac_of_rfc_4231(key: bytes, text: str, expected: str) -> None:
    assert base64.b64decode(sign(key, text)).hex() == expected


def test_a_wrong_password_is_refused() -> None:
    decision = Door().log_in("joe", "secret3")
    assert decision == Deny("wampcra: wrong secret")


@pytest.mark.parametrize("signature", ["", "ä", "\ud800", "x" * 10_000])
def test_an_answer_that_is_no_signature_is_refused(signature: str) -> None:
    door = Door()
    assert door.answer(door.challenge("joe"), signature) == Deny("wampcra: wrong secret")


def test_the_answer_to_another_challenge_is_refused() -> None:
    door = Door()
    first, second = door.challenge("joe"), door.challenge("joe")
    assert isinstance(door.answer(second, answer_of_autobahn(first, "secret2")), Deny)


def test_a_challenge_is_good_for_ten_seconds() -> None:
    door = Door()
    in_time, late = door.challenge("joe"), door.challenge("joe")
    door.clock.advance(9.99)
    assert isinstance(door.answer(in_time, answer_of_autobahn(in_time, "secret2")), Accept)
    door.clock.advance(0.01)
    assert door.answer(late, answer_of_autobahn(late, "secret2")) == Deny("wampcra: the answer came too late")


@pytest.mark.parametrize("jump_seconds", [-86_400.0, 86_400.0])
def test_the_ten_seconds_do_not_depend_on_the_time_of_day(jump_seconds: float) -> None:
    times = Times()
    door = Door(clock=WallClock(times))
    in_time, late = door.challenge("joe"), door.challenge("joe")
    times.now += jump_seconds
    door.clock.advance(9.99)
    assert isinstance(door.answer(in_time, answer_of_autobahn(in_time, "secret2")), Accept)
    door.clock.advance(0.01)
    assert door.answer(late, answer_of_autobahn(late, "secret2")) == Deny("wampcra: the answer came too late")


def test_a_challenge_is_good_for_one_answer() -> None:
    door = Door()
    challenge = door.challenge("joe")
    door.answer(challenge, "wrong")
    right = answer_of_autobahn(challenge, "secret2")
    assert door.answer(challenge, right) == Deny("wampcra: the challenge was answered before")


def test_a_client_without_a_name_is_refused() -> None:
    assert isinstance(Door().decide(None), Deny)


def test_an_unknown_user_is_challenged_like_a_known_one_and_refused_like_a_wrong_password() -> None:
    door = Door(StaticUsers({"hans": USERS["hans"]}))
    known, unknown = door.challenge("hans"), door.challenge("nobody")
    assert known.extra.keys() == unknown.extra.keys()
    assert json.loads(known.extra["challenge"]).keys() == json.loads(unknown.extra["challenge"]).keys()
    assert (known.extra["iterations"], known.extra["keylen"]) == (
        unknown.extra["iterations"],
        unknown.extra["keylen"],
    )
    assert len(unknown.extra["salt"]) == len(known.extra["salt"])
    wrong, stranger = door.answer(known, "wrong"), door.answer(unknown, "wrong")
    assert isinstance(wrong, Deny)
    assert isinstance(stranger, Deny)
    assert (wrong.uri, wrong.message) == (stranger.uri, stranger.message)
    assert wrong.reason != stranger.reason


def test_an_unknown_user_has_the_same_salt_after_a_restart() -> None:
    users = StaticUsers({"hans": USERS["hans"]})
    assert Door(users).challenge("nobody").extra["salt"] == Door(users).challenge("nobody").extra["salt"]


def account(**changes: Any) -> Credential:
    shape = Shape("accounts", "device")
    return replace(
        Credential("porch", "porch", shape, key=b"secret", prefix="wampi.camera.porch.", guessable=False), **changes
    )


def test_the_role_of_a_device_is_made_known_before_it_gets_in() -> None:
    door = Door(OneAccount(account()))
    assert door.log_in("porch", "secret") == Accept("porch", "porch", "wampcra", "accounts", credential="key")
    assert door.roles == [("porch", "wampi.camera.porch.")]


def test_a_device_that_is_refused_gets_no_role() -> None:
    door = Door(OneAccount(account()))
    door.log_in("porch", "wrong")
    assert door.roles == []


def test_the_challenge_of_a_device_does_not_show_its_own_role() -> None:
    challenge = Door(OneAccount(account())).challenge("porch")
    assert json.loads(challenge.extra["challenge"])["authrole"] == "device"


def test_a_disabled_account_is_refused_with_the_same_words() -> None:
    decision = Door(OneAccount(account(enabled=False))).log_in("porch", "secret")
    assert decision == Deny("wampcra: the account is disabled")


def test_a_store_that_fails_refuses_and_says_so_in_the_log() -> None:
    door = Door(OneAccount(error=RuntimeError("disk I/O error")))
    decision = door.decide("joe")
    assert isinstance(decision, Deny)
    assert decision.uri == "wamp.error.authentication_failed"
    assert "disk" not in decision.message
    assert door.log.lines == [
        ("accounts failed", {"authid": "joe", "peer": "tcp:192.0.2.7:51234", "reason": "disk I/O error"})
    ]


def test_no_secret_stands_in_what_is_printed_of_a_credential() -> None:
    assert "hunter2" not in repr(StaticUser("hunter2", "owner"))
    assert "hunter2" not in repr(account(key=b"hunter2"))
