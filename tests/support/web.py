"""A hub with every way in over HTTP, in a process of its own, and clients that come in by them."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import socket
import sqlite3
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import parse_http_list, parse_keqv_list

from wampi.router.store.accounts import Accounts
from wampi.router.store.keyfile import DATABASE_FILE

from support.live import LiveClient
from support.node import RunningNode, house_configuration
from support.store import CHEAP, PASSWORD
from support.waiting import PATIENCE_SECONDS

WAYS: dict[str, Any] = {"cookie": {}, "basic": {}, "digest": {}, "bearer": {}}
ANNA = "anna"
COOKIE = "__Host-wampi"
FORM_COOKIE = "__Host-wampi-form"


def web_configuration(**websocket: Any) -> dict[str, Any]:
    """The house without components, with a login path; ``websocket`` are more logins of its WebSocket."""
    node = house_configuration()
    paths = node["workers"][0]["transports"][0]["paths"]
    paths["auth"] = {"type": "login", "auth": WAYS}
    paths["ws"]["auth"] |= {**WAYS, "query": {}, **websocket}
    paths["lp"] = {"type": "longpoll", "auth": {**WAYS, "query": {}}}
    return node


@dataclass(frozen=True)
class Response:
    """An answer over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        return {name: value for line in self._set_cookie for name, value in _pairs(line)}

    @property
    def _set_cookie(self) -> list[str]:
        return self.headers.get_all("Set-Cookie", [])


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    for name, morsel in SimpleCookie(line).items():
        yield name, morsel.value


def basic(name: str, password: str) -> dict[str, str]:
    """The header fields of HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """The header fields of a bearer token."""
    return {"Authorization": f"Bearer {token}"}


class WebHub:
    """The hub, and Anna who lives there. ``source`` is the address that clients come from, if that matters."""

    source: str | None = None

    def __init__(
        self, directory: Path, configuration: dict[str, Any] | None = None, program: Sequence[str] = ()
    ) -> None:
        """Start it; ``program`` takes the place of the command line's own."""
        self.node = RunningNode(directory, configuration or web_configuration())
        with Accounts.open(self.node.data, CHEAP) as accounts:
            self.furnish(accounts)
        up = ["up", "--config", str(self.node.configuration), "--data", str(self.node.data)]
        self.node.start("listening", [*program, *up] if program else ())
        self.node.wait_for("router.sock")

    def furnish(self, accounts: Accounts) -> None:
        """Make the accounts that it begins with."""
        accounts.add_person(ANNA, "resident", PASSWORD)
        accounts.add_person("otto", "owner", PASSWORD)
        accounts.add_person("off", "resident", PASSWORD)
        accounts.set_enabled("off", False)
        self.token = accounts.tokens.add(ANNA, "tests").secret

    def close(self) -> None:
        self.node.__exit__()
        assert "Traceback" not in self.node.log

    @property
    def port(self) -> int:
        found = re.search(r"port=(\d+)", self.node.log)
        assert found is not None
        return int(found[1])

    @property
    def authority(self) -> Path:
        """The file of the authority that its certificate is by."""
        return self.node.data / "ca.pem"

    @property
    def url(self) -> str:
        return f"wss://localhost:{self.port}/ws"

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def accounts(self) -> Accounts:
        """The accounts, as the command line opens them."""
        return Accounts.open(self.node.data, CHEAP)

    def age_logins(self, seconds: float) -> None:
        """Let all logins that there are be older by so much."""
        with closing(sqlite3.connect(self.node.data / DATABASE_FILE)) as connection, connection:
            connection.execute("UPDATE web_sessions SET created_at = created_at - ?", (seconds,))

    @property
    def _source(self) -> tuple[str, int] | None:
        return None if self.source is None else (self.source, 0)

    # ---- HTTP ------------------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask over TLS, with the hub's authority trusted; a page's own Origin goes along with a POST."""
        trusting = ssl.create_default_context(cafile=str(self.authority))
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=PATIENCE_SECONDS, context=trusting, source_address=self._source
        )
        fields = {"Origin": self.origin} if method == "POST" else {}
        if cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        fields |= headers or {}
        try:
            connection.request(method, path, body, {name: value for name, value in fields.items() if value})
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def send_json(self, path: str, value: Any, **more: Any) -> Response:
        """POST JSON."""
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        return self.ask("POST", path, json.dumps(value).encode(), headers, **more)

    def send_form(self, path: str, fields: Mapping[str, str], **more: Any) -> Response:
        """POST a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        return self.ask("POST", path, urlencode(fields).encode(), headers, **more)

    def log_in(self, name: str = ANNA, password: str = PASSWORD) -> str:
        """Log in by a script; return the cookie's value."""
        answer = self.send_json("/auth/login", {"username": name, "password": password})
        assert answer.status == 200, answer.body
        return answer.cookies[COOKIE]

    def ticket(self, realm: str = "home", **more: Any) -> str:
        """Take a ticket, with Basic if nothing else is said."""
        answer = self.send_json("/auth/ticket", {"realm": realm}, **(more or {"headers": basic(ANNA, PASSWORD)}))
        assert answer.status == 200, answer.body
        return str(answer.json["ticket"])

    @contextmanager
    def connection(self, certificate: Path | None = None) -> Iterator[ssl.SSLSocket]:
        """A connection by TLS; ``certificate`` is a client's own, with its key."""
        trusting = ssl.create_default_context(cafile=str(self.authority))
        if certificate is not None:
            trusting.load_cert_chain(certificate)
        with (
            socket.create_connection(("localhost", self.port), source_address=self._source) as raw,
            trusting.wrap_socket(raw, server_hostname="localhost") as connection,
        ):
            connection.settimeout(PATIENCE_SECONDS)
            yield connection

    # ---- WAMP ------------------------------------------------------------------------------------------------

    @contextmanager
    def socket(
        self,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        cookie: str | None = None,
        origin: str = "own",
        certificate: Path | None = None,
    ) -> Iterator[LiveClient]:
        """Open a WebSocket; raises what websockets raises for a handshake that is refused."""
        fields = {"Origin": self.origin if origin == "own" else origin, **(headers or {})}
        if cookie is not None:
            fields["Cookie"] = f"{COOKIE}={cookie}"
        with self.connection(certificate) as connection, ExitStack() as stack:
            fields = {name: value for name, value in fields.items() if value}
            client = LiveClient(connection, self.url + query, "json", headers=fields, subprotocols=["wamp.2.json"])
            stack.callback(client.close)
            yield client


def digest(hub: WebHub, name: str, password: str, target: str = "/ws", method: str = "GET") -> dict[str, str]:
    """The header fields of HTTP Digest, with a nonce of this moment."""
    challenges = hub.ask("POST", "/auth/ticket").headers.get_all("WWW-Authenticate", [])
    return digest_answer(challenges[0], name, password, target, method)


def digest_answer(challenge: str, name: str, password: str, target: str = "/ws", method: str = "GET") -> dict[str, str]:
    """The header fields that answer a challenge of HTTP Digest."""
    offered = parse_keqv_list(parse_http_list(challenge.removeprefix("Digest ")))
    secret = hashlib.sha256(f"{name}:{offered['realm']}:{password}".encode()).hexdigest()
    request = hashlib.sha256(f"{method}:{target}".encode()).hexdigest()
    response = hashlib.sha256(f"{secret}:{offered['nonce']}:00000001:c:auth:{request}".encode()).hexdigest()
    return {
        "Authorization": f'Digest username="{name}", realm="{offered["realm"]}", nonce="{offered["nonce"]}", '
        f'uri="{target}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c", response="{response}"'
    }
