"""What a login is checked against: plain values that the store, or a configuration's static users, hand to ``auth``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


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
    the URI prefix of a device that has a role of its own. ``guessable`` is false for the random key of a device.
    """

    authid: str
    authrole: str
    shape: Shape
    key: bytes = field(repr=False)
    salt: str | None = None
    enabled: bool = True
    prefix: str | None = None
    guessable: bool = True


@dataclass(frozen=True, slots=True)
class Lookup:
    """The credential of a name, None for an unknown one, and the shapes that accounts have at this moment."""

    credential: Credential | None
    shapes: frozenset[Shape]


class CredentialSource(Protocol):
    """Finds the credential of a name; takes its time, and calls back in the thread that it was called in."""

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        """Call ``done`` or ``failed``, once, now or later."""
