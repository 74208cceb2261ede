"""How every method ends: an answer in time and only once, the throttle asked, one refusal whatever the reason.

A stranger must not learn why he was refused: unknown name, wrong secret, disabled account and throttled attempt are one
and the same to him. The log has the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..core import errors
from ..core.authentication import Accept, Challenge, Deny

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide, Decision
    from ..core.ports import Clock, Log
    from ..credentials import Holder
    from .throttle import Throttle

ANSWER_SECONDS = 10.0
"""How long a challenge can be answered."""

DeviceRole = Callable[[str, str], None]
"""Told role and URI prefix of a device that is about to be let in: the realms must have that role."""

Conclude = Callable[[str, dict[str, Any], "Decide"], None]
"""Given the signature and the extra of AUTHENTICATE, and the callback for the decision."""


def _no_device(_role: str, _prefix: str) -> None:
    """For a node whose devices have the roles of its configuration."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who an attempt would let in. ``is_known`` is false for a decoy; ``guessable`` as for the throttle.

    ``credential`` and ``scope`` become those of :class:`.Identity`; ``prefix`` is the URI prefix of a device with its
    own role.
    """

    authid: str | None
    authrole: str = ""
    authprovider: str = ""
    credential: str = ""
    prefix: str | None = None
    is_known: bool = True
    enabled: bool = True
    guessable: bool = True
    scope: str | None = None

    @classmethod
    def holding(cls, holder: Holder | None, authid: str | None, guessable: bool = False) -> Candidate:
        """Return who holds a secret or key; the holder is as good as unknown to whom HELLO names somebody else."""
        if holder is None or authid not in (None, holder.authid):
            return cls(authid, is_known=False, guessable=guessable)
        return cls(
            authid=holder.authid,
            authrole=holder.authrole,
            authprovider=holder.authprovider,
            credential=holder.credential,
            prefix=holder.prefix,
            enabled=holder.enabled,
            guessable=guessable,
            scope=holder.scope,
        )


@dataclass(frozen=True, slots=True)
class Checks:
    """What the methods of a listener have in common."""

    throttle: Throttle
    clock: Clock
    log: Log
    device_role: DeviceRole = field(default=_no_device)

    def challenge(self, method: str, extra: dict[str, Any], conclude: Conclude) -> Challenge:
        """Return a challenge whose answer is handed to ``conclude``, if it is the first and comes in time."""
        return Challenge(method, extra, _Once(method, conclude, self.clock).answer)

    def conclude(
        self,
        method: str,
        applicant: Applicant,
        candidate: Candidate,
        is_right: bool,
        extra: dict[str, Any] | None = None,
    ) -> Decision:
        """Return the decision about a checked answer; ``extra`` is what WELCOME is to bring to who gets in."""
        reason = self.refusal(method, applicant.transport.address, candidate, is_right)
        if reason is not None or candidate.authid is None:
            return Deny(reason=f"{method}: {reason}")
        if candidate.prefix is not None:
            self.device_role(candidate.authrole, candidate.prefix)
        return Accept(
            candidate.authid,
            candidate.authrole,
            method,
            candidate.authprovider,
            extra or {},
            candidate.credential,
            candidate.scope,
        )

    def refusal(self, method: str, address: str | None, candidate: Candidate, is_right: bool) -> str | None:
        """Return why a checked answer from an address is refused, None for a good one; the throttle takes note."""
        authid, guessable = candidate.authid, candidate.guessable
        seconds = self.throttle.refuse_until(authid, address, guessable=guessable)
        if seconds:
            return f"throttled, for {seconds:.0f} s more"
        reason = _refusal(candidate, is_right)
        if reason is not None or authid is None:
            self.throttle.failed(authid, address, method, guessable=guessable)
            return reason or "unknown account"
        self.throttle.succeeded(authid, address, guessable=guessable)
        return None

    def may_know(self, address: str | None, candidate: Candidate) -> bool:
        """Return whether a right answer may be told from a wrong one, though it lets nobody in."""
        if self.throttle.refuse_until(candidate.authid, address, guessable=candidate.guessable):
            return False
        self.throttle.withdrawn(candidate.authid, address, guessable=candidate.guessable)
        return candidate.is_known and candidate.enabled

    def fail(self, method: str, applicant: Applicant, decide: Decide, error: Exception) -> None:
        """Refuse because the accounts could not be asked."""
        peer = applicant.transport.peer
        self.log.warn("accounts failed", authid=applicant.authid, peer=peer, reason=str(error))
        decide(Deny(reason=f"{method}: the accounts could not be asked", uri=errors.AUTHENTICATION_FAILED))


class _Once:
    """One challenge that waits for its answer."""

    def __init__(self, method: str, conclude: Conclude, clock: Clock) -> None:
        self._method = method
        self._conclude: Conclude | None = conclude
        self._clock = clock
        self._good_until = clock.monotonic() + ANSWER_SECONDS

    def answer(self, signature: str, extra: dict[str, Any], decide: Decide) -> None:
        """Decide about the answer; a second one is refused, whatever it says."""
        conclude, self._conclude = self._conclude, None
        if conclude is None:
            decide(Deny(reason=f"{self._method}: the challenge was answered before"))
        elif self._clock.monotonic() >= self._good_until:
            decide(Deny(reason=f"{self._method}: the answer came too late"))
        else:
            conclude(signature, extra, decide)


def _refusal(candidate: Candidate, is_right: bool) -> str | None:
    """Return why an answer is refused, None for a good one."""
    if not candidate.is_known:
        return "unknown account"
    if not is_right:
        return "wrong secret"
    return None if candidate.enabled else "the account is disabled"
