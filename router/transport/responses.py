"""HTTP responses of one sentence, for requests that end at the door."""

from __future__ import annotations

import json
from http import HTTPStatus

from ..core import errors

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every response carries, whoever makes it. No header tells the name or version of the server."""

_LARGEST_LINE = 200


def response(
    code: int,
    line: str,
    headers: dict[str, str] | None = None,
    as_json: bool = False,
    challenges: tuple[str, ...] = (),
) -> bytes:
    """Return a whole HTTP/1.1 response with ``line`` as its text; the connection is to be closed behind it.

    Of ``line`` only printable ASCII is shown, and not more than a line of it: it may quote what a client sent. As JSON
    it is an error of the HTTP bridge. Each of ``challenges`` is a WWW-Authenticate field of its own: not every client
    finds its scheme in a list of them.
    """
    shown = "".join(character if " " <= character <= "~" else "?" for character in line[:_LARGEST_LINE])
    media_type, body = "text/plain; charset=utf-8", f"{shown}\n".encode("ascii")
    if as_json:
        uri = errors.PAYLOAD_SIZE_EXCEEDED if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else errors.INVALID_ARGUMENT
        media_type, body = "application/json", json.dumps({"error": uri, "args": [shown], "kwargs": {}}).encode("ascii")
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = "Error"
    fields = {
        "Content-Type": media_type,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Connection": "close",
        **SECURITY_HEADERS,
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    head += "".join(f"WWW-Authenticate: {challenge}\r\n" for challenge in challenges)
    return f"HTTP/1.1 {code} {phrase}\r\n{head}\r\n".encode("ascii") + body
