"""The operations as procedures, ``wampi.admin.*``, answered by the node itself in every realm that has owners.

Only owners may call them, whatever the rules of a role say, and what changes the accounts needs a fresh login besides.
What an operation changes takes effect before it is answered: sessions end, grants hold or hold no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..auth.fixed import FixedIdentity
from ..auth.hashing import TooManyWait
from ..core import errors
from ..core.arguments import Procedure
from ..core.authentication import Accept
from ..core.authorization import Permission, Role
from ..core.errors import RequestError
from ..core.limits import Limits
from ..datadir import OWNER
from ..freshness import FRESH_SECONDS, is_freshly_in
from ..renewals import end_older
from ..store.errors import StoreBusy, StoreError
from ..transport.inside import DEFINE, Answer, Caller, InsideSession
from .live import LIVE, Later, Live
from .operations import OPERATIONS, Asker, Effect, Expel, Forget, Outcome, Unfinished, begin

if TYPE_CHECKING:
    from ..auth.hashing import PasswordHashes
    from ..auth.throttle import Throttle
    from ..codec import Codec
    from ..core.ports import Clock, Log
    from ..core.realm import Realm
    from ..core.router import Router
    from ..store.accounts import Accounts
    from ..store.verifiers import Derived
    from ..store.worker import AccountsWorker
    from ..transport.turn import Turn
    from .audit import Audit
    from .grants import GrantKeeper

PREFIX = "wampi.admin."
ROLE = "router:administration"
# Under a name that no account can have.
_IDENTITY = Accept(ROLE, ROLE, authmethod="internal", authprovider="node")

_LOG_IN_AGAIN = f"log in again, by password or passkey: this needs a login of the last {FRESH_SECONDS / 60:.0f} minutes"
_EXPEL_ASKER_SECONDS = 0.2
"""After an answer that is the last which a session gets."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What administration works on."""

    worker: AccountsWorker
    routers: list[Router]
    audit: Audit
    grants: GrantKeeper
    live: Live
    clock: Clock
    log: Log
    turn: Turn
    codec: Codec
    throttle: Throttle
    hashes: PasswordHashes


class Administration:
    """Answers ``wampi.admin.*`` in the realms that it is told to serve."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._sessions: list[InsideSession] = []

    def serve(self, router: Router, realm: Realm) -> None:
        """Answer in a realm."""
        realm.set_roles([administrator()])
        attach = partial(router.attach, authenticator=FixedIdentity(_IDENTITY))
        parts = self._parts
        session = InsideSession(attach, parts.codec, parts.turn, parts.clock, realm.name)
        for name, operation in OPERATIONS.items():
            session.register(PREFIX + name, partial(self._on_operation, realm, name), operation.describe())
        for name, live in LIVE.items():
            session.register(PREFIX + name, partial(self._on_live, realm, name), live.call.describe())
        self._sessions.append(session)
        session.start()

    def stop(self) -> None:
        """Leave all realms."""
        for session in self._sessions:
            session.stop()

    # ---- calls -----------------------------------------------------------------------------------------------

    def _on_operation(
        self, realm: Realm, name: str, caller: Caller, args: list[Any], kwargs: dict[str, Any], answer: Answer
    ) -> None:
        asker = self._asker(realm, name, caller, must_be_fresh=OPERATIONS[name].changes)
        # What does not fit need not wait for its turn.
        self._check_roles(OPERATIONS[name].call.bind(args, kwargs))
        now = self._parts.clock.time()
        self._parts.audit.flush()

        def work(accounts: Accounts) -> Outcome | Unfinished:
            return begin(accounts, name, asker, args, kwargs, now)

        self._parts.worker.submit(work, partial(self._begun, caller, answer), partial(_fail, answer))

    def _begun(self, caller: Caller, answer: Answer, step: Outcome | Unfinished) -> None:
        """Go on: a password is hashed elsewhere, so that others may log in meanwhile."""
        if isinstance(step, Outcome):
            self._done(caller, answer, step)
            return
        fail, finish = partial(_fail, answer), step.finish

        def derived(derived: Derived) -> None:
            done = partial(self._done, caller, answer)
            self._parts.worker.submit(lambda accounts: finish(accounts, derived), done, fail)

        self._parts.hashes.derive(step.draft.derive, derived, fail)

    def _on_live(
        self, realm: Realm, name: str, caller: Caller, args: list[Any], kwargs: dict[str, Any], answer: Answer
    ) -> None:
        asker = self._asker(realm, name, caller)
        procedure: Procedure = LIVE[name].call
        given = procedure.bind(args, kwargs)
        result = procedure.function(self._parts.live, caller.session, **given)
        if LIVE[name].changes:
            self._parts.audit.record("change", name, asker.authid, asker.origin, asker.way, given)
        if isinstance(result, Later):
            result.begin(answer)
        else:
            answer(result)

    def _asker(self, realm: Realm, name: str, caller: Caller, *, must_be_fresh: bool = False) -> Asker:
        """Return who asks.

        Raises :class:`.RequestError` for anybody but an owner with all the rights of one, and for one whose login is
        too old.
        """
        session = realm.sessions.get(caller.session or 0)
        if session is None:
            raise RequestError(errors.CANCELED, "the caller is gone")
        identity = session.identity
        asker = Asker(identity.authid, session.transport.peer, identity.authmethod)
        if identity.authrole != OWNER or identity.scope is not None:
            self._note_refusal(name, asker)
            raise RequestError(errors.NOT_AUTHORIZED, "only an owner may do this")
        if must_be_fresh and not is_freshly_in(session, self._parts.clock.time()):
            self._note_refusal(name, asker, reason="the login is too old")
            raise RequestError(errors.REAUTHENTICATION_REQUIRED, _LOG_IN_AGAIN)
        return asker

    def _note_refusal(self, name: str, asker: Asker, **details: str) -> None:
        self._parts.audit.record("refused", PREFIX + name, asker.authid, asker.origin, asker.way, details)

    def _check_roles(self, given: dict[str, Any]) -> None:
        """Refuse a role that there is not, or that can be no scope: nobody could log in with it."""
        realms = [realm for router in self._parts.routers for realm in router.realms.values()]
        for role in (given.get("role"), given.get("scope")):
            if role is not None and not any(realm.guard(role) for realm in realms):
                raise RequestError(errors.INVALID_ARGUMENT, f"there is no role {role!a}: see the list of roles")
        scope = given.get("scope")
        if scope is not None and not any(realm.guard(scope, scope=scope) for realm in realms):
            text = f"an authorizer decides about the role {scope!a}: take one with rules of its own for a scope"
            raise RequestError(errors.INVALID_ARGUMENT, text)

    # ---- effects ---------------------------------------------------------------------------------------------

    def _done(self, caller: Caller, answer: Answer, outcome: Outcome) -> None:
        """Let an outcome take effect, and answer then."""
        if outcome.unrecorded is not None:
            self._parts.log.warn("audit trail cannot be written", reason=outcome.unrecorded)
        self._take_effect(list(outcome.effects), caller, partial(answer, outcome.result))

    def _take_effect(self, effects: list[Effect], caller: Caller, then: Callable[[], None]) -> None:
        if not effects:
            then()
            return
        effect, rest = effects[0], effects[1:]
        go_on = partial(self._take_effect, rest, caller, then)
        if isinstance(effect, Expel):
            self._expel(effect, caller)
            go_on()
        elif isinstance(effect, Forget):
            self._parts.throttle.forget(effect.authid)
            go_on()
        else:
            self._parts.grants.reload(go_on)

    def _expel(self, effect: Expel, caller: Caller) -> None:
        if effect.is_renewal:
            end_older(effect.authid, self._parts.routers, self._parts.throttle.forgive, but=caller.session)
            return
        for router in self._parts.routers:
            router.expel(effect.authid, effect.credential, but=caller.session)
            if effect.is_gone:
                for realm in router.realms.values():
                    realm.forget(effect.authid)
        self._parts.clock.call_later(_EXPEL_ASKER_SECONDS, partial(self._expel_asker, effect, caller))

    def _expel_asker(self, effect: Expel, caller: Caller) -> None:
        """End the session that has taken its own rights away; it has its answer now."""
        for router in self._parts.routers:
            for realm in router.realms.values():
                session = realm.sessions.get(caller.session or 0)
                if session is None or session.identity.authid != effect.authid:
                    continue
                if effect.credential in (None, session.identity.credential):
                    realm.put_out(session, "you have taken back what let you in")


def administrator() -> Role:
    """Return the role of the node's own session."""
    own = Permission(PREFIX, "prefix", frozenset({"register"}))
    describing = Permission(DEFINE, allow=frozenset({"call"}))
    count = len(OPERATIONS) + len(LIVE)
    limits = Limits(registrations=count, definitions=count, pending_calls=1000)
    return Role(ROLE, (own, describing), limits, owns=PREFIX, is_internal=True)


def _fail(answer: Answer, error: Exception) -> None:
    if isinstance(error, StoreError):
        answer(RequestError(error.uri, str(error)))
    elif isinstance(error, RequestError):
        answer(error)
    elif isinstance(error, TooManyWait):
        answer(RequestError(StoreBusy.uri, str(error)))
    else:
        answer(RequestError("wampi.error.store_failed", "it could not be done; the log of the hub says why"))
        raise error
