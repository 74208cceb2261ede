"""What a web listener serves by path: a resource for each first component, and one for everything else.

Wiring::

    site = make_site(Paths({"/publish": Publisher(...)}, Page(read_page(built_page()))), reactor)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from twisted.web.resource import Resource

from .answers import line, prepare

if TYPE_CHECKING:
    from twisted.web.http import Request
    from twisted.web.resource import IResource


class Paths(Resource):
    """The root of a site: hands each request to the resource at its path."""

    def __init__(self, resources: Mapping[str, IResource], rest: IResource | None = None) -> None:
        """``resources`` maps ``/`` and first components (``/publish``) to what is there, which gets all below, too."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._rest = rest or Nothing()
        for path, resource in resources.items():
            self.putChild(path.removeprefix("/").encode("ascii"), resource)

    def getChild(self, _name: bytes, _request: Request) -> IResource:  # noqa: N802 -- Twisted's
        """Return what answers where nothing of its own is."""
        return self._rest


class Nothing(Resource):
    """Stands for all the paths where there is nothing."""

    isLeaf = True  # noqa: N815 -- Twisted's name

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def render(self, request: Request) -> bytes:
        """Return a line that says so."""
        prepare(request)
        return line(request, 404, "there is nothing here")
