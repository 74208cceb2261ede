"""The session that a path of the bridge has in its realm: an ordinary one, which lives in this process.

It joins when the first request comes, and again when it has been ended meanwhile (``wamp.session.kill``, a change of
its role). Its rights and limits are those of its role; nothing in the core knows that it is the bridge's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...auth.fixed import FixedIdentity
from ...codec.messages import (
    Call,
    Cancel,
    CancelOptions,
    ClientRoles,
    Features,
    Publish,
    RoleDetails,
)
from ...core.authentication import Accept
from ...transport.membership import Membership

if TYPE_CHECKING:
    from ...codec import Codec, Outgoing
    from ...core.ports import Log, TransportDetails
    from ...transport.link import Attach
    from ...transport.turn import Turn

ERROR, PUBLISHED, RESULT = 8, 17, 50

Request = Publish | Call
OnAnswer = Callable[["Outgoing | None"], None]
"""Takes PUBLISHED, RESULT or ERROR; None when the session has ended before there was one."""

_ROLES = ClientRoles(publisher=RoleDetails(), caller=RoleDetails(Features(call_canceling=True, call_cancelling=True)))


def bridge_identity(path: str, role: str) -> FixedIdentity:
    """Let the bridge's own connection in, as whom the configuration says; ``path`` names it."""
    return FixedIdentity(Accept(f"bridge:{path}", role, authmethod="http-bridge", authprovider="static"))


class BridgeSession:
    """Sends requests, and hands each answer to whoever asked.

    ``attach`` lets the session in as its :func:`bridge_identity`; ``details`` are how logs and the meta API show it.
    """

    def __init__(
        self,
        attach: Attach,
        realm: str,
        details: TransportDetails,
        codec: Codec,
        turn: Turn,
        log: Log,
    ) -> None:
        self._membership = Membership(attach, codec, turn, realm, _ROLES, self, details)
        self._details = details
        self.codec = codec
        self._log = log
        self._last_request = 0
        # What is to be sent after WELCOME.
        self._unsent: list[Request] = []
        # id of a request -> who waits for its answer
        self._waiting: dict[int, OnAnswer] = {}

    def send(self, message: Request, on_answer: OnAnswer) -> int:
        """Send a request, with an id that is set here and returned; ``on_answer`` is called once, and later."""
        self._last_request += 1
        message.request = self._last_request
        self._waiting[message.request] = on_answer
        if self._membership.is_joined:
            self._membership.send(message)
        else:
            self._unsent.append(message)
            self._membership.join()
        return message.request

    def cancel(self, request: int) -> None:
        """Give up a call: its callee is told, and ``on_answer`` will not be called."""
        if self._waiting.pop(request, None) is None:
            return
        if self._membership.is_joined:
            self._membership.send(Cancel(request, CancelOptions(mode="killnowait")))
        else:
            self._unsent = [message for message in self._unsent if message.request != request]

    # ---- what the membership tells ---------------------------------------------------------------------------

    def on_joined(self) -> None:
        """Send what has waited."""
        unsent, self._unsent = self._unsent, []
        for request in unsent:
            self._membership.send(request)

    def on_message(self, message: Outgoing) -> None:
        """Hand an answer to whoever asked."""
        kind = message.head[0]
        if kind in (RESULT, PUBLISHED):
            self._answer(message.head[1], message)
        elif kind == ERROR:
            self._answer(message.head[2], message)

    def on_ended(self, reason: str | None) -> None:
        """Begin afresh; who still waits is told that there will be no answer."""
        if reason is not None:
            self._log.warn("bridge session ended", peer=self._details.peer, reason=reason)
        self._last_request = 0
        self._unsent = []
        waiting, self._waiting = self._waiting, {}
        for on_answer in waiting.values():
            on_answer(None)

    def _answer(self, request: int, message: Outgoing) -> None:
        on_answer = self._waiting.pop(request, None)
        if on_answer is not None:
            on_answer(message)
