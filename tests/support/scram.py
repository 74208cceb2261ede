"""The client's side of WAMP-SCRAM, by the formulas of the specification."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import Any

from wampi.router.store.verifiers import argon2id13, scram_pair

NONCE = b64encode(bytes(range(16))).decode()
"""What the client puts in for the nonce."""


def prove(extra: dict[str, Any], authid: str, password: str, header: bytes = b"n,,") -> tuple[str, str]:
    """Return the proof for a challenge, and the verifier that the hub is to answer with."""
    salt = b64decode(extra["salt"])
    if extra["kdf"] == "pbkdf2":
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, extra["iterations"], 32)
    else:
        salted = argon2id13(password.encode(), salt, extra["iterations"], extra["memory"])
    name = authid.replace("=", "=3D").replace(",", "=2C")
    server_first = f"r={extra['nonce']},s={extra['salt']},i={extra['iterations']}"
    message = f"n={name},r={NONCE},{server_first},c={b64encode(header).decode()},r={extra['nonce']}".encode()
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key, server_key = scram_pair(salted)
    signature = hmac.digest(stored_key, message, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return b64encode(proof).decode(), b64encode(hmac.digest(server_key, message, "sha256")).decode()
