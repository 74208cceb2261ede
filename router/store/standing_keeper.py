"""Keeps what the throttle has counted: gathered for a second, then written at once, off the reactor's thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..core.ports import Clock, Log, Timer
    from ..credentials import Standing
    from .worker import AccountsWorker

GATHER_SECONDS = 1.0
RETRY_SECONDS = 30.0
MOST_GATHERED = 4096
"""Names that wait to be written; with more, as only a flood brings about, the oldest are left out."""


class StandingKeeper:
    """The throttle's :data:`~..auth.throttle.Keep`, on the accounts."""

    def __init__(self, worker: AccountsWorker, clock: Clock, log: Log) -> None:
        self._worker = worker
        self._clock = clock
        self._log = log
        # authid -> standing, since it was last written
        self._changed: dict[str, Standing] = {}
        self._timer: Timer | None = None

    def keep(self, authid: str, standing: Standing) -> None:
        """Remember a standing; it is written within a second."""
        self._changed.pop(authid, None)
        self._changed[authid] = standing
        if len(self._changed) > MOST_GATHERED:
            del self._changed[next(iter(self._changed))]
        self._write_in(GATHER_SECONDS)

    def flush(self) -> None:
        """Write now what waits; a node that stops calls it."""
        if self._timer is not None:
            self._timer.cancel()
        self._write()

    def _write_in(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(seconds, self._write)

    def _write(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, {}
        if changed:
            self._worker.submit(
                lambda accounts: accounts.standings.put(changed),
                lambda _nothing: None,
                lambda error: self._try_again(changed, error),
            )

    def _try_again(self, unwritten: Mapping[str, Standing], error: Exception) -> None:
        self._log.warn("failed logins not kept", reason=str(error))
        self._changed = {**unwritten, **self._changed}
        self._write_in(RETRY_SECONDS)
