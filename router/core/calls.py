"""A call on its way: between CALL and its one final RESULT or ERROR."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec import Outgoing, Payload
    from ..codec.messages import Call, Features
    from .authorization import Decision
    from .errors import RequestError
    from .passthru import Passed
    from .ports import Timer
    from .registrations import Registration
    from .session import Session


class Callee(Protocol):
    """Who is asked to answer a call: a session, or the router itself."""

    callee: Features | None
    invocations: dict[int, PendingCall]

    def send(self, message: Outgoing) -> str | None:
        """See :meth:`.Peer.send`."""

    def refuse(self, request_type: int, request: int, uri: str, message: str) -> None:
        """See :meth:`.Session.refuse`."""


class PendingCall(Struct, eq=False):
    """A call that a callee has been asked to answer and whose caller waits.

    It stands in :attr:`.Session.calls` of its caller and in :attr:`.Session.invocations` of its callee, and leaves both
    at once when it ends. ``procedure`` is what was called. ``progressive`` says whether progressive results are passed
    on; ``is_cancelled``, whether its caller has sent CANCEL; ``timer`` ends the call when it takes longer than
    ``timeout_seconds``. ``stream`` is there while the caller has more to send, ``route`` where the call may go on to
    another callee.
    """

    caller: Session
    request: int
    procedure: str
    callee: Callee
    invocation: int
    progressive: bool = False
    is_cancelled: bool = False
    timeout_seconds: float = 0.0
    timer: Timer | None = None
    stream: Stream | None = None
    route: Route | None = None

    def end(self) -> None:
        """Let go of the call: its caller is about to get its answer, or has gone."""
        self.caller.calls.pop(self.request, None)
        self.callee.invocations.pop(self.invocation, None)
        if self.timer is not None:
            self.stop_timer()
        if self.stream is not None:
            self.caller.cut_short.add(self.request)

    @property
    def is_over(self) -> bool:
        """Whether the caller waits no more."""
        return self.caller.calls.get(self.request) is not self

    def stop_timer(self) -> None:
        """Let the call take as long as it likes from now on."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Delayed(Protocol):
    """The answer to a call of one of the router's own procedures, where it takes its time."""

    def begin(self, answer: Callable[[Payload | RequestError], None], is_wanted: Callable[[], bool]) -> None:
        """Find the answer and hand it over, now or later; it may be given up once it is wanted no more."""


class RouterAsCallee:
    """The router, where a call that waits for a :class:`Delayed` has its callee: it cannot be interrupted."""

    def __init__(self) -> None:
        self.callee: Features | None = None
        self.invocations: dict[int, PendingCall] = {}
        self._issued = 0

    def send(self, message: Outgoing) -> str | None:
        """Take no message: there is nothing that the router has to be told."""

    def refuse(self, request_type: int, request: int, uri: str, message: str) -> None:
        """Take no ERROR either."""

    def ask(self, caller: Session, request: int, procedure: str) -> PendingCall:
        """Have a call wait for its answer."""
        self._issued += 1
        pending = PendingCall(caller, request, procedure, self, self._issued)
        caller.calls[request] = self.invocations[self._issued] = pending
        return pending


@dataclass(frozen=True, slots=True)
class Stream:
    """A call whose arguments come in several messages (advanced profile, "Progressive Call Invocations").

    All of them go to the callee that got the first, with the same ``details``, even if it has unregistered meanwhile.
    """

    registration: int
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """What it takes to send a call on to another callee (advanced profile, "Call Re-Routing").

    The call's timeout holds for all attempts together: until ``deadline``, by the monotonic clock.
    """

    call: Call
    registration: Registration
    decision: Decision
    passed: Passed | None
    deadline: float
    tried: set[Session] = field(default_factory=set)


class CutShort(dict[int, None]):
    """The requests of a caller that ended before all of their arguments had come: an ordered set, nearly always empty.

    What still comes for them was sent before the caller could know, and is discarded. The number is bounded: the
    oldest is forgotten first.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def add(self, request: int) -> None:
        """Remember a request that has ended early."""
        self[request] = None
        if len(self) > self._most:
            del self[next(iter(self))]

    def take(self, request: int, has_more: bool) -> bool:
        """Return whether a message is late for such a request; its last one is also the end of remembering it."""
        if request not in self:
            return False
        if not has_more:
            del self[request]
        return True
