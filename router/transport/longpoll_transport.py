"""One long-poll transport: what a WebSocket or a RawSocket connection is to others, made of HTTP requests.

There are two ways to it. ``send`` brings messages; they are handed to the link as fast as the rate allows, and the
request is answered when all of its messages have been. ``receive`` waits for messages, one request at a time. To its
peer a transport is a carrier that takes no more as long as no receive waits: so the outbox and its limits are those of
every connection. Instead of pings there is the time within which a client has to ask again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ..codec import ProtocolViolation
from .addresses import has_hung_up
from .bucket import TokenBucket
from .longpoll_delivery import Delivery
from .longpoll_outbox import LongPollOutbox
from .peer import StreamPeer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec import Codec
    from ..core.limits import Limits
    from ..core.ports import Clock, Log, Timer, TransportDetails
    from .connections import Admission
    from .exchange import Exchange
    from .link import Attach, Link
    from .longpoll_bodies import Bodies
    from .turn import Turn

NO_SUCH_TRANSPORT = "there is no such transport"
"""The one answer for what never was, what has ended, and what somebody else has opened."""

MOST_SENDS_LEFT = 16
"""How many sends may wait whose client has hung up. The connections of the others are counted, and their bodies with
them; without this limit, who sends too fast and does not wait could fill the memory."""


@dataclass(frozen=True, slots=True)
class LongPollOptions:
    """Times in seconds: that a receive waits, that a client may let pass between two of them, and that it has to fetch
    what is left when the router has ended a transport.

    ``queue_bytes`` and ``queue_messages`` limit what waits for the client, beside the limits of its role.
    """

    receive_seconds: float = 10.0
    session_seconds: float = 30.0
    close_seconds: float = 5.0
    queue_bytes: int | None = None
    queue_messages: int | None = None


class Surroundings(Protocol):
    """What all transports of a path share."""

    attach: Attach
    clock: Clock
    turn: Turn
    log: Log
    options: LongPollOptions
    limits: Limits


@dataclass(slots=True)
class _Sent:
    """The messages of one send: those that have yet to be handed on, once its body has been looked at."""

    exchange: Exchange
    body: bytes
    messages: deque[bytes] | None = field(default=None)


class LongPollTransport:
    """One transport, from its opening to its end; to its peer it is the :class:`.peer.Carrier`.

    ``origin`` is that of the page that opened it, None for what is no page. ``on_end`` is called once.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        codec: Codec,
        bodies: Bodies,
        details: TransportDetails,
        origin: str | None,
        admission: Admission,
        on_end: Callable[[], None],
    ) -> None:
        self.origin = origin
        self._clock, self._turn, self._log = surroundings.clock, surroundings.turn, surroundings.log
        self._options = options = surroundings.options
        limits = surroundings.limits
        self._decode = codec.decode
        self._bodies = bodies
        self._admission = admission
        self._on_end = on_end
        self.largest_bytes = limits.message_bytes
        now = self._clock.monotonic
        self._bucket = TokenBucket(limits.messages_per_second, limits.burst, now())
        self._outbox = LongPollOutbox(limits, now, bodies.is_batched, options.queue_bytes, options.queue_messages)
        self._sent: deque[_Sent] = deque()
        self._parked: Exchange | None = None
        self._delivery: Delivery | None = None
        self._send_timer: Timer | None = None
        self._receive_timer: Timer | None = None
        """Runs for the receive that waits, or else until the client has to ask again."""
        self._login_limits: Limits | None = None
        self._is_closing = self._is_held = False
        self._is_over = False
        self._link: Link | None = None
        self._peer = StreamPeer(
            self, codec, bodies, details, limits, self._turn, self._clock, self._log, outbox=self._outbox
        )
        self._peer.pauseProducing()
        self._expect_receive()
        self._link = surroundings.attach(self._peer)

    # ---- receiving: the way to the client --------------------------------------------------------------------

    def receive(self, exchange: Exchange) -> None:
        """Let a receive wait for messages, or take those that wait for it."""
        if self._parked is not None:
            if not has_hung_up(self._parked.transport):
                exchange.say(400, "a receive is waiting already, and there can be only one")
                return
            self._unpark()
        self._settle(exchange)
        if self._is_over or (self._is_closing and not self._outbox.size):
            exchange.say(404, NO_SUCH_TRANSPORT)
            return
        self._parked = exchange
        exchange.on_lost = self._unpark
        if not self._is_closing:
            self._set_receive_timer(self._options.receive_seconds, self._nothing_came)
        self._peer.resumeProducing()

    def _settle(self, exchange: Exchange) -> None:
        """Decide whether the last answer has arrived, now that the client asks for more."""
        delivery, self._delivery = self._delivery, None
        if delivery is not None and delivery.has_failed(exchange.transport):
            self._outbox.put_back()
        self._outbox.settle()

    def write(self, data: bytes) -> None:
        """Give ``data`` to the receive that waits."""
        exchange = self._parked
        self._unpark()
        if exchange is None or has_hung_up(exchange.transport):
            self._outbox.put_back()
            return
        if not self._is_closing:
            self._delivery = Delivery(exchange.transport, self._clock.monotonic, self._undelivered)
            exchange.on_written = self._delivery.written
        exchange.respond(200, data, self._bodies.media_type)
        if self._is_closing:
            self._turn.add(self)

    def _unpark(self) -> None:
        """Nothing waits any more: from now on the client has so long to ask again."""
        parked, self._parked = self._parked, None
        if parked is not None:
            parked.on_lost = None
        self._peer.pauseProducing()
        self._expect_receive()

    def _nothing_came(self) -> None:
        exchange = self._parked
        self._unpark()
        if exchange is not None:
            exchange.done()

    def _undelivered(self) -> None:
        """The connection of the last answer broke: who asks next gets it again."""
        self._delivery = None
        self._outbox.put_back()

    def _expect_receive(self) -> None:
        if not self._is_closing:
            self._set_receive_timer(self._options.session_seconds, self._expire)

    def _expire(self) -> None:
        self._peer.kick("it did not ask for messages any more")

    # ---- sending: the way to the router ----------------------------------------------------------------------

    def send(self, exchange: Exchange, body: bytes) -> None:
        """Take the messages of a send, behind those of the sends before."""
        if self._is_closing:
            exchange.say(404, NO_SUCH_TRANSPORT)
            return
        self._sent.append(_Sent(exchange, body))
        if self._send_timer is None and not self._is_held:
            self._hand_on()
        elif sum(sent.exchange.is_over for sent in self._sent) > MOST_SENDS_LEFT:
            self._peer.kick("it sends too fast, and does not wait for the answers")

    def _hand_on(self) -> None:
        """Hand on what has been sent, as far as the rate and the turn allow, and answer what is done."""
        now = self._clock.monotonic()
        deadline = now + self._turn.budget_seconds
        self._bucket.refill(now)
        self._turn.begin()
        try:
            while self._sent and not self._is_closing:
                if not self._hand_on_one(self._sent[0], deadline):
                    if not self._is_held:
                        self._wait()
                    break
                self._sent.popleft().exchange.done()
        except ProtocolViolation as violation:
            self._sent.popleft().exchange.say(400, str(violation))
            if self._link is not None:
                self._link.violate(str(violation))
        except BaseException:
            # A reactor drops a connection whose protocol fails in dataReceived, but not what fails in a timer.
            self.abort()
            raise
        finally:
            self._turn.end()

    def _hand_on_one(self, sent: _Sent, deadline: float) -> bool:
        """Hand on the messages of one send; return False when some have to wait. Raises for what is no message."""
        bucket, link, monotonic = self._bucket, self._link, self._clock.monotonic
        if sent.messages is None:
            sent.messages = deque(self._bodies.split(sent.body))
        while sent.messages and link is not None and not self._is_closing:
            if self._is_held or bucket.tokens < 1.0 or monotonic() > deadline:
                return False
            bucket.tokens -= 1.0
            link.receive(self._decode(sent.messages.popleft()))
        return True

    def _wait(self) -> None:
        """Let others have their turn, or a client that sends too fast wait."""
        seconds = 0.0 if self._bucket.tokens >= 1.0 else self._bucket.wait_seconds()
        self._send_timer = self._clock.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._send_timer = None
        self._hand_on()

    # ---- what the peer calls ---------------------------------------------------------------------------------

    def apply(self, limits: Limits) -> None:
        """Apply other limits to what is received.

        Those that the link sets while it is made hold for a transport that has yet to log in.
        """
        self.largest_bytes = limits.message_bytes
        self._bucket.configure(limits.messages_per_second, limits.burst)
        if self._link is None:
            self._login_limits = limits
        else:
            self._admission.set_pending(limits is self._login_limits)

    def hold(self) -> None:
        """Hand on nothing for the time being; what is sent meanwhile is answered when it has been handed on."""
        self._is_held = True

    def release(self) -> None:
        """Hand on what has been sent meanwhile."""
        self._is_held = False
        if self._sent and self._send_timer is None:
            self._send_timer = self._clock.call_later(0, self._go_on)

    def say_close(self) -> None:
        """Take no more messages. The client has a while to fetch those that wait, and is then told of no transport."""
        self._is_closing = True
        self._set_receive_timer(self._options.close_seconds, self.abort)
        self._turn.add(self)

    def finish(self) -> None:
        """Do nothing: the client fetches what it has not got."""

    def abort(self) -> None:
        """End at once, and with it the connection in which an answer is stuck."""
        delivery, self._delivery = self._delivery, None
        if delivery is not None:
            delivery.cut()
        self._end()

    def _end(self) -> None:
        if self._is_over:
            return
        self._is_over = self._is_closing = True
        self._stop_timers()
        if self._delivery is not None:
            self._delivery.forget()
        for exchange in [*(sent.exchange for sent in self._sent), *filter(None, [self._parked])]:
            exchange.say(404, NO_SUCH_TRANSPORT)
        self._sent.clear()
        self._parked = None
        self._peer.lost()
        self._admission.release()
        self._on_end()
        link, self._link = self._link, None
        if link is not None:
            link.lost()

    # ---- ending ----------------------------------------------------------------------------------------------

    def close(self, exchange: Exchange) -> None:
        """End at the client's wish."""
        if self._is_over:
            exchange.say(404, NO_SUCH_TRANSPORT)
            return
        parked, self._parked = self._parked, None
        if parked is not None:
            parked.done()
        exchange.done()
        self._turn.begin()
        try:
            self._end()
        finally:
            self._turn.end()

    def fail(self, reason: str) -> None:
        """End because a message was lost; what was queued before can be fetched."""
        if self._is_closing:
            return
        self._log.warn("connection failed", peer=self._peer.details.peer, reason=reason)
        link, self._link = self._link, None
        self._peer.close()
        if link is not None:
            link.lost()

    def flush(self) -> None:
        """End when nothing is left to be fetched: the turn calls this, when the core is done."""
        if not self._outbox.size:
            self._end()
        elif self._sent:
            for sent in self._sent:
                sent.exchange.say(404, NO_SUCH_TRANSPORT)
            self._sent.clear()

    # ---- time ------------------------------------------------------------------------------------------------

    def _set_receive_timer(self, seconds: float, callback: Callable[[], None]) -> None:
        if self._receive_timer is not None and self._receive_timer.active():
            self._receive_timer.cancel()
        self._receive_timer = self._clock.call_later(seconds, callback)

    def _stop_timers(self) -> None:
        for timer in (self._send_timer, self._receive_timer):
            if timer is not None and timer.active():
                timer.cancel()
        self._send_timer = self._receive_timer = None
