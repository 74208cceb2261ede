"""What a provider is asked for, and how often; what of its answers is taken."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from support.core import FakeClock
from twisted.internet.defer import Deferred, fail, succeed
from wampi.router.http.oidc.discovery import METADATA_SECONDS
from wampi.router.http.oidc.fetch import ProviderError
from wampi.router.http.oidc.flows import Flow
from wampi.router.http.oidc.id_tokens import BadToken, Identity
from wampi.router.http.oidc.provider import KEYS_SECONDS, Client, Provider

ISSUER = "https://id.example"
FLOW = Flow("test", "/", "https://hub.local/auth/oidc/test/callback")
CLIENT = Client("test", "Test", ISSUER, "hub:1", "s&cret")


class Place:
    """A provider whose answers are written down here; ``asked`` are the addresses in turn."""

    def __init__(self, client: Client = CLIENT, **metadata: Any) -> None:
        self.clock = FakeClock(1_795_000_000.0)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.kid: str | None = "one"
        self.asked: list[str] = []
        self.posted: list[tuple[Mapping[str, str], Mapping[str, str]]] = []
        self.is_down = False
        self.metadata = {
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/authorize?tenant=1",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
        } | metadata
        self.provider = Provider(client, self, self.clock)  # type: ignore[arg-type]

    def get(self, url: str) -> Deferred[dict[str, Any]]:
        self.asked.append(url)
        if self.is_down:
            return fail(ProviderError("down"))
        if url == "https://id.example/keys":
            public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return succeed({"keys": [public | self._named]})
        return succeed(self.metadata)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Deferred[dict[str, Any]]:
        self.asked.append(url)
        self.posted.append((form, headers))
        now = int(self.clock.time())
        claims = {"iss": ISSUER, "aud": "hub:1", "sub": "1", "nonce": FLOW.nonce, "iat": now, "exp": now + 60}
        return succeed({"id_token": jwt.encode(claims, self.key, "ES256", headers=self._named)})

    @property
    def _named(self) -> dict[str, str]:
        return {} if self.kid is None else {"kid": self.kid}

    def outcome(self, asked: Deferred[Any]) -> Any:
        outcomes: list[Any] = []
        asked.addBoth(outcomes.append)
        [outcome] = outcomes
        return getattr(outcome, "value", outcome)

    def log_in(self, issuer: str | None = None) -> Any:
        return self.outcome(self.provider.identity(FLOW, "c0de", issuer))

    def keys_asked(self) -> int:
        return self.asked.count("https://id.example/keys")


def test_nothing_is_asked_before_somebody_wants_to_log_in_and_metadata_are_kept_for_an_hour() -> None:
    place = Place()
    assert place.asked == []
    for seconds, times in ((0, 1), (METADATA_SECONDS - 1, 1), (1, 2)):
        place.clock.advance(seconds)
        address = place.outcome(place.provider.address(FLOW))
        assert len(place.asked) == times
    assert place.asked[0] == "https://id.example/.well-known/openid-configuration"
    query = parse_qs(urlsplit(address).query)
    assert (query["tenant"], query["state"], query["nonce"]) == (["1"], [FLOW.state], [FLOW.nonce])


def test_a_code_is_given_for_an_identity() -> None:
    assert Place().log_in() == Identity(ISSUER, "1", "")


def test_the_secret_is_sent_as_the_provider_takes_it() -> None:
    place = Place()
    place.log_in()
    form, headers = place.posted[0]
    pair = b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert [unquote(part) for part in pair.split(":")] == ["hub:1", "s&cret"]
    assert "client_secret" not in form
    place = Place(token_endpoint_auth_methods_supported=["client_secret_post"])
    place.log_in()
    form, headers = place.posted[0]
    assert (form["client_id"], form["client_secret"], headers) == ("hub:1", "s&cret", {})
    public = Place(replace(CLIENT, secret=None))
    public.log_in()
    form, headers = public.posted[0]
    assert (form["client_id"], form["code_verifier"], headers) == ("hub:1", FLOW.verifier, {})
    assert "client_secret" not in form


def test_keys_are_fetched_again_at_most_once_a_minute() -> None:
    place = Place()
    assert isinstance(place.log_in(), Identity)
    place.key, place.kid = ec.generate_private_key(ec.SECP256R1()), "two"
    place.clock.advance(KEYS_SECONDS - 1)
    for _ in range(5):
        assert isinstance(place.log_in(), BadToken)
    assert place.keys_asked() == 1
    place.clock.advance(1)
    assert isinstance(place.log_in(), Identity)
    assert place.keys_asked() == 2


def test_a_new_key_is_found_though_no_token_names_its_key() -> None:
    place = Place()
    place.kid = None
    assert isinstance(place.log_in(), Identity)
    place.key = ec.generate_private_key(ec.SECP256R1())
    assert isinstance(place.log_in(), BadToken)
    place.clock.advance(KEYS_SECONDS)
    assert isinstance(place.log_in(), Identity)
    assert place.keys_asked() == 2


def test_keys_that_can_not_be_fetched_count_as_fetched() -> None:
    place = Place()
    place.outcome(place.provider.address(FLOW))
    place.is_down = True
    assert isinstance(place.log_in(), ProviderError)
    assert isinstance(place.log_in(), BadToken)
    assert place.keys_asked() == 1
    place.is_down = False
    place.clock.advance(KEYS_SECONDS)
    assert isinstance(place.log_in(), Identity)


@pytest.mark.parametrize("issuer", ["https://evil.example", "https://id.example/", ""])
def test_the_issuer_that_comes_with_the_code_is_exactly_the_providers(issuer: str) -> None:
    place = Place()
    assert isinstance(place.log_in(issuer), BadToken)
    assert place.posted == []


def test_a_provider_that_names_itself_always_does() -> None:
    place = Place(authorization_response_iss_parameter_supported=True)
    assert isinstance(place.log_in(None), BadToken)
    assert place.posted == []
    assert isinstance(place.log_in(ISSUER), Identity)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": "https://id.example/"},
        {"issuer": None},
        {"token_endpoint": "http://id.example/token"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://user@id.example/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://[bad"},
        {"authorization_endpoint": ["https://id.example/"]},
    ],
    ids=str,
)
def test_metadata_of_another_or_with_addresses_that_are_none_are_refused(metadata: dict[str, Any]) -> None:
    place = Place(**metadata)
    assert isinstance(place.outcome(place.provider.address(FLOW)), ProviderError)
