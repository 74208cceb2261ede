"""Asking authorizers again about what they have allowed, so that they can take it back.

An authorizer is asked when something is requested, and what it allows is held from then on: subscriptions,
registrations, calls under way, testaments. A review puts the same questions once more, about all that is held at
this moment, and takes away what is not allowed now. What has been kept for good is forgotten before. When a grant is
over, the authorizer is asked, once, about what that alone had let in.

It is bounded: so many questions are under way at a time, and so long is an answer waited for. Who does not answer has
denied what is left, for nothing that has lost its right outlives that by a second (docs/adr/0016).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from .dynamic import DENIED_VERDICT, DynamicGuard, Question, read_verdict
from .errors import RequestError

if TYPE_CHECKING:
    from ..codec.messages import Match
    from .authorization import Guard
    from .ports import Clock, Timer
    from .realm import Realm
    from .session import Session

MOST_UNDER_WAY = 32
"""Questions of one review that wait for their answers."""

SILENCE_SECONDS = 0.75
"""How long an authorizer may be silent while it is asked; how long it has in all for what a grant alone had let in."""

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


class Held(NamedTuple):
    """Something that a session holds, and what its authorizer is asked about it."""

    session: Session
    procedure: str
    question: Question


class Reviews:
    """The reviews of one realm: one at a time for each authorizer, beside those that follow the end of a grant."""

    def __init__(self, realm: Realm, clock: Clock) -> None:
        self._realm = realm
        self._clock = clock
        # procedure -> who waits for the review that is under way, and who for the one that is to follow
        self._waiting: dict[str, tuple[list[Done], list[Done]]] = {}

    def begin(self, procedure: str, done: Done = lambda _count: None) -> None:
        """Ask an authorizer again about all; what comes while that is being done is done once more after it."""
        waiting = self._waiting.get(procedure)
        if waiting is not None:
            waiting[1].append(done)
        else:
            self._run(procedure, [done])

    def confirm(self, ungranted: Iterable[Held], done: Done) -> None:
        """Ask at once about what grants have let in that are over, whatever else is being asked."""
        # procedure -> what it has to answer for
        held: defaultdict[str, list[Held]] = defaultdict(list)
        for one in ungranted:
            held[one.procedure].append(one)
        all_of_them = Gathered(len(held), done)
        for its_own in held.values():
            _Review(self._realm, self._clock, its_own, all_of_them.add, is_patient=False).begin()

    def _run(self, procedure: str, waiting: list[Done]) -> None:
        self._waiting[procedure] = waiting, []
        held, end = _all_held(self._realm, procedure), partial(self._end, procedure)
        _Review(self._realm, self._clock, held, end, is_patient=True).begin()

    def _end(self, procedure: str, count: int) -> None:
        waiting, following = self._waiting.pop(procedure)
        if following:
            self._run(procedure, following)
        for done in waiting:
            done(count)


class _Review:
    """One review of what one authorizer has to answer for.

    It is over when nothing has been answered for :data:`SILENCE_SECONDS`, or, unless it ``is_patient``, when it has
    taken that long.
    """

    def __init__(self, realm: Realm, clock: Clock, held: Iterable[Held], done: Done, *, is_patient: bool) -> None:
        self._realm = realm
        self._clock = clock
        self._done = done
        self._is_patient = is_patient
        self._timer: Timer | None = None
        self._left = deque(held)
        # what is being asked about, the longest first
        self._under_way: dict[Held, None] = {}
        self._answered = 0
        self._taken_back = 0
        self._is_going_on = False

    def begin(self) -> None:
        """Ask, and wait for a bounded time."""
        self._wait()
        self._go_on()

    def _wait(self) -> None:
        self._stop_waiting()
        self._timer = self._clock.call_later(SILENCE_SECONDS, self._run_out)

    def _stop_waiting(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _go_on(self) -> None:
        """Ask as much as may be asked at a time."""
        if self._is_going_on:
            return  # an answer has come at once: whoever asks is at it already
        self._is_going_on = True
        while self._left and len(self._under_way) < MOST_UNDER_WAY:
            self._ask(self._left.popleft())
        self._is_going_on = False
        if not self._under_way:
            self._stop_waiting()
            self._done(self._taken_back)

    def _ask(self, held: Held) -> None:
        session, procedure, question = held
        if _guard_of(session, procedure) is None or self._realm.sessions.get(session.id) is not session:
            return
        self._under_way[held] = None
        decide = partial(self._decide, held, self._answered)
        authorizer = self._realm.authorizer
        if authorizer is None:
            decide(RequestError(errors.AUTHORIZATION_FAILED, "there is no authorizer"))
            return
        details = {"realm": self._realm.name, **session.describe()}
        authorizer.ask(procedure, [details, question.uri, question.action, question.options], decide)

    def _decide(self, held: Held, answered_before: int, answer: Any) -> None:
        if held not in self._under_way:
            return  # too late
        del self._under_way[held]
        if not isinstance(answer, RequestError) or answer.uri not in _NOBODY_ANSWERS:
            self._answered += 1
            if self._is_patient:
                self._wait()
        elif self._answered == answered_before:
            self._deny(self._left)
        self._settle(held, answer)
        self._go_on()

    def _run_out(self) -> None:
        """Deny what has no answer: it has been waited for long enough."""
        self._left.extendleft(reversed(self._under_way))
        self._under_way.clear()
        self._deny(self._left)
        self._go_on()

    def _deny(self, left: deque[Held]) -> None:
        while left:
            self._settle(left.popleft(), None)

    def _settle(self, held: Held, answer: Any) -> None:
        session, procedure, question = held
        guard = _guard_of(session, procedure)
        if guard is None or guard.grants_whole(question):
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


def ungranted(session: Session, before: Guard, after: DynamicGuard) -> Iterator[Held]:
    """Yield what a session holds that a grant allowed ``before``, so that nobody was asked, and none does ``after``."""
    procedure = after.role.authorizer
    if procedure is None or not isinstance(before, DynamicGuard) or before.grants == after.grants:
        return
    for question in dict.fromkeys(_questions(session)):
        if before.grants_whole(question) and not after.grants_whole(question):
            yield Held(session, procedure, question)


def _all_held(realm: Realm, procedure: str) -> Iterator[Held]:
    """Yield what the sessions hold that this authorizer has to answer for."""
    registration = realm.dealer.registry.index.exact.get(procedure)
    for session in realm:
        guard = _guard_of(session, procedure)
        if guard is None or (registration is not None and session in registration.callees):
            continue  # the authorizer's own session goes by the rules
        guard.forget()
        for question in dict.fromkeys(_questions(session)):
            if not guard.knows(question) and not guard.grants_whole(question):
                yield Held(session, procedure, question)


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
