"""What an unknown name is shown: a challenge that might as well be that of an account.

Role, provider and parameters are those of some account in use, chosen by a hash of the name under a key that only
this hub has; the salt comes from the same hash. So an unknown name looks the same each time, after a restart too.
The choice is by highest random weight: when accounts come and go, few unknown names change their looks, and no
stranger can tell those from accounts whose password was changed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import astuple
from json import dumps

from ..credentials import Credential, ScramCredential, ScramShape, Shape

WITHOUT_ACCOUNTS = Shape("accounts", "owner", salt_length=24, iterations=600_000, keylen=32)
"""What every name is shown before there is any account."""


class Decoys:
    """Makes the credentials of those who don't exist. ``key`` is 32 bytes, the same for the life of the hub."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def credential(self, authid: str, shapes: Iterable[Shape]) -> Credential:
        """Return a credential for an unknown name; nobody can log in with it."""
        shape = max(shapes, key=lambda shape: self._hash("shape", authid, *astuple(shape)), default=WITHOUT_ACCOUNTS)
        return Credential(
            authid=authid,
            authrole=shape.authrole,
            shape=shape,
            key=secrets.token_bytes(44),
            salt=None if shape.salt_length is None else self._salt(authid, shape.salt_length),
            enabled=False,
        )

    def scram(self, authid: str, shapes: Iterable[ScramShape], otherwise: ScramShape) -> ScramCredential:
        """Return SCRAM keys for an unknown name that no password fits; ``otherwise`` while there is no account."""
        shape = max(shapes, key=lambda shape: self._hash("shape", authid, *astuple(shape)), default=otherwise)
        salt = hashlib.shake_256(self._hash("salt", authid)).digest(shape.salt_bytes)
        unknown = secrets.token_bytes(32)
        return ScramCredential(authid, "", "", shape, salt, stored_key=unknown, server_key=unknown, enabled=False)

    def _salt(self, authid: str, length: int) -> str:
        seed = self._hash("salt", authid)
        return b64encode(hashlib.shake_256(seed).digest(length)).decode()[:length]

    def _hash(self, *parts: object) -> bytes:
        return hmac.digest(self._key, dumps(parts).encode(), "sha256")
