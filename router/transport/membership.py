"""Being a session of a realm from within the process: joining, learning that it is over, and joining again.

Wiring::

    membership = Membership(attach, codec, turn, "home", roles, member)
    membership.join()              # member.on_joined() follows, or member.on_ended(reason)
    membership.send(message)
    membership.leave()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..codec.messages import Goodbye, Hello, HelloDetails
from ..core import errors
from .memory import connect

if TYPE_CHECKING:
    from ..codec import Codec, Outgoing
    from ..codec.messages import ClientRoles, Incoming
    from ..core.ports import TransportDetails
    from .link import Attach
    from .memory import MemoryClient
    from .turn import Turn

_WELCOME, _ABORT, _GOODBYE = 2, 3, 6


class Member(Protocol):
    """Who is the session."""

    def on_joined(self) -> None:
        """Learn that the realm has let the session in."""

    def on_message(self, message: Outgoing) -> None:
        """Take a message that is neither of the opening nor of the end."""

    def on_ended(self, reason: str | None) -> None:
        """Learn that the session is over, and why, where the router said so; it may be joined again."""


class Membership:
    """One session after the other in one realm; ``details`` are how logs and the meta API show the connection."""

    def __init__(
        self,
        attach: Attach,
        codec: Codec,
        turn: Turn,
        realm: str,
        roles: ClientRoles,
        member: Member,
        details: TransportDetails | None = None,
    ) -> None:
        self._attach = attach
        self._codec = codec
        self._turn = turn
        self._hello = Hello(realm, HelloDetails(roles))
        self._member = member
        self._details = details
        self.client: MemoryClient | None = None
        """The connection; another one for each session."""
        self.is_joined = False
        self._reason: str | None = None

    def join(self) -> None:
        """Say HELLO, unless there is a session."""
        if self.client is None:
            self.client = connect(self._attach, self._codec, self._turn, self._receive, self._end, self._details)
            self.client.send(self._hello)

    def send(self, message: Incoming) -> None:
        """Send a message; where there is no connection it is lost."""
        if self.client is not None:
            self.client.send(message)

    def leave(self) -> None:
        """End the connection."""
        if self.client is not None:
            self.client.close()

    def _receive(self, message: Outgoing) -> None:
        kind = message.head[0]
        if kind == _WELCOME:
            self.is_joined = True
            self._member.on_joined()
        elif kind in (_ABORT, _GOODBYE):
            self.is_joined, self._reason = False, message.head[2]
            if kind == _GOODBYE:
                self.send(Goodbye({}, errors.GOODBYE_AND_OUT))
        else:
            self._member.on_message(message)

    def _end(self) -> None:
        self.client, self.is_joined = None, False
        reason, self._reason = self._reason, None
        self._member.on_ended(reason)
