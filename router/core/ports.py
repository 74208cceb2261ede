"""What the core is given from outside: a way out for each connection, time, ids, a log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from ..codec import Codec, Outgoing
    from .authentication import Principal
    from .limits import Limits


ChannelBinding = Literal["tls-exporter", "tls-server-end-point"]
"""What ties a login to the TLS connection that it is made on (RFC 9266; RFC 5929, section 4)."""


class TlsConnection(Protocol):
    """The TLS connection under a session, for logins that ask for it: nothing is computed before."""

    def client_certificate(self) -> bytes | None:
        """Return the certificate (DER) that the client has proven to be its own and that was verified, else None."""

    def good_until(self) -> float | None:
        """Return when the certificate runs out without which there would be no such connection, None where none is due.

        In seconds since 1970.
        """

    def channel_binding(self, kind: ChannelBinding) -> bytes | None:
        """Return the value that both ends of this connection know, None where it has none of this kind."""


@dataclass(frozen=True, slots=True)
class TransportDetails:
    """What is known of a connection, for the session meta API, for authentication and for the log.

    ``type`` is ``websocket``, ``rawsocket``, ``longpoll`` or ``memory``; ``peer`` is printable and without secrets:
    ``tcp:192.0.2.7:51234`` or ``unix``. ``address`` is the bare IP address, None for UNIX sockets and memory; ``uid``
    is the user at the other end of a UNIX socket. ``tls`` is None where the connection has no TLS of its own.
    ``principal`` is who the connection's HTTP request was from, where it said so.
    """

    type: str = "memory"
    peer: str = "memory"
    address: str | None = None
    secure: bool = False
    uid: int | None = None
    cookie: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    tls: TlsConnection | None = field(default=None, repr=False, compare=False)
    principal: Principal | None = None


class Peer(Protocol):
    """The way out to one connection.

    No method raises, and none calls back into the core: what goes wrong with a connection is told to its link
    later, by :meth:`.Link.lost`.
    """

    codec: Codec
    details: TransportDetails

    def send(self, message: Outgoing) -> str | None:
        """Queue a message, in order. Return None, or the error URI that says why this receiver can't be sent it.

        The URIs are ``wamp.error.payload_size_exceeded`` (larger than the receiver accepts) and
        ``wamp.error.invalid_argument`` (its serializer cannot carry a value). The connection is not harmed by either.
        """

    def send_latest(self, message: Outgoing, subscription: int) -> str | None:
        """Queue an event; an older one of the same subscription that still waits is replaced by it."""

    def hold(self) -> None:
        """Read no more for the time being; what has come already may still be handed on."""

    def release(self) -> None:
        """Read again."""

    def set_limits(self, limits: Limits) -> None:
        """Apply the limits of the role that has logged in: message size, rate, outbox."""

    def cut(self, seconds: float) -> None:
        """Forget what is queued; the connection is gone after so many seconds, whatever the peer reads or says.

        What has begun to leave cannot be taken back. Messages that are sent from now on are queued as ever.
        """

    def close(self) -> None:
        """Deliver what is queued, then end the connection; nothing more is read from it from now on."""


class Timer(Protocol):
    """A call that will be made later."""

    def cancel(self) -> None:
        """Do not make the call."""

    def active(self) -> bool:
        """Return whether the call is still to come."""


class Clock(Protocol):
    """Time, in seconds: ``monotonic`` for durations, ``time`` (since 1970, UTC) for what people read."""

    def monotonic(self) -> float:
        """Return a time that never jumps."""

    def time(self) -> float:
        """Return the time of day."""

    def call_later(self, delay_seconds: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` once, after ``delay_seconds``."""


class Ids(Protocol):
    """Where ids come from (basic profile, "IDs")."""

    def global_id(self) -> int:
        """Return a random id, uniform over 1 to 2**53: sessions and publications."""

    def router_id(self) -> int:
        """Return an id that this router has not given before: subscriptions and registrations."""


class Log(Protocol):
    """Structured log: an event name and its fields; never a secret, never a payload."""

    def info(self, event: str, **fields: object) -> None:
        """Record what an owner may want to know."""

    def warn(self, event: str, **fields: object) -> None:
        """Record what an owner should look at."""
