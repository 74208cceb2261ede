from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from OpenSSL import SSL, _util
from support.core import FakeClock, KeptLog
from support.tls import carry, client_end, client_settings, connect, shake_hands
from support.ways import ClientAuthority
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.test.iosim import FakeTransport, IOPump
from wampi.router.transport.authority import LocalAuthority
from wampi.router.transport.host import HostIdentity
from wampi.router.transport.tls import (
    CertificateFiles,
    CertificateKeeper,
    Profile,
    ServerContext,
    TlsError,
    client_context,
    server_context,
)
from wampi.router.transport.tls_connection import OpenSslConnection

HUB = HostIdentity(("hub.local", "localhost"), ())
START = 1_795_000_000.0


class Hub:
    """A listener's context with a certificate by a local authority."""

    def __init__(self, directory: Path) -> None:
        self.clock = FakeClock(START)
        self.log = KeptLog()
        self.host = HUB
        self.authority = LocalAuthority(directory, self.clock, self.log, lambda: self.host)
        self.authority.ensure()
        self.files = CertificateFiles.combined(self.authority.server_file)
        self.context = ServerContext(self.files, self.clock, self.log)

    def asks(self, **profile: Any) -> None:
        """Serve from now on by another profile."""
        self.context = ServerContext(self.files, self.clock, self.log, Profile(**profile))

    def connection(self) -> SSL.Connection:
        return self.context.serverConnectionForTLS(None)  # type: ignore[arg-type]

    def served(self) -> int:
        """The serial number of the certificate that a new client is shown."""
        client = client_end(self.authority.certificate_file)
        shake_hands(client, self.connection())
        certificate = client.get_peer_certificate(as_cryptography=True)
        assert certificate is not None
        return certificate.serial_number

    def events(self) -> list[str]:
        return [event for event, _ in self.log.lines]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "tls")


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_client_that_trusts_the_authority_gets_in(hub: Hub, version: int) -> None:
    client = client_end(hub.authority.certificate_file, version=version)
    shake_hands(client, hub.connection())
    assert client.get_protocol_version() == {SSL.TLS1_2_VERSION: 0x303, SSL.TLS1_3_VERSION: 0x304}[version]


@pytest.mark.parametrize("version", [SSL.TLS1_VERSION, SSL.TLS1_1_VERSION])
def test_versions_before_1_2_are_refused(hub: Hub, version: int) -> None:
    # Level 0 lets the client offer what its own library has given up.
    client = client_end(version=version, ciphers=b"ALL:@SECLEVEL=0")
    with pytest.raises(SSL.Error, match="unsupported protocol"):
        shake_hands(client, hub.connection())


@pytest.mark.parametrize(("group", "name"), [(b"X25519", "x25519"), (b"P-256", "secp256r1"), (b"P-384", "secp384r1")])
def test_the_groups_of_the_profile_are_spoken(hub: Hub, group: bytes, name: str) -> None:
    client = client_end(version=SSL.TLS1_3_VERSION, groups=group)
    shake_hands(client, hub.connection())
    assert client.get_group_name() == name


@pytest.mark.parametrize("group", [b"X448", b"P-521", b"ffdhe2048", b"X25519MLKEM768"])
def test_no_other_group_is_spoken(hub: Hub, group: bytes) -> None:
    with pytest.raises(SSL.Error, match="no suitable key share"):
        shake_hands(client_end(version=SSL.TLS1_3_VERSION, groups=group), hub.connection())


@pytest.mark.parametrize("group", [b"X448", b"P-521"])
def test_no_other_group_is_spoken_in_version_1_2(hub: Hub, group: bytes) -> None:
    # P-256 has to be offered too: in 1.2 the list also says which certificates the client can read.
    client = client_end(version=SSL.TLS1_2_VERSION, groups=group + b":P-256")
    shake_hands(client, hub.connection())
    assert client.get_group_name() == "secp256r1"


@pytest.mark.parametrize(
    "ciphers", [b"ECDHE-ECDSA-AES128-SHA256", b"ECDHE-ECDSA-AES256-SHA", b"ECDHE-ECDSA-AES256-CCM"]
)
def test_ciphers_outside_the_profile_are_refused(hub: Hub, ciphers: bytes) -> None:
    with pytest.raises(SSL.Error, match="no shared cipher"):
        shake_hands(client_end(version=SSL.TLS1_2_VERSION, ciphers=ciphers), hub.connection())


def test_the_client_chooses_the_cipher(hub: Hub) -> None:
    for wanted in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384"):
        order = f"{wanted}:ECDHE-ECDSA-AES128-GCM-SHA256".encode()
        client = client_end(version=SSL.TLS1_2_VERSION, ciphers=order)
        shake_hands(client, hub.connection())
        assert client.get_cipher_name() == wanted


def test_renegotiation_is_refused(hub: Hub) -> None:
    client, server = client_end(version=SSL.TLS1_2_VERSION), hub.connection()
    shake_hands(client, server)
    client.renegotiate()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    carry(client, server)
    with pytest.raises(SSL.WantReadError):
        server.recv(1)
    carry(server, client)
    with pytest.raises(SSL.Error, match="no renegotiation"):
        client.do_handshake()


def test_the_private_names_that_choose_the_groups_are_there() -> None:
    assert callable(_util.lib.SSL_CTX_set1_curves_list)
    assert hasattr(SSL.Context(SSL.TLS_SERVER_METHOD), "_context")


def test_a_reload_serves_the_new_certificate_and_leaves_open_connections_alone(hub: Hub) -> None:
    client, server = client_end(), hub.connection()
    shake_hands(client, server)
    before = hub.served()
    hub.authority.replace()
    assert hub.context.reload() is True
    assert hub.served() != before
    client.send(b"still here")
    carry(client, server)
    assert server.recv(100) == b"still here"


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\ncut"])
def test_a_broken_file_leaves_the_old_certificate_serving(hub: Hub, content: bytes) -> None:
    before = hub.served()
    hub.files.certificate.write_bytes(content)
    assert hub.context.reload() is False
    assert hub.served() == before
    event, fields = hub.log.lines[-1]
    assert event == "certificate refused"
    assert str(hub.files.certificate) in str(fields["reason"])


def test_a_missing_file_leaves_the_old_certificate_serving(hub: Hub) -> None:
    before = hub.served()
    hub.files.certificate.unlink()
    assert hub.context.reload() is False
    assert hub.served() == before


def test_a_broken_file_is_reported_once(hub: Hub) -> None:
    hub.files.certificate.write_bytes(b"rubbish")
    hub.context.refresh()
    hub.context.refresh()
    assert hub.events().count("certificate refused") == 1


def test_a_ticket_resumes_a_session_until_its_key_changes_after_twelve_hours(hub: Hub) -> None:
    settings = client_settings(version=SSL.TLS1_2_VERSION)
    first = connect(settings)
    shake_hands(first, hub.connection())
    session = first.get_session()
    assert session is not None

    def is_resumed() -> bool:
        again = connect(settings)
        again.set_session(session)
        shake_hands(again, hub.connection())
        return again.master_key() == first.master_key()

    hub.clock.advance(12 * 3600 - 1)
    hub.context.refresh()
    assert is_resumed()
    hub.clock.advance(1)
    hub.context.refresh()
    assert not is_resumed()


def test_the_keeper_renews_the_certificate_and_new_connections_get_it(hub: Hub) -> None:
    keeper = CertificateKeeper([hub.context], hub.clock, hub.log, hub.authority)
    keeper.start()
    before = hub.served()
    hub.host = HostIdentity(("localhost",), ())
    hub.clock.advance(60)
    assert hub.served() != before
    keeper.stop()
    assert hub.clock.twisted.getDelayedCalls() == []


def test_the_keeper_goes_on_looking_after_a_failure(hub: Hub) -> None:
    keeper = CertificateKeeper([hub.context], hub.clock, hub.log, hub.authority)
    keeper.start()
    content = hub.authority.key_file.read_bytes()
    hub.authority.key_file.write_bytes(b"broken")
    hub.authority.server_file.unlink()
    hub.clock.advance(60)
    assert "certificate not renewed" in hub.events()
    hub.authority.key_file.write_bytes(content)
    hub.clock.advance(60)
    assert hub.authority.server_file.exists()
    keeper.stop()


def test_a_certificate_that_its_owner_replaces_is_noticed(hub: Hub, tmp_path: Path) -> None:
    keeper = CertificateKeeper([hub.context], hub.clock, hub.log)
    keeper.start()
    before = hub.served()
    hub.authority.replace()
    hub.clock.advance(60)
    assert hub.served() != before


def write_key(path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, password: bytes = b"") -> Path:
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden))
    return path


def another_key(hub: Hub) -> Path:
    return write_key(hub.files.key.with_name("other.key"), ec.generate_private_key(ec.SECP256R1()))


def encrypted_key(hub: Hub) -> Path:
    return write_key(hub.files.key.with_name("secret.key"), ec.generate_private_key(ec.SECP256R1()), b"open sesame")


def key_of_another_kind(hub: Hub) -> Path:
    return write_key(hub.files.key.with_name("ed.key"), ed25519.Ed25519PrivateKey.generate())


def missing_key(hub: Hub) -> Path:
    return hub.files.key.with_name("missing.key")


def certificate_as_key(hub: Hub) -> Path:
    return hub.authority.certificate_file


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (another_key, "does not belong to the certificate"),
        (encrypted_key, "is encrypted"),
        (key_of_another_kind, "does not belong to the certificate"),
        (missing_key, "can't be read: No such file"),
        (certificate_as_key, "holds no private key"),
    ],
)
def test_a_key_that_cannot_serve_is_named(hub: Hub, key: Callable[[Hub], Path], sentence: str) -> None:
    path = key(hub)
    with pytest.raises(TlsError, match=sentence) as caught:
        server_context(CertificateFiles(hub.files.certificate, path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "sentence"), [(None, "can't be read"), (b"rubbish", "holds no certificate")])
def test_a_chain_that_cannot_serve_is_named(hub: Hub, content: bytes | None, sentence: str) -> None:
    chain = hub.files.key.with_name("chain.pem")
    if content is not None:
        chain.write_bytes(content)
    with pytest.raises(TlsError, match=sentence) as caught:
        server_context(CertificateFiles(hub.files.certificate, hub.files.key, (chain,)))
    assert str(chain) in str(caught.value)


def test_the_chain_is_sent_after_the_certificate(hub: Hub) -> None:
    chained = CertificateFiles(hub.files.certificate, hub.files.key, (hub.authority.certificate_file,))
    client = client_end()
    shake_hands(client, SSL.Connection(server_context(chained), None))
    chain = client.get_peer_cert_chain(as_cryptography=True)
    assert chain is not None
    assert len(chain) == 2


class Greeter(Protocol):
    """Says hello as soon as it is connected, and keeps what it hears and why it ended."""

    def __init__(self) -> None:
        self.heard = b""
        self.ended: Exception | None = None

    def connectionMade(self) -> None:  # noqa: N802
        self.transport.write(b"hello")

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self.heard += data

    def connectionLost(self, reason: object) -> None:  # noqa: N802
        self.ended = getattr(reason, "value", None)


def talk(hub: Hub, hostname: str, authority_file: Path) -> tuple[Greeter, Greeter]:
    """Let a Twisted client and the hub's listener greet each other over TLS."""
    ends: list[Greeter] = []
    transports = []
    for factory, is_client, creator in (
        (Factory.forProtocol(Greeter), True, client_context(hostname, authority_file)),
        (Factory.forProtocol(Greeter), False, hub.context),
    ):
        wrapped = TLSMemoryBIOFactory(creator, is_client, factory, hub.clock.twisted)
        protocol = wrapped.buildProtocol(None)
        assert protocol is not None
        transports.append((protocol, FakeTransport(protocol, isServer=not is_client)))
        ends.append(protocol.wrappedProtocol)
    (client, client_io), (server, server_io) = transports
    server.makeConnection(server_io)
    client.makeConnection(client_io)
    pump = IOPump(client, server, client_io, server_io, False)
    for _ in range(10):
        hub.clock.advance(0)
        pump.flush()
    return ends[0], ends[1]


@pytest.mark.parametrize("name", HUB.names)
def test_our_own_client_talks_to_the_hub_by_any_of_its_names(hub: Hub, name: str) -> None:
    client, server = talk(hub, name, hub.authority.certificate_file)
    assert (client.heard, server.heard) == (b"hello", b"hello")


def test_our_own_client_leaves_a_hub_of_another_name(hub: Hub) -> None:
    client, server = talk(hub, "other.local", hub.authority.certificate_file)
    assert (client.heard, server.heard) == (b"", b"")


def test_our_own_client_leaves_a_hub_of_another_authority(hub: Hub, tmp_path: Path) -> None:
    stranger = Hub(tmp_path / "stranger")
    client, server = talk(hub, "localhost", stranger.authority.certificate_file)
    assert (client.heard, server.heard) == (b"", b"")


def test_an_authority_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TlsError, match=r"nowhere\.pem can't be read"):
        client_context("localhost", tmp_path / "nowhere.pem")


# ---- the modern profile, and certificates of clients -----------------------------------------------------------------


def test_a_modern_listener_speaks_tls_1_3_alone(hub: Hub) -> None:
    hub.asks(is_modern=True)
    shake_hands(client_end(version=SSL.TLS1_3_VERSION), hub.connection())
    with pytest.raises(SSL.Error):
        shake_hands(client_end(version=SSL.TLS1_2_VERSION), hub.connection())


def client_with(file: Path | None, version: int = SSL.TLS1_3_VERSION) -> SSL.Connection:
    """The end of a client that shows the certificate of a file."""
    context = client_settings(version=version)
    if file is not None:
        context.use_certificate_file(str(file))
        context.use_privatekey_file(str(file))
    return connect(context)


def connection_seen(hub: Hub, file: Path | None, version: int = SSL.TLS1_3_VERSION) -> OpenSslConnection:
    """What logins get to see of a client with a certificate; raises as soon as one end refuses."""
    client, server = client_with(file, version), hub.connection()
    shake_hands(client, server)
    return OpenSslConnection(server)


def certificate_seen(hub: Hub, file: Path | None, version: int = SSL.TLS1_3_VERSION) -> bytes | None:
    """What they get to see of a client's certificate."""
    return connection_seen(hub, file, version).client_certificate()


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_the_certificate_of_a_client_is_seen_when_its_authority_is_known(
    hub: Hub, tmp_path: Path, version: int
) -> None:
    authority = ClientAuthority(tmp_path)
    hub.asks(client_authorities=(authority.file,))
    file = authority.issue("laptop")
    seen = certificate_seen(hub, file, version)
    assert seen == x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(serialization.Encoding.DER)


def test_clients_without_a_certificate_are_let_through_unless_it_is_required(hub: Hub, tmp_path: Path) -> None:
    authority = ClientAuthority(tmp_path)
    hub.asks(client_authorities=(authority.file,))
    assert certificate_seen(hub, None) is None
    hub.asks(client_authorities=(authority.file,), requires_client_certificate=True)
    with pytest.raises(SSL.Error, match="peer did not return a certificate"):
        certificate_seen(hub, None)


def test_a_connection_is_good_until_the_end_of_the_certificate_that_it_had_to_show(hub: Hub, tmp_path: Path) -> None:
    authority = ClientAuthority(tmp_path)
    file = authority.issue("laptop")
    hub.asks(client_authorities=(authority.file,))
    assert connection_seen(hub, file).good_until() is None
    hub.asks(client_authorities=(authority.file,), requires_client_certificate=True)
    end = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    assert connection_seen(hub, file).good_until() == end.timestamp()


def test_a_certificate_by_another_authority_ends_the_handshake(hub: Hub, tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    hub.asks(client_authorities=(ClientAuthority(tmp_path).file,))
    with pytest.raises(SSL.Error, match="certificate verify failed"):
        certificate_seen(hub, ClientAuthority(others).issue("laptop"))


def test_a_certificate_that_is_not_for_clients_ends_the_handshake(hub: Hub) -> None:
    # The hub's own, by the very authority that clients are to be of.
    hub.asks(client_authorities=(hub.authority.certificate_file,))
    with pytest.raises(SSL.Error, match="certificate verify failed"):
        certificate_seen(hub, hub.authority.server_file)


def test_without_authorities_no_client_is_asked_for_a_certificate(hub: Hub, tmp_path: Path) -> None:
    assert certificate_seen(hub, ClientAuthority(tmp_path).issue("laptop")) is None


def test_a_list_of_authorities_that_cannot_be_read_is_said(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(TlsError, match=r"none\.pem can't be read"):
        hub.asks(client_authorities=(tmp_path / "none.pem",))
