"""OpenID Connect on a hub that runs, with a provider that forges whatever a test says."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.authenticator_app import AuthenticatorApp
from support.forging_provider import CLIENT, SECRET, SUBJECT, ForgingProvider
from support.store import PASSWORD
from support.tls import provider_certificate
from support.web import ANNA, COOKIE, Response, WebHub, web_configuration

FLOW_COOKIE = "__Host-wampi-oidc"
CALLBACK = "/auth/oidc/test/callback"


def make_hub(directory: Path) -> tuple[WebHub, ForgingProvider]:
    """A hub and a provider with a certificate by the authority of another hub."""
    authority, certificate = provider_certificate(directory)
    provider = ForgingProvider(certificate)
    secret = directory / "provider.secret"
    secret.write_text(f"{SECRET}\n")
    configuration = web_configuration()
    configuration["workers"][0]["transports"][0]["paths"]["auth"]["oidc"] = {
        "test": {
            "title": "Test & Co",
            "issuer": provider.issuer,
            "client_id": CLIENT,
            "client_secret_file": str(secret),
            "authority": str(authority),
        }
    }
    return WebHub(directory, configuration), provider


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebHub, ForgingProvider]]:
    hub, provider = make_hub(tmp_path_factory.mktemp("hub"))
    yield hub, provider
    provider.close()
    hub.close()


@pytest.fixture
def hub(place: tuple[WebHub, ForgingProvider]) -> WebHub:
    return place[0]


@pytest.fixture
def provider(place: tuple[WebHub, ForgingProvider]) -> ForgingProvider:
    """The provider, honest again."""
    made = place[1]
    made.metadata, made.claims, made.response, made.body, made.status = {}, {}, {}, None, 200
    made.make_token = made.sign
    return made


class Browser:
    """Goes to the provider and comes back; keeps cookies."""

    def __init__(self, hub: WebHub, provider: ForgingProvider) -> None:
        self._hub = hub
        self._provider = provider
        self.cookies: dict[str, str] = {}

    def open(self, path: str, **headers: str) -> Response:
        answer = self._hub.ask("GET", path, headers=headers, cookies=self.cookies)
        self.cookies |= answer.cookies
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return answer

    def leave(self) -> str:
        answer = self.open("/auth/oidc/test/login?next=/kitchen")
        assert answer.status == 303, answer.body
        return str(answer.headers["Location"])

    def come_back(self, query: dict[str, str]) -> Response:
        return self.open(f"{CALLBACK}?{urlencode(query)}", **{"Sec-Fetch-Site": "cross-site"})

    def log_in(self) -> Response:
        return self.come_back(self._provider.authorize(self.leave()))


@pytest.fixture
def browser(hub: WebHub, provider: ForgingProvider) -> Browser:
    """A browser of Anna's, whose identity is linked."""
    made = Browser(hub, provider)
    with hub.accounts as accounts:
        known = accounts.identities.meet(provider.issuer, SUBJECT, "")
        if known.account is None:
            accounts.identities.link(known.number, ANNA)
    return made


def test_the_browser_is_sent_away_with_pkce_state_and_nonce(hub: WebHub, browser: Browser) -> None:
    address = urlsplit(browser.leave())
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path == "/authorize"
    assert (query["response_type"], query["client_id"], query["scope"]) == ("code", CLIENT, "openid profile")
    assert query["redirect_uri"] == f"{hub.origin}{CALLBACK}"
    assert query["code_challenge_method"] == "S256"
    assert all(len(query[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert FLOW_COOKIE in browser.cookies


def test_a_page_learns_what_providers_there_are(hub: WebHub) -> None:
    assert hub.ask("GET", "/auth/session").json["providers"] == [{"name": "test", "title": "Test & Co"}]


def test_who_comes_back_is_logged_in_and_goes_on(hub: WebHub, browser: Browser, provider: ForgingProvider) -> None:
    answer = browser.log_in()
    assert answer.status == 200, answer.body
    assert b'content="0;url=/kitchen"' in answer.body
    assert hub.ask("GET", "/auth/session", cookies=browser.cookies).json["authid"] == ANNA
    assert FLOW_COOKIE not in browser.cookies
    form, authorization = provider.token_requests[-1]
    pair = f"{CLIENT}:{quote(SECRET, safe='')}"
    assert authorization == f"Basic {base64.b64encode(pair.encode()).decode()}"
    assert len(form["code_verifier"]) >= 43
    with hub.socket(cookie=browser.cookies[COOKIE]) as client:
        assert client.hello(authmethods=["cookie"])[2]["authid"] == ANNA


def compact(algorithm: str, claims: dict[str, Any], secret: bytes | None) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": algorithm}, claims)]
    signed = b".".join(parts)
    signature = b"" if secret is None else hmac.digest(secret, signed, hashlib.sha256)
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": [CLIENT, "another"]}},
        {"claims": {"azp": "another"}},
        {"claims": {"exp": 1_000_000_000}},
        {"claims": {"iat": 1_000_000_000}},
        {"claims": {"nonce": "another"}},
        {"claims": {"sub": ""}},
        {"response": {"iss": "https://evil.example"}},
        {"response": {"iss": None}},
        {"response": {"state": "another"}},
        {"response": {"code": None}},
        {"response": {"error": "access_denied"}},
        {"body": b"[]"},
        {"body": b"{"},
        {"body": b"{}"},
        {"body": b'{"id_token": "' + b"x" * 100_000 + b'"}'},
        {"status": 302},
        {"status": 500},
    ],
    ids=str,
)
def test_every_lie_is_refused(hub: WebHub, browser: Browser, provider: ForgingProvider, lie: dict[str, Any]) -> None:
    address = browser.leave()
    for name, value in lie.items():
        setattr(provider, name, value)
    answer = browser.come_back(provider.authorize(address))
    assert answer.status in (403, 502), answer.body
    assert COOKIE not in browser.cookies
    assert "/elsewhere" not in provider.asked


def test_none_and_hmac_with_the_public_key_are_refused(browser: Browser, provider: ForgingProvider) -> None:
    public = provider.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for forge in (lambda claims: compact("none", claims, None), lambda claims: compact("HS256", claims, public)):
        provider.make_token = forge
        assert browser.log_in().status == 403
    provider.make_token = provider.sign
    assert browser.log_in().status == 200


def test_only_the_browser_that_was_sent_away_can_come_back(
    hub: WebHub, browser: Browser, provider: ForgingProvider
) -> None:
    query = provider.authorize(browser.leave())
    other = Browser(hub, provider)
    assert other.come_back(query).status == 403
    assert other.cookies.get(COOKIE) is None


def test_an_answer_is_good_once(browser: Browser, provider: ForgingProvider) -> None:
    query = provider.authorize(browser.leave())
    browser.come_back(query)
    assert browser.come_back(query).status == 403


def test_the_word_of_a_provider_is_no_fresh_login(hub: WebHub, browser: Browser) -> None:
    assert browser.log_in().status == 200
    answer = browser.open("/auth/password")
    assert (answer.status, answer.headers["Location"][:19]) == (303, "/auth/login?again=1")
    again = browser.open(answer.headers["Location"])
    assert (again.status, b'name="password"' in again.body, b"/oidc/test/login" in again.body) == (200, True, False)
    browser.cookies = {COOKIE: hub.log_in(ANNA)}
    assert browser.open("/auth/password").status == 200


def test_an_identity_that_nobody_has_linked_has_no_role(hub: WebHub, provider: ForgingProvider) -> None:
    provider.claims = {"sub": "stranger", "email": "anna@example.org", "preferred_username": ANNA}
    stranger = Browser(hub, provider)
    answer = stranger.log_in()
    assert answer.status == 403
    assert COOKIE not in stranger.cookies
    with hub.accounts as accounts:
        [known] = [one for one in accounts.identities.list() if one.subject == "stranger"]
    assert f"wampi identity link {known.number} NAME".encode() in answer.body
    assert known.authid is None


def test_a_second_factor_is_asked_for_here_too(hub: WebHub, provider: ForgingProvider) -> None:
    provider.claims = {"sub": "careful"}
    with hub.accounts as accounts:
        accounts.add_person("careful", "owner", PASSWORD)
        accounts.identities.link(accounts.identities.meet(provider.issuer, "careful", "").number, "careful")
        app = AuthenticatorApp(accounts.second_factors.begin("careful"))
        accounts.second_factors.confirm("careful", app.code(time.time()))
    browser = Browser(hub, provider)
    answer = browser.log_in()
    assert (answer.status, COOKIE in browser.cookies) == (200, False)
    assert b"authenticator app" in answer.body


def test_a_provider_that_is_down_does_not_stop_local_logins(tmp_path: Path) -> None:
    hub, provider = make_hub(tmp_path)
    provider.close()
    try:
        answer = hub.ask("GET", "/auth/oidc/test/login")
        assert answer.status == 502
        assert b"Your password works as always" in answer.body
        assert hub.log_in()
    finally:
        hub.close()


def test_another_sites_page_can_not_send_a_browser_away(hub: WebHub) -> None:
    answer = hub.ask("GET", "/auth/oidc/test/login", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


def test_no_secret_of_a_login_is_in_the_log(hub: WebHub, browser: Browser, provider: ForgingProvider) -> None:
    query = provider.authorize(browser.leave())
    browser.come_back(query)
    for secret in (query["state"], query["code"], SECRET, provider.token_requests[-1][0]["code_verifier"]):
        assert secret not in hub.node.log
