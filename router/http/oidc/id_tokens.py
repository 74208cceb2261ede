"""What an ID token must be like (OpenID Connect Core 1.0, section 3.1.3.7), and nothing else is one.

The algorithm is one of those with a public key: a token does not get to say ``none``, or that a public key is the
secret of an HMAC. Its key comes from the provider's own set, never from the token.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

KINDS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""Algorithm that is accepted -> kind of its key (``kty``)."""

LEEWAY_SECONDS = 60.0
"""How far the clocks may be apart."""

OLDEST_SECONDS = 600.0
"""How long ago a token may have been made."""

_LEAST_RSA_BITS = 2048
_LONGEST_SUBJECT = 255
_LONGEST_TOKEN = 16 * 1024
_LONGEST_HINT = 128
_UNCHECKED = ("verify_aud", "verify_iss", "verify_exp", "verify_iat", "verify_nbf", "verify_sub", "verify_jti")
"""What the library leaves to this file, where each has its own word in the log."""


class BadToken(Exception):
    """A token that is not accepted; the text is for the log."""


class UnknownKey(BadToken):
    """A token by a key that is not in the set: the provider may have new ones."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at a provider: issuer and subject. ``hint`` is a name that people know, for showing alone."""

    issuer: str
    subject: str
    hint: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to be for."""

    issuer: str
    client_id: str
    nonce: str


def check(token: object, keys: list[Any], expected: Expected, now: float) -> Identity:
    """Return who a token says that somebody is; raises :class:`BadToken`. ``now`` is in seconds since 1970."""
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
        raise BadToken("there is no ID token")
    claims = _verified(token, keys)
    if claims.get("iss") != expected.issuer:
        raise BadToken("it is by another issuer")
    _check_audience(claims, expected.client_id)
    _check_times(claims, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode("utf-8", "replace"), expected.nonce.encode()):
        raise BadToken("its nonce is another")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT or not subject.isascii():
        raise BadToken("it names no subject")
    return Identity(expected.issuer, subject, _hint(claims))


def _verified(token: str, keys: list[Any]) -> dict[str, Any]:
    """Return the claims of a token whose signature is right."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in KINDS:
            raise BadToken("its algorithm is not accepted")
        if "crit" in header:
            raise BadToken("it demands an extension")
        options: Any = dict.fromkeys(_UNCHECKED, False)
        key = _key(keys, algorithm, header.get("kid"))
        return dict(jwt.decode(token, key, algorithms=[algorithm], options=options))
    except jwt.InvalidSignatureError:
        # Tokens need not name their key (RFC 7515, section 4.1.4): this may be a new one.
        raise UnknownKey("its signature is by no key of the provider's set") from None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise BadToken(f"it can't be verified: {str(error)[:100]}") from None


def _key(keys: list[Any], algorithm: str, kid: object) -> Any:
    """Return the one key of the set that the token can be by."""
    fitting = [
        key
        for key in keys
        if isinstance(key, dict)
        and key.get("kty") == KINDS[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]
    if len(fitting) != 1:
        raise UnknownKey("its key is not in the provider's set")
    key = jwt.PyJWK.from_dict(fitting[0], algorithm=algorithm).key
    if isinstance(key, RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        raise BadToken("its key is too short")
    return key


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    # Other audiences are none that this hub knows of, so none that it trusts.
    if claims.get("aud") not in (client_id, [client_id]):
        raise BadToken("it is for another client")
    if claims.get("azp", client_id) != client_id:
        raise BadToken("it was given to another client")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    times = {name: claims[name] for name in ("exp", "iat", "nbf") if name in claims}
    if not {"exp", "iat"} <= times.keys() or not all(map(_is_time, times.values())):
        raise BadToken("it does not say when it was made, or until when it is good")
    if now >= times["exp"] + LEEWAY_SECONDS:
        raise BadToken("it has expired")
    if not now - OLDEST_SECONDS <= times["iat"] <= now + LEEWAY_SECONDS:
        raise BadToken("it was made too long ago, or has not been made yet")
    if times.get("nbf", now) > now + LEEWAY_SECONDS:
        raise BadToken("it is not good yet")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hint(claims: Mapping[str, Any]) -> str:
    """Return a name to show to the owner. It proves nothing: people choose it, and it may go to others later."""
    for claim in ("preferred_username", "email", "name"):
        text = claims.get(claim)
        if isinstance(text, str) and text:
            return "".join(character if character.isprintable() else "?" for character in text[:_LONGEST_HINT])
    return ""
