"""WAMP-SCRAM: the vector of RFC 7677, the two dialects, and what must not be told or let in."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from autobahn.wamp.auth import AuthScram
from autobahn.wamp.types import Challenge as AutobahnChallenge
from support.logins import REFUSED, FakeTls, House, accepted, shown
from support.scram import NONCE, prove
from support.store import CHEAP
from wampi.router.auth.decoys import Decoys
from wampi.router.auth.scram import Exchange, Scram
from wampi.router.auth.sources import StaticScram
from wampi.router.core.authentication import Accept, Challenge, Decision, Deny
from wampi.router.credentials import Dialect, ScramCredential, ScramLookup, ScramShape
from wampi.router.store.verifiers import scram_keys_of, scram_pair

PASSWORD = "copper lantern drifts uphill"
OTHERWISE = ScramShape("argon2id13", 2, 19 * 1024)


def credentials(authid: str, kdf: str, **changes: Any) -> dict[Dialect, dict[str, ScramCredential]]:
    """The keys of one account in each dialect, as the store makes them of a password."""
    made: dict[Dialect, dict[str, ScramCredential]] = {"wamp": {}, "autobahn": {}}
    for keys in scram_keys_of(PASSWORD, CHEAP):
        shape = ScramShape(keys.kdf, keys.iterations, keys.memory_kib)
        if keys.kdf == kdf:
            made[keys.dialect][authid] = replace(
                ScramCredential(authid, "owner", "static", shape, keys.salt, keys.stored_key, keys.server_key),
                **changes,
            )
    return made


class Hub(House):
    """A hub where anna logs in by SCRAM."""

    def __init__(self, kdf: str = "argon2id13", method: str = "wamp-scram", **changes: Any) -> None:
        super().__init__()
        source = StaticScram(credentials("anna", kdf, **changes))
        self.method = Scram(method, source, Decoys(b"k" * 32), self.checks, OTHERWISE)

    def hello(self, authid: str = "anna", tls: FakeTls | None = None, **extra: Any) -> Challenge:
        return self.challenge(self.method, authid, {"nonce": NONCE, **extra}, tls)

    def log_in(self, password: str = PASSWORD, authid: str = "anna") -> Decision:
        challenge = self.hello(authid)
        proof, _ = prove(challenge.extra, authid, password)
        return self.answer(challenge, proof, {"nonce": challenge.extra["nonce"]})


def test_the_exchange_of_rfc_7677() -> None:
    salt = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", salt, 4096)
    stored_key, server_key = scram_pair(salted)
    shape = ScramShape("pbkdf2", 4096)
    user = ScramCredential("user", "owner", "static", shape, salt, stored_key, server_key)
    client_nonce, nonce = "rOprNGfwEbeRWgbNEkqO", "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    exchange = Exchange(user, "wamp", client_nonce, nonce)
    proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    assert exchange.server_signature(proof, {"nonce": nonce}) == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    assert exchange.challenge() == {
        "nonce": nonce,
        "salt": "W22ZaJ0SNY7soEsUEjb6gQ==",
        "kdf": "pbkdf2",
        "iterations": 4096,
        "memory": None,
    }


def test_the_exchange_of_the_specification() -> None:
    # AuthMessage is written out, so that this does not hang on how the code puts it together.
    nonce, salt = "egVDf3DMJh0=SBmkFIh7sSo=", b64decode("aBc+fx0NAVA=")
    message = f"n=user,r=egVDf3DMJh0=,r={nonce},s=aBc+fx0NAVA=,i=4096,c=biws,r={nonce}".encode()
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", salt, 4096)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    signature = hmac.digest(stored_key, message, "sha256")
    proof = b64encode(bytes(a ^ b for a, b in zip(client_key, signature, strict=True))).decode()
    user = ScramCredential("user", "frontend", "static", ScramShape("pbkdf2", 4096), salt, stored_key, server_key)
    exchange = Exchange(user, "wamp", "egVDf3DMJh0=", nonce)
    assert exchange.challenge() == {
        "nonce": nonce,
        "salt": "aBc+fx0NAVA=",
        "kdf": "pbkdf2",
        "iterations": 4096,
        "memory": None,
    }
    answer = {"nonce": nonce, "channel_binding": None, "cbind_data": None}
    verifier = b64encode(hmac.digest(server_key, message, "sha256")).decode()
    assert exchange.server_signature(proof, answer) == verifier


@pytest.mark.parametrize("kdf", ["argon2id13", "pbkdf2"])
def test_the_right_password_gets_in_and_the_hub_proves_itself(kdf: str) -> None:
    hub = Hub(kdf)
    challenge = hub.hello()
    assert (challenge.method, challenge.extra["kdf"]) == ("wamp-scram", kdf)
    proof, verifier = prove(challenge.extra, "anna", PASSWORD)
    decision = hub.answer(challenge, proof, {"nonce": challenge.extra["nonce"], "channel_binding": None})
    assert decision == Accept(
        "anna",
        "owner",
        "wamp-scram",
        "static",
        {"verifier": verifier, "scram_server_signature": verifier},
        "password",
    )


def test_autobahns_own_client_gets_in_and_believes_the_hub() -> None:
    hub = Hub(method="scram")
    client = AuthScram(authid="anna", password=PASSWORD)
    challenge = hub.challenge(hub.method, "anna", client.authextra)
    assert (challenge.method, challenge.extra["kdf"]) == ("scram", "argon2id-13")
    proof = client.on_challenge(None, AutobahnChallenge("scram", challenge.extra)).decode()
    decision = accepted(hub.answer(challenge, proof))

    class Session:
        class log:  # noqa: N801 - as Autobahn's session has it
            info = error = staticmethod(lambda _text: None)

    assert client.on_welcome(Session, decision.extra) is None
    forged = {"scram_server_signature": b64encode(bytes(32)).decode()}
    assert client.on_welcome(Session, forged) == "Verification of server SCRAM signature failed"


def test_a_client_of_autobahns_method_may_write_the_header_of_rfc_5802() -> None:
    hub = Hub("pbkdf2", "scram")
    hub.method = Scram(
        "scram",
        StaticScram({"autobahn": credentials("anna", "pbkdf2")["wamp"]}),
        Decoys(b"k" * 32),
        hub.checks,
        OTHERWISE,
    )
    challenge = hub.hello()
    proof, _ = prove(challenge.extra, "anna", PASSWORD)
    accepted(hub.answer(challenge, proof))


def test_a_name_with_commas_and_equals_signs_is_escaped_in_what_is_signed() -> None:
    name = "a=b,c"
    hub = Hub()
    source = StaticScram(credentials(name, "argon2id13"))
    hub.method = Scram("wamp-scram", source, Decoys(b"k" * 32), hub.checks, OTHERWISE)
    accepted(hub.log_in(authid=name))


def test_unknown_wrong_disabled_and_throttled_are_one_refusal() -> None:
    refusals = {
        shown(Hub().log_in("wrong password, wrong")),
        shown(Hub().log_in(authid="nobody")),
        shown(Hub(enabled=False).log_in()),
    }
    hub = Hub()
    for _ in range(5):
        hub.log_in("wrong password, wrong")
    refusals.add(shown(hub.log_in()))
    assert refusals == {REFUSED}


def test_an_unknown_user_is_challenged_like_a_known_one_with_the_same_salt_each_time() -> None:
    known, unknown = Hub().hello().extra, Hub().hello("nobody").extra
    assert known.keys() == unknown.keys()
    assert [known[key] for key in ("kdf", "iterations", "memory")] == [
        unknown[key] for key in ("kdf", "iterations", "memory")
    ]
    assert len(b64decode(known["salt"])) == len(b64decode(unknown["salt"])) == 16
    assert unknown["salt"] == Hub().hello("nobody").extra["salt"]
    assert unknown["salt"] != Hub().hello("somebody").extra["salt"]


def test_without_any_account_unknown_users_see_the_defaults() -> None:
    hub = Hub()
    hub.method = Scram("wamp-scram", StaticScram({}), Decoys(b"k" * 32), hub.checks, OTHERWISE)
    extra = hub.hello().extra
    assert (extra["kdf"], extra["iterations"], extra["memory"]) == ("argon2id13", 2, 19 * 1024)


def test_no_two_challenges_have_the_same_nonce_and_each_begins_with_the_clients() -> None:
    hub = Hub()
    nonces = [hub.hello().extra["nonce"] for _ in range(100)]
    assert len(set(nonces)) == 100
    assert all(nonce.startswith(NONCE) and len(b64decode(nonce[len(NONCE) :])) * 8 >= 128 for nonce in nonces)


@pytest.mark.parametrize("nonce", [NONCE, "", None, NONCE[::-1], 7])
def test_the_nonce_must_match_whole(nonce: object) -> None:
    hub = Hub()
    challenge = hub.hello()
    proof, _ = prove(challenge.extra, "anna", PASSWORD)
    assert shown(hub.answer(challenge, proof, {"nonce": nonce})) == REFUSED


@pytest.mark.parametrize(
    "nonce", [None, "", 7, "not base64!", b64encode(bytes(7)).decode(), b64encode(bytes(129)).decode()]
)
def test_a_client_without_a_nonce_of_some_length_is_refused(nonce: object) -> None:
    hub = Hub()
    assert shown(hub.ask(hub.method, "anna", {"nonce": nonce})) == REFUSED


def test_the_proof_of_one_login_is_worth_nothing_in_the_next() -> None:
    hub = Hub()
    first = hub.hello()
    proof, _ = prove(first.extra, "anna", PASSWORD)
    second = hub.hello()
    assert shown(hub.answer(second, proof, {"nonce": second.extra["nonce"]})) == REFUSED


@pytest.mark.parametrize("proof", ["", "=", "ä", "\ud800", "AAAA", b64encode(bytes(33)).decode()])
def test_what_is_no_proof_is_refused(proof: str) -> None:
    hub = Hub()
    challenge = hub.hello()
    assert shown(hub.answer(challenge, proof, {"nonce": challenge.extra["nonce"]})) == REFUSED


def test_a_proof_with_something_behind_it_is_refused() -> None:
    hub = Hub()
    challenge = hub.hello()
    proof, _ = prove(challenge.extra, "anna", PASSWORD)
    longer = b64encode(b64decode(proof) + b"x").decode()
    assert shown(hub.answer(challenge, longer, {"nonce": challenge.extra["nonce"]})) == REFUSED


def test_base64_in_another_form_than_the_canonical_one_is_refused() -> None:
    hub = Hub()
    assert shown(hub.ask(hub.method, "anna", {"nonce": NONCE.replace("w==", "x==")})) == REFUSED
    challenge = hub.hello()
    proof, _ = prove(challenge.extra, "anna", PASSWORD)
    other = proof[:-2] + chr(ord(proof[-2]) + 1) + "="
    assert b64decode(other) == b64decode(proof)
    assert shown(hub.answer(challenge, other, {"nonce": challenge.extra["nonce"]})) == REFUSED


def test_a_challenge_is_good_for_one_answer_within_ten_seconds() -> None:
    hub = Hub()
    challenge, late = hub.hello(), hub.hello()
    proof, _ = prove(challenge.extra, "anna", PASSWORD)
    accepted(hub.answer(challenge, proof, {"nonce": challenge.extra["nonce"]}))
    assert shown(hub.answer(challenge, proof, {"nonce": challenge.extra["nonce"]})) == REFUSED
    hub.clock.advance(10)
    proof, _ = prove(late.extra, "anna", PASSWORD)
    assert shown(hub.answer(late, proof, {"nonce": late.extra["nonce"]})) == REFUSED


# ---- channel binding -------------------------------------------------------------------------------------------------

CHANNEL = bytes(range(32))


def bound(hub: Hub, kind: str, data: bytes, said: bytes | None = None) -> Decision:
    """Log in over a connection whose binding is ``data``; the client signs it, or what ``said`` has in its place."""
    challenge = hub.hello(tls=FakeTls(tls_exporter=CHANNEL, tls_server_end_point=CHANNEL[::-1]), channel_binding=kind)
    seen = data if said is None else said
    proof, _ = prove(challenge.extra, "anna", PASSWORD, f"p={kind},,".encode() + seen)
    extra = {"nonce": challenge.extra["nonce"], "channel_binding": kind, "cbind_data": b64encode(seen).decode()}
    return hub.answer(challenge, proof, extra)


@pytest.mark.parametrize(("kind", "data"), [("tls-exporter", CHANNEL), ("tls-server-end-point", CHANNEL[::-1])])
def test_a_login_that_is_bound_to_its_connection_gets_in(kind: str, data: bytes) -> None:
    accepted(bound(Hub(), kind, data))


def test_a_login_that_is_bound_to_another_connection_is_refused() -> None:
    assert shown(bound(Hub(), "tls-exporter", CHANNEL, bytes(32))) == REFUSED


def test_a_client_that_asked_for_a_binding_cannot_go_on_without() -> None:
    hub = Hub()
    challenge = hub.hello(tls=FakeTls(tls_exporter=CHANNEL), channel_binding="tls-exporter")
    proof, _ = prove(challenge.extra, "anna", PASSWORD)
    assert shown(hub.answer(challenge, proof, {"nonce": challenge.extra["nonce"]})) == REFUSED


def test_a_client_that_asked_for_none_cannot_bring_one() -> None:
    hub = Hub()
    challenge = hub.hello(tls=FakeTls(tls_exporter=CHANNEL))
    proof, _ = prove(challenge.extra, "anna", PASSWORD)
    extra = {"nonce": challenge.extra["nonce"], "channel_binding": "tls-exporter", "cbind_data": "AA=="}
    assert shown(hub.answer(challenge, proof, extra)) == REFUSED


@pytest.mark.parametrize("tls", [None, FakeTls()])
@pytest.mark.parametrize("kind", ["tls-exporter", "tls-server-end-point", "tls-unique", "", 7, ["tls-exporter"]])
def test_a_binding_that_is_asked_for_and_missing_is_refused(kind: object, tls: FakeTls | None) -> None:
    hub = Hub()
    assert shown(hub.ask(hub.method, "anna", {"nonce": NONCE, "channel_binding": kind}, tls)) == REFUSED


def test_a_store_that_fails_refuses_and_says_so_in_the_log() -> None:
    class Failing:
        def find_scram(
            self,
            _authid: str,
            _dialect: Dialect,
            _done: Callable[[ScramLookup], None],
            failed: Callable[[Exception], None],
        ) -> None:
            failed(RuntimeError("disk I/O error"))

    hub = Hub()
    hub.method = Scram("wamp-scram", Failing(), Decoys(b"k" * 32), hub.checks, OTHERWISE)
    decision = hub.ask(hub.method, "anna", {"nonce": NONCE})
    assert isinstance(decision, Deny)
    assert decision.uri == "wamp.error.authentication_failed"
    assert hub.log.lines[0][0] == "accounts failed"
