"""HTTP responses of those who need no web server for them: a sentence, or a body that is there already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..core import errors

if TYPE_CHECKING:
    from .sender import Sender

TEXT = "text/plain; charset=utf-8"
NO_CONTENT = 204

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every response carries, whoever makes it; pages have a policy of their own. No header tells the name or version
of the server."""

STRICT_TRANSPORT_SECONDS = 365 * 86_400

_STRICT_TRANSPORT = {"Strict-Transport-Security": f"max-age={STRICT_TRANSPORT_SECONDS}"}

_LARGEST_LINE = 200


def security_headers(sender: Sender) -> dict[str, str]:
    """Return what every response to a sender carries.

    To rely on TLS from now on (RFC 6797) is said only where any browser accepts the certificate: the one of the hub's
    own authority may be gone with the next phone, and a browser that was told so lets nobody past the warning. Where a
    proxy ends TLS the certificate is the proxy's, and so is this.
    """
    return SECURITY_HEADERS | _STRICT_TRANSPORT if sender.has_public_certificate else SECURITY_HEADERS


def response(
    code: int,
    line: str,
    headers: dict[str, str] | None = None,
    as_json: bool = False,
    challenges: tuple[str, ...] = (),
) -> bytes:
    """Return a whole HTTP/1.1 response with ``line`` as its text; the connection is to be closed behind it.

    As JSON it is an error of the HTTP bridge. ``challenges`` as in :func:`content`.
    """
    media_type, body = TEXT, one_line(line)
    if as_json:
        uri = errors.PAYLOAD_SIZE_EXCEEDED if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else errors.INVALID_ARGUMENT
        error = {"error": uri, "args": [body.decode("ascii").rstrip()], "kwargs": {}}
        media_type, body = "application/json", json.dumps(error).encode("ascii")
    return content(code, body, media_type, {"Connection": "close", **(headers or {})}, challenges)


def one_line(text: str) -> bytes:
    """Return a text as a line to be shown.

    Only printable ASCII is shown of it, and not more than a line: it may quote what a client sent.
    """
    return "".join(character if " " <= character <= "~" else "?" for character in text[:_LARGEST_LINE]).encode() + b"\n"


def content(
    code: int, body: bytes, media_type: str, headers: Mapping[str, str], challenges: tuple[str, ...] = ()
) -> bytes:
    """Return a whole HTTP/1.1 response that nobody stores; one of 204 (no content) has neither type nor length.

    Each of ``challenges`` is a WWW-Authenticate field of its own: not every client finds its scheme in a list of them.
    """
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = "Error"
    # RFC 9110, section 8.6.
    described = {"Content-Type": media_type, "Content-Length": str(len(body))} if code != NO_CONTENT else {}
    fields = {**described, "Cache-Control": "no-store", **SECURITY_HEADERS, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    head += "".join(f"WWW-Authenticate: {challenge}\r\n" for challenge in challenges)
    return f"HTTP/1.1 {code} {phrase}\r\n{head}\r\n".encode("ascii") + body
