"""WAMP-cryptosign: sign a challenge with a private key that never leaves this machine.

The hub proves itself, too: `wampi key hub` shows its public key. The login is bound to the TLS connection (RFC 9266).

    python cryptosign.py wss://home.local:8443/ws ca.pem private.hex HUB_PUBLIC_KEY
    python cryptosign.py --make private.hex                # makes a key, and shows its public half
"""

import os
import re
import sys
from typing import Any

from autobahn.wamp.types import Challenge
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from given import arguments, secret
from hub import Way, visit

BINDING = "tls-exporter"


class Cryptosign(Way):
    """A private key; the hub knows whose the public half is."""

    method = "cryptosign"

    def __init__(self, private_key: bytes, hub_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)
        self._hub_key = Ed25519PublicKey.from_public_bytes(hub_key)
        self._challenge = os.urandom(32)
        public_key = self._key.public_key().public_bytes_raw()
        self.authextra = {
            "pubkey": public_key.hex(),
            "channel_binding": BINDING,
            "challenge": self._challenge.hex(),
        }

    def answer(self, challenge: Challenge, transport: Any) -> str:
        """Check the hub's signature, and return ours, each of the challenge XOR the value of the connection."""
        extra = challenge.extra
        if extra.get("channel_binding") != BINDING:
            raise RuntimeError("the hub goes on without what was asked for")
        channel = transport.transport.getHandle().export_keying_material(b"EXPORTER-Channel-Binding", 32, b"")
        try:
            self._hub_key.verify(bytes.fromhex(extra["signature"])[:64], xor(self._challenge, channel))
        except InvalidSignature:
            raise RuntimeError("this is not the hub") from None
        message = xor(bytes.fromhex(extra["challenge"]), channel)
        return (self._key.sign(message) + message).hex()


def xor(left: bytes, right: bytes) -> bytes:
    """Return the exclusive or of each byte."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def make(path: str) -> None:
    """Make a private key that only its owner can read, and show the public one."""
    key = Ed25519PrivateKey.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SystemExit(f"{path}: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.private_bytes_raw().hex() + "\n")
    print(key.public_key().public_bytes_raw().hex())


def key_of(text: str) -> bytes:
    """Return the 32 bytes of a key."""
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise SystemExit("a key has 64 hexadecimal digits")
    return bytes.fromhex(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"] and len(sys.argv) == 3:
        make(sys.argv[2])
    else:
        given = arguments("key_file", "hub_key")
        way = Cryptosign(key_of(secret(given.key_file)), key_of(given.hub_key))
        raise SystemExit(visit(given.url, given.ca_file, way))
