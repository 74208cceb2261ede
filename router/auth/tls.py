"""TLS client certificates as a login (advanced profile, "Authentication": at the transport level).

The listener has verified the certificate against its own list of authorities during the handshake. Who that is, its
SHA-256 says, or its common name. One that was lost is revoked by its SHA-256. Connections outlive handshakes, and TLS
resumes sessions without looking at certificates again: so a session ends with its certificate, and none begins after.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..core.authentication import Deny
from ..credentials import HolderSource
from .checks import Candidate

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..credentials import Holder
    from .checks import Checks

METHOD = "tls"

_ASN1_TIME = "%Y%m%d%H%M%SZ"

Identity = tuple[Callable[[bytes], bytes | None], HolderSource]
"""What makes of a certificate (DER) what its holder is found by, None where it has none; and where it is looked up."""


class TlsCertificate:
    """Lets in the holder of the certificate that the connection has shown.

    ``identities`` are tried in turn; ``revoked`` are SHA-256 of certificates.
    """

    def __init__(self, identities: Sequence[Identity], checks: Checks, revoked: frozenset[bytes]) -> None:
        self._identities = tuple(identities)
        self._checks = checks
        self._revoked = revoked

    def is_possible(self, applicant: Applicant) -> bool:
        """Return whether there is a certificate; without one, HELLO's next method is tried."""
        return has_certificate(applicant)

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Decide without a challenge: the handshake was one."""
        certificate = _certificate(applicant)
        if certificate is None:
            decide(Deny(reason=f"{METHOD}: the connection has shown no certificate"))
        else:
            self._find(0, applicant, certificate, decide)

    def _find(self, index: int, applicant: Applicant, certificate: bytes, decide: Decide) -> None:
        """Look a certificate up by the identities from an index on."""
        if index == len(self._identities):
            self._conclude(applicant, certificate, decide, None)
            return
        proof_of, source = self._identities[index]
        proof = proof_of(certificate)
        if proof is None:
            self._find(index + 1, applicant, certificate, decide)
            return

        def found(holder: Holder | None) -> None:
            if holder is None:
                self._find(index + 1, applicant, certificate, decide)
            else:
                self._conclude(applicant, certificate, decide, holder)

        source.find_holder(proof, found, partial(self._checks.fail, METHOD, applicant, decide))

    def _conclude(self, applicant: Applicant, certificate: bytes, decide: Decide, holder: Holder | None) -> None:
        expires_at = end_of(certificate)
        candidate = replace(Candidate.holding(holder, applicant.authid), expires_at=expires_at)
        is_good = fingerprint(certificate) not in self._revoked and self._checks.clock.time() < expires_at
        decide(self._checks.conclude(METHOD, applicant, candidate, is_good))


def fingerprint(certificate: bytes) -> bytes:
    """Return the SHA-256 of a certificate (DER)."""
    return hashlib.sha256(certificate).digest()


def end_of(certificate: bytes) -> float:
    """Return until when a certificate is valid, in seconds since 1970."""
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp()


def common_name(certificate: bytes) -> bytes | None:
    """Return the common name of a certificate's subject in UTF-8, None for one that has none, or several."""
    names = x509.load_der_x509_certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value).encode() if len(names) == 1 else None


def described(certificate: bytes) -> dict[str, Any]:
    """Return what an authenticator is told of a certificate, in the form that Autobahn's ``peer_cert`` has.

    ``sha256`` is as OpenSSL prints it, ``serial`` in hexadecimal; ``subject`` and ``issuer`` map the short name of an
    attribute to its value, without those that stand there more than once: they say nobody's name.
    """
    read = x509.load_der_x509_certificate(certificate)
    return {
        "sha256": fingerprint(certificate).hex(":").upper(),
        "serial": f"{read.serial_number:x}",
        "not_before": read.not_valid_before_utc.strftime(_ASN1_TIME),
        "not_after": read.not_valid_after_utc.strftime(_ASN1_TIME),
        "subject": _attributes(read.subject),
        "issuer": _attributes(read.issuer),
    }


def has_certificate(applicant: Applicant) -> bool:
    """Return whether the connection has shown a certificate."""
    return _certificate(applicant) is not None


def _attributes(name: x509.Name) -> dict[str, str]:
    names = [(attribute.rfc4514_attribute_name.lower(), str(attribute.value)) for attribute in name]
    how_often = Counter(key for key, _ in names)
    return {key: value for key, value in names if how_often[key] == 1}


def _certificate(applicant: Applicant) -> bytes | None:
    tls = applicant.transport.tls
    return None if tls is None else tls.client_certificate()
