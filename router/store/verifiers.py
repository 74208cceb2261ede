"""What is kept of a password: one verifier for each way of proving it, all made at once, for none follows from another.

 - Argon2id (RFC 9106) for whoever sends the password itself: forms, HTTP Basic.
 - StoredKey and ServerKey of SCRAM (RFC 5802, RFC 7677), with PBKDF2 and with Argon2id (WAMP-SCRAM). Autobahn's clients
   take the text of the Argon2id hash where the specification has its bytes, so they get keys of their own.
 - The derived key of WAMP-CRA. It is as good as the password to that method, so the store seals it.
 - H(A1) of HTTP Digest (RFC 7616), which has the account's name in it. It is sealed for the same reason.

Argon2 is imported when a password is set: a router that only checks logins never needs it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from dataclasses import dataclass, field

from ..credentials import HTTP_REALM, Dialect, Kdf
from .errors import InvalidSetting
from .passwords import saslprep

KEY_BYTES = 32
LEAST_ROUNDS = 100_000
"""Fewer rounds of PBKDF2 are not for passwords, however slow a client is."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a guess costs. The defaults are those of OWASP; memory is in KiB."""

    argon2_memory_kib: int = 19 * 1024
    argon2_passes: int = 2
    scram_rounds: int = 600_000
    cra_rounds: int = 600_000


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """What SCRAM keeps: neither key lets anyone log in. ``memory_kib`` is None for PBKDF2."""

    dialect: Dialect
    kdf: Kdf
    salt: bytes
    iterations: int
    memory_kib: int | None
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CraKey:
    """What WAMP-CRA keeps. ``key`` is the key of the HMAC; without a salt it is the secret itself."""

    key: bytes = field(repr=False)
    salt: str | None = None
    iterations: int | None = None
    keylen: int | None = None


@dataclass(frozen=True, slots=True)
class Verifiers:
    """All that is kept of one password."""

    password_hash: str = field(repr=False)
    scram: tuple[ScramKeys, ...]
    cra: CraKey
    digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """A password that has been accepted for an account, and from which everything is yet to be derived."""

    authid: str
    password: str = field(repr=False)
    costs: Costs

    def derive(self) -> Derived:
        """Derive every verifier; takes about a second, on a small machine more. Any thread may do it."""
        return Derived(self, verifiers_of(self.authid, self.password, self.costs))


@dataclass(frozen=True, slots=True)
class Derived:
    """What has come of a draft: good for that account, that password and those costs, and for nothing else."""

    draft: Draft
    verifiers: Verifiers


def verifiers_of(authid: str, password: str, costs: Costs) -> Verifiers:
    """Derive every verifier of an accepted password; takes about a second, on a small machine more."""
    from argon2 import PasswordHasher  # noqa: PLC0415

    hasher = PasswordHasher(
        time_cost=costs.argon2_passes, memory_cost=costs.argon2_memory_kib, parallelism=1, hash_len=KEY_BYTES
    )
    return Verifiers(
        hasher.hash(password),
        scram_keys_of(password, costs),
        cra_key_of(password, costs.cra_rounds),
        digest_hash(authid, password),
    )


def digest_hash(authid: str, password: str) -> str:
    """Return H(A1) in the protection space of the hub (RFC 7616, section 3.4.2, with SHA-256), in hexadecimal."""
    return hashlib.sha256(f"{authid}:{HTTP_REALM}:{password}".encode()).hexdigest()


def cra_key_of(password: str, rounds: int) -> CraKey:
    """Derive the key of WAMP-CRA: the text of PBKDF2-HMAC-SHA256 in base64 (advanced profile, "Salted passwords")."""
    if rounds < LEAST_ROUNDS:
        raise InvalidSetting(f"{rounds} rounds of PBKDF2 are too few: take {LEAST_ROUNDS} or more")
    salt = b64encode(secrets.token_bytes(18)).decode()  # 18 bytes need no padding
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds, KEY_BYTES)
    return CraKey(b64encode(key), salt, rounds, KEY_BYTES)


def scram_keys_of(password: str, costs: Costs) -> tuple[ScramKeys, ...]:
    """Derive the keys of SCRAM, for each derivation and dialect."""
    secret = saslprep(password).encode()
    salt = secrets.token_bytes(16)
    argon2 = argon2id13(secret, salt, costs.argon2_passes, costs.argon2_memory_kib)
    pbkdf2 = hashlib.pbkdf2_hmac("sha256", secret, salt, costs.scram_rounds, KEY_BYTES)
    memory = costs.argon2_memory_kib
    return (
        _keys("wamp", "argon2id13", salt, costs.argon2_passes, memory, argon2),
        _keys("wamp", "pbkdf2", salt, costs.scram_rounds, None, pbkdf2),
        _keys("autobahn", "argon2id13", salt, costs.argon2_passes, memory, b64encode(argon2).rstrip(b"=")),
    )


def argon2id13(secret: bytes, salt: bytes, passes: int, memory_kib: int) -> bytes:
    """Return Argon2id, version 1.3, one lane, 32 bytes (advanced profile, "WAMP-SCRAM")."""
    from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw  # noqa: PLC0415

    return hash_secret_raw(secret, salt, passes, memory_kib, 1, KEY_BYTES, Type.ID, ARGON2_VERSION)


def scram_pair(salted_password: bytes) -> tuple[bytes, bytes]:
    """Return StoredKey and ServerKey (RFC 5802, section 3, with SHA-256)."""
    client_key = hmac.digest(salted_password, b"Client Key", "sha256")
    return hashlib.sha256(client_key).digest(), hmac.digest(salted_password, b"Server Key", "sha256")


def _keys(
    dialect: Dialect, kdf: Kdf, salt: bytes, iterations: int, memory_kib: int | None, salted_password: bytes
) -> ScramKeys:
    stored_key, server_key = scram_pair(salted_password)
    return ScramKeys(dialect, kdf, salt, iterations, memory_kib, stored_key, server_key)
