"""Argon2id in a thread of its own: the reactor goes on while a password is checked, or set (RFC 9106).

One check takes 19 MiB and some tens of milliseconds, on a small machine more, and lets go of Python's lock meanwhile.
So there is one thread, and a short line before it: whoever comes when the line is full is told so at once, instead of
letting a flood of logins grow it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")

MOST_WAITING = 16
MOST_OF_ONE = 4
"""How many of those may be from one source: nobody fills the line alone."""

MOST_TO_SET = 8
"""Passwords that wait to be set, by people who have logged in: they have places of their own."""


class TooManyWait(Exception):
    """The line is full."""

    def __init__(self) -> None:
        super().__init__("too many passwords wait to be hashed: try again in a moment")


class PasswordHashes:
    """Checks passwords. ``call_back`` calls a function in the thread that asked (Twisted's ``callFromThread``)."""

    def __init__(self, call_back: Callable[[Callable[[], None]], object], most_waiting: int = MOST_WAITING) -> None:
        self._call_back = call_back
        self._most_waiting = most_waiting
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        # source -> how many of its passwords wait; changed in the thread that asks alone
        self._waiting: Counter[str | None] = Counter()
        self._setting = 0

    def verify(
        self,
        encoded: str,
        password: str,
        source: str | None,
        done: Callable[[bool], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Call ``done`` with whether the password is that of the encoded hash; ``failed`` when it can't be checked.

        ``source`` is who shares a part of the line, None for this machine's own console.
        """
        is_crowd = source is not None and self._waiting[source] >= MOST_OF_ONE
        if is_crowd or self._waiting.total() >= self._most_waiting:
            failed(TooManyWait())
            return

        def leave() -> None:
            self._waiting -= Counter({source: 1})

        if self._submit(partial(is_password, encoded, password), leave, done, failed):
            self._waiting[source] += 1

    def derive(
        self, work: Callable[[], Result], done: Callable[[Result], None], failed: Callable[[Exception], None]
    ) -> None:
        """Do what takes as long for a password that is to be set, which is for those alone who have logged in."""
        if self._setting >= MOST_TO_SET:
            failed(TooManyWait())
            return

        def leave() -> None:
            self._setting -= 1

        if self._submit(work, leave, done, failed):
            self._setting += 1

    def stop(self) -> None:
        """Finish what is being checked, drop what waits; may be called twice."""
        self._thread.shutdown(cancel_futures=True)

    def _submit(
        self,
        work: Callable[[], Result],
        leave: Callable[[], None],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None],
    ) -> bool:
        """Let work wait for its turn, and return whether it does; ``leave`` is called when it waits no more."""
        try:
            future = self._thread.submit(work)
        except RuntimeError as error:  # the node is stopping
            failed(error)
            return False
        future.add_done_callback(lambda future: self._call_back(partial(self._finish, leave, done, failed, future)))
        return True

    def _finish(
        self,
        leave: Callable[[], None],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None],
        future: Future[Result],
    ) -> None:
        leave()
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result())
        elif isinstance(error, Exception):
            failed(error)


def is_password(encoded: str, password: str) -> bool:
    """Return whether a password is that of an encoded hash; takes long."""
    from argon2 import PasswordHasher  # noqa: PLC0415 - a router that nobody sends a password never needs it
    from argon2.exceptions import VerifyMismatchError  # noqa: PLC0415

    try:
        return PasswordHasher().verify(encoded, password)
    except VerifyMismatchError:
        return False
