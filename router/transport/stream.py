"""What a connection on a stream of bytes has from accept to loss, whatever its framing is.

WebSocket and RawSocket share it: a place among all connections, the peer, the link, the heartbeat, and the time within
which a connection has to be gone that somebody ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .reader import PacedReader
from .sender import Sender, sender_of

if TYPE_CHECKING:
    from ..core.limits import Limits
    from ..core.ports import Timer
    from .connections import Admission
    from .link import Link
    from .peer import StreamPeer


class StreamConnection(PacedReader):
    """One connection; a subclass gives it a peer and a link when its handshake is done.

    ``admission`` is its place among all, None where nobody counts; ``sender`` is whose it is, None for who the
    connection is with.
    """

    def __init__(self, admission: Admission | None = None, sender: Sender | None = None) -> None:
        super().__init__()
        self._admission = admission
        self._given_sender = sender
        self._peer: StreamPeer | None = None
        self._link: Link | None = None
        self._login_limits: Limits | None = None
        self._heartbeat = None
        self._drop_timer: Timer | None = None

    @property
    def _sender(self) -> Sender:
        return self._given_sender or sender_of(self.transport)

    def apply(self, limits: Limits) -> None:
        """Apply other limits to what is received.

        Those that the link sets while it is made hold for a connection that has yet to log in.
        """
        self._accept_up_to(limits.message_bytes)
        self._bucket.configure(limits.messages_per_second, limits.burst)
        if self._link is None:
            self._login_limits = limits
        elif self._admission is not None:
            self._admission.set_pending(limits is self._login_limits)

    def _accept_up_to(self, message_bytes: int) -> None:
        """Take messages of that size at the most."""
        raise NotImplementedError

    def _on_silence(self) -> None:
        if self._peer is not None:
            self._peer.kick("it did not answer a ping")

    def _drop_after(self, seconds: float) -> None:
        """Abort the connection unless it has ended until then: a peer may not read, or not close TLS."""
        if self._drop_timer is None:
            self._drop_timer = self._clock.call_later(seconds, self._drop)

    def _drop(self) -> None:
        self._drop_timer = None
        self.transport.abortConnection()

    def _end_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.lost()

    def _let_go(self) -> None:
        """Tell peer and core that the connection is lost, and let go of everything."""
        self._stop_reading()
        if self._drop_timer is not None:
            self._drop_timer.cancel()
            self._drop_timer = None
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if self._peer is not None:
            self._peer.lost()
        self._end_link()
