"""Strangers wait in line: all who have not logged in share a few milliseconds of each turn of the reactor.

A TLS handshake costs half a millisecond or more of the reactor's thread, the WebSocket and the login as much again,
and on a small machine all of it four times as much. Whoever opens as many connections as may wait for a login, and lets
all of them speak at once, would otherwise have all of that done in one turn, for which everybody waits who has logged
in. So what strangers send is read until their time in this turn is used up; the rest waits, and meanwhile nothing more
is read from those who wait. Each source (an address, a /64 of IPv6) is read in its turn, and what it has sent in the
order in which it came: who opens many connections waits for himself.

It is the outermost layer, around TLS; or around the door, where a proxy ends TLS and says whom it speaks for. Who has
logged in is not read through here any more.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol

if TYPE_CHECKING:
    from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IProtocolFactory
    from twisted.python.failure import Failure

    from ..core.ports import Clock
    from .connections import Admission

BUDGET_SECONDS = 0.004
"""How long strangers may keep the reactor in a turn; the last of them may go beyond that."""


class Strangers:
    """The line of a whole node."""

    def __init__(self, clock: Clock, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._clock = clock
        self._budget_seconds = budget_seconds
        self._left_seconds = budget_seconds
        # source -> its reads that wait; whose turn is next first
        self._waiting: OrderedDict[str | None, deque[Callable[[], None]]] = OrderedDict()
        self._is_scheduled = False

    def take_turn(self, read: Callable[[], None], source: str | None = None) -> bool:
        """Call ``read`` if there is time for it in this turn, else when there is; return whether that was now."""
        self._schedule()
        if self._waiting or self._left_seconds <= 0:
            self._waiting.setdefault(source, deque()).append(read)
            return False
        self._spend(read)
        return True

    def _spend(self, read: Callable[[], None]) -> None:
        began = self._clock.monotonic()
        try:
            read()
        finally:
            self._left_seconds -= self._clock.monotonic() - began

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._clock.call_later(0, self._begin)

    def _begin(self) -> None:
        """Begin a turn: those who wait come first."""
        self._is_scheduled = False
        self._left_seconds = self._budget_seconds
        try:
            while self._waiting and self._left_seconds > 0:
                self._spend(self._next())
        finally:
            if self._waiting or self._left_seconds < self._budget_seconds:
                self._schedule()

    def _next(self) -> Callable[[], None]:
        """Take the next read out; its source goes to the end of the line."""
        source, reads = self._waiting.popitem(last=False)
        read = reads.popleft()
        if reads:
            self._waiting[source] = reads
        return read


class InLine(ProtocolWrapper):
    """A connection whose other side is a stranger until :meth:`know` says otherwise."""

    factory: Any
    transport: Any
    _admission: Admission | None = None
    _is_known = False
    _is_in_line = False
    _is_paused = False

    def count_as(self, admission: Admission) -> None:
        """Stand in line as the source of a place among all connections, until that has logged in."""
        self._admission = admission
        admission.tell_known = self.know

    def know(self, is_known: bool) -> None:
        """Read from now on without delay, or again as from a stranger."""
        self._is_known = is_known
        if is_known:
            # On the instance, so that no byte takes the way through the line any more.
            self.dataReceived = super().dataReceived  # type: ignore[method-assign]
        else:
            vars(self).pop("dataReceived", None)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 -- Twisted's names
        """Read what a stranger has sent, now or when it is its turn."""
        if self._is_known:  # where somebody below has kept this method (see .proxy_protocol)
            super().dataReceived(data)  # type: ignore[no-untyped-call]
        elif not self.factory.strangers.take_turn(partial(self._read, data), self._source):
            self._is_in_line = True
            self.transport.pauseProducing()

    @property
    def _source(self) -> str | None:
        return None if self._admission is None else self._admission.source

    def pauseProducing(self) -> None:  # noqa: N802
        """Read no more, for whoever is inside."""
        self._is_paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        """Read on, once it is its turn."""
        self._is_paused = False
        if not self._is_in_line:
            self.transport.resumeProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802
        """Leave the line; what has yet to be read is read no more."""
        vars(self).pop("dataReceived", None)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self.connected = 0

    def _read(self, data: bytes) -> None:
        was_in_line, self._is_in_line = self._is_in_line, False
        if not self.connected:
            return
        try:
            super().dataReceived(data)  # type: ignore[no-untyped-call]
        except BaseException:
            # The reactor ends a connection whose reading fails, but this is not its reading.
            if was_in_line:
                self.abortConnection()
            raise
        if was_in_line and not self._is_paused and self.connected:
            self.transport.resumeProducing()


class StrangersTls(InLine, TLSMemoryBIOProtocol):
    """TLS whose other side is a stranger."""

    factory: Any


class StrangersTlsFactory(TLSMemoryBIOFactory):
    """Wraps what a listener makes in TLS."""

    # Twisted's own holds small writes back for a turn of the reactor; what is written here is gathered already.
    protocol = StrangersTls

    def __init__(
        self, context: IOpenSSLServerConnectionCreator, wrapped: IProtocolFactory, strangers: Strangers
    ) -> None:
        super().__init__(context, isClient=False, wrappedFactory=wrapped)
        self.strangers = strangers


class StrangersFactory(WrappingFactory):
    """Wraps what a listener without TLS makes."""

    noisy = False
    protocol = InLine

    def __init__(self, wrapped: IProtocolFactory, strangers: Strangers) -> None:
        super().__init__(wrapped)  # type: ignore[no-untyped-call]
        self.strangers = strangers
