"""Small writes go to the socket at once, when nothing is in their way.

A Twisted transport keeps what is written until the reactor's next turn, asks the system to be told when the socket
takes bytes, and asks not to be told any more: three system calls and a turn for what nearly always is one ``send``.
Measured with 20 subscribers: 0.7 to 0.9 us of CPU an event against 1.2 us, and a shorter way for a single call.

What does not fit, and what is large, takes Twisted's way and is subject to its back-pressure. So that old data does
not gather in the kernel, no more than :data:`DIRECT_BYTES` are sent without asking whether it takes them; see
``TCP_NOTSENT_LOWAT`` in :mod:`.addresses`.
"""

from __future__ import annotations

import socket
from typing import Any

DIRECT_BYTES = 64 * 1024

TWISTED_NAMES = ("_tempDataBuffer", "connected", "dataBuffer", "write")
"""Names of a Twisted TCP or UNIX transport that are used here; without them, everything takes Twisted's way."""


class DirectWriter:
    """Writes to the socket of one transport, in order with what the transport itself still has to send."""

    __slots__ = ("_credit", "_send", "_transport", "_write")

    def __init__(self, transport: Any, handle: socket.socket) -> None:
        self._transport = transport
        self._send = handle.send
        self._write = transport.write
        self._credit = DIRECT_BYTES

    def write(self, data: bytes) -> None:
        """Send ``data`` now as far as the socket takes it; the transport sends the rest."""
        transport, size = self._transport, len(data)
        if size > self._credit or transport.dataBuffer or transport._tempDataBuffer or not transport.connected:
            # Whenever the transport has sent all it had, the kernel has said that it takes more.
            self._credit = DIRECT_BYTES
            self._write(data)
            return
        self._credit -= size
        try:
            sent = self._send(data)
        except OSError:
            # The socket is full, or broken: the reactor will find out which.
            sent = 0
        if sent < size:
            self._write(data[sent:])


def write_directly(transport: Any) -> None:
    """Let a transport's small writes go to its socket at once; transports of other kinds are left as they are."""
    handle = transport.getHandle()
    if isinstance(handle, socket.socket) and all(hasattr(transport, name) for name in TWISTED_NAMES):
        transport.write = DirectWriter(transport, handle).write
