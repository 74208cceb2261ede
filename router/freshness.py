"""How old a login may be for what must not be done by whoever finds a browser that is logged in.

A cookie is good for weeks, so that it may hang on the wall with a tablet. Whoever stands before that may use the house,
and must not be able to give himself a key to it: what changes who may do what needs a login of a moment ago (OWASP
ASVS 5.0, 7.5.1 and 7.5.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .store.web import COOKIE

if TYPE_CHECKING:
    from .core.authentication import Principal
    from .core.session import Session

FRESH_SECONDS = 600.0
"""How old a login may be for what needs a fresh one."""


def is_fresh(login: Principal, now: float) -> bool:
    """Return whether somebody has just proven to this hub who he is; ``now`` is in seconds since 1970.

    A provider that knows the browser sends it back without a word, whoever sits before it. Of a login that is yet to
    come nobody knows the age: the clock has been put back since.
    """
    return not login.is_vouched and 0 <= now - login.since <= FRESH_SECONDS


def is_freshly_in(session: Session, now: float) -> bool:
    """Return whether a session rests on a fresh login, or on none but its own.

    On an older one rest those that a cookie has let in, or a ticket that was taken by a cookie. All others have proven
    themselves on their own connection, and a program that can do so would only do it again: docs/adr/0020.
    """
    if not session.identity.credential.startswith(COOKIE):
        return True
    login = session.transport.principal
    return login is not None and is_fresh(login, now)
