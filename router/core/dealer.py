"""The dealer: calls, invocations, results (basic profile, "Remote Procedure Calls")."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ..codec import Outgoing, Payload, ProtocolViolation
from . import errors
from .authorization import Disclosure
from .calls import PendingCall, Route, RouterAsCallee, Stream
from .errors import RequestError
from .passthru import PASSTHRU, has_announced, passed_through
from .registry import Registry
from .session import ERROR, NO_DETAILS
from .uris import LOOSE, is_reserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..codec.messages import Call, Cancel, CancelMode, Error, Match, Yield
    from .authorization import Decision
    from .calls import Callee, Delayed
    from .passthru import Passed
    from .ports import Clock, Ids
    from .registrations import Registration
    from .registry import Announce
    from .session import Session

CALL, CANCEL, RESULT = 48, 49, 50
INVOCATION, INTERRUPT, YIELD = 68, 69, 70

_PROGRESS: dict[str, Any] = {"progress": True}
_CALLER_LACKS = "the caller does not take payloads that pass through"


class MetaProcedures(Protocol):
    """The procedures under ``wamp.``, which the router answers itself."""

    def call(self, caller: Session, procedure: str, payload: Payload) -> Payload | Delayed:
        """Return the result, in any codec, or what finds it; raises :class:`RequestError`."""


class Dealer:
    """The dealer of one realm."""

    def __init__(
        self,
        ids: Ids,
        clock: Clock,
        meta: MetaProcedures,
        announce: Announce,
        random_below: Callable[[int], int],
        audited: Iterable[tuple[str, Match]] = (),
        note_call: Callable[[Session, str], None] = lambda _caller, _procedure: None,
    ) -> None:
        """Make a dealer; ``note_call`` is told who calls the procedures that match one of ``audited``."""
        self.registry = Registry(ids, clock, announce, audited)
        self._note_call = note_call
        self._clock = clock
        self._meta = meta
        self._router = RouterAsCallee()
        self._random_below = random_below

    # ---- answers of a callee ---------------------------------------------------------------------------------

    def yield_(self, session: Session, message: Yield) -> None:
        """Pass a result on to the caller, if there still is one that waits for it."""
        options = message.options
        payload = Payload(session.codec, message.args, message.kwargs)
        passed = None
        if options.ppt_scheme:
            passed = passed_through(options, payload, session.callee)
        if options.progress:
            self._progress(session, message.request, payload, passed)
            return
        pending = _answered(session, message.request)
        if pending is None:
            return
        caller = pending.caller
        details = NO_DETAILS
        if passed is not None:
            if not has_announced(caller.caller, passed.feature):
                _refuse_result(pending, passed)
                caller.refuse(CALL, pending.request, errors.FEATURE_NOT_SUPPORTED, _CALLER_LACKS)
                return
            details = passed.details
        refused = caller.send(Outgoing((RESULT, pending.request, details), payload))
        if refused is not None:
            caller.refuse(CALL, pending.request, refused, "the result cannot be sent to this caller")

    def error(self, session: Session, message: Error) -> None:
        """Pass an error on to the caller, its URI and arguments unchanged."""
        if not LOOSE.is_valid(message.error):
            raise ProtocolViolation("the URI of the error is not valid")
        payload = Payload(session.codec, message.args, message.kwargs)
        passed = None
        if message.details.ppt_scheme:
            # wampy.js answers with these options also where what it says is plain text
            passed = passed_through(message.details, payload, session.callee, may_be_plain=True)
        pending = _answered(session, message.request)
        if pending is None:
            return
        if message.error == errors.UNAVAILABLE and _may_be_unavailable(session):
            self._reroute(pending)
            return
        caller = pending.caller
        details = NO_DETAILS
        if passed is not None:
            if not has_announced(caller.caller, passed.feature):
                caller.refuse(CALL, pending.request, message.error, _CALLER_LACKS)
                return
            details = passed.details
        refused = caller.send(Outgoing((ERROR, CALL, pending.request, details, message.error), payload))
        if refused is not None:
            caller.refuse(CALL, pending.request, message.error, "the error's arguments cannot be sent to this caller")

    # ---- requests of a caller --------------------------------------------------------------------------------

    def call(self, session: Session, message: Call) -> None:
        """Send INVOCATION to a callee, or answer CALL with ERROR; ``wamp.*`` the router answers itself."""
        options = message.options
        passed = None
        if options.ppt_scheme:
            passed = passed_through(options, Payload(session.codec, message.args, message.kwargs), session.caller)
        pending = session.calls.get(message.request)
        if pending is not None:
            self._continue(pending, message, passed)
            return
        has_more = options.progress
        if session.cut_short and session.cut_short.take(message.request, has_more):
            return
        if has_more:
            _check_may_stream(session)
        procedure = message.procedure
        try:
            decision = session.guard.may_call(procedure)
            registration = self.registry.find(procedure)
            if registration is not None:
                self._invoke(session, message, registration, decision, passed)
            elif is_reserved(procedure):
                self._answer(session, message, passed)
            else:
                raise RequestError(errors.NO_SUCH_PROCEDURE, f"nobody has registered {procedure!a}")
        except RequestError as error:
            session.send_error(CALL, message.request, error)
            if has_more:
                session.cut_short.add(message.request)

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

    def withdraw(self, session: Session) -> None:
        """Take from a session what it may no longer register; end the calls it may no longer make or answer."""
        guard = session.guard
        for registration in list(session.registrations.values()):
            if not guard.may_hold_registration(registration.procedure, registration.match):
                self.registry.revoke(session, registration, errors.REVOKED)
        for pending in list(session.calls.values()):
            if not guard.calls(pending.procedure):
                self._give_up(pending, errors.NOT_AUTHORIZED, "the right to this call was taken away", "killnowait")
        for pending in list(session.invocations.values()):
            if not guard.serves(pending.procedure):
                self._give_up(pending, errors.CANCELED, "the callee may no longer answer this", "killnowait")

    def leave(self, session: Session) -> None:
        """End what a session that is gone was part of: its calls, those it was to answer, its registrations."""
        for pending in list(session.calls.values()):
            pending.end()
            if pending.callee is not session:
                _interrupt(pending, "killnowait")
        for pending in list(session.invocations.values()):
            pending.end()
            pending.caller.refuse(CALL, pending.request, errors.CANCELED, "the callee is gone")
        self.registry.leave(session)

    # ---- calls -----------------------------------------------------------------------------------------------

    def _invoke(
        self, session: Session, message: Call, registration: Registration, decision: Decision, passed: Passed | None
    ) -> None:
        if len(session.calls) >= session.limits.pending_calls:
            raise _too_many_calls(session)
        if registration.is_audited and self.registry.is_audited(message.procedure):
            self._note_call(session, message.procedure)
        callees = registration.callees
        callee = next(iter(callees)) if len(callees) == 1 else registration.choose(self._random_below)
        pending = self._send_invocation(session, message, registration, callee, decision, passed)
        if _may_be_unavailable(callee) and pending.stream is None:
            deadline = self._clock.monotonic() + pending.timeout_seconds
            pending.route = Route(message, registration, decision, passed, deadline, {callee})

    def _send_invocation(
        self,
        session: Session,
        message: Call,
        registration: Registration,
        callee: Session,
        decision: Decision,
        passed: Passed | None,
    ) -> PendingCall:
        """Ask a callee; raises :class:`RequestError` when it cannot be asked."""
        options = message.options
        details = self._invocation_details(session, message, registration, callee, decision)
        if options.progress:
            _check_takes_stream(callee)
        sent = details | _PROGRESS if options.progress else details
        if passed is not None:
            sent = sent | _details_for(callee, passed)
        invocation = callee.next_invocation()
        payload = Payload(session.codec, message.args, message.kwargs)
        refused = callee.send(Outgoing((INVOCATION, invocation, registration.id, sent), payload))
        if refused is not None:
            callee.take_back_invocation(invocation)
            raise RequestError(refused, "the arguments cannot be sent to the callee")
        progressive = details is not NO_DETAILS and "receive_progress" in details
        pending = PendingCall(session, message.request, message.procedure, callee, invocation, progressive)
        session.calls[message.request] = callee.invocations[invocation] = pending
        if options.progress:
            pending.stream = Stream(registration.id, details)
        if options.timeout and "timeout" not in details:
            pending.timeout_seconds = options.timeout / 1000
            self._start_timer(pending, pending.timeout_seconds)
        return pending

    def _continue(self, pending: PendingCall, message: Call, passed: Passed | None) -> None:
        """Pass further arguments of a call on to the callee that has got the first."""
        stream = pending.stream
        if stream is None:
            raise ProtocolViolation(f"the call {message.request} has not ended yet")
        details = stream.details
        if message.options.progress:
            details = details | _PROGRESS
        else:
            pending.stream = None
        if passed is not None:
            try:
                details = details | _details_for(pending.callee, passed)
            except RequestError as error:
                self._give_up(pending, error.uri, error.message, "killnowait")
                return
        payload = Payload(pending.caller.codec, message.args, message.kwargs)
        refused = pending.callee.send(Outgoing((INVOCATION, pending.invocation, stream.registration, details), payload))
        if refused is not None:
            self._give_up(pending, refused, "the arguments cannot be sent to the callee", "killnowait")

    def _reroute(self, pending: PendingCall) -> None:
        """Ask the next callee in place of one that is not available, or tell the caller that there is none."""
        caller, route = pending.caller, pending.route
        if pending.is_cancelled:
            caller.refuse(CALL, pending.request, errors.CANCELED, "the call was cancelled")
            return
        if route is None:
            message = "the callee is not available, and a call in parts goes to no other"
            caller.refuse(CALL, pending.request, errors.NO_AVAILABLE_CALLEE, message)
            return
        registration = route.registration
        callee = registration.choose_next(route.tried, self._random_below)
        try:
            if callee is None:
                raise RequestError(errors.NO_AVAILABLE_CALLEE, "no callee is available")
            route.tried.add(callee)
            again = self._send_invocation(caller, route.call, registration, callee, route.decision, route.passed)
            again.route = route if _may_be_unavailable(callee) else None
            if again.timer is not None:
                again.stop_timer()
                self._start_timer(again, max(0.0, route.deadline - self._clock.monotonic()))
        except RequestError as error:
            caller.send_error(CALL, pending.request, error)

    def _invocation_details(
        self, session: Session, message: Call, registration: Registration, callee: Session, decision: Decision
    ) -> dict[str, Any]:
        """Return INVOCATION.Details; the shared empty map where there is nothing to say."""
        options, asked = message.options, registration.callees[callee]
        details = session.trust
        if decision.disclosure is Disclosure.ALWAYS:
            details = details | session.disclosure("caller")
        elif options.disclose_me or asked.disclose_caller:
            if decision.disclosure is Disclosure.NEVER:
                raise RequestError(errors.DISCLOSE_ME_DISALLOWED, "this caller may not be disclosed here")
            details = details | session.disclosure("caller")
        if registration.match != "exact":
            details = details | {"procedure": message.procedure}
        if options.receive_progress and callee.callee is not None:
            features = callee.callee
            if features.progressive_call_results and features.cancels:
                details = details | {"receive_progress": True}
        if options.timeout and asked.forward_timeout:
            details = details | {"timeout": options.timeout}
        return details

    def _answer(self, session: Session, message: Call, passed: Passed | None) -> None:
        """Answer a call of one of the router's own procedures."""
        if passed is not None:
            raise RequestError(errors.FEATURE_NOT_SUPPORTED, "the router's own procedures take plain arguments")
        if message.options.progress:
            raise RequestError(errors.FEATURE_NOT_SUPPORTED, "the router's own procedures take no progressive calls")
        payload = Payload(session.codec, message.args, message.kwargs)
        result = self._meta.call(session, message.procedure, payload)
        if isinstance(result, Payload):
            _send_result(session, message.request, result)
            return
        if len(session.calls) >= session.limits.pending_calls:
            raise _too_many_calls(session)
        pending = self._router.ask(session, message.request, message.procedure)
        if message.options.timeout:
            self._start_timer(pending, message.options.timeout / 1000)
        result.begin(partial(self._answer_late, pending), lambda: not pending.is_over)

    def _answer_late(self, pending: PendingCall, answer: Payload | RequestError) -> None:
        """Answer a call that had to wait, unless its caller waits no more."""
        if pending.is_over:
            return
        pending.end()
        try:
            if isinstance(answer, RequestError):
                raise answer
            _send_result(pending.caller, pending.request, answer)
        except RequestError as error:
            pending.caller.send_error(CALL, pending.request, error)

    def _progress(self, session: Session, invocation: int, payload: Payload, passed: Passed | None) -> None:
        """Pass a progressive result on at once, if the caller asked for it and still waits."""
        pending = session.invocations.get(invocation)
        if pending is None:
            _check_issued(session, invocation)
            return
        if not pending.progressive:
            return
        details = _PROGRESS
        if passed is not None:
            if not has_announced(pending.caller.caller, passed.feature):
                _refuse_result(pending, passed)
                self._give_up(pending, errors.FEATURE_NOT_SUPPORTED, _CALLER_LACKS, "killnowait")
                return
            details = _PROGRESS | passed.details
        refused = pending.caller.send(Outgoing((RESULT, pending.request, details), payload))
        if refused is not None:
            self._give_up(pending, refused, "a progressive result cannot be sent to this caller", "killnowait")
        elif pending.timeout_seconds:
            pending.stop_timer()
            self._start_timer(pending, pending.timeout_seconds)

    def _start_timer(self, pending: PendingCall, seconds: float) -> None:
        """Bound the time until the answer, or with progressive results, the time between two of them."""
        pending.timer = self._clock.call_later(seconds, partial(self._time_out, pending))

    def _time_out(self, pending: PendingCall) -> None:
        pending.timer = None
        self._give_up(pending, errors.TIMEOUT, "the callee took too long", "killnowait")

    def _give_up(self, pending: PendingCall, uri: str, message: str, mode: CancelMode) -> None:
        """End a call for its caller without an answer; what the callee still sends will be discarded."""
        pending.end()
        pending.caller.refuse(CALL, pending.request, uri, message)
        if mode != "skip":
            _interrupt(pending, mode)


def _details_for(callee: Callee, passed: Passed) -> dict[str, Any]:
    """Return the details of a payload that passes through; raises :class:`RequestError` when the callee takes none."""
    if not has_announced(callee.callee, passed.feature):
        raise RequestError(errors.FEATURE_NOT_SUPPORTED, "the callee does not take payloads that pass through")
    return passed.details


def _refuse_result(pending: PendingCall, passed: Passed) -> None:
    """Tell a callee that its caller cannot take a payload that passes through.

    Passthru mode alone has an ERROR in answer to YIELD; clients that know payload transparency take it for a violation.
    """
    if passed.feature == PASSTHRU:
        pending.callee.refuse(YIELD, pending.invocation, errors.FEATURE_NOT_SUPPORTED, _CALLER_LACKS)


def _too_many_calls(session: Session) -> RequestError:
    most = session.limits.pending_calls
    return RequestError(errors.LIMIT_EXCEEDED, f"a session may have at most {most} calls under way")


def _send_result(session: Session, request: int, result: Payload) -> None:
    """Send the result of one of the router's own procedures."""
    if session.send(Outgoing((RESULT, request, NO_DETAILS), result)) is not None:
        raise RequestError(errors.PAYLOAD_SIZE_EXCEEDED, "the result cannot be sent to this caller")


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


def _may_be_unavailable(callee: Session) -> bool:
    """Return whether a callee has announced that it may pass a call on to another one."""
    return callee.callee is not None and callee.callee.call_reroute


def _check_may_stream(session: Session) -> None:
    """Raise :class:`ProtocolViolation` unless the caller has announced that it sends calls in parts."""
    if session.caller is None or not session.caller.progressive_call_invocations:
        raise ProtocolViolation("this caller has not announced progressive_call_invocations")


def _check_takes_stream(callee: Session) -> None:
    """Raise :class:`RequestError` unless the callee takes calls in parts, and can be told to stop."""
    features = callee.callee
    if features is None or not features.progressive_call_invocations or not features.cancels:
        raise RequestError(errors.FEATURE_NOT_SUPPORTED, "the callee does not take progressive calls")
