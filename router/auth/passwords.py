"""Logins that send the password itself: HTTP Basic and the login form.

An unknown name costs the same check as a known one, against a hash of the same parameters; and whoever is throttled
pays for it, too, so that neither can be told from a wrong password.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ..core.limits import MAX_AUTHID_BYTES
from ..networks import source_of
from .checks import Candidate

if TYPE_CHECKING:
    from ..credentials import KnownAccount, PasswordLookup, PasswordSource
    from .checks import Checks
    from .hashing import PasswordHashes

MOST_BYTES = 1024
"""Of a password; nobody has a longer one, and hashing it would be free work."""

_MOST_TYPED_BYTES = 4 * MOST_BYTES
"""Of what becomes a password in its normal form: a long row of accents takes time by the square of its length."""


@dataclass(frozen=True, slots=True)
class Proven:
    """An account whose password is right, or the key of a device: ``credential`` says which."""

    account: KnownAccount
    credential: str


@dataclass(frozen=True, slots=True)
class NeedsCode:
    """An account whose password is right, and not enough: :meth:`.Checks.check_code` has the rest."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """Refused, for a ``reason`` that the log gets and nobody else."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotChecked:
    """The accounts can't be asked, or too many passwords wait."""

    reason: str


PasswordOutcome = Proven | NeedsCode | WrongPassword | NotChecked
Decided = Callable[[PasswordOutcome], None]


class PasswordLogin:
    """Checks names and passwords, for every way that has both."""

    def __init__(self, source: PasswordSource, hashes: PasswordHashes, checks: Checks) -> None:
        self._source = source
        self._hashes = hashes
        self._checks = checks

    def check(
        self,
        authid: str,
        password: str,
        address: str | None,
        method: str,
        decided: Decided,
        *,
        can_ask: bool = False,
    ) -> None:
        """Call ``decided`` with who that is; ``address`` is the bare one it came from, ``method`` is for the log.

        Whoever has a second factor is refused, unless the caller can ask for it (:class:`NeedsCode`).
        """
        if not _is_possible(authid, MAX_AUTHID_BYTES):
            decided(WrongPassword("no account can have this name"))
            return
        failed = partial(_fail, decided)
        attempt = _Attempt(_normal(password), address, method, can_ask)
        self._source.find_password(authid, partial(self._hash, attempt, decided), failed)

    def _hash(self, attempt: _Attempt, decided: Decided, found: PasswordLookup) -> None:
        conclude = partial(self._conclude, found, attempt, decided)
        source = None if attempt.address is None else source_of(attempt.address)
        self._hashes.verify(found.hash, attempt.password, source, conclude, partial(_fail, decided))

    def _conclude(self, found: PasswordLookup, attempt: _Attempt, decided: Decided, is_password: bool) -> None:
        account = found.account
        is_right = is_password if found.key is None else hmac.compare_digest(found.key, attempt.password.encode())
        candidate = Candidate(
            found.authid,
            credential="password" if found.key is None else "key",
            is_known=account is not None,
            enabled=account is not None and account.enabled,
            guessable=found.key is None,
            second_factor=account is not None and account.second_factor,
        )
        reason = self._checks.refusal(attempt.method, attempt.address, candidate, is_right, can_ask=attempt.can_ask)
        if reason is not None or account is None:
            decided(WrongPassword(reason or "unknown account"))
        elif candidate.second_factor:
            decided(NeedsCode(candidate))
        else:
            decided(Proven(account, candidate.credential))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A password, in its normal form, and where it came from."""

    password: str = field(repr=False)
    address: str | None
    method: str
    can_ask: bool


def _normal(password: str) -> str:
    """Return a password in the form in which it was hashed; one that nobody can have becomes an empty one."""
    if not _is_possible(password, _MOST_TYPED_BYTES):
        return ""
    normal = unicodedata.normalize("NFKC", password)
    return normal if _is_possible(normal, MOST_BYTES) else ""


def _is_possible(text: str, most_bytes: int) -> bool:
    try:
        return len(text.encode()) <= most_bytes
    except UnicodeEncodeError:
        return False


def _fail(decided: Decided, error: Exception) -> None:
    decided(NotChecked(str(error)))
