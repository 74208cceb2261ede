"""What a login is checked against: plain values that the store, or a configuration's static users, hand to ``auth``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

HTTP_REALM = "wampi"
"""The protection space of HTTP's own logins (RFC 9110, section 11.5): one for the whole hub."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a challenge shows of an account besides its name: whatever an unknown name is shown has to fit one in use.

    ``salt_length`` counts characters; it is None where the secret is used as it is, and so are ``iterations`` and
    ``keylen`` (bytes) of PBKDF2 then.
    """

    authprovider: str
    authrole: str
    salt_length: int | None = None
    iterations: int | None = None
    keylen: int | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """The key that an account answers a challenge with (WAMP-CRA), and who it is then.

    ``key`` is the key of the HMAC: the text of the secret, or of the derived key in base64, as bytes.
    ``shape.authrole`` is the role that the challenge shows, ``authrole`` the one that the session gets. ``prefix`` is
    the URI prefix of a device that has a role of its own. ``guessable`` is false for the random key of a device;
    ``second_factor`` is true where the secret alone is not enough.
    """

    authid: str
    authrole: str
    shape: Shape
    key: bytes = field(repr=False)
    salt: str | None = None
    enabled: bool = True
    prefix: str | None = None
    guessable: bool = True
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """The credential of a name, None for an unknown one, and the shapes that accounts have at this moment."""

    credential: Credential | None
    shapes: frozenset[Shape]


class CredentialSource(Protocol):
    """Finds the credential of a name; takes its time, and calls back in the thread that it was called in."""

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        """Call ``done`` or ``failed``, once, now or later."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """Who a login over HTTP would let in. ``prefix`` and ``second_factor`` as in :class:`Credential`."""

    authid: str
    authrole: str
    authprovider: str
    enabled: bool
    prefix: str | None
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class PasswordLookup:
    """What a password is checked against: an encoded Argon2id hash; for a device its key, and the hash is for the time.

    Without an account the hash is of the same cost, and nobody's.
    """

    authid: str
    account: KnownAccount | None
    hash: str = field(repr=False)
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DigestLookup:
    """What a digest is checked against: H(A1) of RFC 7616 in hexadecimal; random without an account."""

    authid: str
    account: KnownAccount | None
    secret_hash: str = field(repr=False)
    guessable: bool = True


class PasswordSource(Protocol):
    """Finds what a password is checked against; calls back like a :class:`CredentialSource`."""

    def find_password(
        self, authid: str, done: Callable[[PasswordLookup], None], failed: Callable[[Exception], None]
    ) -> None:
        """Call ``done`` or ``failed``, once, now or later."""


class DigestSource(Protocol):
    """Finds what a digest is checked against; calls back like a :class:`CredentialSource`."""

    def find_digest(
        self, authid: str, done: Callable[[DigestLookup], None], failed: Callable[[Exception], None]
    ) -> None:
        """Call ``done`` or ``failed``, once, now or later."""


Kdf = Literal["pbkdf2", "argon2id13"]
"""How SCRAM's keys are derived from a password, by the names of WAMP-SCRAM."""

Dialect = Literal["wamp", "autobahn"]
"""Autobahn's clients derive SCRAM's keys from the text of an Argon2 hash, where the specification has its bytes."""


@dataclass(frozen=True, slots=True)
class ScramShape:
    """What a SCRAM challenge shows of an account besides its name; ``memory_kib`` is None for PBKDF2."""

    kdf: Kdf
    iterations: int
    memory_kib: int | None = None
    salt_bytes: int = 16


@dataclass(frozen=True, slots=True)
class ScramCredential:
    """StoredKey and ServerKey of an account (RFC 5802, section 3), and who it is.

    ``second_factor`` as in :class:`Credential`.
    """

    authid: str
    authrole: str
    authprovider: str
    shape: ScramShape
    salt: bytes
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)
    enabled: bool = True
    second_factor: bool = False


@dataclass(frozen=True, slots=True)
class ScramLookup:
    """The SCRAM keys of a name, None for an unknown one, and the shapes that accounts have at this moment."""

    credential: ScramCredential | None
    shapes: frozenset[ScramShape]


class ScramSource(Protocol):
    """Finds the SCRAM keys of a name; calls back like a :class:`CredentialSource`."""

    def find_scram(
        self,
        authid: str,
        dialect: Dialect,
        done: Callable[[ScramLookup], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Call ``done`` or ``failed``, once, now or later."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a secret or key is, where that alone says who it is: a token, a public key, a certificate.

    ``credential`` is the name by which it can be taken back, as in :attr:`.Identity.credential`; ``prefix`` is the URI
    prefix of a device that has a role of its own. ``scope`` is a role beyond which it allows nothing. ``expires_at`` is
    when it runs out, in seconds since 1970.
    """

    authid: str
    authrole: str
    authprovider: str
    credential: str
    prefix: str | None = None
    enabled: bool = True
    scope: str | None = None
    expires_at: float | None = None


class HolderSource(Protocol):
    """Finds whose something is: the SHA-256 of a token or certificate, or a public key; 32 bytes. Takes its time."""

    def find_holder(
        self, proof: bytes, done: Callable[[Holder | None], None], failed: Callable[[Exception], None]
    ) -> None:
        """Call ``done`` (with None for nobody's) or ``failed``, once, now or later."""


STRANGERS = ""
"""Stands in a :class:`Standing` for all sources that an account is not known from."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the throttle remembers of an account beyond a restart.

    ``failures`` maps a known source, or :data:`STRANGERS`, to its failures in a row; ``known`` are the sources that the
    account has logged in from, newest last.
    """

    failures: Mapping[str, int] = field(default_factory=dict)
    known: tuple[str, ...] = ()


LEAST_PBKDF2_ROUNDS = 4096
"""RFC 7677, section 4."""

MOST_ARGON2_PASSES = 100


def cost_problem(kdf: str, iterations: int, memory_kib: int | None) -> tuple[str, str] | None:
    """Return which of the costs of SCRAM's keys is wrong and why, None when they are all right."""
    if kdf == "pbkdf2":
        if iterations < LEAST_PBKDF2_ROUNDS:
            text = f"{iterations} rounds of PBKDF2 are too few (RFC 7677): take {LEAST_PBKDF2_ROUNDS} at least"
            return "iterations", text
    elif memory_kib is None:
        return "memory", f"'memory' is missing, the KiB that {kdf} takes"
    elif iterations > MOST_ARGON2_PASSES:
        text = f"{iterations} passes of Argon2 would take clients minutes: take {MOST_ARGON2_PASSES} at most"
        return "iterations", text
    return None


class CodeSource(Protocol):
    """Checks the codes of second factors; calls back like a :class:`CredentialSource`."""

    def use_code(
        self,
        authid: str,
        code: str,
        since: float,
        done: Callable[[str | None], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Use a code up; call ``done`` with what kind it was, None for a wrong one.

        It is wrong, too, when the password has changed after ``since``, or the account may not log in.
        """
