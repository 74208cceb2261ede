"""Knocking: what a request says before it is let on, and who decides about that.

A request may say who it is from: by an ``Authorization`` field, a cookie, a ticket in its query. The door only carries
that to a :class:`Gate`, and waits for what it decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..core.authentication import Principal
    from .head import BadRequest, RequestHead
    from .sender import Sender


@dataclass(frozen=True, slots=True)
class Knock:
    """One request: its head, and what :class:`~..core.ports.TransportDetails` says of who has sent it."""

    head: RequestHead
    peer: str
    address: str | None
    secure: bool

    @classmethod
    def of(cls, head: RequestHead, sender: Sender) -> Knock:
        """Return a request of a sender's."""
        return cls(head, sender.peer, sender.address, sender.secure)


Judged = Callable[["Principal | BadRequest | None"], None]
"""Told who a request is from (None: it does not say), or why it goes no further."""


class Gate(Protocol):
    """Finds out who a request is from."""

    def judge(self, knock: Knock, judged: Judged) -> None:
        """Call ``judged`` once, now or later, in the reactor's thread; never raise for anything a request has."""
