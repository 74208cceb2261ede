"""The node as a Twisted service: the one place that wires its parts together.

The order of starting is the order of need: data directory, certificate, accounts, realms, listeners, and then the
components, which connect to a listener. Stopping goes backwards, so that components leave in order while the router
still passes on their last words, and everybody else is told (``wamp.close.system_shutdown``) before the connections
end. Everything happens in ``startService``, after twistd has become a daemon.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, inlineCallbacks

from .announcements import Announcements, uses_authority
from .auth.decoys import Decoys
from .auth.hashing import PasswordHashes
from .auth.throttle import Throttle
from .config import ConfigurationError, Node, check, read
from .config.places import resolve
from .config.transports import Listener
from .core.ports import Log
from .core.router import Router
from .datadir import (
    AUTHORITY_FILE,
    HISTORY_FILE,
    PUBLISHED_AUTHORITY,
    TLS,
    claim,
    default_configuration,
    default_data_dir,
)
from .deciders import Deciders
from .doors import Doors
from .environment import make_environment
from .errors import StartError
from .files import in_words
from .listeners import Listeners
from .logins import SIGNING_KEY, LoginParts
from .logs import CoreLog
from .node import Processes
from .pauses import keep_pauses_short
from .programs import programs
from .provision import (
    auths,
    provide_devices,
    provide_owner,
    provide_static_keys,
    uses_accounts,
    uses_web_logins,
)
from .realms import keeps_events_on_disk, options_of, reload_roles, role_of
from .renewals import end_older
from .systemd import Supervisor
from .transport.connections import ConnectionLimits, Connections, descriptor_limits, raise_descriptor_limit
from .transport.host import host_identity
from .transport.system import ReactorClock, run_on_monotonic_time
from .transport.turn import Turn

if TYPE_CHECKING:
    from .store.keyfile import HubKey
    from .web_logins import WebParts

GOODBYE_SECONDS = 3.0
"""How long all peers together may take to answer GOODBYE and to close."""

_POLL_SECONDS = 0.05


def load(configuration: Path | None, data_dir: Path | None) -> tuple[Node, Path]:
    """Return a node's configuration, checked, and its data directory.

    Raises :class:`.ConfigurationError` with everything that is wrong with the file.
    """
    directory = resolve(Path.cwd(), str(data_dir or default_data_dir()))
    source = configuration or default_configuration(directory)
    node = read(source)
    problems = check(node, directory)
    if problems:
        raise ConfigurationError(str(source), problems)
    return node, directory


class NodeService(Service):
    """A node: router, listeners, components."""

    def __init__(self, node: Node, data_dir: Path, reactor: Any, configuration: Path | None = None) -> None:
        """Make the service of a node that :func:`load` has read; ``configuration`` is the file that it was told."""
        run_on_monotonic_time(reactor)
        self._node = node
        self._data_dir = data_dir
        self._configuration = configuration and configuration.absolute()
        self._reactor = reactor
        self._clock = ReactorClock(reactor)
        self._log: Log = CoreLog(self._clock.monotonic)
        self._announcements = Announcements(data_dir, self._log)
        self._supervisor = Supervisor(self._clock)
        self._routers: list[Router] = []
        self._lock: int | None = None
        self._accounts: Any = None
        self._hashes = PasswordHashes(reactor.callFromThread)
        self._web: WebParts | None = None
        self._history: Any = None
        self._standings: Any = None
        self._keeper: Any = None
        self._administration: Any = None

    # ---- starting ----------------------------------------------------------------------------------------------

    def startService(self) -> None:  # noqa: N802 - Twisted's name
        """Start everything. Raises :class:`StartError`, one sentence, when that cannot be done."""
        try:
            self._start()
        except OSError as error:
            raise StartError(in_words(error, self._data_dir)) from None
        super().startService()  # type: ignore[no-untyped-call]

    def _start(self) -> None:
        self._lock = claim(self._data_dir)
        raise_descriptor_limit()
        self._connections = Connections(self._connection_limits())
        authority = self._provide_authority()
        self._throttle = self._open_accounts()
        self._history = self._event_history()
        provide_static_keys(self._node, self._data_dir)
        turn = Turn(self._clock)
        self._administer(turn)
        self._make_routers()
        self._deciders = Deciders(self._clock, turn)
        self._deciders.provide(self._routers)
        doors = Doors(
            self._reactor,
            self._clock,
            turn,
            self._log,
            self._connections,
            self._data_dir,
            self._login_parts(),
        )
        server_file = authority.server_file if authority is not None else self._data_dir
        self._listeners = Listeners(self._reactor, self._clock, self._log, self._data_dir, server_file, doors)
        if self._administration is not None:
            self._administration.start(self._routers, self._listeners)
        for worker, router in zip(self._node.routers, self._routers, strict=True):
            for transport in worker.transports:
                self._announcements.address(transport, self._listeners.open(transport, router))
        if self._history is not None:
            self._history.start()
        self._keep_certificates(authority)
        self._processes = Processes(self._reactor, programs(self._node, self._data_dir))
        self._processes.startService()
        keep_pauses_short()
        self._supervisor.ready("serving")

    def _connection_limits(self) -> ConnectionLimits:
        wanted = self._node.controller.limits
        most = descriptor_limits(wanted.connections_per_address, wanted.connections_before_login)
        total = most.total if wanted.connections is None else min(wanted.connections, most.total)
        return ConnectionLimits(most.per_address, most.pending, total)

    def _provide_authority(self) -> Any:
        """Return the local authority with its certificate made, None when no listener wants it."""
        local = [transport for transport in self._transports() if uses_authority(transport)]
        if not local:
            return None
        from .transport.authority import AuthorityError, LocalAuthority  # noqa: PLC0415 - a plain router has no TLS

        names = tuple(name for transport in local for name in transport.host_names)
        authority = LocalAuthority(self._data_dir / TLS, self._clock, self._log, partial(host_identity, names))
        try:
            authority.ensure()
        except AuthorityError as error:
            raise StartError(str(error)) from None
        published = self._data_dir / PUBLISHED_AUTHORITY
        if not published.is_symlink() and not published.exists():
            published.symlink_to(AUTHORITY_FILE)
        return authority

    def _open_accounts(self) -> Throttle:
        """Open the accounts if anybody logs in with one, and make those that must be there; return the throttle."""
        if not uses_accounts(self._node):
            return Throttle(self._clock, self._log)
        from .store.accounts import Accounts  # noqa: PLC0415 - SQLAlchemy costs a third of the start
        from .store.errors import StoreError  # noqa: PLC0415
        from .store.standing_keeper import StandingKeeper  # noqa: PLC0415
        from .store.worker import AccountsWorker  # noqa: PLC0415

        names = host_identity().names
        open_accounts = partial(Accounts.open, self._data_dir, host_names=names)
        try:
            with open_accounts() as accounts:
                owner = provide_owner(accounts, self._node, self._announcements.keep_password)
                provide_devices(accounts, self._node, self._data_dir, self._log)
                standings = accounts.standings.all()
            self._accounts = AccountsWorker(open_accounts, self._reactor.callFromThread)
            self._accounts.start()
        except StoreError as error:
            raise StartError(str(error)) from None
        if owner is not None:
            self._announcements.owner(owner)
        self._standings = StandingKeeper(self._accounts, self._clock, self._log)
        return Throttle(self._clock, self._log, self._standings.keep, standings)

    def _event_history(self) -> Any:
        """Return what keeps past events on disk, None where no realm wants that."""
        if not any(keeps_events_on_disk(realm) for worker in self._node.routers for realm in worker.realms):
            return None
        from .store.history_worker import HistoryWorker  # noqa: PLC0415 - SQLAlchemy, as above

        return HistoryWorker(self._data_dir / HISTORY_FILE, self._clock, self._log, self._reactor.callFromThread)

    def _login_parts(self) -> LoginParts:
        """Return what logins need; where all are anonymous, the hub has no key."""
        decoys, signing_key = None, None
        if any(set(auth.ways) - {"anonymous"} for auth in auths(self._node)):
            key = self._hub_key()
            decoys, signing_key = Decoys(key.derive("decoys")), key.derive(SIGNING_KEY)
        if uses_web_logins(self._node):
            from .web_logins import web_parts  # noqa: PLC0415 - a plain router has none

            forms, clock, log = self._hub_key().derive("forms"), self._clock, self._log
            self._web = web_parts(
                self._accounts,
                self._hashes,
                self._throttle,
                clock,
                log,
                self._expel,
                partial(end_older, routers=self._routers, forgive=self._throttle.forgive),
                forms,
                self._reactor,
                self._data_dir,
            )
        return LoginParts(
            self._clock, self._log, self._throttle, decoys, signing_key, self._accounts, self._web, self._deciders
        )

    def _expel(self, authid: str, credential: str | None = None) -> None:
        """End the sessions of an authid, or those that a credential has let in, wherever they are."""
        for router in self._routers:
            router.expel(authid, credential)

    def _hub_key(self) -> HubKey:
        from .store.errors import StoreError  # noqa: PLC0415
        from .store.keyfile import HubKey  # noqa: PLC0415

        try:
            return HubKey.open(self._data_dir)
        except StoreError as error:
            raise StartError(str(error)) from None

    def _administer(self, turn: Turn) -> None:
        """Prepare administration where there are accounts: from here on the log tells the audit trail, too."""
        if self._accounts is None:
            return
        from .administration.node import NodeAdministration  # noqa: PLC0415 - needs the accounts' library

        self._administration = NodeAdministration(
            self._accounts,
            self._data_dir,
            self._clock,
            self._log,
            turn,
            self._reload_roles,
            self._throttle,
            self._hashes,
        )
        self._log = self._administration.log

    def _reload_roles(self) -> None:
        reload_roles(self._routers, partial(load, self._configuration, self._data_dir))
        self._deciders.provide(self._routers)

    def _make_routers(self) -> None:
        environment = make_environment(self._clock, self._log)
        for worker in self._node.routers:
            router = Router(environment)
            self._routers.append(router)
            for realm in worker.realms:
                options = options_of(realm, self._history and self._history.shelf)
                router.add_realm(realm.name, map(role_of, realm.roles), options)

    def _keep_certificates(self, authority: Any) -> None:
        if self._listeners.contexts:
            from .transport.tls import CertificateKeeper  # noqa: PLC0415

            self._keeper = CertificateKeeper(self._listeners.contexts, self._clock, self._log, authority)
            self._keeper.start()

    # ---- stopping ----------------------------------------------------------------------------------------------

    @inlineCallbacks
    def stopService(self) -> Generator[Deferred[Any], Any, None]:  # noqa: N802
        """Stop everything, components first; the Deferred fires when all is done."""
        super().stopService()  # type: ignore[no-untyped-call]
        self._log.info("stopping")
        self._supervisor.stopping()
        if self._standings is not None:
            self._standings.flush()
        yield DeferredList(self._listeners.close())
        yield self._processes.stopService()
        self._deciders.stop()
        for router in self._routers:
            router.shut_down()
        yield self._until_all_have_left()
        if self._keeper is not None:
            self._keeper.stop()
        self._hashes.stop()
        if self._history is not None:
            self._history.stop()
        if self._administration is not None:
            yield self._administration.stop()
        if self._accounts is not None:
            self._accounts.stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        self._log.info("stopped")

    def _until_all_have_left(self) -> Deferred[None]:
        left: Deferred[None] = Deferred()
        deadline = self._clock.monotonic() + GOODBYE_SECONDS

        def look() -> None:
            if self._connections.total == 0 or self._clock.monotonic() >= deadline:
                left.callback(None)
            else:
                self._clock.call_later(_POLL_SECONDS, look)

        look()
        return left

    def _transports(self) -> Iterator[Listener]:
        for router in self._node.routers:
            yield from router.transports
