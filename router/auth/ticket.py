"""WAMP ticket: the client sends a secret, as a script or a device that cannot do more (advanced profile, "Ticket-based
Authentication").

The secret goes over the wire, so this is for connections by TLS, or within this machine: by a proxy that was spoken
to in the clear nobody gets in. What is compared are hashes:
the tokens of accounts are random and kept as hashes; the tickets of a configuration are hashed when it is read.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core.authentication import Deny
from ..networks import is_local
from .checks import Candidate

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..credentials import Holder, HolderSource
    from .checks import Checks

METHOD = "ticket"


class Ticket:
    """Asks applicants for their ticket. ``guessable`` says whether people thought the tickets up."""

    def __init__(self, source: HolderSource, checks: Checks, guessable: bool) -> None:
        self._source = source
        self._checks = checks
        self._guessable = guessable

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Ask for the ticket, whatever name was given."""
        if applicant.authid is None:
            decide(Deny(reason=f"{METHOD}: HELLO names no authid"))
        else:
            decide(in_the_open(applicant) or self._checks.challenge(METHOD, {}, partial(self._look_up, applicant)))

    def _look_up(self, applicant: Applicant, ticket: str, _extra: dict[str, Any], decide: Decide) -> None:
        found = partial(self._conclude, applicant, decide)
        self._source.find_holder(ticket_hash(ticket), found, partial(self._checks.fail, METHOD, applicant, decide))

    def _conclude(self, applicant: Applicant, decide: Decide, holder: Holder | None) -> None:
        candidate = Candidate.holding(holder, applicant.authid, self._guessable)
        decide(self._checks.conclude(METHOD, applicant, candidate, is_right=True))


def in_the_open(applicant: Applicant) -> Deny | None:
    """Return the refusal where what is sent can be read on the way, None for any other connection."""
    if applicant.transport.secure or is_local(applicant.transport.address):
        return None
    return Deny(reason=f"{METHOD}: what is sent on this connection can be read on the way")


def ticket_hash(ticket: str) -> bytes:
    """Return what a ticket is found by."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).digest()
