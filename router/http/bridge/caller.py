"""A path that calls: POST ``{"procedure", "args", "kwargs", "options"}``, answered with ``{"args", "kwargs"}``.

An ERROR is an answer as well: it has the status 200 and an ``error`` besides, as Crossbar.io's clients expect. What
the bridge itself has to say has a status of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...codec import Unrepresentable
from ...core import errors
from .bodies import error_body, read_call, result_body
from .refusal import Refusal
from .resource import BridgeResource, Exchange
from .session import RESULT

if TYPE_CHECKING:
    from twisted.web.server import Request

    from ...codec import Outgoing
    from ...codec.messages import Call
    from ...core.ports import Clock, Log
    from .admission import Admission
    from .session import BridgeSession


class Caller(BridgeResource):
    """Calls what is asked for: at most ``most_calls`` at a time, none for longer than ``timeout_seconds``."""

    def __init__(
        self,
        path: str,
        admission: Admission,
        log: Log,
        session: BridgeSession,
        clock: Clock,
        timeout_seconds: float,
        most_calls: int,
    ) -> None:
        super().__init__(path, admission, log)
        self.session = session
        self.clock = clock
        self._timeout_seconds = timeout_seconds
        self._most_calls = most_calls
        self.under_way: set[_CallUnderWay] = set()

    def serve(self, request: Request, data: bytes) -> None:
        """Call."""
        message = read_call(data, self.session.codec.shape)
        if len(self.under_way) >= self._most_calls:
            raise Refusal(503, "too many calls are under way", errors.LIMIT_EXCEEDED, Retry_After="1")
        asked_seconds = message.options.timeout / 1000
        # The time is kept here: a callee that keeps it itself may be wrong about it.
        message.options.timeout = 0
        _CallUnderWay(
            self, Exchange(request), message, min(asked_seconds or self._timeout_seconds, self._timeout_seconds)
        )


class _CallUnderWay:
    """One call: it ends with an answer, when its time is up, or when nobody waits for it any more."""

    def __init__(self, caller: Caller, exchange: Exchange, call: Call, seconds: float) -> None:
        self._caller = caller
        self._exchange = exchange
        exchange.on_gone = self._give_up
        caller.under_way.add(self)
        self._request = caller.session.send(call, self._answer)
        self._timer = caller.clock.call_later(seconds, self._time_out)

    def _answer(self, answer: Outgoing | None) -> None:
        self._end()
        if answer is None:
            self._exchange.lose()
            return
        make = result_body if answer.head[0] == RESULT else error_body
        try:
            self._exchange.answer(200, make(answer, self._caller.session.codec))
        except Unrepresentable as error:
            message = f"the answer cannot be sent in JSON: {error}"
            self._exchange.refuse(200, errors.INVALID_ARGUMENT, message)

    def _time_out(self) -> None:
        self._give_up()
        self._exchange.refuse(504, errors.TIMEOUT, "the call took too long")

    def _give_up(self) -> None:
        self._end()
        self._caller.session.cancel(self._request)

    def _end(self) -> None:
        self._caller.under_way.discard(self)
        if self._timer.active():
            self._timer.cancel()
