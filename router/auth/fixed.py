"""Sessions of the hub itself, within its process: nobody else can be at the other end, so they need no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.authentication import Accept, Applicant, Decide


class FixedIdentity:
    """Lets in as whom it was made for; to be given to no listener."""

    def __init__(self, identity: Accept) -> None:
        self._identity = identity

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Accept."""
        decide(self._identity)
