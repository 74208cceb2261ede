"""Sessions are looked at again every minute: what has let them in must still do so, with the same role.

Most that ends a login ends its sessions in the same moment (docs/security.md). This is for the rest: a token that runs
out, a cookie that has been good for long enough, and whatever another process has changed in the accounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from ..core.authentication import Principal
from ..core.session import Identity
from ..store.public_keys import CREDENTIAL as KEYS
from ..store.rows import PROVIDER
from ..store.tokens import CREDENTIAL as TOKEN

if TYPE_CHECKING:
    from ..core.ports import Clock, Log, Timer
    from ..core.realm import Realm
    from ..core.router import Router
    from ..core.session import Session
    from ..credentials import Holder
    from ..store.accounts import Accounts
    from ..store.worker import AccountsWorker

    Ground = Principal | Identity
    """What a session stands on: what its HTTP request has proven, or else the login that HELLO began."""

WATCH_SECONDS = 60.0
MOST_AT_ONCE = 32
"""How many logins are looked at in one piece of work: whoever logs in meanwhile waits for no more than that."""


class LoginWatch:
    """Ends the sessions of accounts that would not be let in any more."""

    def __init__(self, worker: AccountsWorker, routers: Iterable[Router], clock: Clock, log: Log) -> None:
        self._worker = worker
        self._routers = routers
        self._clock = clock
        self._log = log
        self._timer: Timer | None = None
        # what is yet to be looked at -> the sessions that stand on it
        self._left: dict[Ground, list[tuple[Realm, Session]]] = {}

    def start(self) -> None:
        """Look every minute from now on."""
        self._timer = self._clock.call_later(WATCH_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more; may be called twice."""
        self._left.clear()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        self.start()
        if self._left:
            return  # the last look is not through
        for realm, session in self._sessions():
            self._left.setdefault(_ground(session), []).append((realm, session))
        self._go_on()

    def _go_on(self) -> None:
        grounds = list(islice(self._left, MOST_AT_ONCE))
        if grounds:
            judge = partial(self._judge, grounds)
            self._worker.submit(lambda accounts: [_holds(accounts, one) for one in grounds], judge, self._failed)

    def _judge(self, grounds: list[Ground], hold: list[bool]) -> None:
        for ground, holds in zip(grounds, hold, strict=True):
            sessions = self._left.pop(ground, [])
            if not holds:
                self._end(sessions)
        self._go_on()

    def _end(self, sessions: list[tuple[Realm, Session]]) -> None:
        for realm, session in sessions:
            # It may have left, and another may have come on its connection.
            if realm.sessions.get(session.id) is session:
                identity = session.identity
                self._log.info("login over", authid=identity.authid, method=identity.authmethod)
                realm.put_out(session, "what this session was let in by is no longer good")

    def _failed(self, error: Exception) -> None:
        self._left.clear()
        self._log.warn("logins not looked at", reason=str(error))

    def _sessions(self) -> Iterator[tuple[Realm, Session]]:
        for router in self._routers:
            for realm in router.realms.values():
                yield from ((realm, session) for session in realm if session.identity.authprovider == PROVIDER)


def _ground(session: Session) -> Ground:
    principal = session.transport.principal
    return principal if principal is not None and principal.method == session.identity.authmethod else session.identity


def _holds(accounts: Accounts, ground: Ground) -> bool:
    if isinstance(ground, Principal):
        now = accounts.web.confirm(ground)
        return now is not None and now.authrole == ground.authrole
    holder = _holder(accounts, ground)
    return (
        holder is not None and holder.enabled and (holder.authid, holder.authrole) == (ground.authid, ground.authrole)
    )


def _holder(accounts: Accounts, identity: Identity) -> Holder | None:
    """Return whom a credential would let in now.

    Of a password, a device's key or a name in a certificate only the account is looked at: when the secret has changed,
    the sessions that the old one let in have ended with that.
    """
    kind, colon, number = identity.credential.partition(":")
    if kind + colon == TOKEN:
        return accounts.tokens.holder(int(number))
    if kind + colon in KEYS.values():
        return accounts.public_keys.holder(int(number))
    return accounts.wamp.find_holder(identity.authid, identity.credential)
