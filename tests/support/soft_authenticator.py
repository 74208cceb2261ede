"""A device with passkeys, made of software: honest by default, and forging whatever a test asks for."""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def to_base64(data: bytes) -> str:
    """Text for bytes, as WebAuthn's JSON has it."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    """Bytes of such a text."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftAuthenticator:
    """One passkey. ``count`` is what the next answer says."""

    origin: str
    relying_party: str
    flags: int = PRESENT | VERIFIED
    count: int = 1
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    handle: bytes = b""

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> bytes:
        """The public key in COSE (RFC 9052): ES256 on P-256."""
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def create(self, options: dict[str, Any], **client_data: Any) -> dict[str, Any]:
        """Make the passkey that ``navigator.credentials.create`` is asked for."""
        self.handle = from_base64(options["user"]["id"])
        data = self._data(HAS_KEY) + bytes(16) + struct.pack(">H", len(self.credential_id))
        data += self.credential_id + self.public_key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], client_data)
        return self._answer({"clientDataJSON": to_base64(client), "attestationObject": to_base64(attestation)})

    def get(self, options: dict[str, Any], **client_data: Any) -> dict[str, Any]:
        """Answer what ``navigator.credentials.get`` is asked."""
        self.count += 1
        data, client = self._data(), self._client("webauthn.get", options["challenge"], client_data)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": to_base64(client),
                "authenticatorData": to_base64(data),
                "signature": to_base64(signature),
                "userHandle": to_base64(self.handle),
            }
        )

    def _data(self, more_flags: int = 0) -> bytes:
        hashed = hashlib.sha256(self.relying_party.encode()).digest()
        return hashed + struct.pack(">BI", self.flags | more_flags, self.count)

    def _client(self, kind: str, challenge: str, changed: dict[str, Any]) -> bytes:
        honest = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(honest | changed).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        id = to_base64(self.credential_id)
        return {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}
