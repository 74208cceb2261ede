"""The HTTP bridge of a real node, over TLS: with the client that Crossbar's users have, and with bytes of our own."""

from __future__ import annotations

import hmac
import http.client
import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import crossbarhttp
import pytest
from support.channels import RawSocketChannel, Session
from support.node import RunningNode, router_configuration
from support.waiting import PATIENCE_SECONDS, eventually
from support.wamp import EVENT, INTERRUPT, INVOCATION, REGISTER, SUBSCRIBE, YIELD

KEY, SECRET = "app", "a secret that nobody guesses"
SIGNED = {"key": KEY, "secret_file": "bridge.secret"}
TEXT = {"Content-Type": "text/plain"}


def paths() -> dict[str, Any]:
    def path(kind: str, **options: Any) -> dict[str, Any]:
        return {"type": kind, "realm": "home", "role": "bridge", "options": options}

    return {
        "publish": path("publisher", **SIGNED),
        "call": path("caller", **SIGNED, call_timeout=500),
        "open": path("caller", post_body_limit=1000),
        "hook": path("webhook", topic="com.example.hook", github_secret=SECRET),
    }


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    """A node with the bridge on a TLS port, and a RawSocket for those on the other side of it."""
    directory = tmp_path_factory.mktemp("bridge")
    configuration = router_configuration()
    router = configuration["workers"][0]
    everything = {"call": True, "register": True, "publish": True, "subscribe": True}
    router["realms"][0]["roles"].append(
        {
            "name": "bridge",
            "permissions": [
                {"uri": "com.example.", "match": "prefix", "allow": everything},
                {"uri": "wamp.session.count", "allow": {"call": True}},
            ],
        }
    )
    auth = {"anonymous": {"type": "static", "role": "anybody"}}
    router["transports"] += [
        {"type": "rawsocket", "endpoint": {"type": "unix", "path": "raw.sock"}, "auth": auth},
        {
            "type": "web",
            "endpoint": {"type": "tcp", "interface": "127.0.0.1", "port": 0, "tls": {"type": "local-authority"}},
            "paths": paths(),
        },
    ]
    with RunningNode(directory, configuration) as running:
        running.data.mkdir(mode=0o700)
        secret = running.data / "bridge.secret"
        secret.touch(mode=0o600)
        secret.write_text(f"{SECRET}\n")
        running.start("listening port=")
        yield running
    assert "Traceback" not in running.log


@pytest.fixture
def other_side(node: RunningNode) -> Iterator[Session]:
    """A session of somebody else in the realm."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(node.data / "raw.sock"))
        session = Session(RawSocketChannel(connection, "json"), "json")
        session.join()
        yield session


def port(node: RunningNode) -> int:
    match = re.search(r"listening port=(\d+)", node.log)
    assert match is not None
    return int(match[1])


def trusting(node: RunningNode) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=node.data / "ca.pem")


@contextmanager
def asked(
    node: RunningNode, path: str, body: Any, fields: Any = None, method: str = "POST"
) -> Iterator[http.client.HTTPSConnection]:
    """A connection on which a request has been sent."""
    connection = http.client.HTTPSConnection("localhost", port(node), timeout=PATIENCE_SECONDS, context=trusting(node))
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, data, {"Content-Type": "application/json", **(fields or {})})
    yield connection
    connection.close()


def post(node: RunningNode, path: str, body: Any, **more: Any) -> tuple[int, Any]:
    """The status of an answer, and its body."""
    with asked(node, path, body, **more) as connection:
        response = connection.getresponse()
        data = response.read()
        return response.status, json.loads(data) if response.headers["content-type"] == "application/json" else data


@pytest.fixture
def client(node: RunningNode, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes clients of crossbarhttp3, which trust whom the environment says (OpenSSL, SSL_CERT_FILE)."""
    monkeypatch.setenv("SSL_CERT_FILE", str(node.data / "ca.pem"))

    def make(path: str, secret: str = SECRET, key: str = KEY) -> Any:
        url = f"https://localhost:{port(node)}{path}"
        return crossbarhttp.Client(url, key=key, secret=secret, timeout=PATIENCE_SECONDS)

    return make


# ---- with Crossbar's client


def test_crossbars_client_publishes(client: Any, other_side: Session) -> None:
    other_side.ask(SUBSCRIBE, {}, "com.example.topic")
    first = client("/publish").publish("com.example.topic", 1, "two", three=[3])
    event = other_side.receive()
    assert (event[0], event[2], event[4:]) == (EVENT, first, [[1, "two"], {"three": [3]}])


def test_crossbars_client_calls(client: Any) -> None:
    assert client("/call").call("wamp.session.count") >= 1
    with pytest.raises(crossbarhttp.ClientNoCalleeRegistered):
        client("/call").call("com.example.nothing")


@pytest.mark.parametrize(("secret", "key"), [("another", KEY), (SECRET, "another")])
def test_crossbars_client_learns_that_its_signature_is_wrong(client: Any, secret: str, key: str) -> None:
    with pytest.raises(crossbarhttp.ClientSignatureError):
        client("/publish", secret, key).publish("com.example.topic")


def test_rights_are_those_of_the_role(client: Any, node: RunningNode) -> None:
    with pytest.raises(crossbarhttp.ClientCallRuntimeError, match="may not call"):
        client("/call").call("com.other.procedure")
    assert "authid=bridge:app authrole=bridge" in node.log


# ---- with others


def test_an_unsigned_request_is_refused_where_requests_are_signed(node: RunningNode) -> None:
    code, answer = post(node, "/publish", {"topic": "com.example.topic"})
    assert (code, answer["error"]) == (401, "wamp.error.not_authorized")


def test_a_request_that_was_signed_for_once_is_refused_twice(
    client: Any, node: RunningNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("crossbarhttp.crossbarhttp.send_request", lambda request, _: sent.append(request) or {"id": 1})
    client("/publish").publish("com.example.topic")
    [request] = sent
    target = request.full_url.partition(str(port(node)))[2]
    assert [post(node, target, bytes(request.data))[0] for _ in range(2)] == [200, 401]


def test_what_is_too_large_is_refused_before_it_is_read(node: RunningNode) -> None:
    code, answer = post(node, "/open", b" " * 1001)
    assert (code, answer["error"]) == (413, "wamp.error.payload_size_exceeded")
    assert post(node, "/open", b" " * 1000)[0] == 400
    assert post(node, "/nowhere", b" ")[0] == 413


def test_a_body_of_unknown_length_is_refused(node: RunningNode) -> None:
    code, answer = post(node, "/open", b"0\r\n\r\n", fields={"Transfer-Encoding": "chunked"})
    assert (code, answer["error"]) == (411, "wamp.error.invalid_argument")


@pytest.mark.parametrize("body", [b"[" * 900, b'{"procedure":"com.example.x","args":[NaN]}', b"\xff"])
def test_bad_json_is_refused(node: RunningNode, body: bytes) -> None:
    assert post(node, "/open", body)[0] == 400


def test_a_page_of_another_site_is_refused(node: RunningNode) -> None:
    fields = {"Origin": "https://evil.example"}
    assert post(node, "/open", {"procedure": "wamp.session.count"}, fields=fields)[0] == 403
    assert post(node, "/open", b"", fields=fields, method="OPTIONS")[0] == 403


def test_a_call_that_takes_too_long_is_interrupted(client: Any, other_side: Session) -> None:
    other_side.ask(REGISTER, {}, "com.example.slow")
    with pytest.raises(crossbarhttp.ClientBadUrl, match="504"):
        client("/call").call("com.example.slow")
    assert [other_side.receive()[0], other_side.receive()[0]] == [INVOCATION, INTERRUPT]


def test_a_client_that_goes_away_cancels_its_call(node: RunningNode, other_side: Session) -> None:
    other_side.ask(REGISTER, {}, "com.example.waited_for")
    with asked(node, "/open", {"procedure": "com.example.waited_for"}):
        invocation = other_side.receive()
    assert invocation[0] == INVOCATION
    assert other_side.receive()[:2] == [INTERRUPT, invocation[1]]
    other_side.send(YIELD, invocation[1], {}, [1])
    assert post(node, "/open", {"procedure": "wamp.session.count"})[0] == 200


def test_a_webhook_of_github_becomes_an_event(node: RunningNode, other_side: Session) -> None:
    other_side.ask(SUBSCRIBE, {}, "com.example.hook")
    body = b'{"zen": "Design for failure."}'
    signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
    fields = {"X-Hub-Signature-256": f"sha256={signature}", "Authorization": "Bearer x", "X-GitHub-Event": "ping"}
    assert post(node, "/hook", body, fields=fields) == (202, b"OK")
    [argument] = other_side.receive()[4]
    assert (argument["body"], argument["headers"]["X-Github-Event"]) == (body.decode(), ["ping"])
    assert "Authorization" not in argument["headers"]
    assert post(node, "/hook", body + b" ", fields=fields)[0] == 401


def test_neither_secrets_nor_signatures_are_logged(node: RunningNode) -> None:
    eventually("refusals are in the log", lambda: "method=signature" in node.log)
    assert SECRET not in node.log
    assert "signature=" not in node.log
