"""The dealer: registrations, calls, invocations, results (basic profile, "Remote Procedure Calls")."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..codec import Outgoing, Payload, ProtocolViolation
from . import errors
from .authorization import Disclosure
from .calls import PendingCall
from .errors import RequestError
from .patterns import PatternIndex
from .registrations import Registration
from .session import ERROR, NO_DETAILS
from .uris import LOOSE, is_reserved

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec.messages import Call, Cancel, CancelMode, Error, Register, Unregister, Yield
    from .authorization import Decision
    from .ports import Clock, Ids
    from .session import Session

CALL, CANCEL, RESULT = 48, 49, 50
REGISTER, REGISTERED = 64, 65
UNREGISTER, UNREGISTERED = 66, 67
INVOCATION, INTERRUPT = 68, 69

_PROGRESS = {"progress": True}


class MetaProcedures(Protocol):
    """The procedures under ``wamp.``, which the router answers itself."""

    def call(self, caller: Session, procedure: str, payload: Payload) -> Payload:
        """Return the result, in any codec; raises :class:`RequestError`."""


class Announce(Protocol):
    """Publishes a meta event."""

    def __call__(self, topic: str, args: list[Any]) -> None:
        """Publish ``args`` to ``topic``."""


class Dealer:
    """The dealer of one realm."""

    def __init__(
        self,
        ids: Ids,
        clock: Clock,
        meta: MetaProcedures,
        announce: Announce,
        random_below: Callable[[int], int],
    ) -> None:
        self._ids = ids
        self._clock = clock
        self._meta = meta
        self._announce = announce
        self._random_below = random_below
        self._index: PatternIndex[Registration] = PatternIndex()
        # registration id -> registration
        self._by_id: dict[int, Registration] = {}

    # ---- requests of a callee --------------------------------------------------------------------------------

    def register(self, session: Session, message: Register) -> None:
        """Answer REGISTER with REGISTERED or ERROR."""
        try:
            session.guard.check_register(message.procedure, message.options.match)
            _check_room(session)
            registration = self._join(session, message)
        except RequestError as error:
            session.send_error(REGISTER, message.request, error)
            return
        session.send(Outgoing((REGISTERED, message.request, registration.id)))
        self._announce("wamp.registration.on_register", [session.id, registration.id])

    def unregister(self, session: Session, message: Unregister) -> None:
        """Answer UNREGISTER with UNREGISTERED or ERROR; calls that are under way still end as usual."""
        registration = session.registrations.get(message.registration)
        if registration is None:
            session.refuse(
                UNREGISTER,
                message.request,
                errors.NO_SUCH_REGISTRATION,
                "this session has no such registration",
            )
            return
        session.send(Outgoing((UNREGISTERED, message.request)))
        self._part(session, registration)

    def yield_(self, session: Session, message: Yield) -> None:
        """Pass a result on to the caller, if there still is one that waits for it."""
        if message.options.progress:
            self._progress(session, message)
            return
        pending = _answered(session, message.request)
        if pending is None:
            return
        caller = pending.caller
        payload = Payload(session.codec, message.args, message.kwargs)
        refused = caller.send(Outgoing((RESULT, pending.request, NO_DETAILS), payload))
        if refused is not None:
            caller.refuse(CALL, pending.request, refused, "the result cannot be sent to this caller")

    def error(self, session: Session, message: Error) -> None:
        """Pass an error on to the caller, its URI and arguments unchanged."""
        if not LOOSE.is_valid(message.error):
            raise ProtocolViolation("the URI of the error is not valid")
        pending = _answered(session, message.request)
        if pending is None:
            return
        caller = pending.caller
        payload = Payload(session.codec, message.args, message.kwargs)
        refused = caller.send(Outgoing((ERROR, CALL, pending.request, NO_DETAILS, message.error), payload))
        if refused is not None:
            caller.refuse(CALL, pending.request, message.error, "the error's arguments cannot be sent to this caller")

    # ---- requests of a caller --------------------------------------------------------------------------------

    def call(self, session: Session, message: Call) -> None:
        """Send INVOCATION to a callee, or answer CALL with ERROR; ``wamp.*`` the router answers itself."""
        if message.request in session.calls:
            raise ProtocolViolation(f"the call {message.request} has not ended yet")
        if message.options.progress:
            raise ProtocolViolation("this router takes no progressive calls")
        procedure = message.procedure
        try:
            decision = session.guard.may_call(procedure)
            registration = self._index.exact.get(procedure) or self._matching(procedure)
            if registration is not None:
                self._invoke(session, message, registration, decision)
            elif is_reserved(procedure):
                self._answer(session, message)
            else:
                raise RequestError(errors.NO_SUCH_PROCEDURE, f"nobody has registered {procedure!a}")
        except RequestError as error:
            session.send_error(CALL, message.request, error)

    def cancel(self, session: Session, message: Cancel) -> None:
        """End a call early; a call that has ended already is no error (advanced profile, "Call Canceling")."""
        pending = session.calls.get(message.request)
        if pending is None:
            return
        if pending.is_cancelled:
            return
        pending.is_cancelled = True
        mode = message.options.mode
        if not pending.callee.callee or not pending.callee.callee.cancels:
            mode = "skip"
        if mode == "kill":
            _interrupt(pending, mode)
            return
        self._give_up(pending, errors.CANCELED, "the call was cancelled", mode)

    # ---- from within the router ------------------------------------------------------------------------------

    def leave(self, session: Session) -> None:
        """End what a session that is gone was part of: its calls, those it was to answer, its registrations."""
        for pending in list(session.calls.values()):
            pending.end()
            if pending.callee is not session:
                _interrupt(pending, "killnowait")
        for pending in list(session.invocations.values()):
            pending.end()
            pending.caller.refuse(CALL, pending.request, errors.CANCELED, "the callee is gone")
        for registration in list(session.registrations.values()):
            self._part(session, registration)

    def match(self, procedure: str) -> Registration | None:
        """Return the registration that a call of the procedure goes to."""
        return self._index.exact.get(procedure) or self._matching(procedure)

    def registration(self, id: int) -> Registration | None:
        """Return a registration by its id."""
        return self._by_id.get(id)

    @property
    def index(self) -> PatternIndex[Registration]:
        """All registrations of the realm, by procedure and match kind."""
        return self._index

    # ---- registrations ---------------------------------------------------------------------------------------

    def _join(self, session: Session, message: Register) -> Registration:
        """Make the session a callee of the registration, which is made where there is none."""
        options = message.options
        registration = self._index.get(message.procedure, options.match)
        if registration is None:
            registration = self._create(session, message)
        elif registration.invoke == "single" or options.invoke != registration.invoke:
            raise RequestError(errors.PROCEDURE_ALREADY_EXISTS, f"{message.procedure!a} is registered already")
        elif session in registration.callees:
            raise RequestError(errors.PROCEDURE_ALREADY_EXISTS, "this session has registered it already")
        registration.callees[session] = options
        session.registrations[registration.id] = registration
        return registration

    def _create(self, session: Session, message: Register) -> Registration:
        options = message.options
        registration = Registration(
            self._ids.router_id(), message.procedure, options.match, options.invoke, self._clock.time()
        )
        self._index.add(message.procedure, options.match, registration)
        self._by_id[registration.id] = registration
        self._announce("wamp.registration.on_create", [session.id, registration.describe()])
        return registration

    def _part(self, session: Session, registration: Registration) -> None:
        del session.registrations[registration.id]
        del registration.callees[session]
        self._announce("wamp.registration.on_unregister", [session.id, registration.id])
        if not registration.callees:
            self._index.remove(registration.procedure, registration.match)
            del self._by_id[registration.id]
            self._announce("wamp.registration.on_delete", [session.id, registration.id])

    def _matching(self, procedure: str) -> Registration | None:
        """Return the pattern registration for a procedure, passing over those whose callee may not serve it."""
        if not self._index.has_patterns or is_reserved(procedure):
            return None
        for registration in self._index.matching(procedure):
            if all(callee.guard.serves(procedure) for callee in registration.callees):
                return registration
        return None

    # ---- calls -----------------------------------------------------------------------------------------------

    def _invoke(self, session: Session, message: Call, registration: Registration, decision: Decision) -> None:
        if len(session.calls) >= session.limits.pending_calls:
            most = session.limits.pending_calls
            raise RequestError(errors.LIMIT_EXCEEDED, f"a session may have at most {most} calls under way")
        callees = registration.callees
        callee = next(iter(callees)) if len(callees) == 1 else registration.choose(self._random_below)
        details = self._invocation_details(session, message, registration, callee, decision)
        progressive = details is not NO_DETAILS and "receive_progress" in details
        invocation = callee.next_invocation()
        payload = Payload(session.codec, message.args, message.kwargs)
        refused = callee.send(Outgoing((INVOCATION, invocation, registration.id, details), payload))
        if refused is not None:
            callee.take_back_invocation(invocation)
            raise RequestError(refused, "the arguments cannot be sent to the callee")
        pending = PendingCall(session, message.request, callee, invocation, progressive)
        if message.options.timeout and "timeout" not in details:
            pending.timeout_seconds = message.options.timeout / 1000
            self._start_timer(pending)

    def _invocation_details(
        self, session: Session, message: Call, registration: Registration, callee: Session, decision: Decision
    ) -> dict[str, Any]:
        """Return INVOCATION.Details; the shared empty map where there is nothing to say."""
        options, asked = message.options, registration.callees[callee]
        details = NO_DETAILS
        if decision.disclosure is Disclosure.ALWAYS:
            details = session.disclosure("caller")
        elif options.disclose_me or asked.disclose_caller:
            if decision.disclosure is Disclosure.NEVER:
                raise RequestError(errors.DISCLOSE_ME_DISALLOWED, "this caller may not be disclosed here")
            details = session.disclosure("caller")
        if registration.match != "exact":
            details = details | {"procedure": message.procedure}
        if options.receive_progress and callee.callee is not None:
            features = callee.callee
            if features.progressive_call_results and features.cancels:
                details = details | {"receive_progress": True}
        if options.timeout and asked.forward_timeout:
            details = details | {"timeout": options.timeout}
        return details

    def _answer(self, session: Session, message: Call) -> None:
        """Answer a call of one of the router's own procedures."""
        payload = Payload(session.codec, message.args, message.kwargs)
        result = self._meta.call(session, message.procedure, payload)
        if session.send(Outgoing((RESULT, message.request, NO_DETAILS), result)) is not None:
            raise RequestError(errors.PAYLOAD_SIZE_EXCEEDED, "the result cannot be sent to this caller")

    def _progress(self, session: Session, message: Yield) -> None:
        """Pass a progressive result on at once, if the caller asked for it and still waits."""
        pending = session.invocations.get(message.request)
        if pending is None:
            _check_issued(session, message.request)
            return
        if not pending.progressive:
            return
        payload = Payload(session.codec, message.args, message.kwargs)
        refused = pending.caller.send(Outgoing((RESULT, pending.request, _PROGRESS), payload))
        if refused is not None:
            self._give_up(pending, refused, "a progressive result cannot be sent to this caller", "killnowait")
        elif pending.timeout_seconds:
            pending.stop_timer()
            self._start_timer(pending)

    def _start_timer(self, pending: PendingCall) -> None:
        """Bound the time until the answer, or with progressive results, the time between two of them."""
        pending.timer = self._clock.call_later(pending.timeout_seconds, partial(self._time_out, pending))

    def _time_out(self, pending: PendingCall) -> None:
        pending.timer = None
        self._give_up(pending, errors.TIMEOUT, "the callee took too long", "killnowait")

    def _give_up(self, pending: PendingCall, uri: str, message: str, mode: CancelMode) -> None:
        """End a call for its caller without an answer; what the callee still sends will be discarded."""
        pending.end()
        pending.caller.refuse(CALL, pending.request, uri, message)
        if mode != "skip":
            _interrupt(pending, mode)


def _interrupt(pending: PendingCall, mode: CancelMode) -> None:
    """Tell the callee to stop, where it has said that it can be told."""
    features = pending.callee.callee
    if features is not None and features.cancels:
        pending.callee.send(Outgoing((INTERRUPT, pending.invocation, {"mode": mode})))


def _answered(session: Session, invocation: int) -> PendingCall | None:
    """End and return the call that a callee has answered; None when nobody waits for the answer any more."""
    pending = session.invocations.get(invocation)
    if pending is None:
        _check_issued(session, invocation)
        return None
    pending.end()
    return pending


def _check_issued(session: Session, invocation: int) -> None:
    """Raise :class:`ProtocolViolation` for an answer to a call that was never made; a late answer is none."""
    if invocation > session.issued_invocations:
        raise ProtocolViolation(f"there is no invocation {invocation}")


def _check_room(session: Session) -> None:
    most = session.limits.registrations
    if len(session.registrations) >= most:
        raise RequestError(errors.LIMIT_EXCEEDED, f"a session may have at most {most} registrations")
