"""Sessions within the process: a client and the router's peer for it, joined without bytes or sockets.

The client sends typed messages and is handed what the router sends as :class:`~wampi.router.codec.Outgoing`, so that
nothing is encoded. Both directions wait for the end of the turn: neither side is ever called back by what it calls.

Wiring::

    client = connect(attach, codec, turn, on_message, on_close)
    client.send(Publish(...))           # payloads by codec.dump(...)
    client.close()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.ports import TransportDetails

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec import Codec, Outgoing
    from ..codec.messages import Incoming
    from ..core.limits import Limits
    from .link import Attach, Link
    from .turn import Turn


class MemoryPeer:
    """The router's side; see :class:`~wampi.router.core.ports.Peer`. Limits do not apply within the process."""

    __slots__ = ("_client", "codec", "details")

    def __init__(self, client: MemoryClient, codec: Codec, details: TransportDetails) -> None:
        self._client = client
        self.codec = codec
        self.details = details

    def send(self, message: Outgoing) -> str | None:
        """Queue a message for the client."""
        self._client.deliver(message)
        return None

    def send_latest(self, message: Outgoing, subscription: int) -> str | None:
        """Queue an event in place of an older one of the same subscription."""
        self._client.deliver(message, subscription)
        return None

    def hold(self) -> None:
        """Do nothing: what runs in this process sends no more than it wants to."""

    def release(self) -> None:
        """Do nothing."""

    def set_limits(self, limits: Limits) -> None:
        """Do nothing: what runs in this process is trusted with it."""

    def cut(self, seconds: float) -> None:
        """Do nothing: what runs in this process reads, and is told of its end at once."""

    def close(self) -> None:
        """Deliver what is queued, then tell the client that the connection has ended."""
        self._client.shut()


class MemoryClient:
    """The client's side of a connection that never leaves the process."""

    __slots__ = ("_codec", "_inbox", "_is_closed", "_is_told", "_link", "_on_close", "_on_message", "_outbox", "_turn")

    def __init__(
        self, codec: Codec, turn: Turn, on_message: Callable[[Outgoing], None], on_close: Callable[[], None]
    ) -> None:
        self._codec = codec
        self._turn = turn
        self._on_message = on_message
        self._on_close = on_close
        self._link: Link | None = None
        # What waits for the client, and the subscription of an event that a newer one replaces.
        self._inbox: list[tuple[Outgoing, int | None]] = []
        self._outbox: list[Incoming] = []
        self._is_closed = False
        self._is_told = False

    def send(self, message: Incoming) -> None:
        """Send a message to the router, in order; on a closed connection it is lost."""
        if not self._is_closed:
            self._outbox.append(message)
            self._turn.add(self)

    def close(self) -> None:
        """End the connection; ``on_close`` is called, as when the router ends it."""
        self._is_closed = True
        self._turn.add(self)

    # ---- what the peer calls ---------------------------------------------------------------------------------

    def attach(self, link: Link) -> None:
        """Take the link of this connection."""
        self._link = link

    def deliver(self, message: Outgoing, subscription: int | None = None) -> None:
        """Queue a message for the client."""
        if self._is_closed:
            return
        if subscription is not None:
            self._inbox = [entry for entry in self._inbox if entry[1] != subscription]
        self._inbox.append((message, subscription))
        self._turn.add(self)

    def shut(self) -> None:
        """Take no more messages; what is queued still arrives."""
        self.close()

    # ---- what the turn calls ---------------------------------------------------------------------------------

    def flush(self) -> None:
        """Hand on what waits in both directions."""
        outbox, self._outbox = self._outbox, []
        inbox, self._inbox = self._inbox, []
        link = self._link
        if link is not None:
            for message in outbox:
                link.receive(message)
        for received, _ in inbox:
            self._on_message(received)
        if self._is_closed and not self._is_told and not self._inbox and not self._outbox:
            self._is_told = True
            self._link = None
            if link is not None:
                link.lost()
            self._on_close()


def connect(
    attach: Attach,
    codec: Codec,
    turn: Turn,
    on_message: Callable[[Outgoing], None],
    on_close: Callable[[], None] = lambda: None,
    details: TransportDetails | None = None,
) -> MemoryClient:
    """Join a client to the router; ``codec`` is the serializer of the payloads on both sides."""
    client = MemoryClient(codec, turn, on_message, on_close)
    client.attach(attach(MemoryPeer(client, codec, details or TransportDetails())))
    return client
