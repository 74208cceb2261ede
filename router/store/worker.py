"""Work off the reactor's thread: one thread for each kind of it, where requests wait in line.

It is not tied to a reactor: it is given what calls a function in the thread that asked (Twisted's ``callFromThread``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .errors import StoreBusy, StoreError

if TYPE_CHECKING:
    from ..credentials import (
        Dialect,
        DigestLookup,
        Holder,
        HolderSource,
        Kdf,
        Lookup,
        PasswordLookup,
        ScramLookup,
        ScramSource,
    )
    from .accounts import Accounts
    from .public_keys import KeyKind

Result = TypeVar("Result")

MOST_WAITING = 128
"""Twice the connections that may be logging in at once; more is refused, so that a flood can't grow the line."""


CallBack = Callable[[Callable[[], None]], object]
"""Calls a function in the thread that asked."""


class Background:
    """A thread, and a bounded line of work in front of it."""

    def __init__(self, name: str, call_back: CallBack) -> None:
        self._name = name
        self._call_back = call_back
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)

    def stop(self) -> None:
        """Finish what waits, which is not much; may be called twice."""
        self._thread.shutdown()

    def submit(
        self, work: Callable[[], Result], done: Callable[[Result], None], failed: Callable[[Exception], None]
    ) -> None:
        """Do ``work`` when its turn comes, then call ``done`` with what it returns or ``failed`` with what it raises.

        Refused at once, by ``failed``, when the line is too long.
        """
        if not self._waiting.acquire(blocking=False):
            failed(StoreBusy(self._name))
            return
        future = self._thread.submit(work)
        future.add_done_callback(partial(self._finish, done, failed))

    def _finish(
        self, done: Callable[[Result], None], failed: Callable[[Exception], None], future: Future[Result]
    ) -> None:
        self._waiting.release()
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._call_back(partial(done, future.result()))
        elif isinstance(error, Exception):
            self._call_back(partial(failed, error))


class AccountsWorker:
    """Runs work on the accounts in a thread, and hands the outcome back to the thread that asked."""

    def __init__(self, open_accounts: Callable[[], Accounts], call_back: CallBack) -> None:
        self._open_accounts = open_accounts
        self._accounts: Accounts | None = None
        self._background = Background("accounts", call_back)

    def start(self) -> None:
        """Open the accounts; blocks. Raises :class:`.StoreError`."""
        self._accounts = self._open_accounts()

    def stop(self) -> None:
        """Finish what waits, which is not much, and close; may be called twice."""
        accounts, self._accounts = self._accounts, None
        self._background.stop()
        if accounts is not None:
            accounts.close()

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        """Find the credential of a name (a :class:`~..credentials.CredentialSource`)."""
        self.submit(lambda accounts: accounts.wamp.find_cra(authid), done, failed)

    def find_password(
        self, authid: str, done: Callable[[PasswordLookup], None], failed: Callable[[Exception], None]
    ) -> None:
        """Find what a password is checked against (a :class:`~..credentials.PasswordSource`)."""
        self.submit(lambda accounts: accounts.web.find_password(authid), done, failed)

    def find_digest(
        self, authid: str, done: Callable[[DigestLookup], None], failed: Callable[[Exception], None]
    ) -> None:
        """Find what a digest is checked against (a :class:`~..credentials.DigestSource`)."""
        self.submit(lambda accounts: accounts.web.find_digest(authid), done, failed)

    def scram(self, kdf: Kdf) -> ScramSource:
        """Return what finds the SCRAM keys of a name that were derived in this way."""
        return _ScramKeys(self, kdf)

    @property
    def tokens(self) -> HolderSource:
        """Finds whose a token is, by its SHA-256."""
        return _Holders(self, lambda accounts, digest: accounts.tokens.find(digest))

    def public_keys(self, kind: KeyKind) -> HolderSource:
        """Return what finds whose a public key is, or by its SHA-256 whose a certificate is."""
        return _Holders(self, lambda accounts, key: accounts.public_keys.find(kind, key))

    def named(self, credential: str) -> HolderSource:
        """Return what finds accounts by their name in UTF-8, and says that ``credential`` proved it."""
        return _Holders(self, lambda accounts, name: accounts.wamp.find_holder(name.decode(), credential))

    def use_code(
        self,
        authid: str,
        code: str,
        since: float,
        done: Callable[[str | None], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Use the code of a second factor (a :class:`~..credentials.CodeSource`)."""
        self.submit(lambda accounts: accounts.second_factors.use(authid, code, since), done, failed)

    def submit(
        self, work: Callable[[Accounts], Result], done: Callable[[Result], None], failed: Callable[[Exception], None]
    ) -> None:
        """Do ``work`` when its turn comes, then call ``done`` with what it returns or ``failed`` with what it raises.

        Refused at once, by ``failed``, when the line is too long or the accounts are closed.
        """
        accounts = self._accounts
        if accounts is None:
            failed(StoreError("the accounts are closed"))
        else:
            self._background.submit(partial(work, accounts), done, failed)


class _Holders:
    """A :class:`~..credentials.HolderSource` on the accounts."""

    def __init__(self, worker: AccountsWorker, find: Callable[[Accounts, bytes], Holder | None]) -> None:
        self._worker = worker
        self._find = find

    def find_holder(
        self, proof: bytes, done: Callable[[Holder | None], None], failed: Callable[[Exception], None]
    ) -> None:
        """Find whose something is."""
        self._worker.submit(lambda accounts: self._find(accounts, proof), done, failed)


class _ScramKeys:
    """A :class:`~..credentials.ScramSource` on the accounts."""

    def __init__(self, worker: AccountsWorker, kdf: Kdf) -> None:
        self._worker = worker
        self._kdf = kdf

    def find_scram(
        self,
        authid: str,
        dialect: Dialect,
        done: Callable[[ScramLookup], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Find the keys of a name."""
        self._worker.submit(lambda accounts: accounts.wamp.find_scram(authid, dialect, self._kdf), done, failed)
