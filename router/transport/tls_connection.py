"""What logins may ask of a TLS connection: the client's certificate, and what ties a login to the connection.

The keys of a connection that somebody sits in the middle of differ on its two sides, so a login that includes a value
made of them is of no use to whoever passes it on (RFC 5056).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

if TYPE_CHECKING:
    from ..core.ports import ChannelBinding

_EXPORTER_LABEL = b"EXPORTER-Channel-Binding"
_EXPORTER_BYTES = 32


def tls_connection(transport: Any) -> OpenSslConnection:
    """Return what is to be known of the TLS under a Twisted transport."""
    return OpenSslConnection(transport.getHandle())


class OpenSslConnection:
    """A :class:`~..core.ports.TlsConnection` on pyOpenSSL."""

    __slots__ = ("_connection",)

    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection

    def client_certificate(self) -> bytes | None:
        """Return the client's certificate; one that could not be verified has ended the handshake."""
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        return None if certificate is None else certificate.public_bytes(Encoding.DER)

    def good_until(self) -> float | None:
        """Return the end of the client's certificate, where the listener lets in nobody without one."""
        if not self._connection.get_context().get_verify_mode() & SSL.VERIFY_FAIL_IF_NO_PEER_CERT:
            return None
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        return None if certificate is None else certificate.not_valid_after_utc.timestamp()

    def channel_binding(self, kind: ChannelBinding) -> bytes | None:
        """Return the value of one kind."""
        return self._exporter() if kind == "tls-exporter" else self._server_end_point()

    def _exporter(self) -> bytes | None:
        """RFC 9266. Before TLS 1.3 it needs an extension, and pyOpenSSL does not tell whether that is there."""
        if self._connection.get_protocol_version_name() != "TLSv1.3":
            return None
        return self._connection.export_keying_material(_EXPORTER_LABEL, _EXPORTER_BYTES, b"")

    def _server_end_point(self) -> bytes | None:
        """RFC 5929, section 4.1: the hash of the server's certificate, by the hash of its signature."""
        certificate = self._connection.get_certificate(as_cryptography=True)
        if certificate is None or certificate.signature_hash_algorithm is None:
            return None
        digest = Hash(_no_weaker(certificate.signature_hash_algorithm))
        digest.update(certificate.public_bytes(Encoding.DER))
        return digest.finalize()


def _no_weaker(algorithm: HashAlgorithm) -> HashAlgorithm:
    return SHA256() if isinstance(algorithm, MD5 | SHA1) else algorithm
