"""Argon2id in a thread of its own: the reactor goes on while a password is checked (RFC 9106).

One check takes 19 MiB and some tens of milliseconds, on a small machine more, and lets go of Python's lock meanwhile.
So there is one thread, and a short line before it: whoever comes when the line is full is told so at once, instead of
letting a flood of logins grow it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

MOST_WAITING = 16


class TooManyWait(Exception):
    """The line is full."""

    def __init__(self) -> None:
        super().__init__("too many passwords wait to be checked")


class PasswordHashes:
    """Checks passwords. ``call_back`` calls a function in the thread that asked (Twisted's ``callFromThread``)."""

    def __init__(self, call_back: Callable[[Callable[[], None]], object], most_waiting: int = MOST_WAITING) -> None:
        self._call_back = call_back
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = threading.BoundedSemaphore(most_waiting)

    def verify(
        self, encoded: str, password: str, done: Callable[[bool], None], failed: Callable[[Exception], None]
    ) -> None:
        """Call ``done`` with whether the password is that of the encoded hash; ``failed`` when it can't be checked."""
        if not self._waiting.acquire(blocking=False):
            failed(TooManyWait())
            return
        try:
            future = self._thread.submit(is_password, encoded, password)
        except RuntimeError as error:  # the node is stopping
            self._waiting.release()
            failed(error)
            return
        future.add_done_callback(partial(self._finish, done, failed))

    def stop(self) -> None:
        """Finish what is being checked, drop what waits; may be called twice."""
        self._thread.shutdown(cancel_futures=True)

    def _finish(self, done: Callable[[bool], None], failed: Callable[[Exception], None], future: Future[bool]) -> None:
        self._waiting.release()
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._call_back(partial(done, future.result()))
        elif isinstance(error, Exception):
            self._call_back(partial(failed, error))


def is_password(encoded: str, password: str) -> bool:
    """Return whether a password is that of an encoded hash; takes long."""
    from argon2 import PasswordHasher  # noqa: PLC0415 - a router that nobody sends a password never needs it
    from argon2.exceptions import VerifyMismatchError  # noqa: PLC0415

    try:
        return PasswordHasher().verify(encoded, password)
    except VerifyMismatchError:
        return False
