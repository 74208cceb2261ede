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

from ..core import errors
from ..core.authentication import Accept, Challenge, Deny
from ..core.timestamps import iso8601

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..core.ports import Clock, Log
    from ..credentials import Credential, CredentialSource, Lookup
    from .decoys import Decoys

METHOD = "wampcra"
ANSWER_SECONDS = 10.0
"""How long a challenge can be answered."""

DeviceRole = Callable[[str, str], None]
"""Told role and URI prefix of a device that is about to be let in: the realms must have that role."""


def _random_nonce() -> str:
    return secrets.token_urlsafe(24)


class WampCra:
    """Challenges applicants, and lets in who answers with the right key."""

    def __init__(
        self,
        source: CredentialSource,
        decoys: Decoys,
        clock: Clock,
        log: Log,
        device_role: DeviceRole = lambda _role, _prefix: None,
        nonce: Callable[[], str] = _random_nonce,
    ) -> None:
        self._source = source
        self._decoys = decoys
        self._clock = clock
        self._log = log
        self._device_role = device_role
        self._nonce = nonce

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant; a name is all that it must have given."""
        if applicant.authid is None:
            decide(Deny(reason=f"{METHOD}: HELLO names no authid"))
            return
        self._source.find(
            applicant.authid, partial(self._challenge, applicant, decide), partial(self._fail, applicant, decide)
        )

    def _challenge(self, applicant: Applicant, decide: Decide, found: Lookup) -> None:
        # Made in any case, so that both ways take as long.
        decoy = self._decoys.credential(applicant.authid or "", found.shapes)
        credential = found.credential or decoy
        text = self._challenge_text(applicant, credential)
        attempt = _Attempt(credential, found.credential is not None, text, self._clock, self._device_role)
        decide(Challenge(METHOD, _extra(text, credential), attempt.answer))

    def _challenge_text(self, applicant: Applicant, credential: Credential) -> str:
        return json.dumps(
            {
                "authid": credential.authid,
                "authrole": credential.shape.authrole,
                "authmethod": METHOD,
                "authprovider": credential.shape.authprovider,
                "nonce": self._nonce(),
                "timestamp": iso8601(self._clock.time()),
                "session": applicant.session,
            }
        )

    def _fail(self, applicant: Applicant, decide: Decide, error: Exception) -> None:
        self._log.warn("accounts failed", authid=applicant.authid, peer=applicant.transport.peer, reason=str(error))
        decide(Deny(reason=f"{METHOD}: the accounts could not be asked", uri=errors.AUTHENTICATION_FAILED))


class _Attempt:
    """One challenge that waits for its answer."""

    def __init__(
        self, credential: Credential, is_known: bool, text: str, clock: Clock, device_role: DeviceRole
    ) -> None:
        self._credential = credential
        self._is_known = is_known
        self._expected = sign(credential.key, text)
        self._clock = clock
        self._device_role = device_role
        self._good_until = clock.monotonic() + ANSWER_SECONDS
        self._is_answered = False

    def answer(self, signature: str, _extra: dict[str, Any], decide: Decide) -> None:
        """Decide about the answer; a second one is refused, whatever it says."""
        is_right = hmac.compare_digest(self._expected, signature.encode("utf-8", "surrogatepass"))
        reason = self._refusal(is_right)
        self._is_answered = True
        if reason is not None:
            decide(Deny(reason=f"{METHOD}: {reason}"))
            return
        credential = self._credential
        if credential.prefix is not None:
            self._device_role(credential.authrole, credential.prefix)
        decide(Accept(credential.authid, credential.authrole, METHOD, credential.shape.authprovider))

    def _refusal(self, is_right: bool) -> str | None:
        """Return why the answer is refused, None for a good one."""
        if self._is_answered:
            return "the challenge was answered before"
        if self._clock.monotonic() >= self._good_until:
            return "the answer came too late"
        if not self._is_known:
            return "unknown account"
        if not is_right:
            return "wrong password"
        return None if self._credential.enabled else "the account is disabled"


def sign(key: bytes, challenge: str) -> bytes:
    """Return the signature of a challenge: base64 of HMAC-SHA256 over the very text that was sent."""
    return b64encode(hmac.digest(key, challenge.encode(), "sha256"))


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
