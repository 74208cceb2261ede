"""TCP ports that take a few connections at a time.

Twisted takes as many as are waiting, a hundred and more in one turn of the reactor, and each costs half a millisecond
with all that is set up for it. The others can wait in the kernel, where they cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.tcp import Port

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocolFactory

ACCEPTS = 8
"""How many connections are taken in one turn."""


class BoundedPort(Port):
    """Takes no more than :data:`ACCEPTS` in a turn."""

    @property
    def numberAccepts(self) -> int:  # noqa: N802 -- Twisted's name
        """How many connections to take; Twisted would raise it with the crowd."""
        return ACCEPTS

    @numberAccepts.setter
    def numberAccepts(self, _wanted: int) -> None:  # noqa: N802
        """Leave it as it is."""


def listen(reactor: Any, number: int, factory: IProtocolFactory, backlog: int, interface: str) -> Port:
    """Listen as ``reactor.listenTCP`` does; raises what that raises."""
    port = BoundedPort(number, factory, backlog, interface, reactor)
    port.startListening()
    return port
