"""One HTTP request on a connection that may be kept for others: its body, its answer, and the way back to the door.

What is asked often and in small pieces would pay for a TLS handshake each time if every request had a connection of
its own. So the door lends a connection to an exchange, for one request; then it takes it back and looks at the next
head as it did at the first, within the same absolute time. Requests are never answered side by side: what comes
behind a request waits until that is answered (RFC 9112, section 9.3.2).
"""

# ruff: noqa: N802 -- the names are those of Twisted

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from zope.interface import implementer

from .responses import NO_CONTENT, TEXT, content, one_line, security_headers

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ..core.ports import Clock, Timer
    from .connections import Admission
    from .head import BadRequest, RequestHead
    from .sender import Sender

LARGEST_AHEAD_BYTES = 16 * 1024
"""What a client may send behind a request that is not answered yet."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose head a service takes: the size of its body, and what to call with it when it is there."""

    body_bytes: int
    handle: Callable[[Exchange, bytes], None]


class Service(Interface):
    """Answers the requests below one path."""

    def accept(self, head: RequestHead, path: str) -> Request:
        """Look at the head of a request for ``path``, which is what stands behind the service's own path.

        Raises :class:`.BadRequest` for one that it does not take; its line must be fit for the log.
        """


class Keeper(Interface):
    """Who lends connections to exchanges: the door."""

    def take_back(self, rest: bytes) -> None:
        """Wait for the next request; ``rest`` has come of it already."""

    def end(self) -> None:
        """Close the connection behind what has been written."""


@implementer(IPushProducer)
class Exchange(Protocol):
    """One request and its answer.

    The body may take ``seconds``, however it comes, and so may a client with taking the answer.
    """

    transport: Any

    def __init__(
        self,
        head: RequestHead,
        request: Request,
        sender: Sender,
        keeper: Keeper,
        admission: Admission | None,
        clock: Clock,
        seconds: float,
        keep_seconds: float,
    ) -> None:
        self.head = head
        self.sender = sender
        self.admission = admission
        self.on_lost: Callable[[], None] | None = None
        """Called when the connection is lost before there is an answer."""
        self.on_written: Callable[[], None] = _do_nothing
        """Called when the answer has been written, before anything else is."""
        self._request = request
        self._keeper = keeper
        self._clock = clock
        self._seconds = seconds
        self._keep_seconds = keep_seconds
        self._received = bytearray()
        self._timer: Timer | None = None
        self._is_handled = False
        self._is_answered = False
        self._is_paused = False

    # ---- the request -----------------------------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Wait for the body, for an absolute time."""
        self._start_timer()
        if self.head.expects_continue and self._request.body_bytes:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def dataReceived(self, data: bytes) -> None:
        """Gather the body, and have it handled when it is whole."""
        self._received += data
        if self._is_handled:
            if len(self._received) > LARGEST_AHEAD_BYTES:
                self.transport.abortConnection()
            return
        size = self._request.body_bytes
        if len(self._received) >= size:
            body = bytes(self._received[:size])
            del self._received[:size]
            self._is_handled = True
            self._stop_timer()
            self._request.handle(self, body)

    @property
    def is_over(self) -> bool:
        """Whether there is an answer, or nobody who waits for one."""
        return self._is_answered

    def answer_within(self, seconds: float) -> None:
        """End the connection unless there is an answer by then."""
        self._timer = self._clock.call_later(seconds, self._time_out)

    # ---- the answer ------------------------------------------------------------------------------------------

    def respond(self, code: int, body: bytes = b"", media_type: str = TEXT, challenges: tuple[str, ...] = ()) -> None:
        """Answer, once; an answer to somebody who has gone is lost. ``challenges`` as in :func:`.content`."""
        if self._is_answered:
            return
        self._is_answered = True
        self.on_lost = None
        self._stop_timer()
        may_stay = self.head.may_stay and self._keep_seconds >= 1.0
        kept = {"Connection": "keep-alive", "Keep-Alive": f"timeout={int(self._keep_seconds)}"}
        self.transport.registerProducer(self, True)
        connection = kept if may_stay else {"Connection": "close"}
        headers = {**security_headers(self.sender), **connection}
        self.transport.write(content(code, body, media_type, headers, challenges))
        if self._is_paused:
            self._start_timer()
        else:
            self._finish()

    def say(self, code: int, line: str) -> None:
        """Answer with one line of text."""
        self.respond(code, one_line(line))

    def refuse(self, error: BadRequest) -> None:
        """Answer with why the request goes no further."""
        self.respond(error.code, one_line(error.message), challenges=error.challenges)

    def done(self) -> None:
        """Answer that it is done, and that there is no more to say."""
        self.respond(NO_CONTENT)

    def _finish(self) -> None:
        """Give the connection back."""
        self._stop_timer()
        self.on_written()
        self.transport.unregisterProducer()
        if self.head.may_stay and self._keep_seconds >= 1.0:
            self._keeper.take_back(bytes(self._received))
        else:
            self._keeper.end()

    # ---- what the transport calls: a streaming producer ------------------------------------------------------

    def pauseProducing(self) -> None:
        """Note that the client is still taking the answer."""
        self._is_paused = True

    def resumeProducing(self) -> None:
        """The answer has left."""
        if self._is_paused:
            self._is_paused = False
            self._finish()

    def stopProducing(self) -> None:
        """Do nothing: a lost connection is told by its own call."""

    # ---- the end ---------------------------------------------------------------------------------------------

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell whoever works on an answer that nobody waits for it any more."""
        self._stop_timer()
        self._is_answered = True
        on_lost, self.on_lost = self.on_lost, None
        if on_lost is not None:
            on_lost()

    def _start_timer(self) -> None:
        self._timer = self._clock.call_later(self._seconds, self._time_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        self._timer = None
        self.transport.abortConnection()


def _do_nothing() -> None:
    pass
