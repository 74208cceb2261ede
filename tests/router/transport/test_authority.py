import resource
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification
from support.core import FakeClock, KeptLog
from wampi.router.transport.authority import AuthorityError, LocalAuthority
from wampi.router.transport.certificates import certified_identity, make_server_certificate
from wampi.router.transport.host import HostIdentity

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HUB = HostIdentity(
    ("hub", "hub.local", "localhost"),
    tuple(map(ip_address, ("127.0.0.1", "192.168.1.20", "::1", "fd12::20"))),
)


class House:
    """An authority in a directory, on a host whose clock and addresses a test can change."""

    def __init__(self, directory: Path, start: datetime = NOW) -> None:
        self.clock = FakeClock(start.timestamp())
        self.log = KeptLog()
        self.host = HUB
        self.authority = LocalAuthority(directory / "tls", self.clock, self.log, lambda: self.host)

    def wait(self, delta: timedelta) -> None:
        self.clock.advance(delta.total_seconds())

    def events(self) -> list[str]:
        return [event for event, _ in self.log.lines]

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.authority.certificate_file.read_bytes())

    @property
    def server(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.authority.server_file.read_bytes())

    def key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self.authority.key_file.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def certify_anything(self, host: HostIdentity) -> x509.Certificate:
        """A certificate such as a thief of the authority's key would make."""
        key = self.key()
        good = make_server_certificate(key.public_key(), HUB, NOW, self.root, key)
        forged = (
            x509.CertificateBuilder()
            .subject_name(good.subject)
            .issuer_name(good.issuer)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(good.not_valid_before_utc)
            .not_valid_after(good.not_valid_after_utc)
        )
        for extension in good.extensions:
            if extension.oid != x509.SubjectAlternativeName.oid:
                forged = forged.add_extension(extension.value, extension.critical)
        names = [*map(x509.DNSName, host.names), *map(x509.IPAddress, host.addresses)]
        return forged.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(key, hashes.SHA256())


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.authority.ensure()
    return house


def verify(house: House, certificate: x509.Certificate, at: datetime = NOW) -> None:
    subjects = x509.SubjectAlternativeName
    names = certificate.extensions.get_extension_for_class(subjects).value
    policy = verification.PolicyBuilder().store(verification.Store([house.root])).time(at)
    for name in names:
        assert isinstance(name, x509.DNSName | x509.IPAddress)
        policy.build_server_verifier(name).verify(certificate, [])


def verify_with_openssl(house: House, certificate: x509.Certificate, tmp_path: Path, *more: str) -> str:
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    arguments = ["-x509_strict", "-purpose", "sslserver", "-attime", str(int(NOW.timestamp())), *more]
    trusted = ["-CAfile", str(house.authority.certificate_file), str(leaf)]
    run = subprocess.run(["openssl", "verify", *arguments, *trusted], capture_output=True, text=True, check=False)
    return "OK" if run.returncode == 0 else run.stderr


def test_first_start_makes_an_authority_and_a_server_certificate_that_verify_for_every_name(house: House) -> None:
    assert certified_identity(house.server) == HUB
    verify(house, house.server)


@pytest.mark.parametrize("name", HUB.names)
def test_openssl_accepts_the_certificate_for_each_name(house: House, tmp_path: Path, name: str) -> None:
    assert verify_with_openssl(house, house.server, tmp_path, "-verify_hostname", name) == "OK"


@pytest.mark.parametrize("address", [str(address) for address in HUB.addresses])
def test_openssl_accepts_the_certificate_for_each_address(house: House, tmp_path: Path, address: str) -> None:
    assert verify_with_openssl(house, house.server, tmp_path, "-verify_ip", address) == "OK"


@pytest.mark.parametrize(
    "host",
    [
        HostIdentity(("bank.example",), ()),
        HostIdentity(("printer.local",), ()),
        HostIdentity(("hub", "bank.example"), ()),
        HostIdentity((), (ip_address("198.51.100.7"),)),
        HostIdentity((), (ip_address("2001:db8::7"),)),
    ],
)
def test_a_stolen_authority_key_certifies_no_other_host(house: House, tmp_path: Path, host: HostIdentity) -> None:
    stolen = house.certify_anything(host)
    assert "permitted subtree violation" in verify_with_openssl(house, stolen, tmp_path)
    with pytest.raises(verification.VerificationError):
        verify(house, stolen)


def test_the_constraints_are_critical_and_the_authority_can_make_no_other_authority(house: House) -> None:
    assert house.root.extensions.get_extension_for_class(x509.NameConstraints).critical
    basic = house.root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert basic.value == x509.BasicConstraints(ca=True, path_length=0)


def test_the_keys_are_p_256_and_the_lifetimes_ten_years_and_ninety_days(house: House) -> None:
    for certificate in (house.root, house.server):
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == "secp256r1"
    assert house.root.not_valid_after_utc == NOW + timedelta(days=3650)
    assert house.server.not_valid_after_utc - house.server.not_valid_before_utc == timedelta(days=90)
    assert house.server.not_valid_before_utc == NOW - timedelta(days=1)


def test_keys_are_readable_by_their_owner_alone(house: House) -> None:
    for file in (house.authority.key_file, house.authority.server_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(house.authority.key_file.parent.stat().st_mode) == 0o700


def test_nothing_is_made_again_while_it_is_good(house: House) -> None:
    before = house.authority.server_file.read_bytes()
    house.wait(timedelta(days=58))
    assert house.authority.ensure() is False
    assert house.authority.server_file.read_bytes() == before


def test_the_server_certificate_is_renewed_thirty_days_before_its_end_by_the_same_authority(house: House) -> None:
    root, serial = house.root, house.server.serial_number
    house.wait(timedelta(days=60))
    assert house.authority.ensure() is True
    assert house.root == root
    assert house.server.serial_number != serial
    verify(house, house.server, NOW + timedelta(days=60))


def test_a_new_private_address_gets_a_new_certificate_that_the_old_trust_covers(house: House) -> None:
    root = house.root
    house.host = replace(HUB, addresses=(ip_address("10.4.5.6"), ip_address("127.0.0.1")))
    assert house.authority.ensure() is True
    assert house.root == root
    assert certified_identity(house.server).addresses == house.host.addresses
    verify(house, house.server)


def test_a_new_host_name_is_left_out_with_one_warning_because_trust_would_have_to_be_given_again(
    house: House,
) -> None:
    house.host = HostIdentity(("attic", "attic.local", "localhost"), HUB.addresses)
    house.authority.ensure()
    house.authority.ensure()
    assert certified_identity(house.server).names == ("localhost",)
    warnings = [fields for event, fields in house.log.lines if event == "names left out"]
    assert len(warnings) == 1
    assert "attic, attic.local" in str(warnings[0]["reason"])
    assert "wampi ca renew" in str(warnings[0]["reason"])


def test_replacing_the_authority_covers_the_new_name(house: House) -> None:
    root = house.root
    house.host = HostIdentity(("attic", "attic.local", "localhost"), HUB.addresses)
    house.authority.replace()
    assert house.root != root
    assert house.root.subject != root.subject
    assert certified_identity(house.server) == house.host
    verify(house, house.server)


def test_a_public_address_at_first_start_is_certified_and_later_ones_are_not(tmp_path: Path) -> None:
    house = House(tmp_path)
    first = ip_address("198.51.99.7"), ip_address("2a00:1:2:3::7")
    house.host = replace(HUB, addresses=first)
    house.authority.ensure()
    assert certified_identity(house.server).addresses == first
    house.host = replace(HUB, addresses=(ip_address("198.51.99.8"), ip_address("2a00:1:2:3:5::8")))
    house.authority.ensure()
    assert certified_identity(house.server).addresses == (ip_address("2a00:1:2:3:5::8"),)


def test_a_broken_server_certificate_is_made_again(house: House) -> None:
    house.authority.server_file.write_bytes(b"-----BEGIN PRIVATE KEY-----\ncut off")
    assert house.authority.ensure() is True
    verify(house, house.server)


def test_a_broken_authority_leaves_the_server_certificate_serving_with_one_warning(house: House) -> None:
    before = house.authority.server_file.read_bytes()
    house.authority.key_file.write_bytes(b"")
    house.wait(timedelta(days=70))
    assert house.authority.ensure() is False
    assert house.authority.ensure() is False
    assert house.authority.server_file.read_bytes() == before
    assert house.events().count("certificate not renewed") == 1


def test_a_broken_authority_without_a_server_certificate_is_an_error_and_nothing_is_replaced(house: House) -> None:
    house.authority.key_file.write_bytes(b"broken")
    house.authority.server_file.unlink()
    with pytest.raises(AuthorityError, match="put its files back from a backup"):
        house.authority.ensure()
    assert house.authority.key_file.read_bytes() == b"broken"
    assert not house.authority.server_file.exists()


def test_an_authority_that_was_only_half_made_is_made_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.authority.key_file.parent.mkdir()
    house.authority.key_file.write_bytes(b"left by a crash")
    assert house.authority.ensure() is True
    verify(house, house.server)


def test_the_key_of_another_authority_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    other.authority.ensure()
    house.authority.key_file.write_bytes(other.authority.key_file.read_bytes())
    house.authority.server_file.unlink()
    with pytest.raises(AuthorityError, match="does not belong"):
        house.authority.ensure()


def test_a_certificate_by_another_authority_is_made_again_by_this_one(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    other.authority.ensure()
    house.authority.server_file.write_bytes(other.authority.server_file.read_bytes())
    assert house.authority.ensure() is True
    verify(house, house.server)


def test_an_authority_without_constraints_is_refused(house: House) -> None:
    key = house.key()
    unbound = (
        x509.CertificateBuilder()
        .subject_name(house.root.subject)
        .issuer_name(house.root.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1000))
        .sign(key, hashes.SHA256())
    )
    house.authority.certificate_file.write_bytes(unbound.public_bytes(serialization.Encoding.PEM))
    house.authority.server_file.unlink()
    with pytest.raises(AuthorityError, match="no name constraints"):
        house.authority.ensure()


def test_an_authority_made_before_the_clock_was_set_is_kept_when_the_time_is_found(tmp_path: Path) -> None:
    house = House(tmp_path, datetime(1970, 1, 1, 0, 5, tzinfo=UTC))
    house.authority.ensure()
    root = house.root
    house.wait(NOW - datetime(1970, 1, 1, tzinfo=UTC))
    assert house.authority.ensure() is True
    assert house.root == root
    verify(house, house.server, NOW + timedelta(minutes=5))


def test_a_clock_in_1970_does_not_replace_a_certificate_that_phones_accept(house: House) -> None:
    before = house.authority.server_file.read_bytes()
    woken = House(house.authority.key_file.parent.parent, datetime(1970, 1, 1, 0, 5, tzinfo=UTC))
    assert woken.authority.ensure() is False
    assert house.authority.server_file.read_bytes() == before


def test_the_end_of_the_authority_is_announced_and_shortens_the_server_certificate(house: House) -> None:
    house.wait(timedelta(days=3600))
    house.authority.ensure()
    assert "authority ends" in house.events()
    assert house.server.not_valid_after_utc == house.root.not_valid_after_utc
    verify(house, house.server, NOW + timedelta(days=3600))


def test_an_authority_that_has_ended_says_how_to_make_another(house: House) -> None:
    house.wait(timedelta(days=3651))
    with pytest.raises(AuthorityError, match="wampi ca renew"):
        house.authority.ensure()


def test_a_host_that_does_not_list_its_addresses_keeps_its_certificate(house: House) -> None:
    def refuse() -> HostIdentity:
        raise OSError(97, "Address family not supported by protocol")

    before = house.authority.server_file.read_bytes()
    directory = house.authority.server_file.parent
    assert LocalAuthority(directory, house.clock, house.log, refuse).ensure() is False
    assert house.authority.server_file.read_bytes() == before
    assert house.events()[-1] == "certificate not renewed"
    with pytest.raises(AuthorityError, match="Address family"):
        LocalAuthority(directory / "new", house.clock, house.log, refuse).ensure()


def test_a_full_disk_leaves_the_old_certificate_serving(house: House) -> None:
    before = house.authority.server_file.read_bytes()
    house.host = replace(HUB, addresses=())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        assert house.authority.ensure() is False
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "certificate not renewed" in house.events()
    assert house.authority.server_file.read_bytes() == before
    assert [path.name for path in house.authority.server_file.parent.iterdir() if path.name.startswith(".")] == []
