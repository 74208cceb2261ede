"""What a transport needs of the core: something that makes a link for each connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..codec.messages import Incoming
from ..core.ports import Peer


class Link(Protocol):
    """The core's end of a connection; no method raises for what the other side did."""

    def receive(self, message: Incoming) -> None:
        """Take one message."""

    def violate(self, reason: str) -> None:
        """Learn that bytes came that are no message; answers with ABORT and closes the peer."""

    def lost(self) -> None:
        """Learn that the connection is gone; called once."""


Attach = Callable[[Peer], Link]
"""Makes the link of a new connection."""
