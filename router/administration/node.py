"""Administration of a node that runs: what belongs together there, made, started and stopped as one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from ..codec import codecs
from ..config import ConfigurationError
from ..core.errors import RequestError
from ..core.router import Router
from ..datadir import CONSOLE_SOCKET, OWNER
from ..environment import make_environment
from ..users import user_name
from .audit import Audit, AuditedLog
from .console import CONSOLE, ConsoleLogin, console_role
from .grants import GrantKeeper
from .live import Live
from .procedures import Administration, Parts
from .watch import LoginWatch

if TYPE_CHECKING:
    from ..auth.hashing import PasswordHashes
    from ..auth.throttle import Throttle
    from ..core.ports import Clock, Log
    from ..listeners import Listeners
    from ..store.worker import AccountsWorker
    from ..transport.turn import Turn


class NodeAdministration:
    """The audit trail, the grants, the watch over logins and ``wampi.admin.*`` of one node.

    ``log`` is the node's log, audited.
    """

    def __init__(
        self,
        worker: AccountsWorker,
        data_dir: Path,
        clock: Clock,
        log: Log,
        turn: Turn,
        reload: Callable[[], None],
        throttle: Throttle,
        hashes: PasswordHashes,
    ) -> None:
        self._worker = worker
        self._data_dir = data_dir
        self._audit = Audit(worker, clock, log)
        self.log: Log = AuditedLog(log, self._audit)
        self._routers: list[Router] = []
        self._console = Router(make_environment(clock, self.log))
        self._grants = GrantKeeper(worker, self._routers, clock, log)
        self._watch = LoginWatch(worker, self._routers, clock, log)
        live = Live(self._routers, _reloading(reload))
        parts = Parts(
            worker,
            self._routers,
            self._audit,
            self._grants,
            live,
            clock,
            self.log,
            turn,
            codecs()["msgpack"],
            throttle,
            hashes,
        )
        self._administration = Administration(parts)

    def start(self, routers: list[Router], listeners: Listeners) -> None:
        """Serve the realms that have owners, and the console."""
        self._routers.extend(routers)
        self._grants.reload()
        self._watch.start()
        for router in routers:
            for realm in router.realms.values():
                if realm.guard(OWNER, "") is not None:
                    self._administration.serve(router, realm)
        self._administration.serve(self._console, self._console.add_realm(CONSOLE, [console_role()]))
        listeners.open_console(self._data_dir / CONSOLE_SOCKET, self._console, ConsoleLogin(os.geteuid(), user_name))

    def stop(self) -> Deferred[None]:
        """Stop; the Deferred fires when the audit trail is written."""
        self._console.shut_down()
        self._grants.stop()
        self._watch.stop()
        self._administration.stop()
        entries = self._audit.stop()
        written: Deferred[None] = Deferred()
        self._worker.submit(
            lambda accounts: accounts.audit.add(entries), written.callback, lambda _error: written.callback(None)
        )
        return written


def _reloading(reload: Callable[[], None]) -> Callable[[], None]:
    """Return ``reload`` with what can go wrong as an error of a call."""

    def do() -> None:
        try:
            reload()
        except ConfigurationError as error:
            problem = f"{error.source}: {error.problems[0]}"
            raise RequestError("wampi.error.invalid_configuration", f"{problem}; nothing was changed") from None

    return do
