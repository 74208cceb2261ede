"""twisted.web as it stands behind the door: one request a connection, no access log, no tracebacks to clients.

The door's timer covers one request. Keeping a connection alive would need the same for every further head, and pages
of a few files gain nothing from it. Forms are not parsed here: a body that is made for it keeps the parser busy for
seconds, before anybody has looked at who sent it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.web.http import HTTPChannel
from twisted.web.server import Site

if TYPE_CHECKING:
    from twisted.web.resource import IResource

_IDLE_SECONDS = 30


class OneRequestChannel(HTTPChannel):
    """An HTTP connection that is closed behind its first response."""

    def checkPersistence(self, request: Any, version: bytes) -> bool:  # noqa: N802 -- Twisted's signature
        """Return False, and tell the client."""
        request.responseHeaders.setRawHeaders(b"connection", [b"close"])
        return False


class OneRequestSite(Site):
    """The factory of such connections."""

    noisy = False
    displayTracebacks = False  # noqa: N815 -- Twisted's name
    protocol = OneRequestChannel  # type: ignore[assignment]  # declared as the proxy that chooses between HTTP versions


def make_site(root: IResource, reactor: Any = None) -> OneRequestSite:
    """Return the site that serves ``root``; ``reactor`` is the one to measure idle time with."""
    return OneRequestSite(  # type: ignore[no-untyped-call]
        root, parsePOSTFormSubmission=False, timeout=_IDLE_SECONDS, reactor=reactor
    )
