"""Telling systemd that the node is ready, alive or stopping (sd_notify(3)); without systemd nothing happens."""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.ports import Clock, Timer


class Supervisor:
    """The service manager above the node, by the environment that it gave."""

    def __init__(self, clock: Clock, environ: MutableMapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._clock = clock
        self._address = environ.pop("NOTIFY_SOCKET", "")
        self._watchdog_seconds = _watchdog_seconds(environ)
        self._timer: Timer | None = None

    def ready(self, status: str) -> None:
        """Say that the node serves, in one sentence for ``systemctl status``; from now on keep the watchdog quiet."""
        self._tell(f"READY=1\nSTATUS={status}")
        if self._watchdog_seconds:
            self._keep_quiet()

    def stopping(self) -> None:
        """Say that the node is about to end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tell("STOPPING=1")

    def _keep_quiet(self) -> None:
        # Twice as often as it is asked for, as sd_watchdog_enabled(3) recommends. A reactor that hangs does not.
        self._tell("WATCHDOG=1")
        self._timer = self._clock.call_later(self._watchdog_seconds / 2, self._keep_quiet)

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        # An address that begins with @ is an abstract one (unix(7)).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.setblocking(False)
                notify.sendto(message.encode(), address)
        except OSError:
            return  # the manager decides what silence means


def _watchdog_seconds(environ: MutableMapping[str, str]) -> float:
    """Return the watchdog's period, 0 when there is none or it is meant for another process."""
    pid, microseconds = environ.pop("WATCHDOG_PID", ""), environ.pop("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or pid not in ("", str(os.getpid())):
        return 0.0
    return int(microseconds) / 1_000_000
