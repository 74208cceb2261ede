"""A provider that nobody here wrote and that vouches for anything: oidc-provider-mock, over TLS.

It believes every client, makes an account of every name, looks at no PKCE, and lets its tokens say whatever a test
tells it. So nothing but the hub's own checks stands between its form and the house.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from support.mock_provider import MockProvider
from support.tls import provider_certificate
from support.web import ANNA, COOKIE, Response, WebHub, web_configuration

FLOW_COOKIE = "__Host-wampi-oidc"
FRIEND = "friend-of-anna"
NOW = int(time.time())


class House:
    """A hub, and the provider that it sends people to."""

    def __init__(self, directory: Path, seconds: int = 3600) -> None:
        authority, certificate = provider_certificate(directory)
        self.provider = MockProvider(directory, certificate, authority, seconds)
        secret = directory / "provider.secret"
        secret.write_text("any secret will do")
        configuration = web_configuration()
        configuration["workers"][0]["transports"][0]["paths"]["auth"]["oidc"] = {
            "mock": {
                "issuer": self.provider.issuer,
                "client_id": "any client will do",
                "client_secret_file": str(secret),
                "authority": str(authority),
            }
        }
        self.hub = WebHub(directory, configuration)
        with self.hub.accounts as accounts:
            accounts.identities.link(accounts.identities.meet(self.provider.issuer, FRIEND, "").number, ANNA)

    def close(self) -> None:
        self.provider.close()
        self.hub.close()

    def leave(self) -> tuple[str, dict[str, str]]:
        """Press the button: where the browser is sent to, and the cookies that it has then."""
        answer = self.hub.ask("GET", "/auth/oidc/mock/login?next=/kitchen")
        assert answer.status == 303, answer.body
        return str(answer.headers["Location"]), answer.cookies

    def come_back(self, query: dict[str, str], cookies: dict[str, str]) -> Response:
        return self.hub.ask("GET", f"/auth/oidc/mock/callback?{urlencode(query)}", cookies=cookies)

    def log_in(self, subject: str = FRIEND, **form: str) -> Response:
        address, cookies = self.leave()
        return self.come_back(self.provider.log_in(address, subject, **form), cookies)

    def who(self, answer: Response) -> Any:
        """Whom an answer has let in."""
        return self.hub.ask("GET", "/auth/session", cookies=answer.cookies).json["authid"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def honest(house: House) -> None:
    """Have tokens say what they should, whatever the test before has told the provider."""
    house.provider.claim(FRIEND)


def test_who_is_linked_logs_in(house: House) -> None:
    answer = house.log_in()
    assert (answer.status, house.who(answer)) == (200, ANNA), house.hub.node.log


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://localhost"},
        {"aud": "another client"},
        {"aud": ["any client will do", "another client"]},
        {"aud": []},
        {"azp": "another client"},
        {"exp": NOW - 3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": NOW - 3600},
        {"iat": NOW + 3600},
        {"iat": True},
        {"nbf": NOW + 3600},
        {"nonce": "of another login"},
        {"nonce": None},
    ],
    ids=str,
)
def test_a_token_that_says_what_it_must_not_lets_nobody_in(house: House, claims: dict[str, Any]) -> None:
    house.provider.claim(FRIEND, **claims)
    answer = house.log_in()
    assert (answer.status, COOKIE in answer.cookies) == (403, False)
    assert b"The provider or this hub did not let you in." in answer.body


@pytest.mark.parametrize("subject", [ANNA, "otto", f"{FRIEND} ", FRIEND.upper(), "a", "x" * 255])
def test_whoever_types_a_name_there_is_nobody_here(house: House, subject: str) -> None:
    house.provider.claim(subject, email="anna@example.org", email_verified=True, preferred_username=ANNA, name=FRIEND)
    answer = house.log_in(subject)
    assert (answer.status, COOKIE in answer.cookies) == (403, False)
    with house.hub.accounts as accounts:
        [met] = [one for one in accounts.identities.list() if one.subject == subject]
    assert (met.authid, met.hint) == (None, ANNA)


@pytest.mark.parametrize("subject", ["x" * 256, "ann\u0430", "anna\0"])
def test_a_subject_that_can_be_none_is_refused(house: House, subject: str) -> None:
    answer = house.log_in(subject)
    assert (answer.status, COOKIE in answer.cookies) == (403, False)


def test_a_code_of_another_login_is_good_for_nothing(house: House) -> None:
    """The provider looks at no PKCE, so that the nonce alone tells that a code was put in here (RFC 9700, 4.5)."""
    address, cookies = house.leave()
    own = house.provider.log_in(address, "somebody else")
    stolen = house.provider.log_in(house.leave()[0], FRIEND)
    answer = house.come_back(own | {"code": stolen["code"]}, cookies)
    assert (answer.status, COOKIE in answer.cookies) == (403, False)


def test_who_is_turned_away_there_may_use_the_password_here(house: House) -> None:
    address, cookies = house.leave()
    query = house.provider.log_in(address, FRIEND, action="deny")
    # RFC 6749, section 4.1.2.1 wants the state here, too, which older ones of this provider leave out; without it
    # anybody could have sent this.
    query.pop("state", None)
    answer = house.come_back(query, cookies)
    assert (answer.status, COOKIE in answer.cookies) == (403, False)
    assert b'name="password"' in answer.body
    address, cookies = house.leave()
    query = {"error": "access_denied", "state": house.provider.log_in(address, FRIEND)["state"]}
    assert b"The provider or this hub did not let you in." in house.come_back(query, cookies).body
    assert house.hub.log_in()


def test_a_code_that_the_provider_takes_back_lets_nobody_in(house: House) -> None:
    address, cookies = house.leave()
    query = house.provider.log_in(address, FRIEND)
    first = house.come_back(query, cookies)
    assert house.who(first) == ANNA
    address, cookies = house.leave()
    again = house.provider.log_in(address, FRIEND) | {"code": query["code"]}
    answer = house.come_back(again, cookies)
    assert (answer.status, COOKIE in answer.cookies) == (502, False)


def test_a_login_outlives_the_providers_tokens_until_the_identity_is_unlinked(house: House) -> None:
    answer = house.log_in()
    house.provider.revoke_tokens(FRIEND)
    assert house.who(answer) == ANNA
    with house.hub.socket(cookie=answer.cookies[COOKIE]) as client:
        client.join(authmethods=["cookie"])
        with house.hub.accounts as accounts:
            [number] = [one.number for one in accounts.identities.list() if one.subject == FRIEND]
        done = house.hub.node.run("identity", "unlink", str(number))
        assert done.returncode == 0, done.stderr
        assert (client.receive()[0], house.who(answer)) == (6, None)
    assert house.log_in().status == 403
    with house.hub.accounts as accounts:
        accounts.identities.link(number, ANNA)


def test_a_provider_whose_tokens_have_run_out_when_they_are_made_lets_nobody_in(tmp_path: Path) -> None:
    house = House(tmp_path, seconds=-3600)
    try:
        answer = house.log_in()
        assert (answer.status, COOKIE in answer.cookies) == (403, False)
        assert "it has expired" in house.hub.node.log
    finally:
        house.close()
