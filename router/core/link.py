"""A link: the WAMP state of one connection, from its first HELLO to its end (basic profile, "Sessions").

The states and what each of them accepts stand in :data:`ACCEPTED`. Whatever a state does not accept is a protocol
violation, and that is decided in one place, :meth:`Link.receive`.
"""

from __future__ import annotations

import math
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ..codec import Outgoing, ProtocolViolation
from ..codec.messages import (
    MAX_ID,
    Abort,
    Authenticate,
    Call,
    Cancel,
    Error,
    Goodbye,
    Hello,
    Publish,
    Register,
    Subscribe,
    Unregister,
    Unsubscribe,
    Yield,
)
from . import errors
from .authentication import Accept, Applicant, Challenge, Deny
from .errors import RequestError
from .features import ROLES
from .gate import Gate, refuse_undecided
from .limits import LOGIN_LIMITS, MAX_AUTHID_BYTES, LoginLimits
from .session import NO_DETAILS, Identity, Session
from .testaments import Testaments
from .uris import LOOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..codec.messages import ClientRoles, Incoming
    from .authentication import Authenticator, Decide, Decision
    from .ports import Peer, Timer
    from .realm import Environment, Realm
    from .revocations import Revocations

WELCOME, ABORT, CHALLENGE, GOODBYE = 2, 3, 4, 6

GOODBYE_SECONDS = 2.0
"""How long a peer may take to answer GOODBYE."""


EXPIRY_LOOK_SECONDS = 60.0
"""How often the time of day is looked at for what runs out: it may be set while a session lasts."""

EXPULSION_SECONDS = 0.8
"""How long the connection may last of a session that was expelled. What is taken back is gone within one second."""


class State(Enum):
    """Where a link is in the life of its session."""

    OPENING = auto()
    """Nothing but HELLO may come."""
    DECIDING = auto()
    """HELLO or AUTHENTICATE has come, the authenticator has not decided yet."""
    CHALLENGED = auto()
    """CHALLENGE has been sent, AUTHENTICATE may come."""
    JOINED = auto()
    """WELCOME has been sent."""
    CLOSING = auto()
    """GOODBYE has been sent; whatever comes before its answer is ignored."""
    CLOSED = auto()
    """Nothing is received any more."""


class Link:
    """One connection and the session on it; after GOODBYE another session may follow.

    A transport calls :meth:`receive`, :meth:`violate` and :meth:`lost`, none of which raises for what a peer did.
    """

    def __init__(
        self,
        realms: Mapping[str, Realm],
        peer: Peer,
        authenticator: Authenticator,
        environment: Environment,
        revocations: Revocations,
        on_lost: Callable[[Link], None],
        strict_request_ids: bool,
        login_limits: LoginLimits = LOGIN_LIMITS,
    ) -> None:
        self._realms = realms
        self._peer = peer
        self._authenticator = authenticator
        self._environment = environment
        self._revocations = revocations
        # What a request was proven by before this connection became one of WAMP's counts from its beginning.
        self._since = environment.clock.monotonic()
        self._on_lost = on_lost
        self._strict = strict_request_ids
        self._limits = login_limits
        self._session: Session | None = None
        self._realm: Realm | None = None
        self._gate: Gate | None = None
        self._timer: Timer | None = None
        self._hello: Hello | None = None
        self._challenge: Challenge | None = None
        self._session_id = 0
        self._decisions = 0
        self._open()

    # ---- what the transport calls ----------------------------------------------------------------------------

    def receive(self, message: Incoming) -> None:
        """Take one message from the peer."""
        handler = self._handlers.get(message.__class__)
        try:
            if handler is None:
                self._refuse(message)
            else:
                handler(self._subject, message)
        except ProtocolViolation as violation:
            self.violate(str(violation))

    def violate(self, reason: str) -> None:
        """End the session because the peer broke the protocol; ``reason`` is shown to it.

        ABORT first, then the session and all it held is gone, then the connection is closed (basic profile,
        "Protocol Errors"). After GOODBYE nothing is said any more.
        """
        if self.state is State.CLOSED:
            return
        self._environment.log.warn("protocol violation", peer=self._peer.details.peer, reason=reason)
        if self.state is State.CLOSING:
            self._close()
        else:
            self._abort(errors.PROTOCOL_VIOLATION, reason)

    def lost(self) -> None:
        """Learn that the connection is gone."""
        self._enter(State.CLOSED)
        self._leave("connection lost")
        self._on_lost(self)

    # ---- what the router calls -------------------------------------------------------------------------------

    def dismiss(self, reason: str, message: str | None = None) -> None:
        """End the session from the router's side: GOODBYE, or ABORT where there is no session yet."""
        if self.state is State.JOINED:
            self._leave(reason)
            self._say_goodbye(reason, message, GOODBYE_SECONDS)
        elif self.state not in (State.CLOSING, State.CLOSED):
            self._abort(reason, message or reason)

    def expel(self, reason: str, message: str | None = None) -> None:
        """End the session because it is to be here no longer, and its connection with it.

        What is queued for it is forgotten, and a peer that does not read, or does not answer, gains no time by that.
        """
        if self.state is State.JOINED:
            self._leave(reason)
            self._peer.cut(EXPULSION_SECONDS)
            self._say_goodbye(reason, message, EXPULSION_SECONDS / 2)

    def _say_goodbye(self, reason: str, message: str | None, seconds: float) -> None:
        """Say GOODBYE, and close when it is answered, or has not been for so long."""
        details = {"message": message} if message else NO_DETAILS
        self._peer.send(Outgoing((GOODBYE, details, reason)))
        self._enter(State.CLOSING, seconds, self._close)

    # ---- opening ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._session_id = self._environment.ids.global_id()
        self._peer.set_limits(self._limits.session)
        timed_out = partial(self._abort, errors.TIMED_OUT, "HELLO took too long")
        self._enter(State.OPENING, self._limits.hello_seconds, timed_out)

    def _on_hello(self, hello: Hello) -> None:
        realm = self._realms.get(hello.realm)
        _check_roles(hello.details.roles)
        authid = hello.details.authid
        if authid is not None and len(authid.encode("utf-8", "surrogatepass")) > MAX_AUTHID_BYTES:
            raise ProtocolViolation(f"the authid is longer than {MAX_AUTHID_BYTES} bytes")
        if not LOOSE.is_valid(hello.realm):
            self._abort(errors.INVALID_URI, "the realm is not a valid URI")
            return
        if realm is None:
            self._abort(errors.NO_SUCH_REALM, "there is no such realm")
            return
        self._hello, self._realm = hello, realm
        applicant = Applicant(
            realm=hello.realm,
            session=self._session_id,
            authid=authid,
            authmethods=tuple(hello.details.authmethods),
            authextra=hello.details.authextra or {},
            transport=self._peer.details,
        )
        self._authenticator.authenticate(applicant, self._await_decision())

    def _on_authenticate(self, message: Authenticate) -> None:
        challenge, self._challenge = self._challenge, None
        if challenge is None:
            raise ProtocolViolation("the challenge has been answered already")
        challenge.answer(message.signature, message.extra, self._await_decision())

    def _await_decision(self) -> Decide:
        """Wait for the authenticator, and return what it is to call; that counts once, and for this question only."""
        timed_out = partial(self._abort, errors.TIMED_OUT, "the login took too long")
        self._enter(State.DECIDING, self._limits.authenticate_seconds, timed_out)
        self._decisions += 1
        return partial(self._decide, self._decisions)

    def _decide(self, question: int, decision: Decision) -> None:
        """Act on what the authenticator decided, unless the question is no longer open."""
        if self.state is not State.DECIDING or question != self._decisions:
            return
        if isinstance(decision, Challenge):
            self._challenge = decision
            timed_out = partial(self._abort, errors.TIMED_OUT, "AUTHENTICATE took too long")
            self._enter(State.CHALLENGED, decision.seconds or self._limits.authenticate_seconds, timed_out)
            self._peer.send(Outgoing((CHALLENGE, decision.method, decision.extra)))
        elif isinstance(decision, Deny):
            self._environment.log.warn(
                "login refused",
                peer=self._peer.details.peer,
                authid=self._hello and self._hello.details.authid,
                reason=decision.reason,
            )
            self._abort(decision.uri, decision.message)
        else:
            self._welcome(decision)

    def _welcome(self, accepted: Accept) -> None:
        hello, realm = self._hello, self._realm
        if hello is None or realm is None:
            raise AssertionError("a login is decided only after HELLO")
        guard = realm.guard_of(accepted)
        if guard is None:
            self._abort(errors.NO_SUCH_ROLE, "the realm has no such role")
            return
        if self._revocations.has_changed(accepted.authid, self._since):
            self._decide(self._decisions, Deny("it was taken back before it was done"))
            return
        end = self._end_of(accepted)
        if end <= self._environment.clock.time():
            self._decide(self._decisions, Deny("what was proven has run out"))
            return
        identity = Identity(
            accepted.authid,
            accepted.authrole,
            accepted.authmethod,
            accepted.authprovider,
            accepted.credential,
            accepted.scope,
        )
        session = Session(self._session_id, identity, hello.details.roles, guard, self._peer, Testaments(), self.expel)
        try:
            realm.join(session)
        except RequestError as error:
            self._abort(error.uri, error.message)
            return
        self._session = session
        self._peer.set_limits(session.limits)
        self._enter(State.JOINED)
        refused = self._peer.send(Outgoing((WELCOME, session.id, _welcome_details(realm, accepted))))
        if refused is not None:
            self._abort(refused, "WELCOME is larger than what this client takes")
            return
        realm.welcome(session)
        self._await_end(accepted, end)

    def _await_end(self, accepted: Accept, end: float) -> None:
        """End the session when what it stands on runs out."""
        session, realm, clock = self._session, self._realm, self._environment.clock
        seconds = end - clock.time()
        if session is None or realm is None or seconds == math.inf:
            return
        if seconds > 0:
            look = partial(self._time_out, partial(self._await_end, accepted, end))
            self._timer = clock.call_later(min(seconds, EXPIRY_LOOK_SECONDS), look)
        else:
            self._environment.log.info("login over", authid=accepted.authid, method=accepted.authmethod)
            realm.put_out(session, "what this session was let in by has run out")

    def _end_of(self, accepted: Accept) -> float:
        """Return when a login runs out, or the connection that it was made on; ``inf`` where neither has an end."""
        tls = self._peer.details.tls
        ends = (accepted.expires_at, None if tls is None else tls.good_until())
        return min((end for end in ends if end is not None), default=math.inf)

    # ---- ending ----------------------------------------------------------------------------------------------

    def _on_goodbye(self, message: Goodbye) -> None:
        """Answer the peer's GOODBYE; another HELLO may follow on the same connection."""
        if not LOOSE.is_valid(message.reason):
            raise ProtocolViolation("the reason of GOODBYE is not a valid URI")
        self._leave("goodbye")
        self._peer.send(Outgoing((GOODBYE, NO_DETAILS, errors.GOODBYE_AND_OUT)))
        self._open()

    def _on_goodbye_answer(self, _message: Goodbye) -> None:
        self._close()

    def _on_abort(self, _message: Abort) -> None:
        """End what the peer has aborted; ABORT is never answered."""
        self._enter(State.CLOSED)
        self._leave("aborted by the peer")
        self._peer.close()

    def _abort(self, reason: str, message: str) -> None:
        self._enter(State.CLOSED)
        self._leave(reason)
        self._peer.send(Outgoing((ABORT, {"message": message}, reason)))
        self._peer.close()

    def _close(self) -> None:
        self._enter(State.CLOSED)
        self._peer.close()

    def _leave(self, reason: str) -> None:
        session, self._session = self._session, None
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.close()
        if session is not None and self._realm is not None:
            self._realm.leave(session, reason)

    # ---- states ----------------------------------------------------------------------------------------------

    def _enter(self, state: State, seconds: float = 0, on_timeout: Callable[[], None] | None = None) -> None:
        """Go to another state; with ``seconds``, ``on_timeout`` is called when the link is still in it then."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if on_timeout is not None:
            self._timer = self._environment.clock.call_later(seconds, partial(self._time_out, on_timeout))
        self.state = state
        self._subject: Any = self
        self._handlers: Mapping[type, Callable[[Any, Any], None]] = ACCEPTED[state]
        if state is State.JOINED and self._session is not None and self._realm is not None:
            self._subject = self._session
            self._handlers = self._session_handlers(self._session, self._realm)

    def _time_out(self, on_timeout: Callable[[], None]) -> None:
        self._timer = None
        on_timeout()

    def _session_handlers(self, session: Session, realm: Realm) -> dict[type, Callable[[Any, Any], None]]:
        """Return what a joined session accepts: the messages of the roles it announced, and the end."""
        requests, answers = _handlers_of(session.roles, realm)
        requests = {kind: self._in_order(handler) for kind, handler in requests.items()}
        ends = {
            Goodbye: partial(_for_link, Link._on_goodbye, self),
            Abort: partial(_for_link, Link._on_abort, self),
        }
        handlers = requests | answers | ends
        if session.guard.role.authorizer is None:
            return handlers
        self._gate = Gate(realm, session, self.violate, self._in_order(refuse_undecided))
        return self._gate.around(handlers)

    def _in_order(self, handler: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        """Return what takes requests for ``handler``: in strict sequence where that is wanted."""
        return partial(_in_sequence, handler) if self._strict else handler

    def _refuse(self, message: Incoming) -> None:
        """Refuse what the state does not accept."""
        if self.state in (State.CLOSING, State.CLOSED):
            return
        name = type(message).__name__.upper()
        if self.state is State.JOINED:
            raise ProtocolViolation(f"{name} is not for a session with these roles, or not now")
        expected = {State.OPENING: "HELLO", State.CHALLENGED: "AUTHENTICATE"}.get(self.state, "nothing")
        raise ProtocolViolation(f"{name} came where {expected} is expected")


ACCEPTED: Mapping[State, Mapping[type, Callable[[Link, Any], None]]] = {
    State.OPENING: {Hello: Link._on_hello, Abort: Link._on_abort},
    State.DECIDING: {Abort: Link._on_abort},
    State.CHALLENGED: {Authenticate: Link._on_authenticate, Abort: Link._on_abort},
    State.JOINED: {},
    State.CLOSING: {Goodbye: Link._on_goodbye_answer, Abort: Link._on_abort},
    State.CLOSED: {},
}
"""State -> message type -> what happens; for a joined session its roles decide, see ``_handlers_of``."""


def _handlers_of(
    roles: ClientRoles, realm: Realm
) -> tuple[dict[type, Callable[[Any, Any], None]], dict[type, Callable[[Any, Any], None]]]:
    """Return the handlers of the roles that a client announced: those for its requests, those for its answers."""
    broker, dealer = realm.broker, realm.dealer
    requests: dict[type, Callable[[Any, Any], None]] = {}
    answers: dict[type, Callable[[Any, Any], None]] = {}
    if roles.publisher is not UNSET:
        requests |= {Publish: broker.publish}
    if roles.subscriber is not UNSET:
        requests |= {Subscribe: broker.subscribe, Unsubscribe: broker.unsubscribe}
    if roles.caller is not UNSET:
        requests |= {Call: dealer.call}
        answers |= {Cancel: dealer.cancel}
    if roles.callee is not UNSET:
        requests |= {Register: dealer.registry.register, Unregister: dealer.registry.unregister}
        answers |= {Yield: dealer.yield_, Error: dealer.error}
    return requests, answers


def _in_sequence(handler: Callable[[Session, Any], None], session: Session, message: Any) -> None:
    """Pass on a request whose id is the next in sequence (basic profile, "IDs": session scope)."""
    if message.__class__ is Call and (message.request in session.calls or message.request in session.cut_short):
        handler(session, message)  # more of a call that began earlier, or not: the dealer knows
        return
    expected = session.last_request + 1 if session.last_request < MAX_ID else 1
    if message.request != expected:
        raise ProtocolViolation(f"request id {message.request} came where {expected} is next")
    session.last_request = expected
    handler(session, message)


def _for_link(handler: Callable[[Link, Any], None], link: Link, _session: Session, message: Any) -> None:
    """Let the link handle a message of its joined session."""
    handler(link, message)


def _check_roles(roles: ClientRoles) -> None:
    if all(role is UNSET for role in (roles.publisher, roles.subscriber, roles.caller, roles.callee)):
        raise ProtocolViolation("HELLO announces no role that a client can have")


def _welcome_details(realm: Realm, accepted: Accept) -> dict[str, Any]:
    return {
        "realm": realm.name,
        "authid": accepted.authid,
        "authrole": accepted.authrole,
        "authmethod": accepted.authmethod,
        "authprovider": accepted.authprovider,
        "authextra": accepted.extra,
        "roles": ROLES,
    }
