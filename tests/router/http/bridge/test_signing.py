"""Signed requests, against values that OpenSSL and GitHub's documentation say."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from support.core import FakeClock
from twisted.web.test.requesthelper import DummyRequest
from wampi.router.http.bridge.refusal import Refusal
from wampi.router.http.bridge.signing import GithubSignatures, Parameters, Signatures, sign

SECRET = b"s3cret"
BODY = b'{"topic":"com.example.t"}'
AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC).timestamp()
KNOWN = {
    "key": "app",
    "timestamp": "2026-01-02T03:04:05.678Z",
    "seq": "1",
    "nonce": "42",
    # printf 'app2026-01-02T03:04:05.678Z142{"topic":"com.example.t"}' | openssl dgst -sha256 -hmac s3cret -binary
    "signature": "mcEHMLV7DoWqqLQfS7tBRSE7c1qCPU6zoXxKUb1bI2g=",
}


class Path:
    """A path that takes signed requests; it has been there for an hour."""

    def __init__(self, window_seconds: int = 300, most: int = 100, uptime_seconds: float = 3600.0) -> None:
        self.clock = FakeClock(AT - uptime_seconds)
        self.signatures = Signatures("app", SECRET, window_seconds, self.clock, most)
        self.clock.advance(uptime_seconds)

    def refusal(self, body: bytes = BODY, query: str | None = None, **changes: str | None) -> Refusal | None:
        """Send the known request, with other parameters; None among them takes one away."""
        parameters = {name: value for name, value in {**KNOWN, **changes}.items() if value is not None}
        request = DummyRequest([])
        request.uri = b"/publish?" + (urlencode(parameters) if query is None else query).encode()
        try:
            self.signatures.check(request, body)  # type: ignore[arg-type]
        except Refusal as refusal:
            return refusal
        return None

    def signed(self, body: bytes = BODY, **changes: str) -> Refusal | None:
        """Send a request that is signed with what has been changed in it."""
        parameters = {**KNOWN, **changes}
        del parameters["signature"]
        signature = sign(SECRET, Parameters(**{name: value.encode() for name, value in parameters.items()}), body)
        return self.refusal(body, **changes, signature=signature.decode())


@pytest.fixture
def path() -> Path:
    return Path()


def reason(refusal: Refusal | None) -> str:
    assert refusal is not None
    return refusal.reason


def test_the_signature_is_the_one_that_openssl_makes(path: Path) -> None:
    parameters = Parameters(b"app", KNOWN["timestamp"].encode(), b"1", b"42")
    assert sign(SECRET, parameters, BODY) == KNOWN["signature"].encode()
    assert path.refusal() is None


def test_a_parameter_of_no_meaning_and_any_order_are_no_harm(path: Path) -> None:
    assert path.refusal(query="x=1&" + urlencode(dict(reversed(KNOWN.items())))) is None


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in KNOWN),
        {"key": "another"},
        {"signature": "mcEHMLV7DoWqqLQfS7tBRSE7c1qCPU6zoXxKUb1bI2h="},
        {"signature": KNOWN["signature"].rstrip("=")},
        {"signature": ""},
        {"signature": "\N{SNOWMAN}"},
        {"timestamp": "2026-01-02T03:04:05.679Z"},
        {"seq": "2"},
        {"nonce": "43"},
    ],
    ids=str,
)
def test_whatever_is_wrong_looks_the_same_from_outside(path: Path, changes: dict[str, str | None]) -> None:
    refusal = path.refusal(**changes)
    assert refusal is not None
    assert (refusal.code, refusal.uri, refusal.message, refusal.fields) == (
        401,
        "wamp.error.not_authorized",
        "the request is not signed as it has to be",
        {"WWW-Authenticate": "Signature"},
    )
    assert path.refusal() is None, "a request that was refused must not use up the nonce of a good one"


def test_another_body_is_not_signed(path: Path) -> None:
    assert reason(path.refusal(BODY + b" ")) == "wrong signature"


def test_another_secret_is_wrong_and_so_is_another_key_with_the_right_secret(path: Path) -> None:
    assert reason(path.signed(key="other")) == "unknown key"


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "2026-01-02 03:04:05.678Z"},
        {"timestamp": "2026-01-02T03:04:05.678"},
        {"timestamp": "2026-01-02T03:04:05.678+00:00"},
        {"timestamp": "2026-02-31T03:04:05.678Z"},
        {"timestamp": "1767323045"},
        {"seq": "-1"},
        {"seq": "1.0"},
        {"nonce": "042"},
        {"nonce": "nan"},
        {"nonce": "9" * 17},
    ],
    ids=str,
)
def test_a_signature_over_parameters_of_another_form_does_not_count(path: Path, changes: dict[str, str]) -> None:
    assert path.signed(**changes) is not None


@pytest.mark.parametrize("fraction", ["", ".6", ".678", ".678901"])
def test_a_timestamp_may_have_more_or_fewer_digits(path: Path, fraction: str) -> None:
    assert path.signed(timestamp=f"2026-01-02T03:04:05{fraction}Z") is None


def test_a_parameter_that_is_given_twice_is_refused(path: Path) -> None:
    assert path.refusal(query=urlencode(KNOWN) + "&nonce=42") is not None
    assert path.refusal(query=urlencode(KNOWN) + "&a=1" * 40) is not None


# ---- time and replay


@pytest.mark.parametrize(("seconds", "passes"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_a_request_counts_within_the_window_only(path: Path, seconds: int, passes: bool) -> None:
    timestamp = datetime.fromtimestamp(AT - seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert (path.signed(timestamp=timestamp) is None) is passes


def test_a_request_counts_once(path: Path) -> None:
    assert path.refusal() is None
    assert reason(path.refusal()) == "it has come before, or its nonce has"


def test_a_nonce_counts_once_whatever_it_comes_with(path: Path) -> None:
    assert path.refusal() is None
    assert reason(path.signed(b"{}", seq="2")) == "it has come before, or its nonce has"
    assert path.signed(b"{}", seq="2", nonce="43") is None


def test_digits_that_move_from_the_nonce_to_the_sequence_number_make_no_new_request(path: Path) -> None:
    assert path.refusal() is None
    assert reason(path.refusal(seq="14", nonce="2")) == "it has come before, or its nonce has"


@pytest.mark.parametrize("ahead_seconds", [-300, 0, 300])
def test_no_request_can_be_sent_again_as_long_as_its_time_is_good(path: Path, ahead_seconds: int) -> None:
    timestamp = datetime.fromtimestamp(AT + ahead_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert path.signed(timestamp=timestamp) is None
    for _ in range(700):
        path.clock.advance(1)
        assert path.signed(timestamp=timestamp) is not None


def test_what_was_signed_before_the_router_started_is_refused_since_it_may_have_come_before() -> None:
    path = Path(uptime_seconds=10)
    assert reason(path.signed(timestamp="2026-01-02T03:03:55.000Z")) == "it was signed before the router started"
    assert path.signed(timestamp="2026-01-02T03:03:56.000Z") is None


def test_when_too_many_have_to_be_remembered_no_more_are_taken_until_the_oldest_are_too_old() -> None:
    path = Path(window_seconds=10, most=2)
    assert [path.signed(nonce=nonce) for nonce in "12"] == [None, None]
    refusal = path.signed(nonce="3")
    assert refusal is not None
    assert (refusal.code, refusal.fields) == (503, {"Retry-After": "21"})
    assert reason(path.signed(nonce="1")) == "it has come before, or its nonce has"
    path.clock.advance(20.5)
    assert path.signed(nonce="3", timestamp="2026-01-02T03:04:25.000Z") is None


# ---- GitHub


def github(body: bytes, *fields: bytes) -> Refusal | None:
    request = DummyRequest([])
    request.requestHeaders.setRawHeaders(b"x-hub-signature-256", list(fields))
    # The example of GitHub's documentation, "Validating webhook deliveries".
    signatures = GithubSignatures(b"It's a Secret to Everybody")
    try:
        signatures.check(request, body)  # type: ignore[arg-type]
    except Refusal as refusal:
        return refusal
    return None


GITHUB = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_what_github_signs_is_taken() -> None:
    assert github(b"Hello, World!", GITHUB) is None


@pytest.mark.parametrize("fields", [(), (b"",), (GITHUB[:-1],), (GITHUB, GITHUB), (b"sha1=" + GITHUB[7:47],)], ids=str)
def test_any_other_signature_of_github_is_refused(fields: tuple[bytes, ...]) -> None:
    refusal = github(b"Hello, World!", *fields)
    assert refusal is not None
    assert refusal.code == 401


def test_another_body_has_another_signature_of_github() -> None:
    assert github(b"Hello, World?", GITHUB) is not None
