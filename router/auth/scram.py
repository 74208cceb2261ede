"""WAMP-SCRAM: a password login in which the hub, too, proves what it knows (advanced profile, "Salted Challenge
Response Authentication"; RFC 5802, RFC 7677).

The hub keeps StoredKey and ServerKey, neither of which lets anyone log in. There are two dialects: the specification's,
by the method ``wamp-scram``, and that of Autobahn's clients, by the method ``scram``. They differ in the names of
things, and in what the keys are derived from (see ``store/verifiers.py``).

An unknown name is challenged like a known one, with a salt that is the same each time.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from ..core.authentication import Deny
from ..credentials import ScramCredential, ScramShape
from .bindings import Binding, binding_of
from .checks import Candidate

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..credentials import Dialect, Kdf, ScramLookup, ScramSource
    from .checks import Checks
    from .decoys import Decoys

LEAST_NONCE_BYTES, MOST_NONCE_BYTES = 8, 128
"""What a client's nonce may have; ours has 18."""

_PROOF_BYTES = 32

_KDF_NAMES = {"autobahn": {"argon2id13": "argon2id-13"}}
"""Dialect -> name of a derivation -> what it is called instead."""

_DIALECTS_OF: dict[str, tuple[Dialect, ...]] = {
    "argon2id13": ("wamp",),
    "argon2id-13": ("autobahn",),
    "pbkdf2": ("wamp", "autobahn"),
}
"""Name of a derivation as it is spelled -> the dialects whose clients derive such keys."""

METHODS: dict[str, Dialect] = {"wamp-scram": "wamp", "scram": "autobahn"}
"""Name of the method in HELLO -> dialect."""


def _random_nonce() -> str:
    return b64encode(secrets.token_bytes(18)).decode()


class Scram:
    """Challenges applicants, and lets in who proves to know the password.

    ``otherwise`` are the parameters that unknown names are shown while there is no account.
    """

    def __init__(
        self,
        method: str,
        source: ScramSource,
        decoys: Decoys,
        checks: Checks,
        otherwise: ScramShape,
        nonce: Callable[[], str] = _random_nonce,
    ) -> None:
        self._method = method
        self._dialect = METHODS[method]
        self._source = source
        self._decoys = decoys
        self._checks = checks
        self._otherwise = otherwise
        self._nonce = nonce

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant, which must have given a name and a nonce."""
        nonce = applicant.authextra.get("nonce")
        if applicant.authid is None or not _is_nonce(nonce):
            decide(Deny(reason=f"{self._method}: HELLO has no authid, or no nonce in base64"))
            return
        binding = binding_of(applicant)
        if isinstance(binding, str):
            decide(Deny(reason=f"{self._method}: {binding}"))
            return
        found = partial(self._challenge, applicant, cast(str, nonce), binding, decide)
        failed = partial(self._checks.fail, self._method, applicant, decide)
        self._source.find_scram(applicant.authid, self._dialect, found, failed)

    def _challenge(
        self, applicant: Applicant, client_nonce: str, binding: Binding | None, decide: Decide, found: ScramLookup
    ) -> None:
        # Made in any case, so that both ways take as long.
        decoy = self._decoys.scram(applicant.authid or "", found.shapes, self._otherwise)
        exchange = Exchange(
            found.credential or decoy, self._dialect, client_nonce, client_nonce + self._nonce(), binding
        )
        conclude = partial(self._conclude, applicant, exchange, found.credential is not None)
        decide(self._checks.challenge(self._method, exchange.challenge(), conclude))

    def _conclude(
        self,
        applicant: Applicant,
        exchange: Exchange,
        is_known: bool,
        proof: str,
        extra: dict[str, Any],
        decide: Decide,
    ) -> None:
        credential = exchange.credential
        candidate = Candidate(
            credential.authid,
            credential.authrole,
            credential.authprovider,
            "password",
            is_known=is_known,
            enabled=credential.enabled,
            second_factor=credential.second_factor,
        )
        signature = exchange.server_signature(proof, extra)
        verifier = {} if signature is None else {"verifier": signature, "scram_server_signature": signature}
        decide(self._checks.conclude(self._method, applicant, candidate, signature is not None, verifier))


@dataclass(frozen=True, slots=True)
class Exchange:
    """The messages of one login. ``nonce`` is that of both sides, the client's first."""

    credential: ScramCredential
    dialect: Dialect
    client_nonce: str
    nonce: str
    binding: Binding | None = None

    def challenge(self) -> dict[str, Any]:
        """Return CHALLENGE.Extra. Autobahn's clients refuse keys that they don't know."""
        shape = self.credential.shape
        extra = {
            "nonce": self.nonce,
            "salt": b64encode(self.credential.salt).decode(),
            "kdf": _KDF_NAMES.get(self.dialect, {}).get(shape.kdf, shape.kdf),
            "iterations": shape.iterations,
        }
        if shape.memory_kib is not None or self.dialect == "wamp":
            extra["memory"] = shape.memory_kib
        return extra

    def server_signature(self, proof: str, extra: dict[str, Any]) -> str | None:
        """Return what proves the hub to a client whose proof is right, None for any other."""
        client_proof = _decoded(proof)
        if client_proof is None or len(client_proof) != _PROOF_BYTES or not self._repeats_hello(extra):
            client_proof = bytes(_PROOF_BYTES)
        right = None
        for message in self._auth_messages():
            client_signature = hmac.digest(self.credential.stored_key, message, "sha256")
            client_key = bytes(a ^ b for a, b in zip(client_signature, client_proof, strict=True))
            if hmac.compare_digest(hashlib.sha256(client_key).digest(), self.credential.stored_key):
                right = message
        if right is None:
            return None
        return b64encode(hmac.digest(self.credential.server_key, right, "sha256")).decode()

    def _repeats_hello(self, extra: dict[str, Any]) -> bool:
        """Return whether AUTHENTICATE.Extra says what it must; Autobahn leaves out what the proof covers anyway."""
        is_brief = self.dialect == "autobahn" and self.binding is None
        nonce = extra.get("nonce", self.nonce if is_brief else None)
        if not _is_same(nonce, self.nonce):
            return False
        if self.binding is None:
            return extra.get("channel_binding") is None and extra.get("cbind_data") is None
        data = b64encode(self.binding.data).decode()
        return extra.get("channel_binding") == self.binding.kind and _is_same(extra.get("cbind_data"), data)

    def _auth_messages(self) -> list[bytes]:
        """Return each form that AuthMessage may have (RFC 5802, section 3)."""
        authid = self.credential.authid
        name = authid.replace("=", "=3D").replace(",", "=2C") if self.dialect == "wamp" else authid
        salt = b64encode(self.credential.salt).decode()
        first = f"n={name},r={self.client_nonce},r={self.nonce},s={salt},i={self.credential.shape.iterations}"
        return [f"{first},c={header},r={self.nonce}".encode("utf-8", "surrogatepass") for header in self._headers()]

    def _headers(self) -> list[str]:
        """Return what may stand as channel binding: Autobahn has nothing where RFC 5802 has the GS2 header."""
        if self.binding is None:
            return [b64encode(b"n,,").decode(), ""]
        return [b64encode(f"p={self.binding.kind},,".encode() + self.binding.data).decode()]


class WrittenKeys(Protocol):
    """The keys of somebody as a configuration has them, or an authenticator; what is bytes is in hexadecimal."""

    @property
    def role(self) -> str:
        """The role of the session."""

    @property
    def kdf(self) -> str:
        """How they were derived; its spelling says for which dialect."""

    @property
    def iterations(self) -> int:
        """Rounds of PBKDF2, passes of Argon2."""

    @property
    def memory(self) -> int | None:
        """KiB of Argon2."""

    @property
    def salt(self) -> str:
        """Of 8 bytes and more."""

    @property
    def stored_key(self) -> str:
        """Of 32 bytes."""

    @property
    def server_key(self) -> str:
        """Of 32 bytes."""


def read_keys(authid: str, provider: str, written: WrittenKeys) -> dict[Dialect, ScramCredential]:
    """Return the keys of somebody for each dialect that they are for, with this ``authprovider``."""
    salt = bytes.fromhex(written.salt)
    kdf: Kdf = "pbkdf2" if written.kdf == "pbkdf2" else "argon2id13"
    memory = None if kdf == "pbkdf2" else written.memory
    credential = ScramCredential(
        authid,
        written.role,
        provider,
        ScramShape(kdf, written.iterations, memory, len(salt)),
        salt,
        bytes.fromhex(written.stored_key),
        bytes.fromhex(written.server_key),
    )
    return dict.fromkeys(_DIALECTS_OF[written.kdf], credential)


def _is_nonce(nonce: object) -> bool:
    decoded = _decoded(nonce)
    return decoded is not None and LEAST_NONCE_BYTES <= len(decoded) <= MOST_NONCE_BYTES


def _is_same(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _decoded(text: object) -> bytes | None:
    """Return the bytes of canonical base64 (RFC 4648, section 4), None for anything else."""
    try:
        decoded = b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        return None
    # Python takes bits that are left over for nothing, and so more than one text for the same bytes.
    return decoded if decoded is not None and b64encode(decoded).decode() == text else None
