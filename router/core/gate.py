"""The gate of a session whose rights somebody else decides about: a dynamic authorizer, as Crossbar has it.

Before a request is handled, the authorizer is asked. Meanwhile nothing more is read from the peer, what has come
already waits in a bounded inbox, and the order is kept. Whoever does not answer, or not in a form that is understood,
has denied. A session of another role never comes here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from ..codec import ProtocolViolation
from ..codec.messages import Call, Publish, Register, Subscribe
from . import errors
from .dynamic import DynamicGuard, Question, read_verdict
from .errors import RequestError

if TYPE_CHECKING:
    from ..codec.messages import Incoming
    from .realm import Realm
    from .session import Session

MOST_WAITING = 4096
"""Messages in the inbox: as many as one read can bring. More is a violation, since reading rests."""

_ADD_TESTAMENT = "wamp.session.add_testament"

Handler = Callable[[Any, Any], None]


class Authorizer(Protocol):
    """Asks the procedure of a role."""

    def ask(self, procedure: str, args: list[Any], decide: Callable[[Any | RequestError], None]) -> None:
        """Call ``procedure`` with ``args``; then ``decide`` with its result or with why there is none, once."""


class Gate:
    """Stands between one session's messages and their handlers."""

    def __init__(
        self, realm: Realm, session: Session, violate: Callable[[str], None], refuse: Handler | None = None
    ) -> None:
        """``refuse`` answers a request that nobody could decide about, :func:`refuse_undecided` by default."""
        self._realm = realm
        self._session = session
        self._violate = violate
        self._refuse = refuse or refuse_undecided
        self._handlers: Mapping[type, Handler] = {}
        self._inbox: deque[Incoming] = deque()
        self._is_waiting = False
        self._is_going_on = False
        self._is_holding = False
        self._is_closed = False

    def around(self, handlers: Mapping[type, Handler]) -> dict[type, Handler]:
        """Return handlers that ask first; every message passes here, so that none overtakes another."""
        self._handlers = handlers
        return dict.fromkeys(handlers, self._take)

    def close(self) -> None:
        """Let nothing through any more: the session has ended."""
        self._is_closed = True
        self._inbox.clear()
        self._release()

    def _take(self, _subject: Any, message: Incoming) -> None:
        if not self._is_waiting:
            self._handle(message)
        elif len(self._inbox) < MOST_WAITING:
            self._inbox.append(message)
        else:
            raise ProtocolViolation("too many messages came while one waits for a decision")

    def _handle(self, message: Incoming) -> None:
        question = self._question(message)
        if question is None:
            self._pass(message)
            return
        self._is_waiting = self._is_holding = True
        self._session.peer.hold()
        guard = self._guard
        authorizer, procedure = self._realm.authorizer, guard.role.authorizer
        decide = partial(self._decide, message, question, guard)
        if authorizer is None or procedure is None:
            decide(RequestError(errors.AUTHORIZATION_FAILED, "there is no authorizer"))
            return
        details = {"realm": self._realm.name, **self._session.describe()}
        authorizer.ask(procedure, [details, question.uri, question.action, question.options], decide)

    def _decide(self, message: Incoming, question: Question, guard: DynamicGuard, answer: Any) -> None:
        """Handle the message by what the authorizer said, then whatever waits behind it."""
        if self._is_closed or not self._is_waiting:
            return
        verdict = read_verdict(answer)
        if verdict is None:
            self._try(partial(self._refuse, self._session), message)
        else:
            # Rules that changed meanwhile have made another guard, whose memory this answer is too old for.
            guard.keep(question, verdict)
            self._guard.allow_once(question, verdict)
            self._try(self._pass, message)
            if not self._is_closed:
                self._guard.forget_once()
        self._go_on()

    def _go_on(self) -> None:
        self._is_waiting = False
        if self._is_going_on:
            return  # the answer came at once: whoever goes through the inbox is on its way already
        self._is_going_on = True
        while self._inbox and not self._is_waiting and not self._is_closed:
            self._try(self._handle, self._inbox.popleft())
        self._is_going_on = False
        if not self._is_waiting:
            self._release()

    def _release(self) -> None:
        if self._is_holding:
            self._is_holding = False
            self._session.peer.release()

    def _try(self, handle: Callable[[Incoming], None], message: Incoming) -> None:
        try:
            handle(message)
        except ProtocolViolation as violation:
            self._violate(str(violation))

    def _pass(self, message: Incoming) -> None:
        handler = self._handlers.get(message.__class__)
        if handler is not None:
            handler(self._session, message)

    # ---- questions -------------------------------------------------------------------------------------------

    @property
    def _guard(self) -> DynamicGuard:
        guard = self._session.guard
        if not isinstance(guard, DynamicGuard):
            raise AssertionError("a role with an authorizer has such guards")
        return guard

    def _question(self, message: Incoming) -> Question | None:
        """Return what has to be asked before a message is handled; None when that is settled already."""
        question = self._asked(message)
        if question is None or self._is_the_authorizers_own():
            return None
        rules = self._realm.uris
        is_known = not rules.is_valid(question.uri, question.match) or self._guard.knows(question)
        return None if is_known else question

    def _asked(self, message: Incoming) -> Question | None:
        session = self._session
        if isinstance(message, Call):
            if message.request in session.calls or message.request in session.cut_short:
                return None
            if message.procedure == _ADD_TESTAMENT:
                return self._about_testament(message)
            return Question("call", message.procedure, _plain(message.options))
        if isinstance(message, Publish):
            return Question("publish", message.topic, _plain(message.options))
        if isinstance(message, Subscribe):
            return Question("subscribe", message.topic, _plain(message.options), message.options.match)
        if isinstance(message, Register):
            return Question("register", message.procedure, _plain(message.options), message.options.match)
        return None

    def _about_testament(self, message: Call) -> Question | None:
        """A testament is a publication: whoever may make it may have it published when the session is gone."""
        codec = self._session.codec
        args = codec.load(message.args) if message.args else []
        kwargs = codec.load(message.kwargs) if message.kwargs else {}
        topic = kwargs.get("topic", args[0] if args else None)
        if not isinstance(topic, str):
            return None
        return Question("publish", topic, {"testament": True}, is_testament=True)

    def _is_the_authorizers_own(self) -> bool:
        """Return whether this session answers for the authorizer itself: it would wait for its own answer."""
        procedure = self._session.guard.role.authorizer
        registration = self._realm.dealer.registry.index.exact.get(procedure or "")
        is_own = registration is not None and self._session in registration.callees
        self._guard.is_static = is_own
        return is_own


def refuse_undecided(session: Session, message: Incoming) -> None:
    """Answer a request that nobody could decide about."""
    error = RequestError(errors.AUTHORIZATION_FAILED, "nobody could decide whether this is allowed")
    if isinstance(message, Call):
        session.send_error(48, message.request, error)
        if message.options.progress:
            session.cut_short.add(message.request)
    elif isinstance(message, Subscribe):
        session.send_error(32, message.request, error)
    elif isinstance(message, Register):
        session.send_error(64, message.request, error)
    elif isinstance(message, Publish) and message.options.acknowledge:
        session.send_error(16, message.request, error)


def _plain(options: msgspec.Struct) -> dict[str, Any]:
    """Return options as a map, without those that are as if they had not been given."""
    given: dict[str, Any] = msgspec.to_builtins(options)
    usual = msgspec.to_builtins(type(options)())
    return {name: value for name, value in given.items() if name not in usual or value != usual[name]}
