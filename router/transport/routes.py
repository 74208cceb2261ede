"""What is served behind a door: which path is whose, and what a request there may bring."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol

    from .exchange import Service
    from .rawsocket import RawSocketFactory
    from .sender import Sender
    from .websocket import WebSocketFactory


class Site(Protocol):
    """Serves requests, one on each connection that it is handed."""

    def build(self, sender: Sender) -> IProtocol:
        """Return the protocol of a connection with a request of ``sender``'s."""


ANY_PATH = "*"
"""As a path of :attr:`Routes.websockets`: every path that is not named."""


@dataclass(frozen=True, slots=True)
class Routes:
    """What is served behind one door.

    ``hosts`` are the names and addresses by which the host may be called, in lower case and without port; anything
    with ``in`` will do, and it is asked for each request. None admits any name, for UNIX sockets. ``websockets`` maps
    a path (or :data:`ANY_PATH`) to its factory, ``services`` the first component of a path (``/lp``) to who answers
    everything below it. Without a ``site``, other HTTP requests are answered with 404; ``bodies`` maps the first
    component of a path (``/publish``) to the bytes of the largest request body there; nobody else takes one. Without
    ``rawsocket``, RawSocket connections are closed.
    """

    hosts: Container[str] | None
    websockets: Mapping[str, WebSocketFactory] = field(default_factory=dict)
    site: Site | None = None
    bodies: Mapping[str, int] = field(default_factory=dict)
    rawsocket: RawSocketFactory | None = None
    services: Mapping[str, Service] = field(default_factory=dict)

    @property
    def has_http(self) -> bool:
        """Whether anything but RawSocket is served."""
        return bool(self.websockets or self.services) or self.site is not None

    def websocket(self, path: str) -> WebSocketFactory | None:
        """Return who takes handshakes for a path."""
        return self.websockets.get(path) or self.websockets.get(ANY_PATH)

    def service(self, path: str) -> tuple[Service | None, str]:
        """Return who answers a path, and what of the path is behind that service's own."""
        first, _, rest = path[1:].partition("/")
        return self.services.get(f"/{first}"), rest

    def largest_body(self, path: str) -> int:
        """Return how many bytes the body of a request for ``path`` may have."""
        return self.bodies.get("/" + path.split("/", 2)[1], 0)
