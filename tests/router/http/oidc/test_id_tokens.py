"""What an ID token must be like: every departure is refused, each alone."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from wampi.router.http.oidc.id_tokens import BadToken, Expected, Identity, UnknownKey, check

NOW = 1_795_000_000
EXPECTED = Expected("https://id.example", "hub", "nonce")
HONEST = {"iss": "https://id.example", "aud": "hub", "sub": "248289", "nonce": "nonce", "iat": NOW, "exp": NOW + 300}
RSA_KEY = rsa.generate_private_key(65537, 2048)
SHORT_KEY = rsa.generate_private_key(65537, 1024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(key: Any, algorithm: str, kid: str, **more: Any) -> dict[str, Any]:
    kinds = {"RS": jwt.algorithms.RSAAlgorithm, "PS": jwt.algorithms.RSAAlgorithm, "ES": jwt.algorithms.ECAlgorithm}
    kind = kinds.get(algorithm[:2], jwt.algorithms.OKPAlgorithm)
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": kid, **more}


KEYS = [
    jwk(RSA_KEY, "RS256", "rsa", use="sig"),
    jwk(EC_KEY, "ES256", "ec", use="sig", alg="ES256"),
    jwk(ED_KEY, "EdDSA", "ed"),
    jwk(SHORT_KEY, "RS256", "short"),
    jwk(rsa.generate_private_key(65537, 2048), "RS256", "encrypting", use="enc"),
]


def token(claims: dict[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256", kid: str | None = "rsa") -> str:
    return jwt.encode(claims, key, algorithm, headers={} if kid is None else {"kid": kid})


def without(name: str) -> dict[str, Any]:
    return {claim: value for claim, value in HONEST.items() if claim != name}


def compact(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token with any header; signed by HMAC if there is a secret."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signed = b".".join(parts)
    signature = b"" if secret is None else hmac.digest(secret, signed, hashlib.sha256)
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(RSA_KEY, "RS256", "rsa"), (RSA_KEY, "PS256", "rsa"), (EC_KEY, "ES256", "ec"), (ED_KEY, "EdDSA", "ed")],
)
def test_an_honest_token_says_who_somebody_is(key: Any, algorithm: str, kid: str) -> None:
    found = check(token(HONEST, key, algorithm, kid), KEYS, EXPECTED, NOW)
    assert found == Identity("https://id.example", "248289", "")


def test_identity_is_issuer_and_subject_and_names_are_shown_only() -> None:
    claims = HONEST | {"email": "anna@example.org\n", "email_verified": True}
    assert check(token(claims), KEYS, EXPECTED, NOW) == Identity("https://id.example", "248289", "anna@example.org?")


@pytest.mark.parametrize(
    "claims",
    [
        HONEST | {"iss": "https://evil.example"},
        HONEST | {"iss": "https://id.example/"},
        without("iss"),
        HONEST | {"aud": "another"},
        HONEST | {"aud": ["hub", "another"], "azp": "hub"},
        HONEST | {"aud": []},
        without("aud"),
        HONEST | {"azp": "another"},
        HONEST | {"nonce": "another"},
        HONEST | {"nonce": None},
        without("nonce"),
        HONEST | {"exp": NOW - 60},
        HONEST | {"exp": "9999999999"},
        without("exp"),
        HONEST | {"iat": NOW - 601},
        HONEST | {"iat": NOW + 61},
        HONEST | {"iat": True},
        without("iat"),
        HONEST | {"nbf": NOW + 61},
        HONEST | {"sub": ""},
        HONEST | {"sub": 248289},
        HONEST | {"sub": "x" * 256},
        without("sub"),
    ],
    ids=str,
)
def test_a_claim_that_is_not_as_it_must_be_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        check(token(claims), KEYS, EXPECTED, NOW)


def test_the_clocks_may_differ_by_a_minute() -> None:
    for claims in (HONEST | {"exp": NOW - 59}, HONEST | {"iat": NOW + 60}, HONEST | {"nbf": NOW + 60}):
        check(token(claims), KEYS, EXPECTED, NOW)


@pytest.mark.parametrize(
    "forged",
    [
        compact({"alg": "none"}, HONEST, None),
        compact({"alg": "None", "kid": "rsa"}, HONEST, None),
        compact({"alg": "HS256"}, HONEST, PEM),
        compact({"alg": "HS256", "kid": "rsa"}, HONEST, PEM),
        compact({"alg": ["RS256"]}, HONEST, None),
        compact({"alg": "RS256", "kid": "rsa"}, HONEST, None),
        compact({"alg": "RS256", "kid": "rsa", "crit": ["b64"], "b64": False}, HONEST, None),
        compact({"alg": "RS256", "jwk": jwk(SHORT_KEY, "RS256", "own")}, HONEST, None),
        "",
        "a.b.c",
        "x" * 20_000,
        None,
        7,
    ],
    ids=lambda forged: str(forged)[:24],
)
def test_none_hmac_and_what_is_no_token_are_refused(forged: object) -> None:
    with pytest.raises(BadToken):
        check(forged, KEYS, EXPECTED, NOW)


def test_an_extension_that_is_demanded_is_refused_though_the_signature_is_right() -> None:
    signed = jwt.encode(HONEST, RSA_KEY, "RS256", headers={"kid": "rsa", "crit": ["x"], "x": 1})
    with pytest.raises(BadToken):
        check(signed, KEYS, EXPECTED, NOW)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_key_of_another_kind_or_purpose_or_length_is_refused() -> None:
    for signed in (
        token(HONEST, RSA_KEY, "RS256", "ec"),
        token(HONEST, RSA_KEY, "RS256", "encrypting"),
        token(HONEST, SHORT_KEY, "RS256", "short"),
        token(HONEST, EC_KEY, "ES256", "rsa"),
    ):
        with pytest.raises(BadToken):
            check(signed, KEYS, EXPECTED, NOW)


def test_a_key_that_is_not_in_the_set_is_told_apart() -> None:
    with pytest.raises(UnknownKey):
        check(token(HONEST, rsa.generate_private_key(65537, 2048)), KEYS, EXPECTED, NOW)
    with pytest.raises(UnknownKey):
        check(token(HONEST, kid="new"), KEYS, EXPECTED, NOW)
    with pytest.raises(UnknownKey):
        check(token(HONEST, kid=None), KEYS, EXPECTED, NOW)
    check(token(HONEST, kid=None), KEYS[:1], EXPECTED, NOW)


@pytest.mark.parametrize("changed", [slice(0, -2), slice(1, None)])
def test_a_token_that_is_cut_is_refused(changed: slice) -> None:
    with pytest.raises(BadToken):
        check(token(HONEST)[changed], KEYS, EXPECTED, NOW)
