"""The local certificate authority: how a hub that nobody has a public name for gets a certificate that phones accept.

For the wiring and the command line::

    authority = LocalAuthority(data / "tls", clock, log)
    authority.ensure()                  # at start, and every minute by transport.tls.CertificateKeeper
    authority.certificate_file          # what people trust: public, PEM
    authority.server_file               # key and certificate of the server: private, PEM
    authority.replace()                 # `wampi ca renew`: a new authority, which has to be trusted afresh

``ensure`` makes what is missing, and a new server certificate when the old one has less than 30 days left or the names
or addresses of the host have changed. It never makes a new authority in place of one that is there, because every
phone would have to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..files import PUBLIC, in_words, locked, make_private_directory, replace_file
from .certificates import (
    EARLIEST,
    Constraints,
    certified_identity,
    is_issued_by,
    is_valid_at,
    make_authority,
    make_server_certificate,
)
from .host import HostIdentity, host_identity

if TYPE_CHECKING:
    from ..core.ports import Clock, Log

RENEW_BEFORE = timedelta(days=30)
WARN_BEFORE = timedelta(days=180)
"""How long before the authority's own end the log begins to say so."""


class AuthorityError(Exception):
    """The authority can't do its work; the sentence says what was wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> bytes:
        """The key, PKCS #8, unencrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def certificate_pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


class LocalAuthority:
    """The authority in a directory, and the server certificate that it keeps good."""

    def __init__(
        self, directory: Path, clock: Clock, log: Log, host: Callable[[], HostIdentity] = host_identity
    ) -> None:
        self.certificate_file = directory / "authority.pem"
        self.key_file = directory / "authority.key"
        self.server_file = directory / "server.pem"
        self._directory = directory
        self._clock = clock
        self._log = log
        self._host = host
        # What was said last about names left out and about the end of the authority: once is enough.
        self._said: dict[str, object] = {}

    def ensure(self) -> bool:
        """Make what is missing or due; return whether the server certificate is a new one.

        Raises :class:`AuthorityError` when there is no good server certificate and none can be made.
        """
        now = self._now()
        server = self._usable_server(now)
        try:
            host = self._host()
            with self._alone():
                server = self._usable_server(now)
                authority = self._authority(host)
                due = self._due(server, authority.certificate, host, now)
                if due:
                    self._issue(authority, host, now, due)
            return bool(due)
        except (AuthorityError, OSError) as error:
            reason = in_words(error, self._directory) if isinstance(error, OSError) else str(error)
            if server is None:
                raise AuthorityError(reason) from error
            self._say("certificate not renewed", reason)
            return False

    def replace(self) -> None:
        """Make a new authority and a server certificate by it; everybody has to trust the new one."""
        host = self._host()
        with self._alone():
            self._issue(self._found(host), host, self._now(), "the authority was replaced")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep others out, such as `wampi ca renew` beside a node: a key and its certificate are two files."""
        make_private_directory(self._directory)
        with locked(self._directory):
            yield

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.time(), UTC)

    def _authority(self, host: HostIdentity) -> Issued:
        """Return the authority; found it, when there is none."""
        if not self.certificate_file.exists() and not self.server_file.exists():
            return self._found(host)
        authority = self._read_authority()
        left = authority.certificate.not_valid_after_utc - self._now()
        if left < WARN_BEFORE:
            self._say("authority ends", f"{left.days} days left; `wampi ca renew` makes a new one", every=left.days)
        return authority

    def _found(self, host: HostIdentity) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        authority = Issued(key, make_authority(key, host, self._now()))
        # The key first: a certificate that is there means that the authority is whole.
        replace_file(self.key_file, authority.key_pem)
        replace_file(self.certificate_file, authority.certificate_pem, PUBLIC)
        self._log.info("authority made", file=str(self.certificate_file), names=", ".join(host.names))
        return authority

    def _read_authority(self) -> Issued:
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
            authority = _with_key(self.key_file.read_bytes(), certificate)
            Constraints.of_authority(certificate)
        except (OSError, ValueError, TypeError) as error:
            raise AuthorityError(
                f"the local authority in {self._directory} can't be used ({_why(error)}): "
                "put its files back from a backup, or make a new one with `wampi ca renew`, "
                "which every browser and phone then has to trust"
            ) from error
        return authority

    def _usable_server(self, now: datetime) -> Issued | None:
        """Return the server certificate that is there, None when it can't serve.

        A clock that has not found the time yet can't tell that a certificate has ended: the old one is kept then.
        """
        try:
            content = self.server_file.read_bytes()
            server = _with_key(content, x509.load_pem_x509_certificate(content))
        except (OSError, ValueError, TypeError):
            return None
        return server if now < EARLIEST or is_valid_at(server.certificate, now) else None

    def _due(self, server: Issued | None, authority: x509.Certificate, host: HostIdentity, now: datetime) -> str | None:
        """Return why a new server certificate is due, None when the old one will do."""
        certified = Constraints.of_authority(authority).permitted(host)
        self._tell_left_out(host, certified)
        if server is None:
            return "there was no valid one"
        if not is_issued_by(server.certificate, authority):
            return "the old one is by another authority"
        if certified_identity(server.certificate) != certified:
            return "names or addresses have changed"
        if now >= EARLIEST and server.certificate.not_valid_after_utc - now < RENEW_BEFORE:
            return "the old one ends soon"
        return None

    def _issue(self, authority: Issued, host: HostIdentity, now: datetime, reason: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = make_server_certificate(key.public_key(), host, now, authority.certificate, authority.key)
        if not is_valid_at(certificate, max(now, EARLIEST)):
            raise AuthorityError(
                f"the local authority in {self._directory} has ended: `wampi ca renew` makes a new one"
            )
        server = Issued(key, certificate)
        # One file for both, so that no crash can part a key from its certificate.
        replace_file(self.server_file, server.key_pem + server.certificate_pem)
        self._log.info(
            "certificate made",
            reason=reason,
            until=certificate.not_valid_after_utc.date().isoformat(),
            names=", ".join([*host.names, *map(str, host.addresses)]),
        )

    def _tell_left_out(self, host: HostIdentity, certified: HostIdentity) -> None:
        left_out = [name for name in host.names if name not in certified.names]
        left_out += [str(address) for address in host.addresses if address not in certified.addresses]
        if left_out:
            self._say(
                "names left out",
                f"the local authority was not made for {', '.join(left_out)}: use another name, "
                "or make a new authority with `wampi ca renew`",
            )

    def _say(self, event: str, reason: str, every: object = None) -> None:
        said = reason if every is None else every
        if self._said.get(event) != said:
            self._said[event] = said
            self._log.warn(event, reason=reason)


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    # What the library says of a damaged file is a sentence and a link.
    return str(error).partition(". See https://")[0]


def _with_key(pem: bytes, certificate: x509.Certificate) -> Issued:
    """Return the certificate with its key; raises :class:`ValueError` when they don't belong together."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("the key does not belong to the certificate")
    return Issued(key, certificate)
