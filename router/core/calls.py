"""A call on its way: between CALL and its one final RESULT or ERROR."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ports import Timer
    from .session import Session


class PendingCall:
    """A call that a callee has been asked to answer and whose caller waits.

    It is found by its caller (:attr:`.Session.calls`) and by its callee (:attr:`.Session.invocations`), and leaves both
    at once when it ends. ``progressive`` says whether progressive results are passed on; ``is_cancelled``, whether its
    caller has sent CANCEL; ``timer`` ends the call when it takes longer than ``timeout_seconds``.
    """

    __slots__ = ("callee", "caller", "invocation", "is_cancelled", "progressive", "request", "timeout_seconds", "timer")

    def __init__(self, caller: Session, request: int, callee: Session, invocation: int, progressive: bool) -> None:
        self.caller = caller
        self.request = request
        self.callee = callee
        self.invocation = invocation
        self.progressive = progressive
        self.is_cancelled = False
        self.timeout_seconds = 0.0
        self.timer: Timer | None = None
        caller.calls[request] = self
        callee.invocations[invocation] = self

    def end(self) -> None:
        """Let go of the call: its caller is about to get its answer, or has gone."""
        self.caller.calls.pop(self.request, None)
        self.callee.invocations.pop(self.invocation, None)
        self.stop_timer()

    def stop_timer(self) -> None:
        """Let the call take as long as it likes from now on."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
