"""TLS client certificate: the TLS handshake is the login.

python certificate.py wss://home.local:8443/ws ca.pem client.pem       # its certificate and private key
"""

from given import arguments
from hub import Way, from_pem, visit
from twisted.internet.ssl import PrivateCertificate


class ClientCertificate(Way):
    """A certificate with its private key; the hub knows whose it is."""

    method = "tls"

    def __init__(self, certificate: PrivateCertificate) -> None:
        self.certificate = certificate


if __name__ == "__main__":
    given = arguments("certificate_file")
    certificate = from_pem(PrivateCertificate.loadPEM, given.certificate_file, "certificate with its private key")
    raise SystemExit(visit(given.url, given.ca_file, ClientCertificate(certificate)))
