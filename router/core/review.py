"""Asking authorizers again about what they have allowed, so that they can take it back.

An authorizer is asked when something is requested, and what it allows is held from then on: subscriptions,
registrations, calls under way, testaments. A review puts the same questions once more, about all that is held at
this moment, and takes away what is not allowed now. What has been kept for good is forgotten before.

It is bounded: so many questions are under way at a time. Who does not answer a question has denied it, as ever; and
an authorizer that has answered nothing at all while one of them waited has denied the rest, too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from .dynamic import DENIED_VERDICT, DynamicGuard, Question, read_verdict
from .errors import RequestError

if TYPE_CHECKING:
    from ..codec.messages import Match
    from .realm import Realm
    from .session import Session

MOST_UNDER_WAY = 32
"""Questions of one review that wait for their answers."""

_NOBODY_ANSWERS = frozenset(
    (
        errors.NO_SUCH_PROCEDURE,
        errors.NO_AVAILABLE_CALLEE,
        errors.CANCELED,
        errors.TIMEOUT,
        errors.AUTHORIZATION_FAILED,
    )
)

Done = Callable[[int], None]
"""Told how many things have been taken back."""


class Gathered:
    """Adds up what several reviews have taken back, and calls ``done`` with the sum once all of them have ended."""

    def __init__(self, reviews: int, done: Done) -> None:
        self._left = reviews
        self._sum = 0
        self._done = done
        if not reviews:
            done(0)

    def add(self, count: int) -> None:
        """Note that a review has ended."""
        self._left -= 1
        self._sum += count
        if not self._left:
            self._done(self._sum)


class Reviews:
    """The reviews of one realm: one at a time for each authorizer."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        # procedure -> who waits for the review that is under way, and who for the one that is to follow
        self._waiting: dict[str, tuple[list[Done], list[Done]]] = {}

    def begin(self, procedure: str, done: Done = lambda _count: None) -> None:
        """Ask an authorizer again; what comes while that is being done is done once more after it."""
        waiting = self._waiting.get(procedure)
        if waiting is not None:
            waiting[1].append(done)
        else:
            self._run(procedure, [done])

    def _run(self, procedure: str, waiting: list[Done]) -> None:
        self._waiting[procedure] = waiting, []
        _Review(self._realm, procedure, partial(self._end, procedure)).go_on()

    def _end(self, procedure: str, count: int) -> None:
        waiting, following = self._waiting.pop(procedure)
        if following:
            self._run(procedure, following)
        for done in waiting:
            done(count)


class _Held(NamedTuple):
    """Something that a session holds, and what its authorizer is asked about it."""

    session: Session
    question: Question


class _Review:
    """One review of what one authorizer has allowed."""

    def __init__(self, realm: Realm, procedure: str, done: Done) -> None:
        self._realm = realm
        self._procedure = procedure
        self._done = done
        self._left = deque(_all_held(realm, procedure))
        self._under_way = 0
        self._answered = 0
        self._taken_back = 0
        self._is_going_on = False

    def go_on(self) -> None:
        """Ask as much as may be asked at a time."""
        if self._is_going_on:
            return  # an answer has come at once: whoever asks is at it already
        self._is_going_on = True
        while self._left and self._under_way < MOST_UNDER_WAY:
            self._ask(self._left.popleft())
        self._is_going_on = False
        if not self._under_way:
            self._done(self._taken_back)

    def _ask(self, held: _Held) -> None:
        session, question = held
        guard = _guard_of(session, self._procedure)
        if guard is None or self._realm.sessions.get(session.id) is not session:
            return
        self._under_way += 1
        decide = partial(self._decide, held, self._answered)
        authorizer = self._realm.authorizer
        if authorizer is None:
            decide(RequestError(errors.AUTHORIZATION_FAILED, "there is no authorizer"))
            return
        details = {"realm": self._realm.name, **session.describe()}
        authorizer.ask(self._procedure, [details, question.uri, question.action, question.options], decide)

    def _decide(self, held: _Held, answered_before: int, answer: Any) -> None:
        self._under_way -= 1
        if not isinstance(answer, RequestError) or answer.uri not in _NOBODY_ANSWERS:
            self._answered += 1
        elif self._answered == answered_before:
            self._give_up()
        self._settle(held, answer)
        self.go_on()

    def _give_up(self) -> None:
        """Deny what has not been asked yet: nobody answers."""
        left, self._left = self._left, deque()
        for held in left:
            self._settle(held, None)

    def _settle(self, held: _Held, answer: Any) -> None:
        session, question = held
        guard = _guard_of(session, self._procedure)
        if guard is None:
            return
        verdict = read_verdict(answer) or DENIED_VERDICT
        guard.keep(question, verdict)
        if verdict.decision.allowed:
            return
        self._taken_back += 1
        guard.taken_back = question
        self._realm.broker.withdraw(session)
        self._realm.dealer.withdraw(session)
        guard.taken_back = None


def _all_held(realm: Realm, procedure: str) -> Iterator[_Held]:
    """Yield what the sessions hold that this authorizer has to answer for."""
    registration = realm.dealer.registry.index.exact.get(procedure)
    for session in realm:
        guard = _guard_of(session, procedure)
        if guard is None or (registration is not None and session in registration.callees):
            continue  # the authorizer's own session goes by the rules
        guard.forget()
        for question in dict.fromkeys(_questions(session)):
            if not guard.knows(question) and not guard.grants_whole(question):
                yield _Held(session, question)


def _questions(session: Session) -> Iterator[Question]:
    for subscription in session.subscriptions.values():
        yield _about("subscribe", subscription.topic, subscription.match)
    for registration in session.registrations.values():
        yield _about("register", registration.procedure, registration.match)
    for pending in session.calls.values():
        yield Question("call", pending.procedure)
    for testament in session.testaments:
        yield Question("publish", testament.topic, {"testament": True}, is_testament=True)


def _about(action: Any, uri: str, match: Match) -> Question:
    return Question(action, uri, {} if match == "exact" else {"match": match}, match)


def _guard_of(session: Session, procedure: str) -> DynamicGuard | None:
    """Return the guard of a session whose rights this authorizer decides about."""
    guard = session.guard
    return guard if isinstance(guard, DynamicGuard) and guard.role.authorizer == procedure else None
