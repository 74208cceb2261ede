"""The head of an HTTP/1 request, parsed strictly (RFC 9112), and whose it may be.

Strict, because other parsers read the same bytes after this one: a head that two parsers could read in two ways is
refused. The checks of Host and Origin are here as well; see :func:`check_host` and :func:`check_origin`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Container

_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) ([!-~]+) HTTP/1\.([01])")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t -~\xa0-\xff]*)")
"""Control characters are refused, those of ISO 8859-1 too: some parsers take them for the end of a line."""

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([0-9a-z._-]+))(?::[0-9]{1,5})?", re.IGNORECASE)
_ONCE = ("authorization", "host", "origin", "upgrade", "content-length", "sec-websocket-key", "sec-websocket-version")

_LENGTH_DIGITS = 15

_MOST_FIELDS = 100
"""Other parsers count too: nothing may be refused further inside, in words of theirs."""

_MOST_IN_QUERY = 100
"""Of names: thousands, as fit into a head, keep the reactor busy for as long as fifty handshakes."""


_SECRETS = (
    *("access_token", "api_key", "apikey", "auth", "authorization", "key", "login", "pass", "passwd", "password"),
    *("pwd", "secret", "token", "user", "username"),
)
"""Names in a query whose values must not stand there."""


class BadRequest(Exception):
    """A request that ends at the door: an HTTP status code and one line for its sender, as JSON if it came as that.

    ``challenges`` are the ways to log in that 401 offers (RFC 9110, section 11.6.1).
    """

    def __init__(self, code: int, message: str, as_json: bool = False, challenges: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.as_json = as_json
        self.challenges = challenges


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request line and its fields; ``fields`` maps a name in lower case to all its values, in order.

    ``minor`` is that of the version, HTTP/1.0 or 1.1.
    """

    method: str
    target: str
    fields: dict[str, list[str]]
    minor: int = 1

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The names and values of the target's query, in order, with ``%`` and ``+`` undone.

        Raises :class:`BadRequest` when there are too many.
        """
        try:
            return parse_qsl(self.target.partition("?")[2], keep_blank_values=True, max_num_fields=_MOST_IN_QUERY)
        except ValueError:
            raise BadRequest(400, f"the query has more than {_MOST_IN_QUERY} names") from None

    @property
    def host(self) -> str:
        """The Host field as it came; there is exactly one."""
        return self.fields["host"][0]

    @property
    def has_json(self) -> bool:
        """Whether the body is said to be JSON."""
        return self.fields.get("content-type", [""])[0].partition(";")[0].strip().lower() == "application/json"

    @property
    def wants_websocket(self) -> bool:
        """Whether the request asks to upgrade to WebSocket (RFC 6455, section 4.2.1)."""
        return "websocket" in self._tokens("upgrade")

    @property
    def may_stay(self) -> bool:
        """Whether the connection may be kept for another request (RFC 9112, section 9.3)."""
        return self.minor == 1 and "close" not in self._tokens("connection")

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits to be told to send the body (RFC 9110, section 10.1.1)."""
        return self.minor == 1 and "100-continue" in self._tokens("expect")

    def _tokens(self, name: str) -> set[str]:
        """Return the elements of a field that is a list of tokens, in lower case."""
        return {token.strip().lower() for value in self.fields.get(name, ()) for token in value.split(",")}


def parse_head(data: bytes) -> RequestHead:
    """Return the head in ``data``, which ends in an empty line; raises :class:`BadRequest` for a malformed one."""
    request_line, *lines = data.removesuffix(b"\r\n\r\n").split(b"\r\n")
    match = _REQUEST_LINE.fullmatch(request_line)
    if match is None:
        raise BadRequest(400, "the request line is not one of HTTP/1.1")
    method, target, minor = (part.decode("ascii") for part in match.groups())
    if not target.startswith("/"):
        raise BadRequest(400, "the request target must be a path that begins with /")
    if len(lines) > _MOST_FIELDS:
        raise BadRequest(431, f"the request head has more than {_MOST_FIELDS} fields")
    fields: dict[str, list[str]] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise BadRequest(400, "a header field is malformed")
        name, value = (part.decode("iso-8859-1") for part in field.groups())
        fields.setdefault(name.lower(), []).append(value.rstrip(" \t"))
    _check_fields(fields)
    return RequestHead(method, target, fields, int(minor))


def _check_fields(fields: dict[str, list[str]]) -> None:
    """Raise for fields that are given twice or contradict each other (RFC 9112, sections 3.2 and 6.1)."""
    for name in _ONCE:
        if len(fields.get(name, ())) > 1:
            raise BadRequest(400, f"the {name} header field is given more than once")
    if "host" not in fields:
        raise BadRequest(400, "the host header field is missing")
    if "transfer-encoding" in fields and "content-length" in fields:
        raise BadRequest(400, "content-length and transfer-encoding exclude each other")


def check_body(head: RequestHead, largest: int) -> int:
    """Return the size of the body that is announced; raise when it may have more than ``largest`` bytes."""
    if "transfer-encoding" in head.fields:
        raise BadRequest(411, "a request body must come with its content-length", head.has_json)
    length = head.fields.get("content-length", ["0"])[0]
    if not (length.isascii() and length.isdigit()):
        raise BadRequest(400, "the content-length is not a number")
    if len(length) > _LENGTH_DIGITS or int(length) > largest:
        raise BadRequest(413, f"a request body may have at most {largest} bytes here", head.has_json)
    return int(length)


def check_host(head: RequestHead, hosts: Container[str] | None) -> None:
    """Raise unless the request is for one of ``hosts``: lower-case names and bare addresses; None admits all.

    A page of a stranger that has pointed its own name at this host's address (DNS rebinding) fails here.
    """
    match = _HOST.fullmatch(head.host)
    if match is None:
        raise BadRequest(400, "the host header field is malformed")
    if hosts is not None and _canonical(match[1] or match[2]) not in hosts:
        raise BadRequest(421, f"this host is not called {head.host}; use one of its own names")


def _canonical(host: str) -> str:
    """Return a host as it stands in a list of hosts."""
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower()


def check_origin(head: RequestHead, scheme: str) -> None:
    """Raise unless a browser's request comes from a page of this very host, scheme and port.

    ``null`` is never admitted; an absent Origin is, because what is not a browser sends none (RFC 6454, section 7).
    """
    origin = head.fields.get("origin")
    if origin is not None and origin[0] != f"{scheme}://{head.host.lower()}":
        raise BadRequest(403, f"a page of {origin[0]} may not connect here")


def check_query(head: RequestHead) -> None:
    """Raise when the query has what looks like a name, a password or a token that is good for more than one use.

    Addresses are kept by histories, proxies and logs, so these must not learn that they work here.
    """
    if any(name.lower() in _SECRETS for name, _ in head.query):
        raise BadRequest(
            400,
            "names, passwords and tokens in an address end up in logs and histories: send them in the Authorization "
            "header, or use a ticket for one use",
        )
