"""A way in by itself: a fake clock, a throttle, and what it decides about applicants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from wampi.router.auth.checks import Checks
from wampi.router.auth.throttle import Throttle
from wampi.router.core.authentication import Accept, Applicant, Authenticator, Challenge, Decision, Deny
from wampi.router.core.ports import ChannelBinding, TransportDetails
from wampi.router.credentials import Holder

from support.core import FakeClock, KeptLog

ADDRESS = "192.0.2.7"


NOW = 1_795_000_000.0


class FakeTls:
    """A TLS connection that a test makes up."""

    def __init__(self, certificate: bytes | None = None, **bindings: bytes) -> None:
        self._certificate = certificate
        # kind, with _ for - -> value
        self._bindings = bindings

    def client_certificate(self) -> bytes | None:
        return self._certificate

    def good_until(self) -> float | None:
        return None

    def channel_binding(self, kind: ChannelBinding) -> bytes | None:
        return self._bindings.get(kind.replace("-", "_"))


class House:
    """What the methods share, and the last decision."""

    is_secure = False

    def __init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.log = KeptLog()
        self.throttle = Throttle(self.clock, self.log)
        self.roles: list[tuple[str, str]] = []
        self.checks = Checks(
            self.throttle, self.clock, self.log, lambda role, prefix: self.roles.append((role, prefix))
        )
        self._decisions: list[Decision] = []

    def ask(
        self, method: Authenticator, authid: str | None, extra: dict[str, Any] | None = None, tls: FakeTls | None = None
    ) -> Decision:
        """Say HELLO."""
        secure = self.is_secure or tls is not None
        details = TransportDetails("websocket", f"tcp:{ADDRESS}:51234", ADDRESS, secure=secure, tls=tls)
        method.authenticate(Applicant("home", 7, authid, (), extra or {}, details), self._decisions.append)
        return self._decisions.pop()

    def challenge(self, method: Authenticator, authid: str | None, *args: Any, **kwargs: Any) -> Challenge:
        """Say HELLO, where a challenge is to come."""
        decision = self.ask(method, authid, *args, **kwargs)
        assert isinstance(decision, Challenge), decision
        return decision

    def answer(self, challenge: Challenge, signature: str, extra: dict[str, Any] | None = None) -> Decision:
        """Say AUTHENTICATE."""
        challenge.answer(signature, extra or {}, self._decisions.append)
        return self._decisions.pop()


def certificate(*names: str, valid: timedelta = timedelta(days=1)) -> bytes:
    """A client's certificate with these common names, which is valid from the time that it is in a :class:`House`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
    begins = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, begins, begins + valid)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class FailingHolders:
    """A store that can't be read."""

    def find_holder(
        self, _proof: bytes, _done: Callable[[Holder | None], None], failed: Callable[[Exception], None]
    ) -> None:
        failed(RuntimeError("disk I/O error"))


def shown(decision: Decision) -> tuple[str, str]:
    """What a refused client gets to see."""
    assert isinstance(decision, Deny), decision
    return decision.uri, decision.message


def accepted(decision: Decision) -> Accept:
    """The decision of a login that must be right."""
    assert isinstance(decision, Accept), decision
    return decision


REFUSED = ("wamp.error.not_authorized", "The login was refused.")
"""What every refused client sees, whatever the reason."""
