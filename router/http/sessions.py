"""Web sessions as the reactor sees them: asked for in the accounts' thread, and watched while WAMP sessions live on
them.

What a request has proven is looked at again when HELLO makes use of it, and every minute for as long as the session
lasts: whatever ended it meanwhile, in this process or in another, ends the session too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.authentication import Principal
    from ..core.ports import Clock, Log, Timer
    from ..core.session import Session
    from ..store.web import Lifetimes
    from ..store.worker import AccountsWorker

    Failed = Callable[[Exception], None]

WATCH_SECONDS = 60.0


class WebSessions:
    """The web sessions of the accounts; calls back in the reactor's thread."""

    def __init__(self, accounts: AccountsWorker) -> None:
        self._accounts = accounts

    def open(
        self,
        authid: str,
        since: float,
        lifetimes: Lifetimes,
        done: Callable[[tuple[str, Principal]], None],
        failed: Failed,
        by: str,
    ) -> None:
        """Begin a session of who proved to be that at ``since``; ``done`` gets its cookie's value, and who that is.

        ``by`` is what proved it, as in :func:`~..store.web.end_sessions`.
        """
        self._accounts.submit(lambda accounts: accounts.web.open_session(authid, since, lifetimes, by), done, failed)

    def find(self, value: str, done: Callable[[Principal | None], None], failed: Failed) -> None:
        """Find out whose a cookie is."""
        self._accounts.submit(lambda accounts: accounts.web.find_session(value), done, failed)

    def end(self, value: str, done: Callable[[Principal | None], None], failed: Failed) -> None:
        """End the session of a cookie; ``done`` learns whose it was."""
        self._accounts.submit(lambda accounts: accounts.web.end_session(value), done, failed)

    def confirm(self, principal: Principal, done: Callable[[Principal | None], None], failed: Failed) -> None:
        """Look again at what a request has proven; ``done`` gets it with the role of this moment, or None."""
        self._accounts.submit(lambda accounts: accounts.web.confirm(principal), done, failed)

    def confirm_all(
        self, principals: list[Principal], done: Callable[[list[Principal | None]], None], failed: Failed
    ) -> None:
        """The same for many at once."""
        self._accounts.submit(
            lambda accounts: [accounts.web.confirm(principal) for principal in principals], done, failed
        )


class WatchedSessions:
    """Ends WAMP sessions whose web login is good no more.

    ``live`` gives the sessions there are; ``expel`` ends those of an authid that a credential has let in.
    """

    def __init__(
        self,
        sessions: WebSessions,
        live: Callable[[], Iterable[Session]],
        expel: Callable[[str, str], object],
        clock: Clock,
        log: Log,
    ) -> None:
        self._sessions = sessions
        self._live = live
        self._expel = expel
        self._clock = clock
        self._log = log
        self._timer: Timer | None = None

    def start(self) -> None:
        """Look every minute from now on."""
        self._timer = self._clock.call_later(WATCH_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more; may be called twice."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        self.start()
        principals = list({carried for session in self._live() if (carried := _carried(session)) is not None})
        if principals:
            self._sessions.confirm_all(principals, partial(self._judge, principals), self._failed)

    def _judge(self, before: list[Principal], now: list[Principal | None]) -> None:
        for principal, confirmed in zip(before, now, strict=True):
            if confirmed is None or confirmed.authrole != principal.authrole:
                self._log.info("web login over", authid=principal.authid, method=principal.method)
                self._expel(principal.authid, principal.credential)

    def _failed(self, error: Exception) -> None:
        self._log.warn("web logins not looked at", reason=str(error))


def _carried(session: Session) -> Principal | None:
    """Return what a session was let in by, None when that was no HTTP request."""
    principal = session.transport.principal
    return principal if principal is not None and principal.method == session.identity.authmethod else None
