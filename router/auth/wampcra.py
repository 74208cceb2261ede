"""WAMP-CRA: the client proves that it knows a secret by signing a challenge (advanced profile, "Challenge Response
Authentication").

A stranger learns nothing about who has an account: an unknown name is challenged like a known one (see ``decoys``), and
refused with the same words after the same work.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core.authentication import Deny
from ..core.timestamps import iso8601
from .checks import Candidate

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..credentials import Credential, CredentialSource, Lookup
    from .checks import Checks
    from .decoys import Decoys

METHOD = "wampcra"


def _random_nonce() -> str:
    return secrets.token_urlsafe(24)


class WampCra:
    """Challenges applicants, and lets in who answers with the right key."""

    def __init__(
        self,
        source: CredentialSource,
        decoys: Decoys,
        checks: Checks,
        nonce: Callable[[], str] = _random_nonce,
    ) -> None:
        self._source = source
        self._decoys = decoys
        self._checks = checks
        self._nonce = nonce

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant; a name is all that it must have given."""
        if applicant.authid is None:
            decide(Deny(reason=f"{METHOD}: HELLO names no authid"))
            return
        failed = partial(self._checks.fail, METHOD, applicant, decide)
        self._source.find(applicant.authid, partial(self._challenge, applicant, decide), failed)

    def _challenge(self, applicant: Applicant, decide: Decide, found: Lookup) -> None:
        # Made in any case, so that both ways take as long.
        decoy = self._decoys.credential(applicant.authid or "", found.shapes)
        credential = found.credential or decoy
        text = self._challenge_text(applicant, credential)
        candidate = _candidate(credential, found.credential is not None)
        conclude = partial(self._conclude, applicant, candidate, sign(credential.key, text))
        decide(self._checks.challenge(METHOD, _extra(text, credential), conclude))

    def _challenge_text(self, applicant: Applicant, credential: Credential) -> str:
        return json.dumps(
            {
                "authid": credential.authid,
                "authrole": credential.shape.authrole,
                "authmethod": METHOD,
                "authprovider": credential.shape.authprovider,
                "nonce": self._nonce(),
                "timestamp": iso8601(self._checks.clock.time()),
                "session": applicant.session,
            }
        )

    def _conclude(
        self,
        applicant: Applicant,
        candidate: Candidate,
        expected: bytes,
        signature: str,
        _extra: dict[str, Any],
        decide: Decide,
    ) -> None:
        is_right = hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass"))
        decide(self._checks.conclude(METHOD, applicant, candidate, is_right))


def sign(key: bytes, challenge: str) -> bytes:
    """Return the signature of a challenge: base64 of HMAC-SHA256 over the very text that was sent."""
    return b64encode(hmac.digest(key, challenge.encode(), "sha256"))


def _candidate(credential: Credential, is_known: bool) -> Candidate:
    return Candidate(
        authid=credential.authid,
        authrole=credential.authrole,
        authprovider=credential.shape.authprovider,
        credential="password" if credential.guessable else "key",
        prefix=credential.prefix,
        is_known=is_known,
        enabled=credential.enabled,
        guessable=credential.guessable,
        second_factor=credential.second_factor,
    )


def _extra(text: str, credential: Credential) -> dict[str, Any]:
    """Return CHALLENGE.Extra; with a salt, PBKDF2's parameters stand beside the challenge."""
    if credential.salt is None:
        return {"challenge": text}
    return {
        "challenge": text,
        "salt": credential.salt,
        "iterations": credential.shape.iterations,
        "keylen": credential.shape.keylen,
    }
