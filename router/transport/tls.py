"""TLS: the contexts of listeners, which can change their certificate while they serve, and of our own clients.

For the wiring::

    context = ServerContext(CertificateFiles.combined(authority.server_file), clock, log)
    keeper = CertificateKeeper([context], clock, log, authority)     # authority=None: certificates by path
    keeper.start() … keeper.stop()
    TLSMemoryBIOFactory(context, isClient=False, wrappedFactory=door)

Mozilla's profiles "intermediate" and "modern", version 5.7, without finite-field ciphers: whoever speaks those speaks
an elliptic curve too, so ``dhparam`` of a configuration has no effect. Clients choose the cipher, as the profiles have
it: a phone without AES instructions is better off with ChaCha20.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL, _util, crypto
from twisted.internet import ssl
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
from zope.interface import implementer

from .authority import AuthorityError
from .public_trust import is_publicly_trusted

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

    from ..core.ports import Clock, Log, Timer
    from .authority import LocalAuthority

_CIPHERS_12 = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
_CIPHERS_13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
_GROUPS = ("X25519", "P-256", "P-384")

_TICKET_SECONDS = 3600
_TICKET_KEY_SECONDS = 12 * 3600.0
"""How long a context serves, for its key encrypts session tickets: who learns it can read resumed TLS 1.2 sessions."""

_CHECK_SECONDS = 60.0


class TlsError(Exception):
    """A certificate or key can't be used; the sentence says which file, what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where a server's certificate is: PEM files, the key unencrypted. ``chain`` are the intermediates, in order."""

    certificate: Path
    key: Path
    chain: tuple[Path, ...] = ()

    @classmethod
    def combined(cls, path: Path) -> CertificateFiles:
        """Return the files of a server whose key and certificates are in one file."""
        return cls(path, path)

    def read(self) -> list[x509.Certificate]:
        """Return the server's certificate and what leads to its authority. Raises :class:`TlsError`."""
        return _read_certificates((self.certificate, *self.chain))

    @property
    def state(self) -> tuple[tuple[int, int, int] | None, ...]:
        """What changes when one of the files does."""
        return tuple(map(_file_state, (self.certificate, self.key, *self.chain)))


@dataclass(frozen=True, slots=True)
class Profile:
    """What a listener asks of its clients.

    ``is_modern``: Mozilla's modern profile, which is TLS 1.3 alone. ``client_authorities`` are PEM files: clients may
    show a certificate by one of these authorities, and with ``requires_client_certificate`` they must.
    """

    is_modern: bool = False
    client_authorities: tuple[Path, ...] = ()
    requires_client_certificate: bool = False


INTERMEDIATE = Profile()


@implementer(IOpenSSLServerConnectionCreator)
class ServerContext:
    """The TLS side of a listener: each new connection gets the certificate of the last good :meth:`reload`."""

    def __init__(
        self,
        files: CertificateFiles,
        clock: Clock,
        log: Log,
        profile: Profile = INTERMEDIATE,
        *,
        may_be_public: bool = False,
    ) -> None:
        """Load the certificate. Raises :class:`TlsError` when it can't be used.

        ``may_be_public`` is false for the hub's own authority, also where this system has been told to trust it.
        """
        self._files = files
        self._may_be_public = may_be_public
        self._profile = profile
        self._clock = clock
        self._log = log
        self._state = files.state
        self._context = server_context(files, profile)
        self._is_public = self._look_at_trust()
        self._loaded_at = clock.monotonic()

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:  # noqa: N802
        """Return the server's end of a new connection (Twisted's name for it)."""
        return SSL.Connection(self._context, None)

    def is_public(self) -> bool:
        """Return whether browsers accept the certificate that is served now by themselves."""
        return self._is_public

    def reload(self) -> bool:
        """Read the files again; return whether they were good. Otherwise the old certificate goes on serving."""
        self._state = self._files.state
        try:
            self._context = server_context(self._files, self._profile)
        except TlsError as error:
            self._log.warn("certificate refused", reason=f"{error}; the certificate from before goes on serving")
            return False
        finally:
            self._loaded_at = self._clock.monotonic()
        self._is_public = self._look_at_trust()
        self._log.info("certificate loaded", file=str(self._files.certificate))
        return True

    def refresh(self) -> None:
        """Reload when the files have changed, or the key of the session tickets is old."""
        age_seconds = self._clock.monotonic() - self._loaded_at
        if self._files.state != self._state or age_seconds >= _TICKET_KEY_SECONDS:
            self.reload()

    def _look_at_trust(self) -> bool:
        return self._may_be_public and is_publicly_trusted(self._files.read())


class CertificateKeeper:
    """Looks after certificates while the node runs: renews those of the local authority, reloads all that changed."""

    def __init__(
        self, contexts: Iterable[ServerContext], clock: Clock, log: Log, authority: LocalAuthority | None = None
    ) -> None:
        self._contexts = tuple(contexts)
        self._clock = clock
        self._log = log
        self._authority = authority
        self._timer: Timer | None = None

    def start(self) -> None:
        """Begin to look, once a minute."""
        self._timer = self._clock.call_later(_CHECK_SECONDS, self._check)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _check(self) -> None:
        self.start()
        if self._authority is not None:
            try:
                self._authority.ensure()
            except AuthorityError as error:
                self._log.warn("certificate not renewed", reason=str(error))
        for context in self._contexts:
            context.refresh()


def server_context(files: CertificateFiles, profile: Profile = INTERMEDIATE) -> SSL.Context:
    """Return a context that serves this certificate. Raises :class:`TlsError`."""
    key = _read_key(files.key)
    certificates = files.read()
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    _restrict(context, profile)
    _ask_clients(context, profile)
    try:
        context.use_certificate(certificates[0])
        for certificate in certificates[1:]:
            context.add_extra_chain_cert(certificate)
        context.use_privatekey(key)
        context.check_privatekey()
    except (SSL.Error, TypeError, ValueError):
        raise TlsError(
            f"the key in {files.key} does not belong to the certificate in {files.certificate}, or is of a kind that "
            "TLS has no use for: take the pair that was made together"
        ) from None
    return context


def client_context(hostname: str, authority_file: Path | None = None) -> IOpenSSLClientConnectionCreator:
    """Return the TLS side of a client that talks to ``hostname`` (a name or an address).

    With ``authority_file`` (PEM) only certificates by the authorities in it are accepted, otherwise those of the
    system's. Raises :class:`TlsError` when the file can't be read.
    """
    trust: Any = ssl.platformTrust()
    if authority_file is not None:
        authorities = _read_certificates([authority_file])
        trust = ssl.trustRootFromCertificates([_twisted_certificate(authority) for authority in authorities])
    options = {"raiseMinimumTo": ssl.TLSVersion.TLSv1_2}
    creator: IOpenSSLClientConnectionCreator = ssl.optionsForClientTLS(hostname, trust, extraCertificateOptions=options)
    return creator


def _restrict(context: SSL.Context, profile: Profile) -> None:
    """Allow what the profile has, and nothing that the library would add to it."""
    context.set_min_proto_version(SSL.TLS1_3_VERSION if profile.is_modern else SSL.TLS1_2_VERSION)
    context.set_max_proto_version(SSL.TLS1_3_VERSION)
    context.set_cipher_list(":".join(_CIPHERS_12).encode())
    context.set_tls13_ciphersuites(":".join(_CIPHERS_13).encode())
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # tickets only: nothing to remember for each visitor
    context.set_session_id(b"wampi")
    context.set_timeout(_TICKET_SECONDS)
    # pyOpenSSL has no public way to name the groups; tests/router/transport/test_tls.py guards these names.
    if not _util.lib.SSL_CTX_set1_curves_list(context._context, ":".join(_GROUPS).encode()):
        raise TlsError("OpenSSL does not know the key exchange groups X25519, P-256 and P-384: install a current one")


def _ask_clients(context: SSL.Context, profile: Profile) -> None:
    """Ask clients for a certificate by one of these authorities; one by any other ends the handshake."""
    if not profile.client_authorities:
        return
    store = context.get_cert_store()
    for authority in _read_certificates(profile.client_authorities):
        if store is not None:
            store.add_cert(crypto.X509.from_cryptography(authority))
        context.add_client_ca(authority)
    must = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if profile.requires_client_certificate else 0
    context.set_verify(SSL.VERIFY_PEER | must)


def _read_key(path: Path) -> Any:
    try:
        return serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise TlsError(f"the key file {path} can't be read: {error.strerror}") from error
    except TypeError:
        raise TlsError(f"the key in {path} is encrypted: decrypt it, and keep the file at mode 0600") from None
    except ValueError:
        raise TlsError(f"{path} holds no private key in PEM: check that it was copied whole") from None


def _read_certificates(paths: Sequence[Path]) -> list[x509.Certificate]:
    certificates: list[x509.Certificate] = []
    for path in paths:
        try:
            certificates += x509.load_pem_x509_certificates(path.read_bytes())
        except OSError as error:
            raise TlsError(f"the certificate file {path} can't be read: {error.strerror}") from error
        except ValueError:
            raise TlsError(f"{path} holds no certificate in PEM: check that it was copied whole") from None
    return certificates


def _twisted_certificate(certificate: x509.Certificate) -> Any:
    return ssl.Certificate.loadPEM(certificate.public_bytes(serialization.Encoding.PEM))


def _file_state(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
