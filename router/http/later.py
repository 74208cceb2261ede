"""Resources that are made when somebody first asks for them: what they need is loaded beside the reactor.

A library that few homes use must cost the others neither time at the start nor memory; and nobody's lights and pictures
wait while it is read from a slow card.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource
from twisted.web.util import DeferredResource

if TYPE_CHECKING:
    from twisted.web.http import Request


class Later(Resource):
    """Stands where ``make``'s resource is to be; ``make`` is called in a thread, and what it returns first is kept."""

    isLeaf = True  # noqa: N815 -- Twisted's

    def __init__(self, make: Callable[[], Resource]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._make = make
        self._made: Resource | None = None

    def render(self, request: Request) -> Any:
        """Let the resource answer, and whatever is below it."""
        return DeferredResource(self._resource()).render(request)

    def _resource(self) -> Deferred[Resource]:
        if self._made is not None:
            return succeed(self._made)
        return deferToThread(self._make).addCallback(self._keep)

    def _keep(self, made: Resource) -> Resource:
        self._made = self._made or made
        return self._made
