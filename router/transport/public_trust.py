"""Whether a certificate is one that browsers accept without having been told about an authority.

The system's own list of authorities stands for those of the browsers; where it is, OpenSSL knows, and ``SSL_CERT_FILE``
may say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from OpenSSL import SSL, crypto

if TYPE_CHECKING:
    from cryptography import x509


def is_publicly_trusted(certificates: Sequence[x509.Certificate]) -> bool:
    """Return whether a server's certificate, which is the first, leads to an authority that the system trusts."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()
    store = context.get_cert_store()
    if store is None:
        return False
    own, *chain = map(crypto.X509.from_cryptography, certificates)
    try:
        crypto.X509StoreContext(store, own, chain).verify_certificate()
    except crypto.X509StoreContextError:
        return False
    return True
