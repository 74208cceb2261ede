"""What logins get to know of a TLS connection, compared with what the client's end knows."""

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from support.core import FakeClock, KeptLog
from support.tls import client_end, shake_hands
from wampi.router.transport.authority import LocalAuthority
from wampi.router.transport.host import HostIdentity
from wampi.router.transport.tls import CertificateFiles, ServerContext
from wampi.router.transport.tls_connection import OpenSslConnection


@pytest.fixture
def context(tmp_path: Path) -> ServerContext:
    clock, log = FakeClock(1_795_000_000.0), KeptLog()
    authority = LocalAuthority(tmp_path, clock, log, lambda: HostIdentity(("hub.local",), ()))
    authority.ensure()
    return ServerContext(CertificateFiles.combined(authority.server_file), clock, log)


def ends(context: ServerContext, version: int = SSL.TLS1_3_VERSION) -> tuple[SSL.Connection, OpenSslConnection]:
    """The client's end of a new connection, and what the hub's logins see of it."""
    client, server = client_end(version=version), context.serverConnectionForTLS(None)  # type: ignore[arg-type]
    shake_hands(client, server)
    return client, OpenSslConnection(server)


def test_both_ends_have_the_same_exporter_of_rfc_9266(context: ServerContext) -> None:
    client, seen = ends(context)
    binding = seen.channel_binding("tls-exporter")
    assert binding == client.export_keying_material(b"EXPORTER-Channel-Binding", 32, b"")
    assert binding is not None
    assert len(binding) == 32


def test_no_two_connections_have_the_same_exporter(context: ServerContext) -> None:
    assert ends(context)[1].channel_binding("tls-exporter") != ends(context)[1].channel_binding("tls-exporter")


def test_before_tls_1_3_there_is_no_exporter(context: ServerContext) -> None:
    assert ends(context, SSL.TLS1_2_VERSION)[1].channel_binding("tls-exporter") is None


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_the_server_end_point_is_the_hash_of_the_certificate_that_the_client_saw(
    context: ServerContext, version: int
) -> None:
    client, seen = ends(context, version)
    certificate = client.get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    expected = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    assert seen.channel_binding("tls-server-end-point") == expected


def test_a_client_that_shows_no_certificate_has_none(context: ServerContext) -> None:
    assert ends(context)[1].client_certificate() is None
