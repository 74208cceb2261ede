"""What all HTTP responses of the router's own resources have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..transport.responses import security_headers
from .requests import sender_of

if TYPE_CHECKING:
    from twisted.web.http import Request


def prepare(request: Request) -> None:
    """Set the headers that every response carries, and take away the one that names the server."""
    request.responseHeaders.removeHeader(b"server")
    for name, value in security_headers(sender_of(request)).items():
        request.setHeader(name, value)


def line(request: Request, code: int, text: str) -> bytes:
    """Answer with one line of text."""
    request.setResponseCode(code)
    request.setHeader("Content-Type", "text/plain; charset=utf-8")
    request.setHeader("Cache-Control", "no-store")
    return body(request, f"{text}\n".encode())


def body(request: Request, content: bytes) -> bytes:
    """Return the body as the method wants it; the length is the same for HEAD (RFC 9110, section 9.3.2)."""
    request.setHeader("Content-Length", str(len(content)))
    return b"" if request.method == b"HEAD" else content
