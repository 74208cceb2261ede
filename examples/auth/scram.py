"""WAMP-SCRAM: prove that you know the password, and have the hub prove that it knows you.

The login is bound to the TLS connection (RFC 9266): somebody in the middle could not pass it on.

    python scram.py wss://home.local:8443/ws ca.pem anna password.txt
"""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from autobahn.wamp.types import Challenge
from given import arguments, secret
from hub import Way, visit

BINDING = "tls-exporter"
LEAST = {"argon2id13": (1, 16 * 1024), "pbkdf2": (100_000, 0)}
"""What a false hub would ask less of, to learn something about the password: passes or rounds, and KiB."""
MOST = {"argon2id13": (50, 1024 * 1024), "pbkdf2": (10_000_000, 0)}
"""What a false hub would ask more of, to keep this machine busy."""


class Scram(Way):
    """A name and a password."""

    method = "wamp-scram"

    def __init__(self, authid: str, password: str) -> None:
        self.authid = authid
        self._password = password
        self._nonce = b64encode(os.urandom(18)).decode()
        self.authextra = {"nonce": self._nonce, "channel_binding": BINDING}
        self._verifier = b""

    def answer(self, challenge: Challenge, transport: Any) -> tuple[str, dict[str, Any]]:
        """Return the proof (RFC 5802, section 3), and the extra that goes with it."""
        extra = challenge.extra
        if not extra["nonce"].startswith(self._nonce):
            raise RuntimeError("the challenge is for somebody else")
        tls = transport.transport.getHandle()
        channel = tls.export_keying_material(b"EXPORTER-Channel-Binding", 32, b"")
        header = b64encode(f"p={BINDING},,".encode() + channel).decode()
        name = (self.authid or "").replace("=", "=3D").replace(",", "=2C")
        server_first = f"r={extra['nonce']},s={extra['salt']},i={extra['iterations']}"
        message = f"n={name},r={self._nonce},{server_first},c={header},r={extra['nonce']}".encode()

        salted = stretch(self._password.encode(), extra)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client_key).digest(), message, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._verifier = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
        bound = {"channel_binding": BINDING, "cbind_data": b64encode(channel).decode()}
        return b64encode(proof).decode(), {"nonce": extra["nonce"], **bound}

    def verify(self, authextra: dict[str, Any]) -> str | None:
        """Believe only a hub that knows the account, too."""
        is_right = hmac.compare_digest(b64decode(authextra.get("verifier", "")), self._verifier)
        return None if is_right else "this is not the hub"


def stretch(password: bytes, extra: dict[str, Any]) -> bytes:
    """Derive 32 bytes from a password, as the challenge says; costs within bounds."""
    kdf, iterations, memory = extra["kdf"], extra["iterations"], extra.get("memory") or 0
    if kdf not in LEAST or not all(
        low <= cost <= high for low, cost, high in zip(LEAST[kdf], (iterations, memory), MOST[kdf], strict=True)
    ):
        raise RuntimeError("the hub asks for a derivation that is too cheap, too dear, or unknown")
    salt = b64decode(extra["salt"])
    if kdf == "pbkdf2":
        return hashlib.pbkdf2_hmac("sha256", password, salt, iterations, 32)
    return hash_secret_raw(password, salt, iterations, memory, 1, 32, Type.ID)


if __name__ == "__main__":
    given = arguments("authid", "password_file")
    raise SystemExit(visit(given.url, given.ca_file, Scram(given.authid, secret(given.password_file))))
