"""The last step of every login by a page or a script: a session begins, and its cookie is set.

Each login makes a new session and ends that of the cookie which was brought (session fixation). Where a second factor
is set, no first factor gets past here without a code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..auth.checks import Candidate
from . import cookies

if TYPE_CHECKING:
    from ..core.authentication import Principal
    from .login_parts import LoginPathParts
    from .second_steps import FirstStep
    from .visit import Visit

    Welcome = Callable[[Principal], None]


class Entrance:
    """Lets in who has proven who he is; ``welcome`` answers him, with the cookie set."""

    def __init__(self, visit: Visit, parts: LoginPathParts, welcome: Welcome) -> None:
        self._visit = visit
        self._parts = parts
        self._welcome = welcome
        self._method = ""
        self._stay = False

    def admit(self, step: FirstStep, method: str) -> None:
        """Begin a session; ``method`` is for the log."""
        parts = self._parts
        self._method, self._stay = method, step.stay
        parts.sessions.open(step.authid, step.since, parts.lifetimes, self._opened, self._visit.unavailable, step.by)

    def check_code(self, step: FirstStep, code: str, refused: Callable[[], None]) -> None:
        """Check the code of a second factor, and let in; ``refused`` answers for a wrong one."""
        parts, visit = self._parts, self._visit

        def decided(reason: str | None) -> None:
            if reason is None:
                self.admit(step, "totp")
                return
            parts.log.warn("login refused", peer=visit.peer, authid=step.authid, method="totp", reason=reason)
            refused()

        candidate = Candidate(step.authid)
        parts.checks.check_code(candidate, code, visit.address, step.since, decided, visit.unavailable)

    def _opened(self, made: tuple[str, Principal]) -> None:
        """Answer with the cookie; nobody may go on with the older one, nor with one that nobody has received."""
        visit, parts = self._visit, self._parts
        value, principal = made
        for useless in (visit.cookie, value if visit.is_over else None):
            if useless is not None:
                visit.end_login(useless, lambda: None, self._not_ended)
        if visit.is_over:
            return
        parts.log.info("logged in", peer=visit.peer, authid=principal.authid, method=self._method)
        visit.set_cookie(cookies.set_cookie(parts.cookie_name, value, parts.lifetimes.total if self._stay else None))
        self._welcome(principal)

    def _not_ended(self, error: Exception) -> None:
        self._parts.log.warn("login not ended", peer=self._visit.peer, reason=str(error))
