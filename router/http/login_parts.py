"""What the endpoints of one login path share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .places import place_of

if TYPE_CHECKING:
    from ..auth.checks import Checks
    from ..auth.hashing import PasswordHashes
    from ..auth.passwords import PasswordLogin
    from ..core.ports import Clock, Log
    from ..store.web import Lifetimes
    from ..store.worker import AccountsWorker
    from .forms import FormTokens
    from .gate import Gate
    from .second_steps import SecondSteps
    from .sessions import WebSessions
    from .tickets import Tickets


@dataclass(frozen=True, slots=True)
class LoginPathParts:
    """What the resources share. ``base`` is their path; ``realms`` are those that tickets are for.

    ``expel`` ends the WAMP sessions of an authid, or those that a credential has let in, ``end_older`` those that a
    password has let in which is another one now.
    """

    base: str
    cookie_name: str
    lifetimes: Lifetimes
    realms: Iterable[str]
    accounts: AccountsWorker
    checks: Checks
    passwords: PasswordLogin
    hashes: PasswordHashes
    second_steps: SecondSteps
    sessions: WebSessions
    forms: FormTokens
    tickets: Tickets
    gate: Gate
    expel: Callable[..., object]
    end_older: Callable[[str], object]
    clock: Clock
    log: Log
    has_passkeys: bool = False
    providers: tuple[tuple[str, str], ...] = ()
    """Name and title of each."""

    def offers_passkeys(self, host: str) -> bool:
        """Return whether people can log in with passkeys where they have come to by this Host."""
        return self.has_passkeys and place_of(host) is not None
