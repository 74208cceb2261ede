"""HTTP Digest, with the answers that RFC 7616 gives, and what it must not take."""

import hashlib
from typing import Any

import pytest
from support.core import FakeClock, KeptLog
from wampi.router.auth.checks import Checks
from wampi.router.auth.throttle import Throttle
from wampi.router.core.authentication import Principal
from wampi.router.credentials import DigestLookup, KnownAccount
from wampi.router.http.digest import Digest, Nonces, read, response
from wampi.router.http.ways import Outcome, Refused
from wampi.router.store.verifiers import digest_hash
from wampi.router.transport.head import RequestHead
from wampi.router.transport.knock import Knock

RFC_7616_3_9_1 = (
    'username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
    'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
PASSWORD = "copper lantern drifts uphill"


class Place:
    """Digest with a fake clock and one account; keeps what is decided."""

    def __init__(self, most_nonces: int = 100) -> None:
        self.clock = FakeClock()
        self.log = KeptLog()
        self.throttle = Throttle(self.clock, self.log)
        self.nonces = Nonces(self.clock, most=most_nonces)
        self.digest = Digest(self, Checks(self.throttle, self.clock, self.log), self.nonces)
        self.is_enabled = True
        self.outcome: Outcome = None

    def find_digest(self, authid: str, done: Any, failed: Any) -> None:
        account = KnownAccount("anna", "resident", "accounts", self.is_enabled, None)
        known = DigestLookup("anna", account, digest_hash("anna", PASSWORD))
        done(known if authid == "anna" else DigestLookup(authid, None, "0" * 64))

    def nonce(self) -> str:
        parameters = read(self.digest.challenge(is_stale=False).removeprefix("Digest "))
        assert parameters is not None
        return parameters["nonce"]

    def ask(
        self, nonce: str, password: str = PASSWORD, method: str = "GET", target: str = "/ws", **changed: str
    ) -> Outcome:
        """What is decided about a request with these parameters, the digest computed to fit them."""
        parameters = {
            "username": "anna", "realm": "wampi", "nonce": nonce, "uri": "/ws", "qop": "auth", "nc": "00000001",
            "cnonce": "abc", "algorithm": "SHA-256", **changed,
        }  # fmt: skip
        secret = hashlib.sha256(f"{parameters['username']}:{parameters['realm']}:{password}".encode()).hexdigest()
        parameters.setdefault("response", response(secret, method, parameters))
        carried = ", ".join(f'{name}="{value}"' for name, value in parameters.items() if value)
        knock = Knock(RequestHead(method, target, {}), "tcp:192.0.2.7:5", "192.0.2.7", secure=True)
        self.digest.judge(carried, knock, self._keep)
        return self.outcome

    def _keep(self, outcome: Outcome) -> None:
        self.outcome = outcome


@pytest.fixture
def place() -> Place:
    return Place()


def is_stale(outcome: Outcome) -> bool:
    assert isinstance(outcome, Refused)
    return outcome.is_stale


def test_the_example_of_rfc_7616_has_the_digest_that_it_gives() -> None:
    parameters = read(RFC_7616_3_9_1)
    assert parameters is not None
    secret = hashlib.sha256(b"Mufasa:http-auth@example.org:Circle of Life").hexdigest()
    assert response(secret, "GET", parameters) == parameters["response"]


def test_the_right_digest_lets_in(place: Place) -> None:
    outcome = place.ask(place.nonce())
    assert isinstance(outcome, Principal)
    assert (outcome.authid, outcome.authrole, outcome.method) == ("anna", "resident", "digest")
    assert (outcome.credential, outcome.since) == ("password", place.clock.time())


def test_the_challenge_offers_sha_256_with_auth_and_never_md5(place: Place) -> None:
    offered = read(place.digest.challenge(is_stale=False).removeprefix("Digest "))
    assert offered is not None
    assert offered | {"nonce": ""} == {
        "realm": "wampi", "nonce": "", "qop": "auth", "algorithm": "SHA-256", "charset": "UTF-8", "userhash": "false",
    }  # fmt: skip


@pytest.mark.parametrize("changed", [
    {"algorithm": "MD5"}, {"algorithm": "SHA-256-sess"}, {"algorithm": ""}, {"qop": "auth-int"}, {"qop": ""},
    {"uri": "/other"}, {"realm": "other"}, {"nc": "1"}, {"cnonce": ""}, {"userhash": "true"}, {"username": ""},
    {"response": "0" * 64}, {"response": "é"}, {"username": "nobody"}, {"username": "x" * 200},
])  # fmt: skip
def test_anything_weaker_or_other_is_refused_and_not_called_stale(place: Place, changed: dict[str, str]) -> None:
    assert not is_stale(place.ask(place.nonce(), **changed))


def test_a_digest_for_another_method_or_target_is_refused(place: Place) -> None:
    nonce = place.nonce()
    assert isinstance(place.ask(nonce, target="/elsewhere"), Refused)
    place.digest.judge("", Knock(RequestHead("POST", "/ws", {}), "p", None, secure=True), place._keep)
    assert isinstance(place.outcome, Refused)


def test_the_counter_of_a_nonce_must_rise(place: Place) -> None:
    nonce = place.nonce()
    assert isinstance(place.ask(nonce, nc="00000002"), Principal)
    assert is_stale(place.ask(nonce, nc="00000002"))
    assert is_stale(place.ask(nonce, nc="00000001"))
    assert isinstance(place.ask(nonce, nc="0000000a"), Principal)


def test_a_nonce_is_good_for_a_minute(place: Place) -> None:
    nonce = place.nonce()
    place.clock.advance(59)
    assert isinstance(place.ask(nonce), Principal)
    place.clock.advance(2)
    assert is_stale(place.ask(nonce, nc="00000002"))


def test_a_nonce_is_stale_only_when_the_digest_was_right(place: Place) -> None:
    nonce = place.nonce()
    place.clock.advance(61)
    assert is_stale(place.ask(nonce))
    assert not is_stale(place.ask(nonce, password="a wrong password here"))
    place.is_enabled = False
    assert not is_stale(place.ask(nonce))


def test_a_nonce_that_was_not_made_here_is_stale(place: Place) -> None:
    assert is_stale(place.ask(Nonces(place.clock).new()))
    assert is_stale(place.ask("no-nonce"))


def test_what_the_table_of_counters_forgets_is_not_good_again() -> None:
    place = Place(most_nonces=2)
    nonces = []
    for _ in range(4):
        nonces.append(place.nonce())
        place.clock.advance(0.01)
    assert [type(place.ask(nonce)) for nonce in nonces[:3]] == [Principal] * 3
    assert is_stale(place.ask(nonces[0], nc="00000002"))
    assert isinstance(place.ask(nonces[2], nc="00000002"), Principal)
    assert isinstance(place.ask(nonces[3]), Principal)


def test_wrong_digests_fill_no_table(place: Place) -> None:
    for _ in range(20):
        place.ask(place.nonce(), password="a wrong password here")
    assert not place.nonces._counts


def test_who_guesses_is_throttled_and_then_learns_nothing_from_stale_nonces(place: Place) -> None:
    old = place.nonce()
    place.clock.advance(61)
    for _ in range(6):
        place.ask(place.nonce(), password="a wrong password here")
    assert not is_stale(place.ask(old))
    assert isinstance(place.ask(place.nonce()), Refused)


@pytest.mark.parametrize(
    "carried", ["", 'username="a', "a=b=c", 'nonce="x", nonce="y"', 'a="b" c="d"', "\xff=\xff", ",,"]
)
def test_malformed_credentials_are_refused(place: Place, carried: str) -> None:
    knock = Knock(RequestHead("GET", "/ws", {}), "p", None, secure=True)
    place.digest.judge(carried, knock, place._keep)
    assert isinstance(place.outcome, Refused)


def test_a_name_may_have_quotes_and_other_alphabets() -> None:
    assert read('username="J\\"\xc3\xa9", nc=1') == {"username": 'J"é', "nc": "1"}
