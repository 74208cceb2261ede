"""The built page: a handful of files, read once, each answered with the headers that keep a browser safe.

The files are kept in memory by their exact path. What is not among them does not exist: there is nothing to traverse
and nothing to list.

Wiring::

    site = make_site(Page(read_page(built_page())), reactor)
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from twisted.web.resource import Resource

from .answers import body, line, prepare
from .requests import sender_of

if TYPE_CHECKING:
    from twisted.web.http import Request

_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff2": "font/woff2",
}
_OTHER_TYPE = "application/octet-stream"

_COMPRESSIBLE = frozenset({"css", "html", "js", "json", "map", "svg", "txt", "webmanifest"})
_SMALLEST_COMPRESSED_BYTES = 1024

_HASHED_NAME = re.compile(r"/assets/.+-[0-9A-Za-z_-]{8,}\.\w+")
"""What the build puts a hash of its content into: such a file never changes under its name."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self' {socket}; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)

_NOT_BUILT = "The web page has not been built. Run `make web` in the checkout, then start the hub again."


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file of the page; ``compressed`` is its gzip form where that is worth it."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str
    is_immutable: bool


def built_page() -> Traversable | None:
    """Return the directory of the built page that is installed with the router, None when there is none."""
    try:
        directory = files("wampi.web") / "dist"
    except ModuleNotFoundError:
        return None
    return directory if directory.is_dir() else None


def read_page(directory: Traversable | None) -> dict[str, PageFile]:
    """Return the files under ``directory`` by the path they are served at; ``/`` is index.html.

    Without a directory, or without an index.html in it, there is no page: the result is empty.
    """
    page = {path: _read_file(path, file) for path, file in _walk(directory)} if directory is not None else {}
    if "/index.html" not in page:
        return {}
    page["/"] = page["/index.html"]
    return page


def _walk(directory: Traversable, prefix: str = "/") -> Iterator[tuple[str, Traversable]]:
    for entry in directory.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry


def _read_file(path: str, file: Traversable) -> PageFile:
    content = file.read_bytes()
    suffix = path.rpartition(".")[2].lower()
    compressed = None
    if suffix in _COMPRESSIBLE and len(content) >= _SMALLEST_COMPRESSED_BYTES:
        compressed = gzip.compress(content, mtime=0)
    return PageFile(
        content=content,
        compressed=compressed,
        media_type=_TYPES.get(suffix, _OTHER_TYPE),
        etag=hashlib.sha256(content).hexdigest()[:32],
        is_immutable=_HASHED_NAME.fullmatch(path) is not None,
    )


class Page(Resource):
    """Serves the files of a page to GET and HEAD."""

    isLeaf = True  # noqa: N815 -- Twisted's name

    def __init__(self, page: Mapping[str, PageFile]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._page = page

    def render(self, request: Request) -> bytes:
        """Return the body of the response, with its status and headers set."""
        prepare(request)
        request.setHeader("Content-Security-Policy", _policy(request))
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader("Allow", "GET, HEAD")
            return line(request, 405, "only GET and HEAD are allowed here")
        if not self._page:
            return line(request, 503, _NOT_BUILT)
        file = self._page.get(request.path.decode("iso-8859-1"))
        if file is None:
            return line(request, 404, "there is no such page")
        return _file(request, file)


def _file(request: Request, file: PageFile) -> bytes:
    """Answer with a file, or with "not modified" (RFC 9110, section 13.1.2)."""
    is_compressed = file.compressed is not None and _accepts_gzip(request)
    etag = f'"{file.etag}-gzip"' if is_compressed else f'"{file.etag}"'
    request.setHeader("ETag", etag)
    request.setHeader("Cache-Control", "public, max-age=31536000, immutable" if file.is_immutable else "no-cache")
    if file.compressed is not None:
        request.setHeader("Vary", "Accept-Encoding")
    if etag in _listed(request, "if-none-match"):
        request.setResponseCode(304)
        return b""
    if is_compressed:
        request.setHeader("Content-Encoding", "gzip")
    request.setHeader("Content-Type", file.media_type)
    return body(request, file.compressed if is_compressed and file.compressed is not None else file.content)


def _policy(request: Request) -> str:
    """Return the content security policy; the door has checked that Host is one of this host's own names.

    ``'self'`` does not cover the WebSocket of the same origin in every browser, so it is named.
    """
    host = (request.getHeader("host") or "").lower()
    return _POLICY.format(socket=f"{'wss' if sender_of(request).secure else 'ws'}://{host}")


def _accepts_gzip(request: Request) -> bool:
    """Return whether the client takes gzip (RFC 9110, section 12.5.3); ``q=0`` says that it does not."""
    for coding in _listed(request, "accept-encoding"):
        name, _, weight = coding.partition(";")
        if name.strip().lower() == "gzip":
            return re.fullmatch(r"q=0(\.0*)?", weight.replace(" ", "")) is None
    return False


def _listed(request: Request, name: str) -> list[str]:
    """Return the elements of a header field that is a list."""
    return [element.strip() for element in (request.getHeader(name) or "").split(",")]
