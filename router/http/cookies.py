"""The cookie that a login over HTTPS leaves, and what it is good for (RFC 6265bis).

``__Host-`` in its name makes browsers see to it that it came from this very host, over TLS, for all of its paths:
neither a neighbouring name nor an unencrypted page can put another in its place. ``HttpOnly`` keeps scripts from it,
and ``SameSite=Strict`` keeps it from requests that other sites begin.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .ways import Unavailable

if TYPE_CHECKING:
    from ..transport.head import RequestHead
    from ..transport.knock import Knock
    from .sessions import WebSessions
    from .ways import Decide

PREFIX = "__Host-"
NAME = "wampi"
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"


class Cookie:
    """A way in for those who have logged in over HTTPS before. ``name`` is the cookie's, without its prefix."""

    name = "cookie"
    is_ambient = True

    def __init__(self, sessions: WebSessions, name: str = NAME) -> None:
        self._sessions = sessions
        self._cookie = PREFIX + name

    def find(self, head: RequestHead) -> str | None:
        """Return the cookie's value."""
        return read(head.fields.get("cookie", ()), self._cookie)

    def judge(self, carried: str, _knock: Knock, decide: Decide) -> None:
        """Look up whose session it is. A cookie that is worth nothing is no failure: browsers go on sending it."""
        self._sessions.find(carried, decide, lambda error: decide(Unavailable(str(error))))


def read(fields: list[str] | tuple[str, ...], name: str) -> str | None:
    """Return the value of a cookie, None when it is not there, not once, or not like ours (RFC 6265, section 4.2.1).

    Blanks and tabs alone are cut off a name (section 5.2): with anything else before it, it is another name to
    browsers, which any neighbour may set, and ``__Host-`` stops nobody.
    """
    pairs = (pair.strip(" \t").partition("=") for field in fields for pair in field.split(";"))
    values = [value for found, _, value in pairs if found == name]
    return values[0] if len(values) == 1 and _VALUE.fullmatch(values[0]) else None


def set_cookie(name: str, value: str, seconds: float | None) -> str:
    """Return the Set-Cookie field for a cookie of one's own; with None the browser drops it when it is closed."""
    lifetime = "" if seconds is None else f"Max-Age={int(seconds)}; "
    return f"{PREFIX}{name}={value}; {lifetime}{_ATTRIBUTES}"


def clear_cookie(name: str) -> str:
    """Return the Set-Cookie field that takes it away again."""
    return set_cookie(name, "", 0)
