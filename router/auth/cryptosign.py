"""WAMP-cryptosign: the client proves that it has a private Ed25519 key (advanced profile, "Cryptosign-based
Authentication").

The keys of those who may come in are registered beforehand; a key alone says who it is, so that HELLO may leave out the
authid. What is verified is our own challenge, not the message that the client sends back. An unknown key is challenged
like a known one.
"""

from __future__ import annotations

import hmac
import secrets
from binascii import unhexlify
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..core.authentication import Deny
from .bindings import binding_of
from .checks import Candidate

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..credentials import Holder, HolderSource
    from .checks import Checks

METHOD = "cryptosign"

KEY_BYTES, CHALLENGE_BYTES, SIGNATURE_BYTES = 32, 32, 64

_OF_SMALL_ORDER = frozenset(
    map(
        unhexlify,
        (
            *("00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f", "ee" + "ff" * 30 + "7f"),
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ),
    )
)
"""The points of order 1, 2, 4 and 8 in each form that is decoded, without the sign bit. Such a key has no private half,
and anybody finds signatures that fit it (RFC 8032, section 5.1.7): one of zeros, as samples have it, lets all in."""


def _random_challenge() -> bytes:
    return secrets.token_bytes(CHALLENGE_BYTES)


class Cryptosign:
    """Challenges applicants, and lets in who has the private half of a key that is registered.

    ``hub_key`` is 32 bytes, the hub's own private key: it signs the challenge of clients that want to know whom they
    talk to ("Router Authentication").
    """

    def __init__(
        self,
        source: HolderSource,
        hub_key: bytes,
        checks: Checks,
        challenge: Callable[[], bytes] = _random_challenge,
    ) -> None:
        self._source = source
        self._hub_key = Ed25519PrivateKey.from_private_bytes(hub_key)
        self._checks = checks
        self._new_challenge = challenge

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant, which must have given its public key."""
        public_key = _bytes(applicant.authextra.get("pubkey"), KEY_BYTES)
        binding = binding_of(applicant)
        if public_key is None:
            decide(Deny(reason=f"{METHOD}: HELLO has no pubkey of 32 bytes in hexadecimal"))
        elif isinstance(binding, str):
            decide(Deny(reason=f"{METHOD}: {binding}"))
        else:
            kind, channel = (None, None) if binding is None else (binding.kind, binding.data)
            if channel is not None and len(channel) != CHALLENGE_BYTES:
                decide(Deny(reason=f"{METHOD}: {kind} has not the size of a challenge here"))
                return
            challenge = self._new_challenge()
            extra = {"challenge": challenge.hex()} | ({} if kind is None else {"channel_binding": kind})
            extra |= self._own_proof(applicant, channel)
            found = partial(self._challenge, applicant, public_key, signed_message(challenge, channel), extra, decide)
            self._source.find_holder(public_key, found, partial(self._checks.fail, METHOD, applicant, decide))

    def _challenge(
        self,
        applicant: Applicant,
        public_key: bytes,
        message: bytes,
        extra: dict[str, Any],
        decide: Decide,
        holder: Holder | None,
    ) -> None:
        conclude = partial(self._conclude, applicant, public_key, message, holder)
        decide(self._checks.challenge(METHOD, extra, conclude))

    def _own_proof(self, applicant: Applicant, channel: bytes | None) -> dict[str, str]:
        """Return the hub's key and its signature of the client's challenge, if HELLO brings one."""
        challenge = _bytes(applicant.authextra.get("challenge"), CHALLENGE_BYTES)
        if challenge is None:
            return {}
        message = signed_message(challenge, channel)
        public_key = self._hub_key.public_key().public_bytes_raw()
        return {"pubkey": public_key.hex(), "signature": (self._hub_key.sign(message) + message).hex()}

    def _conclude(
        self,
        applicant: Applicant,
        public_key: bytes,
        message: bytes,
        holder: Holder | None,
        signature: str,
        _extra: dict[str, Any],
        decide: Decide,
    ) -> None:
        is_right = is_signature(public_key, message, signature)
        candidate = Candidate.holding(holder, applicant.authid)
        decide(self._checks.conclude(METHOD, applicant, candidate, is_right))


def signed_message(challenge: bytes, channel: bytes | None) -> bytes:
    """Return what has to be signed: the challenge, XORed with the channel binding where there is one."""
    return challenge if channel is None else bytes(a ^ b for a, b in zip(challenge, channel, strict=True))


def is_signature(public_key: bytes, message: bytes, answer: str) -> bool:
    """Return whether an answer is a signature of ``message`` and that message, 96 bytes in hexadecimal."""
    decoded = _bytes(answer, SIGNATURE_BYTES + CHALLENGE_BYTES)
    if is_of_small_order(public_key) or decoded is None or not hmac.compare_digest(decoded[SIGNATURE_BYTES:], message):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(decoded[:SIGNATURE_BYTES], message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_of_small_order(public_key: bytes) -> bool:
    """Return whether a key is one for which signatures can be made without a private key."""
    return public_key[:-1] + bytes([public_key[-1] & 0x7F]) in _OF_SMALL_ORDER


def _bytes(text: object, size: int) -> bytes | None:
    """Return the bytes of a text in hexadecimal that has this size, None for anything else."""
    if not isinstance(text, str) or len(text) != 2 * size:
        return None
    try:
        return unhexlify(text)
    except ValueError:
        return None
