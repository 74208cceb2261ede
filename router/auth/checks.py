"""How every method ends: an answer in time and only once, the throttle asked, one refusal whatever the reason.

A stranger must not learn why he was refused: unknown name, wrong secret, disabled account and throttled attempt are one
and the same to him. The log has the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..core import errors
from ..core.authentication import Accept, Challenge, Deny

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide, Decision
    from ..core.ports import Clock, Log
    from ..credentials import CodeSource, Holder
    from .throttle import Throttle

ANSWER_SECONDS = 10.0
"""How long a challenge can be answered."""

CODE_METHOD = "totp"
"""The challenge for the code of a second factor; clients that can answer it say so in HELLO's ``authmethods``."""

RECOVERY = "recovery"
"""What a :class:`~..credentials.CodeSource` calls a code that is good once, in the place of one that an app shows."""

CODE_SECONDS = 60.0
"""How long a code can be typed in."""

DeviceRole = Callable[[str, str], None]
"""Told role and URI prefix of a device that is about to be let in: the realms must have that role."""

Conclude = Callable[[str, dict[str, Any], "Decide"], None]
"""Given the signature and the extra of AUTHENTICATE, and the callback for the decision."""


def _no_device(_role: str, _prefix: str) -> None:
    """For a node whose devices have the roles of its configuration."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who an attempt would let in. ``is_known`` is false for a decoy; ``guessable`` as for the throttle.

    ``credential`` and ``scope`` become those of :class:`.Identity`, ``expires_at`` that of :class:`.Accept`; ``prefix``
    is the URI prefix of a device with its own role. ``second_factor``: what is checked now is not enough alone.
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
    second_factor: bool = False
    expires_at: float | None = None

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
            expires_at=holder.expires_at,
        )


@dataclass(frozen=True, slots=True)
class Checks:
    """What the methods of a listener have in common; without ``codes`` nobody has a second factor.

    ``names`` stands before a name where the throttle counts it: for names that others give than the accounts.
    """

    throttle: Throttle
    clock: Clock
    log: Log
    device_role: DeviceRole = field(default=_no_device)
    codes: CodeSource | None = None
    names: str = ""

    def of_others(self, provider: str) -> Checks:
        """Return the same for names that somebody else gives.

        Who gets in by them must not be forgiven, nor known, as the account of the same name.
        """
        return replace(self, names=f"{provider}:")

    def challenge(
        self, method: str, extra: dict[str, Any], conclude: Conclude, seconds: float = ANSWER_SECONDS
    ) -> Challenge:
        """Return a challenge whose answer is handed to ``conclude``, if it is the first and comes in time."""
        answer = _Once(method, conclude, self.clock, seconds).answer
        return Challenge(method, extra, answer, seconds if seconds > ANSWER_SECONDS else None)

    def conclude(
        self,
        method: str,
        applicant: Applicant,
        candidate: Candidate,
        is_right: bool,
        extra: dict[str, Any] | None = None,
    ) -> Decision:
        """Return the decision about a checked answer; ``extra`` is what WELCOME is to bring to who gets in."""
        can_ask = self.codes is not None and CODE_METHOD in applicant.authmethods
        reason = self.refusal(method, applicant.transport.address, candidate, is_right, can_ask=can_ask)
        if reason is not None or candidate.authid is None:
            return Deny(reason=f"{method}: {reason}")
        if candidate.prefix is not None:
            self.device_role(candidate.authrole, candidate.prefix)
        accept = Accept(
            candidate.authid,
            candidate.authrole,
            method,
            candidate.authprovider,
            extra or {},
            candidate.credential,
            candidate.scope,
            candidate.expires_at,
        )
        return self._ask_for_code(applicant, candidate, accept) if candidate.second_factor else accept

    def _ask_for_code(self, applicant: Applicant, candidate: Candidate, accept: Accept) -> Challenge:
        """Return the second challenge of who has a second factor: a code, before what was proven lets anybody in."""
        since = self.clock.time()

        def conclude(signature: str, _extra: dict[str, Any], decide: Decide) -> None:
            def decided(reason: str | None) -> None:
                decide(accept if reason is None else Deny(reason=f"{CODE_METHOD}: {reason}"))

            failed = partial(self.fail, CODE_METHOD, applicant, decide)
            self.check_code(candidate, signature, applicant.transport.address, since, decided, failed)

        return self.challenge(CODE_METHOD, {}, conclude, CODE_SECONDS)

    def check_code(
        self,
        candidate: Candidate,
        code: str,
        address: str | None,
        since: float,
        decided: Callable[[str | None], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Check the code of a second factor of who proved the first at ``since``.

        Calls ``decided`` with why it is refused, None for a good one. A code that is throttled is used up all the same.
        """
        if self.codes is None or candidate.authid is None:
            raise AssertionError("nobody is asked for a code where nothing can check it")
        alone = replace(candidate, second_factor=False)

        def used(kind: str | None) -> None:
            reason = self.refusal(CODE_METHOD, address, alone, kind is not None)
            if reason is None and kind == RECOVERY:
                self.log.info("recovery code used", authid=candidate.authid, method=CODE_METHOD, address=address)
            decided(reason)

        self.codes.use_code(candidate.authid, code, since, used, failed)

    def refusal(
        self, method: str, address: str | None, candidate: Candidate, is_right: bool, *, can_ask: bool = False
    ) -> str | None:
        """Return why a checked answer from an address is refused, None for a good one; the throttle takes note.

        Who has a second factor is refused unless the caller can ask for it; then that is still to be done, and until
        it is, the throttle knows of no success: else each right password would forgive five wrong codes.
        """
        authid, guessable = self._counted(candidate), candidate.guessable
        seconds = self.throttle.refuse_until(authid, address, guessable=guessable)
        if seconds:
            return f"throttled, for {seconds:.0f} s more"
        reason = _refusal(candidate, is_right)
        if reason is not None or authid is None:
            self.throttle.failed(authid, address, method, guessable=guessable, exists=candidate.is_known)
            return reason or "unknown account"
        if candidate.second_factor:
            self.throttle.withdrawn(authid, address, guessable=guessable)
            return None if can_ask else "a second factor is set, and this way to log in can't ask for it"
        self.throttle.succeeded(authid, address, guessable=guessable)
        return None

    def may_know(self, address: str | None, candidate: Candidate) -> bool:
        """Return whether a right answer may be told from a wrong one, though it lets nobody in."""
        authid, guessable = self._counted(candidate), candidate.guessable
        if self.throttle.refuse_until(authid, address, guessable=guessable):
            return False
        self.throttle.withdrawn(authid, address, guessable=guessable)
        return candidate.is_known and candidate.enabled

    def _counted(self, candidate: Candidate) -> str | None:
        """Return the name that a candidate has in the throttle."""
        return None if candidate.authid is None else f"{self.names}{candidate.authid}"

    def fail(self, method: str, applicant: Applicant, decide: Decide, error: Exception) -> None:
        """Refuse because the accounts could not be asked."""
        peer = applicant.transport.peer
        self.log.warn("accounts failed", authid=applicant.authid, peer=peer, reason=str(error))
        decide(Deny(reason=f"{method}: the accounts could not be asked", uri=errors.AUTHENTICATION_FAILED))


class _Once:
    """One challenge that waits for its answer."""

    def __init__(self, method: str, conclude: Conclude, clock: Clock, seconds: float) -> None:
        self._method = method
        self._conclude: Conclude | None = conclude
        self._clock = clock
        self._good_until = clock.monotonic() + seconds

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
