"""Logins that are bound to their connection, on a real hub: each kind of binding, each version of TLS, each method.

The client's end is OpenSSL, which tells what the connection has to be bound by.
"""

from __future__ import annotations

import hashlib
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from support.live import LiveClient
from support.scram import NONCE, prove
from support.tls import client_settings, connect
from support.waiting import PATIENCE_SECONDS
from support.ways import AUTHID, PASSWORD, OpenHub, open_hub

VERSIONS = {"TLS 1.2": SSL.TLS1_2_VERSION, "TLS 1.3": SSL.TLS1_3_VERSION}
REFUSED = [3, {"message": "The login was refused."}, "wamp.error.not_authorized"]
METHODS = ("wamp-scram", "cryptosign")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenHub]:
    with open_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


class TlsSocket:
    """A blocking socket over OpenSSL, as far as a client needs it."""

    def __init__(self, raw: socket.socket, tls: SSL.Connection) -> None:
        self._raw = raw
        self.tls = tls
        while not self._has_shaken_hands():
            self.tls.bio_write(self._raw.recv(65536))

    def _has_shaken_hands(self) -> bool:
        try:
            self.tls.do_handshake()
        except SSL.WantReadError:
            return False
        else:
            return True
        finally:
            self._flush()

    def sendall(self, data: bytes) -> None:
        self.tls.sendall(data)
        self._flush()

    def recv(self, size: int) -> bytes:
        while True:
            try:
                return self.tls.recv(size)
            except SSL.WantReadError:
                data = self._raw.recv(size)
                if not data:
                    return b""
                self.tls.bio_write(data)
            except SSL.ZeroReturnError:
                return b""

    def close(self) -> None:
        self._raw.close()

    def _flush(self) -> None:
        while True:
            try:
                self._raw.sendall(self.tls.bio_read(65536))
            except SSL.WantReadError:
                return

    def binding(self, kind: str) -> bytes:
        """What a connection is bound by, as this end sees it."""
        if kind == "tls-exporter":
            return self.tls.export_keying_material(b"EXPORTER-Channel-Binding", 32, b"")
        certificate = self.tls.get_peer_certificate(as_cryptography=True)
        assert certificate is not None
        return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()


@contextmanager
def connected(hub: OpenHub, version: str) -> Iterator[tuple[TlsSocket, LiveClient]]:
    with socket.create_connection(("127.0.0.1", hub.port), timeout=PATIENCE_SECONDS) as raw:
        tls = TlsSocket(raw, connect(client_settings(hub.ca_file, version=VERSIONS[version])))
        assert tls.tls.get_protocol_version_name() == version.replace("TLS ", "TLSv")
        client = LiveClient(tls, hub.url, "json", subprotocols=["wamp.2.json"])  # type: ignore[arg-type]
        yield tls, client
        client.close()


def log_in(hub: OpenHub, client: LiveClient, method: str, kind: str, data: bytes) -> list[Any]:
    """Log in, bound by ``data``; return the last answer."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(hub.key.read_text()))
    own = {"nonce": NONCE} if method == "wamp-scram" else {"pubkey": key.public_key().public_bytes_raw().hex()}
    extra = {**own, "channel_binding": kind}
    answer = client.hello(authid=AUTHID, authmethods=[method], authextra=extra)
    if answer[0] != 4:
        return answer
    asked = answer[2]
    if method == "wamp-scram":
        proof, _ = prove(asked, AUTHID, PASSWORD, f"p={kind},,".encode() + data)
        bound = {"channel_binding": kind, "cbind_data": b64encode(data).decode()}
        client.send(5, proof, {"nonce": asked["nonce"], **bound})
    else:
        assert asked["channel_binding"] == kind
        message = bytes(a ^ b for a, b in zip(bytes.fromhex(asked["challenge"]), data, strict=True))
        client.send(5, (key.sign(message) + message).hex(), {})
    return client.receive()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("version", "kind"),
    [("TLS 1.3", "tls-exporter"), ("TLS 1.3", "tls-server-end-point"), ("TLS 1.2", "tls-server-end-point")],
)
def test_a_login_that_is_bound_to_its_connection_gets_in(hub: OpenHub, version: str, kind: str, method: str) -> None:
    with connected(hub, version) as (tls, client):
        answer = log_in(hub, client, method, kind, tls.binding(kind))
    assert answer[0] == 2, answer
    assert (answer[2]["authid"], answer[2]["authmethod"]) == (AUTHID, method)


@pytest.mark.parametrize("method", METHODS)
def test_who_sits_between_two_connections_cannot_pass_a_login_on(hub: OpenHub, method: str) -> None:
    with connected(hub, "TLS 1.3") as (victims, _), connected(hub, "TLS 1.3") as (_, client):
        answer = log_in(hub, client, method, "tls-exporter", victims.binding("tls-exporter"))
    assert answer == REFUSED


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("version", "kind"),
    [("TLS 1.3", "tls-unique"), ("TLS 1.2", "tls-unique"), ("TLS 1.2", "tls-exporter"), ("TLS 1.3", "tls-exporter ")],
)
def test_a_binding_that_is_asked_for_and_cannot_be_had_is_refused(
    hub: OpenHub, version: str, kind: str, method: str
) -> None:
    with connected(hub, version) as (_, client):
        assert log_in(hub, client, method, kind, bytes(32)) == REFUSED


def test_the_log_says_why_a_binding_was_refused(hub: OpenHub) -> None:
    assert "this connection has no tls-exporter" in hub.node.log
    assert "a channel binding that there is not" in hub.node.log
