"""Web sessions as the reactor sees them: asked for in the accounts' thread.

What a request has proven is looked at again when HELLO makes use of it, and from time to time for as long as the
session lasts (:mod:`..administration.watch`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.authentication import Principal
    from ..store.web import Lifetimes
    from ..store.worker import AccountsWorker

    Failed = Callable[[Exception], None]


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
