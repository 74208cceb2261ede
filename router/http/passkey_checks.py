"""What a device's answer must be like (Web Authentication, Level 2): a thin layer over the ``webauthn`` library.

The device is asked to see to it that somebody is present, and that it is its owner (a finger, a face, a PIN); what it
answers must say so, be made for this very origin and relying party, and answer the challenge that it was given.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any, cast

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ..store.passkeys import NewPasskey
from .waiting import Waiting

if TYPE_CHECKING:
    from ..core.ports import Clock
    from ..store.passkeys import FoundPasskey
    from .places import Place

CHALLENGE_SECONDS = 300.0
MOST_CHALLENGES = 1024
MOST_OF_ONE = 32
"""Challenges of one source, an address or an account; with one more, its oldest is worth nothing."""

NAME = "wampi"

_CHALLENGE_BYTES = 32
_REQUIRED = UserVerificationRequirement.REQUIRED


class BadPasskey(Exception):
    """An answer that is not as it must be; the text is for the log."""


class Challenges:
    """Challenges that wait for an answer: each good once, for five minutes, and for one browser or session."""

    def __init__(self, clock: Clock) -> None:
        # whose it is -> challenge, user handle (for a new passkey)
        self._waiting: Waiting[str, tuple[bytes, bytes]] = Waiting(
            clock, CHALLENGE_SECONDS, MOST_CHALLENGES, MOST_OF_ONE
        )

    def issue(self, owner: str, source: str, handle: bytes = b"") -> bytes:
        """Return a challenge; it takes the place of an older one of the same owner, and counts for a source."""
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        self._waiting.put(owner, (challenge, handle), source)
        return challenge

    def take(self, owner: str) -> tuple[bytes, bytes]:
        """Return the challenge that waits, and its user handle; raises :class:`BadPasskey` for none."""
        found = self._waiting.take(owner)
        if found is None:
            raise BadPasskey("no challenge waits for it, or not any more")
        return found


# ---- logging in ----------------------------------------------------------------------------------------------------


def login_options(place: Place, challenge: bytes) -> dict[str, Any]:
    """Return what ``navigator.credentials.get`` is asked: any passkey of this place, whoever's it is."""
    options = generate_authentication_options(
        rp_id=place.relying_party,
        challenge=challenge,
        timeout=int(CHALLENGE_SECONDS * 1000),
        user_verification=_REQUIRED,
    )
    return cast("dict[str, Any]", json.loads(options_to_json(options)))


def credential_id(answer: dict[str, Any]) -> bytes:
    """Return the id of the passkey that an answer is by; raises :class:`BadPasskey`."""
    try:
        id = answer["id"]
        return base64url_to_bytes(id if isinstance(id, str) else "")
    except (KeyError, ValueError):
        raise BadPasskey("malformed") from None


def check_login(
    answer: dict[str, Any], place: Place, challenge: bytes, found: FoundPasskey, own_port: int | None = None
) -> int:
    """Return how far the device has counted; raises :class:`BadPasskey` for any departure (section 7.2).

    ``own_port`` is the one that the request has come to, None where that says nothing of the client's address.

    Whether the counter has gone on is for the store to say, which moves it in the same step.
    """
    if not place.is_home_of(found.relying_party, own_port):
        raise BadPasskey("it is for another name of this host, or another port")
    try:
        handle = base64url_to_bytes(answer["response"]["userHandle"])
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.relying_party,
            expected_origin=place.origin,
            credential_public_key=found.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        _check_frame(answer)
    except Exception as error:  # noqa: BLE001 -- what a stranger sends runs through base64, JSON, CBOR and COSE
        raise BadPasskey(_reason(error)) from None
    if not hmac.compare_digest(handle, found.handle):
        raise BadPasskey("the user handle is another's")
    return verified.new_sign_count


# ---- adding --------------------------------------------------------------------------------------------------------


def new_options(place: Place, challenge: bytes, authid: str, handle: bytes, taken: list[bytes]) -> dict[str, Any]:
    """Return what ``navigator.credentials.create`` is asked: a passkey that is found without a user name."""
    options = generate_registration_options(
        rp_id=place.relying_party,
        rp_name=NAME,
        user_name=authid,
        user_id=handle,
        challenge=challenge,
        timeout=int(CHALLENGE_SECONDS * 1000),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, require_resident_key=True, user_verification=_REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in taken],
    )
    return cast("dict[str, Any]", json.loads(options_to_json(options)))


def check_new(answer: dict[str, Any], place: Place, challenge: bytes, handle: bytes, name: str) -> NewPasskey:
    """Return the passkey that a device has made; raises :class:`BadPasskey` for any departure (section 7.1)."""
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.relying_party,
            expected_origin=place.origin,
            require_user_verification=True,
        )
        _check_frame(answer)
    except Exception as error:  # noqa: BLE001 -- as above
        raise BadPasskey(_reason(error)) from None
    return NewPasskey(
        relying_party=place.home,
        handle=handle,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name,
    )


def _check_frame(answer: dict[str, Any]) -> None:
    """Raise for what was asked in a frame of another site's page, which the library leaves to us (section 13.4.9)."""
    client_data = parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    if client_data.cross_origin:
        raise BadPasskey("it was asked for in a frame of another site's page")


def _reason(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__
