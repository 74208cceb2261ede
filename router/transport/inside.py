"""The router's own sessions: a callee and caller within the process, which is always there.

It joins again when somebody ends it, and registers again what it answers. A handler is called with who asks and with
the arguments; it answers now or later.

Wiring::

    inside = InsideSession(attach, codec, turn, clock, "home")
    inside.register("wampi.admin.user.list", handler)      # before start
    inside.start()
    inside.call("org.example.authorize", [1], {}, done, failed, timeout_seconds=5.0)
    inside.stop()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..codec import Unrepresentable
from ..codec.messages import (
    Call,
    CallOptions,
    Cancel,
    CancelOptions,
    ClientRoles,
    Error,
    Features,
    Id,
    Passthru,
    Register,
    RegisterOptions,
    RoleDetails,
    Yield,
    YieldOptions,
)
from ..core import errors
from ..core.errors import RequestError
from .membership import Membership

if TYPE_CHECKING:
    from ..codec import Codec, Outgoing
    from ..core.ports import Clock, Timer
    from .link import Attach
    from .memory import MemoryClient
    from .turn import Turn

Answer = Callable[["Any | RequestError"], None]
"""Told the result of a call, or the error."""

_ERROR, _RESULT, _REGISTERED, _INVOCATION = 8, 50, 65, 68
_CALL, _REGISTER = 48, 64
_AGAIN_SECONDS = 0.1
_DEFINE_SECONDS = 10.0

DEFINE = "wamp.reflect.define"
"""What describes a procedure; who wants to describe must be allowed to call it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as INVOCATION shows it; None where the caller is not disclosed."""

    session: int | None
    authid: str | None
    authrole: str | None


Handler = Callable[[Caller, list[Any], dict[str, Any], Answer], None]
"""Answers calls of one procedure; raises :class:`.RequestError`, or calls ``Answer`` once, now or later."""


class InsideSession:
    """One session of the router's own in one realm."""

    def __init__(self, attach: Attach, codec: Codec, turn: Turn, clock: Clock, realm: str) -> None:
        self._codec = codec
        self._clock = clock
        self._membership = Membership(attach, codec, turn, realm, _ROLES, self)
        # URI -> handler
        self._handlers: dict[str, Handler] = {}
        # URI -> what is said of it
        self._descriptions: dict[str, dict[str, Any]] = {}
        # registration id -> handler
        self._registered: dict[int, Handler] = {}
        # request id of REGISTER -> URI
        self._registering: dict[int, str] = {}
        # request id of CALL -> what waits for its end
        self._calls: dict[int, _Waiting] = {}
        self._is_stopped = False
        self._request = 0

    def register(self, uri: str, handler: Handler, description: Mapping[str, Any] | None = None) -> None:
        """Answer calls of a procedure; to be said before :meth:`start`.

        With a ``description`` it is found by who may call it (docs/protocol.md, "Reflection").
        """
        self._handlers[uri] = handler
        if description is not None:
            self._descriptions[uri] = {"type": "procedure", **description}

    def start(self) -> None:
        """Join, and stay."""
        self._membership.join()

    def stop(self) -> None:
        """Leave for good."""
        self._is_stopped = True
        self._membership.leave()

    def call(
        self,
        uri: str,
        args: list[Any],
        kwargs: Mapping[str, Any],
        done: Callable[[Any], None],
        failed: Callable[[RequestError], None],
        timeout_seconds: float,
    ) -> None:
        """Call a procedure; ``done`` gets its first positional result (or None), or ``failed`` why there is none."""
        if not self._membership.is_joined:
            failed(RequestError(errors.CANCELED, "the router's own session has not joined"))
            return
        try:
            raw_args, raw_kwargs = self._codec.dump(args), self._codec.dump(dict(kwargs))
        except Unrepresentable as error:
            failed(RequestError(errors.INVALID_ARGUMENT, f"the arguments cannot be sent: {error}"))
            return
        request = self._next_request()
        timer = self._clock.call_later(timeout_seconds, partial(self._time_out, request))
        self._calls[request] = _Waiting(done, failed, timer)
        self._membership.send(Call(request, CallOptions(), uri, raw_args, raw_kwargs))  # type: ignore[arg-type]

    # ---- what the membership tells ---------------------------------------------------------------------------

    def on_joined(self) -> None:
        """Register everything."""
        for uri in self._handlers:
            self._register(uri)

    def on_message(self, message: Outgoing) -> None:
        """Take an answer, or a call."""
        code, head = message.head[0], message.head
        if code == _REGISTERED:
            self._on_registered(self._registering.pop(head[1]), head[2])
        elif code == _INVOCATION:
            self._on_invocation(head[1], head[2], head[3], message)
        elif code == _RESULT:
            args = message.payload.values()[0] if message.payload else []
            self._end_call(head[1], args[0] if args else None)
        elif code == _ERROR and head[1] == _CALL:
            args = message.payload.values()[0] if message.payload else []
            self._end_call(head[2], RequestError(head[4], str(args[0]) if args else ""))
        elif code == _ERROR and head[1] == _REGISTER:
            uri = self._registering.pop(head[2])
            self._clock.call_later(_AGAIN_SECONDS, partial(self._register, uri))

    def on_ended(self, _reason: str | None) -> None:
        """Fail what waits, and join again unless that is no longer wanted."""
        self._request = 0
        self._registered.clear()
        self._registering.clear()
        for request in list(self._calls):
            self._end_call(request, RequestError(errors.CANCELED, "the router's own session has ended"))
        if not self._is_stopped:
            self._clock.call_later(_AGAIN_SECONDS, self._rejoin)

    # ---- what it answers -------------------------------------------------------------------------------------

    def _register(self, uri: str) -> None:
        if not self._membership.is_joined:
            return
        request = self._next_request()
        self._registering[request] = uri
        self._membership.send(Register(request, RegisterOptions(disclose_caller=True, force_reregister=True), uri))

    def _on_registered(self, uri: str, registration: int) -> None:
        self._registered[registration] = self._handlers[uri]
        description = self._descriptions.get(uri)
        if description is not None:
            self.call(DEFINE, [uri, description], {}, _ignore, _ignore, _DEFINE_SECONDS)

    def _on_invocation(self, invocation: Id, registration: int, details: dict[str, Any], message: Outgoing) -> None:
        answer = _Once(partial(self._answer, self._membership.client, invocation))
        caller = Caller(details.get("caller"), details.get("caller_authid"), details.get("caller_authrole"))
        try:
            args, kwargs = message.payload.values() if message.payload else ([], {})
            self._registered[registration](caller, args, kwargs, answer)
        except RequestError as error:
            answer(error)

    def _answer(self, client: MemoryClient | None, invocation: int, outcome: Any) -> None:
        if client is None or client is not self._membership.client:
            return  # the session that was asked is gone, and its caller has been told
        try:
            args = self._codec.dump([outcome.message if isinstance(outcome, RequestError) else outcome])
        except Unrepresentable as error:
            outcome = RequestError(errors.INVALID_ARGUMENT, f"the result cannot be sent: {error}")
            args = self._codec.dump([outcome.message])
        if isinstance(outcome, RequestError):
            client.send(Error(_INVOCATION, invocation, Passthru(), outcome.uri, args))  # type: ignore[arg-type]
        else:
            client.send(Yield(invocation, YieldOptions(), args))  # type: ignore[arg-type]

    def _rejoin(self) -> None:
        if not self._is_stopped:
            self.start()

    # ---- calls -----------------------------------------------------------------------------------------------

    def _end_call(self, request: int, outcome: Any) -> None:
        waiting = self._calls.pop(request, None)
        if waiting is None:
            return
        if waiting.timer.active():
            waiting.timer.cancel()
        if isinstance(outcome, RequestError):
            waiting.failed(outcome)
        else:
            waiting.done(outcome)

    def _time_out(self, request: int) -> None:
        self._membership.send(Cancel(request, CancelOptions()))
        self._end_call(request, RequestError(errors.TIMEOUT, "the callee took too long"))

    def _next_request(self) -> int:
        self._request += 1
        return self._request


def _ignore(_outcome: Any) -> None:
    """A procedure that is not described is answered all the same."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A call under way."""

    done: Callable[[Any], None]
    failed: Callable[[RequestError], None]
    timer: Timer


class _Once:
    """An answer that counts the first time only."""

    def __init__(self, answer: Callable[[Any], None]) -> None:
        self._answer: Callable[[Any], None] | None = answer

    def __call__(self, outcome: Any) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer(outcome)


_ROLES = ClientRoles(
    caller=RoleDetails(Features(call_canceling=True)),
    callee=RoleDetails(Features(call_canceling=True)),
)
