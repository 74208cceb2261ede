"""TLS handshakes in memory: two ends of OpenSSL, and the bytes carried between them."""

import time
from pathlib import Path

from OpenSSL import SSL, _util
from wampi.router.transport.authority import LocalAuthority
from wampi.router.transport.host import host_identity

from .core import FakeClock, KeptLog


def client_end(
    authority_file: Path | None = None,
    *,
    version: int | None = None,
    groups: bytes | None = None,
    ciphers: bytes | None = None,
) -> SSL.Connection:
    """A client that insists on one version, group or cipher, and on the authority where one is given."""
    return connect(client_settings(authority_file, version=version, groups=groups, ciphers=ciphers))


def client_settings(
    authority_file: Path | None = None,
    *,
    version: int | None = None,
    groups: bytes | None = None,
    ciphers: bytes | None = None,
) -> SSL.Context:
    """What such a client insists on, for more than one connection."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    if version is not None:
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
    if groups is not None:
        assert _util.lib.SSL_CTX_set1_curves_list(context._context, groups)
    if ciphers is not None:
        context.set_cipher_list(ciphers)
    if authority_file is not None:
        context.load_verify_locations(str(authority_file))
        context.set_verify(SSL.VERIFY_PEER)
    return context


def connect(context: SSL.Context) -> SSL.Connection:
    """The client's end of a new connection."""
    connection = SSL.Connection(context, None)
    connection.set_connect_state()
    return connection


def shake_hands(client: SSL.Connection, server: SSL.Connection) -> None:
    """Carry bytes until both ends are done. Raises :class:`SSL.Error` as soon as one of them refuses."""
    server.set_accept_state()
    waiting = [client, server]
    for _ in range(20):
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except SSL.WantReadError:
                pass
            finally:
                carry(end, server if end is client else client)
        if not waiting:
            return
    raise AssertionError("the handshake does not end")


def carry(source: SSL.Connection, sink: SSL.Connection) -> None:
    """Hand on what one end wants to send."""
    while True:
        try:
            sink.bio_write(source.bio_read(65536))
        except SSL.WantReadError:
            return


def provider_certificate(directory: Path) -> tuple[Path, Path]:
    """Make an authority of its own in ``directory``; return it, and a certificate with its key for this host."""
    made = LocalAuthority(directory / "provider", FakeClock(time.time()), KeptLog(), host_identity)
    made.ensure()
    return made.certificate_file, made.server_file
