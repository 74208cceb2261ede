"""twisted.web as it stands behind the door: one request a connection, no access log, no tracebacks to clients.

The door's timer covers one request. Keeping a connection alive would need the same for every further head, and pages
of a few files gain nothing from it. Forms are not parsed here: a body that is made for it keeps the parser busy for
seconds, before anybody has looked at who sent it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from twisted.web.http import HTTPChannel
from twisted.web.server import Request, Site

from ..transport.sender import Sender
from ..transport.sender import sender_of as connected_sender
from .answers import prepare

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol
    from twisted.python.failure import Failure
    from twisted.web.resource import IResource

_IDLE_SECONDS = 30


class OneRequestChannel(HTTPChannel):
    """An HTTP connection that is closed behind its first response; ``sender`` is whose that request is."""

    sender: Sender | None = None

    def connectionMade(self) -> None:  # noqa: N802 -- Twisted's signature
        """Begin; without a door, a request is from who the connection is with."""
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.sender = self.sender or connected_sender(self.transport)

    def checkPersistence(self, request: Any, version: bytes) -> bool:  # noqa: N802 -- Twisted's signature
        """Return False, and tell the client."""
        request.responseHeaders.setRawHeaders(b"connection", [b"close"])
        return False


class CarefulRequest(Request):
    """A request whose answer keeps a browser safe also where it is that a resource has failed."""

    def processingFailed(self, reason: Failure) -> Failure:  # noqa: N802 -- Twisted's signature
        """Answer with status 500, in twisted.web's words."""
        prepare(self)
        return super().processingFailed(reason)  # type: ignore[no-any-return,no-untyped-call]


class OneRequestSite(Site):
    """The factory of such connections."""

    noisy = False
    displayTracebacks = False  # noqa: N815 -- Twisted's name
    requestFactory = CarefulRequest  # noqa: N815 -- Twisted's name
    protocol = OneRequestChannel  # type: ignore[assignment]  # declared as the proxy that chooses between HTTP versions

    def build(self, sender: Sender) -> IProtocol:
        """Return the protocol of a connection with one request, which ``sender`` has sent."""
        channel = self.buildProtocol(None)  # type: ignore[no-untyped-call]
        channel.sender = sender
        return cast("IProtocol", channel)


def make_site(root: IResource, reactor: Any = None) -> OneRequestSite:
    """Return the site that serves ``root``; ``reactor`` is the one to measure idle time with."""
    return OneRequestSite(  # type: ignore[no-untyped-call]
        root, parsePOSTFormSubmission=False, timeout=_IDLE_SECONDS, reactor=reactor
    )
