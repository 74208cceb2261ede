"""HTTP Basic (RFC 7617): name and password in each request, in the clear but for TLS."""

from __future__ import annotations

import binascii
from base64 import b64decode
from functools import partial
from typing import TYPE_CHECKING

from ..auth.passwords import NotChecked, Proven, WrongPassword
from ..credentials import HTTP_REALM
from .ways import Refused, Unavailable, principal_of

if TYPE_CHECKING:
    from ..auth.passwords import PasswordLogin, PasswordOutcome
    from ..core.ports import Clock
    from ..transport.knock import Knock
    from .ways import Decide


class Basic:
    """Checks the password of each request."""

    name = "basic"
    scheme = "basic"
    is_ambient = True

    def __init__(self, passwords: PasswordLogin, clock: Clock) -> None:
        self._passwords = passwords
        self._clock = clock

    def challenge(self, is_stale: bool) -> str:
        """Ask for name and password."""
        return f'Basic realm="{HTTP_REALM}", charset="UTF-8"'

    def judge(self, carried: str, knock: Knock, decide: Decide) -> None:
        """Have name and password checked."""
        pair = read(carried)
        if pair is None:
            decide(Refused("malformed"))
            return
        authid, password = pair
        # From before the check: a password that is changed meanwhile is the old one.
        decided = partial(self._decide, authid, self._clock.time(), decide)
        self._passwords.check(authid, password, knock.address, self.name, decided)

    def _decide(self, authid: str, since: float, decide: Decide, outcome: PasswordOutcome) -> None:
        if isinstance(outcome, Proven):
            decide(principal_of(outcome.account, outcome.credential, self.name, since))
        elif isinstance(outcome, NotChecked):
            decide(Unavailable(outcome.reason))
        else:
            decide(Refused(outcome.reason if isinstance(outcome, WrongPassword) else "no code", authid))


def read(carried: str) -> tuple[str, str] | None:
    """Return name and password, None when they are not in the form of RFC 7617, section 2, in UTF-8."""
    try:
        text = b64decode(carried, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None
