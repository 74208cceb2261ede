"""How many connections there may be: of one address, not yet logged in, and in all.

One counter is shared by all listeners of a node. A UNIX socket has no address, and only the node's own user can open
it: it is counted among all only, so that components and the local console get in however many strangers wait.

A connection of a proxy is its client's, who is known with the head of a request. Until then it has one of the places of
all proxies together, of which there are as many as for those who have not logged in: who fills those keeps out nobody
but others that come by a proxy.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass

from ..networks import source_of

_PROXIES = "proxies"
"""Among the sources: connections of proxies whose client is not known yet."""

_RESERVED_DESCRIPTORS = 64
"""Left for listeners, files, pipes to components and the database."""
_WANTED_DESCRIPTORS = 65_536


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """``per_address`` counts a /64 of IPv6 as one; ``pending`` are those that have not logged in."""

    per_address: int = 32
    pending: int = 64
    total: int = 1024


def descriptor_limits(per_address: int = 32, pending: int = 64) -> ConnectionLimits:
    """Return limits whose total is what the process may open, less what the node needs for itself."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    total = 2**20 if soft == resource.RLIM_INFINITY else max(1, soft - _RESERVED_DESCRIPTORS)
    return ConnectionLimits(per_address, pending, total)


def raise_descriptor_limit() -> None:
    """Let the process open as many files as it may; each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Connections:
    """Counts connections and admits new ones while there is room."""

    def __init__(self, limits: ConnectionLimits | None = None) -> None:
        self.limits = limits or descriptor_limits()
        self.total = 0
        self.pending = 0
        # source -> number of its connections
        self._by_source: dict[str, int] = {}

    def admit(self, address: str | None) -> Admission | None:
        """Return the place of a new connection, None when there is none left; ``address`` is a bare IP address."""
        return self._admit(None if address is None else source_of(address))

    def admit_proxy(self) -> Admission | None:
        """Return the place of a proxy's new connection, whose client is not known yet."""
        return self._admit(_PROXIES)

    def _admit(self, source: str | None) -> Admission | None:
        if self.total >= self.limits.total or not self.has_room(source):
            return None
        self.total += 1
        self.count(source, 1)
        return Admission(self, source)

    def has_room(self, source: str | None) -> bool:
        """Return whether there is a place left for one more of a source that has yet to log in."""
        if source is None:
            return True
        mine = self._by_source.get(source, 0)
        if source == _PROXIES:
            return mine < self.limits.pending
        return mine < self.limits.per_address and self.pending < self.limits.pending

    def count(self, source: str | None, difference: int) -> None:
        """Note that a source has one more or one less."""
        if source is None:
            return
        left = self._by_source.get(source, 0) + difference
        if left:
            self._by_source[source] = left
        else:
            del self._by_source[source]

    def release(self, source: str | None) -> None:
        """Free a place; :meth:`Admission.release` calls it."""
        self.total -= 1
        self.count(source, -1)


class Admission:
    """The place of one connection among all.

    ``tell_known`` is told when the connection has logged in (True), and when it is a stranger again (False).
    """

    __slots__ = ("_connections", "_is_pending", "_is_released", "_source", "tell_known")

    def __init__(self, connections: Connections, source: str | None) -> None:
        self._connections = connections
        self._source = source
        self._is_pending = False
        self._is_released = False
        self.tell_known: Callable[[bool], None] | None = None
        self.set_pending(True)

    @property
    def source(self) -> str | None:
        """What the connection counts for, None for a UNIX socket: an address, and all proxies before they name one."""
        return self._source

    def set_pending(self, is_pending: bool) -> None:
        """Note whether the connection has yet to log in."""
        if is_pending is not self._is_pending and not self._is_released and self._source not in (None, _PROXIES):
            self._is_pending = is_pending
            self._connections.pending += 1 if is_pending else -1
            if self.tell_known is not None:
                self.tell_known(not is_pending)

    def belongs_to(self, address: str) -> bool:
        """Count a proxy's connection for the client of its next request; return False when that one has no place left.

        It has yet to log in.
        """
        source = source_of(address)
        if self._is_released or source == self._source:
            return not self._is_released
        self.set_pending(False)
        if not self._connections.has_room(source):
            return False
        self._connections.count(self._source, -1)
        self._connections.count(source, 1)
        self._source = source
        self.set_pending(True)
        return True

    def release(self) -> None:
        """Give the place back; the second time does nothing."""
        if not self._is_released:
            self.tell_known = None
            self.set_pending(False)
            self._is_released = True
            self._connections.release(self._source)
