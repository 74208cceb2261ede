"""A provider of OpenID Connect that does what a test says: honest by default, over TLS on loopback."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT, SECRET = "hub", "a secret of the hub & nobody else"
SUBJECT = "248289761001"


class ForgingProvider:
    """A provider; each attribute is one lie. ``asked`` counts requests by path."""

    def __init__(self, certificate: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.kid = "one"
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.response: dict[str, Any] = {}
        self.make_token: Callable[[dict[str, Any]], str] = self.sign
        self.body: bytes | None = None
        self.status = 200
        self.delay = threading.Event()
        self.is_slow = False
        self.asked: dict[str, int] = {}
        self.token_requests: list[tuple[dict[str, str], str | None]] = []
        self.nonce = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self._server.server_address[1]}"

    def close(self) -> None:
        self.delay.set()
        self._server.shutdown()
        self._server.server_close()

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, "ES256", headers={"kid": self.kid})

    def answer(self, path: str, form: dict[str, str], authorization: str | None) -> dict[str, Any]:
        """What is sent back."""
        self.asked[path] = self.asked.get(path, 0) + 1
        if path == "/token":
            self.token_requests.append((form, authorization))
            now = int(time.time())
            honest = {"iss": self.issuer, "aud": CLIENT, "sub": SUBJECT, "nonce": self.nonce, "iat": now}
            return {"access_token": "x", "id_token": self.make_token(honest | {"exp": now + 60} | self.claims)}
        if path == "/keys":
            public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [public | {"kid": self.kid, "use": "sig"}]}
        honest = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "authorization_response_iss_parameter_supported": True,
        }
        return honest | self.metadata

    def authorize(self, address: str) -> dict[str, str]:
        """Log somebody in who has been sent here; return the query with which the browser is sent back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = query["nonce"]
        honest = {"code": "c0de", "state": query["state"], "iss": self.issuer}
        return {name: value for name, value in (honest | self.response).items() if value is not None}


def _handler(provider: ForgingProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/authorize?"):
                self._send_back()
            else:
                self._answer({})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(sent).items()})

        def _send_back(self) -> None:
            """Take a browser for somebody who has logged in here."""
            wanted = parse_qs(urlsplit(self.path).query)["redirect_uri"][0]
            self.send_response(303)
            self.send_header("Location", f"{wanted}?{urlencode(provider.authorize(self.path))}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, form: dict[str, str]) -> None:
            answer = provider.answer(self.path, form, self.headers["Authorization"])
            body = json.dumps(answer).encode() if provider.body is None else provider.body
            if provider.is_slow:
                provider.delay.wait(30)
            try:
                self.send_response(provider.status)
                self.send_header("Location", f"{provider.issuer}/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the hub has had enough

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
