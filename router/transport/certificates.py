"""The X.509 certificates of the local authority (RFC 5280): what stands in them, and nothing about files.

The authority is trusted by phones and browsers, so what a thief of its key could do with it is bounded by critical
name constraints. docs/adr/0001-local-authority.md says why they are what they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .host import Address, HostIdentity

AUTHORITY_LIFETIME = timedelta(days=3650)
SERVER_LIFETIME = timedelta(days=90)
BACKDATING = timedelta(days=1)
"""How far back a certificate's time begins: a phone's clock may be behind the hub's."""

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this no clock is right. A Raspberry Pi before the 5 wakes up in 1970, until it has found the time."""

_HOME_NETWORKS = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",  # RFC 1918
        "100.64.0.0/10",  # RFC 6598: some VPNs number their members from it
        "169.254.0.0/16",  # RFC 3927
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",  # RFC 4193
    )
)


class Constraints:
    """The names and networks that an authority may certify, and no others (RFC 5280, section 4.2.1.10)."""

    def __init__(self, names: Iterable[str], networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self.names = frozenset(names)
        self.networks = tuple(networks)

    @classmethod
    def of_host(cls, host: HostIdentity) -> Constraints:
        """Return what an authority for this host needs: its names, every home network, its public addresses now."""
        public = [_public_network(a) for a in host.addresses if not _within(a, _HOME_NETWORKS)]
        return cls(host.names, (*_HOME_NETWORKS, *dict.fromkeys(public)))

    @classmethod
    def of_authority(cls, certificate: x509.Certificate) -> Constraints:
        """Return the constraints that stand in an authority's certificate. Raises :class:`ValueError` without any."""
        try:
            extension = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            raise ValueError("the authority's certificate has no name constraints") from None
        permitted = extension.permitted_subtrees or []
        values = [general.value for general in permitted]
        return cls(
            (value for value in values if isinstance(value, str)),
            (value for value in values if isinstance(value, IPv4Network | IPv6Network)),
        )

    def permitted(self, host: HostIdentity) -> HostIdentity:
        """Return the names and addresses of the host that may be certified."""
        return HostIdentity(
            tuple(name for name in host.names if self._permits_name(name)),
            tuple(address for address in host.addresses if _within(address, self.networks)),
        )

    def extension(self) -> x509.NameConstraints:
        """Return the extension."""
        names = [x509.DNSName(name) for name in sorted(self.names)]
        return x509.NameConstraints([*names, *map(x509.IPAddress, self.networks)], excluded_subtrees=None)

    def _permits_name(self, name: str) -> bool:
        return any(name == own or name.endswith(f".{own}") for own in self.names)


def make_authority(key: ec.EllipticCurvePrivateKey, host: HostIdentity, now: datetime) -> x509.Certificate:
    """Return the self-signed certificate of an authority for this host."""
    name = _authority_name(host, key)
    usage = _key_usage(key_cert_sign=True, crl_sign=True)
    return (
        _begin(key.public_key(), name, name, EARLIEST, max(now, EARLIEST) + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(Constraints.of_host(host).extension(), critical=True)
        .sign(key, hashes.SHA256())
    )


def make_server_certificate(
    public_key: ec.EllipticCurvePublicKey,
    host: HostIdentity,
    now: datetime,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    """Return a server's certificate for the names and addresses that the authority may certify."""
    certified = Constraints.of_authority(authority).permitted(host)
    begin = max(now, EARLIEST + BACKDATING) - BACKDATING
    end = min(begin + SERVER_LIFETIME, authority.not_valid_after_utc)
    signer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer)
    # No common name: a browser reads the alternative names only, and constraints would have to cover it.
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "wampi")])
    return (
        _begin(public_key, subject, authority.subject, begin, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(_alternative_names(certified), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def certified_identity(certificate: x509.Certificate) -> HostIdentity:
    """Return the names and addresses that a server's certificate carries."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = [a for a in names.get_values_for_type(x509.IPAddress) if isinstance(a, IPv4Address | IPv6Address)]
    return HostIdentity(
        tuple(sorted(names.get_values_for_type(x509.DNSName))),
        tuple(sorted(addresses, key=lambda a: (a.version, int(a)))),
    )


def is_valid_at(certificate: x509.Certificate, now: datetime) -> bool:
    """Return whether a certificate is valid at this time."""
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Return whether the authority's key has signed the certificate."""
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # noqa: BLE001 - the library names no common class for what a bad signature raises
        return False
    return True


def _begin(
    public_key: ec.EllipticCurvePublicKey, subject: x509.Name, issuer: x509.Name, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _authority_name(host: HostIdentity, key: ec.EllipticCurvePrivateKey) -> x509.Name:
    # The host stands in the name so that people find it in a phone's list, and a piece of the key's digest, because
    # two authorities of one name (a hub that was set up again) confuse browsers that trust both.
    own = next((name for name in host.names if name != "localhost" and "." not in name), "localhost")
    digest = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "wampi"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"wampi authority of {own[:32]} {digest}"),
        ]
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(host: HostIdentity) -> x509.SubjectAlternativeName:
    names = [x509.DNSName(name) for name in host.names]
    return x509.SubjectAlternativeName([*names, *map(x509.IPAddress, host.addresses)])


def _public_network(address: Address) -> IPv4Network | IPv6Network:
    # The lower half of an IPv6 address changes by itself (RFC 8981); the /64 is the line's own.
    return ip_network((address, 64 if address.version == 6 else 32), strict=False)


def _within(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
