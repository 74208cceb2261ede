"""A provider of OpenID Connect that believes everybody: PyPI's oidc-provider-mock, over TLS in a process of its own.

It takes any client, any secret and any redirect URI, makes an account of each name that is typed, looks at no PKCE, and
puts into its tokens whatever it is told to: claims of an account stand in place of its own.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from support.node import environment
from support.waiting import PATIENCE_SECONDS

_PROGRAM = Path(__file__).with_name("mock_provider_server.py")


class MockProvider:
    """The provider. ``seconds`` is how long its tokens are good; on the same ``port`` another one has other keys."""

    def __init__(self, directory: Path, certificate: Path, authority: Path, seconds: int = 3600, port: int = 0) -> None:
        self._context = ssl.create_default_context(cafile=str(authority))
        listener = socket.create_server(("127.0.0.1", port))
        self.port: int = listener.getsockname()[1]
        self._log = (directory / "mock-provider.log").open("ab")
        command = [sys.executable, str(_PROGRAM), str(certificate), str(listener.fileno()), str(seconds)]
        self._process = subprocess.Popen(
            command,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[listener.fileno()],
            env=environment(),
        )
        listener.close()  # whoever connects before it serves waits in its line

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.port}"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def claim(self, subject: str, **claims: Any) -> None:
        """Have the tokens of somebody say this, whatever they would say otherwise."""
        status, _ = self._ask("PUT", f"/users/{quote(subject, safe='')}", json.dumps(claims), "application/json")
        assert status == 204

    def revoke_tokens(self, subject: str) -> None:
        """Take back what the provider has given out for somebody."""
        status, _ = self._ask("POST", f"/users/{quote(subject, safe='')}/revoke-tokens", "{}", "application/json")
        assert status == 204

    def log_in(self, address: str, subject: str, **form: str) -> dict[str, str]:
        """Type a name into its form; return the query with which it sends the browser back."""
        parts = urlsplit(address)
        form = {"sub": subject, **form}
        status, location = self._ask(
            "POST", f"{parts.path}?{parts.query}", urlencode(form), "application/x-www-form-urlencoded"
        )
        assert status == 302, status
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def _ask(self, method: str, path: str, body: str, media_type: str) -> tuple[int, str]:
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=PATIENCE_SECONDS, context=self._context
        )
        try:
            connection.request(method, path, body, {"Content-Type": media_type})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()
