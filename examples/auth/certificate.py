"""TLS client certificate: the TLS handshake is the login.

python certificate.py wss://home.local:8443/ws ca.pem client.pem       # its certificate and private key
"""

from pathlib import Path

from hub import Way, arguments, visit
from twisted.internet.ssl import PrivateCertificate


class ClientCertificate(Way):
    """A certificate with its private key; the hub knows whose it is."""

    method = "tls"

    def __init__(self, pem: bytes) -> None:
        self.certificate = PrivateCertificate.loadPEM(pem)


if __name__ == "__main__":
    given = arguments("certificate_file")
    way = ClientCertificate(Path(given.certificate_file).read_bytes())
    raise SystemExit(visit(given.url, given.ca_file, way))
