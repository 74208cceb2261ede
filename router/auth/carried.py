"""Logins that have been made before HELLO, by what the HTTP request carried: HELLO only makes use of them.

The names in HELLO's ``authmethods`` say by what: ``cookie`` (advanced profile, "Cookie-based Authentication"), and by
the names of HTTP's ways ``basic``, ``digest``, ``bearer``, and ``query`` for a ticket. What was proven is looked at
again here: between the request and HELLO, or between one HELLO and the next on a connection, it may have been taken
back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..core import errors
from ..core.authentication import Accept, Deny

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide, Principal

Confirm = Callable[["Principal", Callable[["Principal | None"], None], Callable[[Exception], None]], None]
"""Given who somebody was; calls back with who that is now (None: nobody), or with what went wrong."""

METHODS = ("cookie", "basic", "digest", "bearer", "query")


def is_carried(applicant: Applicant, method: str) -> bool:
    """Return whether the connection has what a method needs; all but these methods need nothing."""
    principal = applicant.transport.principal
    return method not in METHODS or (principal is not None and principal.method == method)


class Carried:
    """Lets in who the request was from."""

    def __init__(self, confirm: Confirm) -> None:
        self._confirm = confirm

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Accept for the realm, and under the name, that the request's login is good for."""
        principal = applicant.transport.principal
        if principal is None:
            decide(Deny(reason="the request carried no login"))
        elif principal.realm not in (None, applicant.realm):
            decide(Deny(reason=f"{principal.method}: it is for another realm"))
        elif applicant.authid not in (None, principal.authid):
            decide(Deny(reason=f"{principal.method}: HELLO names another account than the request"))
        else:
            self._confirm(principal, partial(self._decide, principal, decide), partial(_fail, decide))

    def _decide(self, before: Principal, decide: Decide, now: Principal | None) -> None:
        if now is None or now.authrole != before.authrole:
            decide(Deny(reason=f"{before.method}: it was taken back"))
            return
        decide(
            Accept(
                now.authid,
                now.authrole,
                now.method,
                now.provider,
                credential=now.credential,
                scope=now.scope,
                expires_at=now.expires_at,
            )
        )


def _fail(decide: Decide, error: Exception) -> None:
    decide(Deny(reason=f"the accounts could not be asked: {error}", uri=errors.AUTHENTICATION_FAILED))
