"""A device that has passkeys: a virtual authenticator (WebAuthn domain of the DevTools protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page


class VirtualDevice:
    """A virtual authenticator of one tab."""

    def __init__(self, page: Page, **options: Any) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        honest = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": honest | options})
        self.id = made["authenticatorId"]

    def set_verified(self, is_verified: bool) -> None:
        """Say whether the owner proves to be the owner from now on."""
        self._devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": is_verified})

    def replace(self, changes: dict[str, Any]) -> None:
        """Have a copy of the one passkey that it has, with changes, in its place."""
        [credential] = self.credentials
        self._devtools.send(
            "WebAuthn.removeCredential", {"authenticatorId": self.id, "credentialId": credential["credentialId"]}
        )
        self._devtools.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential | changes})

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """What it has."""
        found: list[dict[str, Any]] = self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found
