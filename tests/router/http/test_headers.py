"""What every answer of a hub carries, whoever makes it: pages, resources, the bridge, long-poll, the door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPMessage, parse_headers
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from support.node import WAMPI
from support.store import PASSWORD
from support.tls import provider_certificate
from support.transport import FakeTlsTransport, FakeTransport
from support.web import ANNA, WebHub, basic, web_configuration
from twisted.internet.task import Clock
from twisted.web.resource import Resource
from wampi.router.http.site import make_site
from wampi.router.transport.responses import response
from wampi.router.transport.sender import Sender, sender_of

HSTS = "Strict-Transport-Security"
BODY = {"topic": "wampi.note", "args": []}
BRIDGED = {"realm": "home", "role": "resident", "options": {"post_body_limit": 1000}}


def configuration(tls: dict[str, Any] | None = None) -> dict[str, Any]:
    """The house with a bridge besides."""
    node = web_configuration()
    transport = node["workers"][0]["transports"][0]
    transport["paths"]["auth"]["passkeys"] = {}
    transport["paths"]["publish"] = {"type": "publisher", **BRIDGED}
    transport["paths"]["call"] = {"type": "caller", **BRIDGED}
    if tls is not None:
        transport["endpoint"]["tls"] = tls
    return node


@pytest.fixture(scope="module")
def hub_configuration() -> dict[str, Any]:
    return configuration()


def request(line: str, *fields: str, body: bytes = b"", host: str = "localhost") -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([f"{line} HTTP/1.1", f"Host: {host}", *fields, *length, "", ""]).encode() + body


JSON, OWN = "Content-Type: application/json", "Origin: https://localhost"
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==")
HANDSHAKE = (*UPGRADE, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: wamp.2.json")
ANNAS = f"Authorization: {basic(ANNA, PASSWORD)['Authorization']}"
OPENING = json.dumps({"protocols": ["wamp.2.json"]}).encode()

REQUESTS: dict[str, tuple[int, bytes]] = {
    "the page": (200, request("GET /")),
    "the page's head": (200, request("HEAD /")),
    "no such page": (404, request("GET /nothing")),
    "a page that nobody may post to": (405, request("POST /")),
    "the login": (200, request("GET /auth/login")),
    "its script": (200, request("GET /auth/passkey.js")),
    "a login that is no form": (415, request("POST /auth/login", OWN, body=b"username=anna")),
    "a login by a script that is refused": (
        403, request("POST /auth/login", JSON, OWN, body=b'{"username": "x", "password": "y"}'),
    ),
    "who is logged in": (200, request("GET /auth/session")),
    "a ticket": (200, request("POST /auth/ticket", JSON, ANNAS, OWN, body=b'{"realm": "home"}')),
    "a ticket for nobody": (401, request("POST /auth/ticket", OWN)),
    "the account of nobody": (303, request("GET /auth/account")),
    "a login path where nothing is": (404, request("GET /auth/nothing")),
    "a method that there is not": (405, request("BREW /auth/login")),
    "long-poll": (200, request("POST /lp/open", JSON, ANNAS, OWN, body=OPENING)),
    "long-poll for nobody": (401, request("POST /lp/open", JSON, body=OPENING)),
    "long-poll in no protocol": (400, request("POST /lp/open", JSON, body=b'{"protocols": []}')),
    "a long-poll session that there is not": (404, request("POST /lp/x/receive")),
    "long-poll by GET": (405, request("GET /lp/open")),
    "a call by the bridge": (200, request("POST /call", JSON, body=b'{"procedure": "wampi.no_such"}')),
    "a publication that is not allowed": (403, request("POST /publish", JSON, body=json.dumps(BODY).encode())),
    "a broken publication": (400, request("POST /publish", JSON, body=b"{")),
    "a publication that is no JSON": (415, request("POST /publish", body=b"x")),
    "a publication by GET": (405, request("GET /publish")),
    "a publication that is too large": (413, request("POST /publish", JSON, body=bytes(1001))),
    "a WebSocket": (101, request("GET /ws", *HANDSHAKE, OWN)),
    "a WebSocket for nobody": (401, request("GET /ws", *HANDSHAKE, "Authorization: Basic eDp5", OWN)),
    "a WebSocket by two ways": (400, request("GET /ws?ticket=x", *HANDSHAKE, ANNAS, OWN)),
    "a WebSocket in no protocol": (400, request("GET /ws", *UPGRADE, "Sec-WebSocket-Version: 13")),
    "a WebSocket of an older version": (400, request("GET /ws", *UPGRADE, "Sec-WebSocket-Version: 8")),
    "a WebSocket where there is none": (404, request("GET /nothing", *HANDSHAKE)),
    "a page where there is only a WebSocket": (404, request("GET /ws")),
    "a page of another site": (403, request("GET /", "Origin: https://evil.test")),
    "another host": (421, request("GET /", host="evil.test")),
    "no HTTP at all": (400, b"GET nonsense\r\n\r\n"),
    "a broken field": (400, request("GET /", "no field")),
    "a head that is too large": (431, request("GET /", f"X: {'x' * 17_000}")),
    "a head of too many fields": (431, request("GET /", *["x:"] * 600)),
    "a body without a length": (411, request("POST /publish", "Transfer-Encoding: chunked")),
}  # fmt: skip
"""What is asked -> the status and the request."""


def answered(hub: WebHub, sent: bytes) -> tuple[int, HTTPMessage, bytes]:
    """The first answer, as it comes over TLS."""
    with hub.connection() as connection:
        connection.sendall(sent)
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65_536)
    head, _, rest = received.partition(b"\r\n\r\n")
    status, _, fields = head.partition(b"\r\n")
    return int(status.split()[1]), parse_headers(BytesIO(fields + b"\r\n\r\n")), rest


def policy_of(headers: HTTPMessage) -> dict[str, str]:
    """The content security policy, by directive; there is one."""
    (policy,) = headers.get_all("Content-Security-Policy", [])
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


@pytest.mark.parametrize("what", REQUESTS)
def test_every_answer_keeps_a_browser_safe_and_names_no_server(hub: WebHub, what: str) -> None:
    status, sent = REQUESTS[what]
    found, headers, _ = answered(hub, sent)
    assert found == status
    assert [name for name in headers if name.lower() in ("server", "x-powered-by", "via")] == []
    assert "twisted" not in str(headers).lower() and "autobahn" not in str(headers).lower()
    assert headers[HSTS] is None
    if status == 101:  # what becomes a WebSocket is no page
        return
    policy = policy_of(headers)
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")  # the forms: else their Origin is null


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/auth/login", "/auth/session", "/lp/open", "/publish", "/call", "/ws"]
)
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_nothing_that_was_sent_is_sent_back(hub: WebHub, path: str, method: str) -> None:
    status, headers, body = answered(hub, request(f"{method} {path}", "Cookie: a=secret-of-a-cookie"))
    assert status in (404, 405)
    assert b"secret-of-a-cookie" not in body and "secret-of-a-cookie" not in str(headers)
    assert policy_of(headers)["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 411, 413, 421, 426, 429, 431, 500, 503])
def test_every_refusal_at_the_door_keeps_a_browser_safe(code: int) -> None:
    fields = response(code, "why").partition(b"\r\n")[2]
    headers = parse_headers(BytesIO(fields))
    assert policy_of(headers)["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"


class Failing(Resource):
    """Has a mistake in it."""

    isLeaf = True  # noqa: N815

    def render(self, request: Any) -> Any:
        raise RuntimeError("a mistake")


@pytest.mark.filterwarnings("ignore")
def test_a_resource_that_fails_keeps_a_browser_safe_too() -> None:
    channel, transport = make_site(Failing(), Clock()).build(Sender("192.0.2.7", "p", True)), FakeTransport()
    channel.makeConnection(transport)
    channel.dataReceived(request("GET /"))
    status, _, rest = transport.value().partition(b"\r\n")
    headers = parse_headers(BytesIO(rest))
    assert status == b"HTTP/1.1 500 Internal Server Error"
    assert policy_of(headers)["frame-ancestors"] == "'none'"
    assert headers["Server"] is None
    assert b"a mistake" not in rest


# ---- HSTS


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHub]:
    """A hub with a certificate from files, by an authority that its system trusts."""
    directory = tmp_path_factory.mktemp("public")
    authority, certificate = provider_certificate(directory)
    tls = {"certificate": str(certificate), "key": str(certificate)}
    running = PublicHub(directory, configuration(tls), ["/usr/bin/env", f"SSL_CERT_FILE={authority}", *WAMPI])
    running.trusted = authority
    yield running
    running.close()


class PublicHub(WebHub):
    """A hub whose clients trust another authority than its own."""

    trusted: Path

    @property
    def authority(self) -> Path:
        return self.trusted


@pytest.mark.parametrize("what", [what for what, (status, _) in REQUESTS.items() if status != 101])
def test_where_the_certificate_is_publicly_trusted_every_answer_says_to_rely_on_tls(public: WebHub, what: str) -> None:
    status, sent = REQUESTS[what]
    found, headers, _ = answered(public, sent)
    assert (found, headers.get_all(HSTS)) == (status, ["max-age=31536000"])


def test_the_hubs_own_authority_is_not_public_even_where_the_system_trusts_it(tmp_path: Path) -> None:
    hub = WebHub(tmp_path, configuration(), ["/usr/bin/env", f"SSL_CERT_FILE={tmp_path}/data/ca.pem", *WAMPI])
    try:
        assert answered(hub, request("GET /"))[1][HSTS] is None
    finally:
        hub.close()


def test_a_certificate_from_files_that_nobody_knows_is_not_public(tmp_path: Path) -> None:
    authority, certificate = provider_certificate(tmp_path)
    hub = PublicHub(tmp_path, configuration({"certificate": str(certificate), "key": str(certificate)}))
    hub.trusted = authority
    try:
        assert answered(hub, request("GET /"))[1][HSTS] is None
    finally:
        hub.close()


def test_on_a_plain_connection_nothing_is_said_of_tls() -> None:
    assert not sender_of(FakeTransport(), is_public=lambda: True).has_public_certificate
    assert sender_of(FakeTlsTransport(), is_public=lambda: True).has_public_certificate
