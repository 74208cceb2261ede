"""URIs: which are well formed, which are reserved (basic profile, "URIs")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import errors
from .errors import RequestError
from .limits import MAX_URI_BYTES

if TYPE_CHECKING:
    from ..codec.messages import Match

_LOOSE = {
    "exact": re.compile(r"[^\s.#]+(?:\.[^\s.#]+)*"),
    "prefix": re.compile(r"(?:[^\s.#]+\.)*[^\s.#]*"),
    "wildcard": re.compile(r"[^\s.#]*(?:\.[^\s.#]*)*"),
}
_STRICT = {
    "exact": re.compile(r"[0-9a-z_]+(?:\.[0-9a-z_]+)*"),
    "prefix": re.compile(r"(?:[0-9a-z_]+\.)*[0-9a-z_]*"),
    "wildcard": re.compile(r"[0-9a-z_]*(?:\.[0-9a-z_]*)*"),
}


def is_reserved(uri: str) -> bool:
    """Return whether the first component is ``wamp``: such URIs are the router's own."""
    return uri.startswith("wamp.") or uri == "wamp"


class UriRules:
    """What a realm accepts as a URI: the loose rules of the specification, or the strict ones.

    Prefix patterns may end within a component or with a dot, and may be empty; the specification shows whole
    components only, but clients use the others.
    """

    def __init__(self, strict: bool = False) -> None:
        self._rules = _STRICT if strict else _LOOSE

    def is_valid(self, uri: str, match: Match = "exact") -> bool:
        """Return whether ``uri`` may stand for itself, or as a pattern of the given kind."""
        return len(uri.encode("utf-8", "surrogatepass")) <= MAX_URI_BYTES and bool(self._rules[match].fullmatch(uri))

    def check(self, uri: str, match: Match = "exact") -> None:
        """Raise ``wamp.error.invalid_uri`` when :meth:`is_valid` says no."""
        if not self.is_valid(uri, match):
            kind = "URI" if match == "exact" else f"{match} pattern"
            raise RequestError(errors.INVALID_URI, f"{_shown(uri)} is not a valid {kind}")

    def check_own(self, uri: str, match: Match = "exact") -> None:
        """Raise ``wamp.error.invalid_uri`` for a URI that an application may not publish to or register."""
        self.check(uri, match)
        if is_reserved(uri):
            raise RequestError(errors.INVALID_URI, f"{_shown(uri)} is reserved: wamp.* belongs to the router")


LOOSE = UriRules()
"""For what belongs to no realm's namespace: the names of realms, reasons, the URIs of errors."""


def _shown(uri: str) -> str:
    """Return a URI for an error message: printable and short."""
    return ascii(uri if len(uri) <= 64 else uri[:61] + "...")
