"""Who has been sent to a provider and is expected back: by a cookie, so that only the same browser can come back.

The cookie is SameSite=Lax, not Strict: a browser comes back from another site, and has to bring it along then. It
is good for nothing but the end of this one login.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import cookies
from ..waiting import Waiting

if TYPE_CHECKING:
    from ...core.ports import Clock

SECONDS = 600.0
"""How long somebody may stay at the provider."""

MOST_FLOWS = 1024
MOST_OF_ONE = 32
"""Logins of one source; with one more, its oldest is forgotten."""


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Flow:
    """One login under way at a provider; ``target`` is where to go on to at the end."""

    provider: str
    target: str
    redirect_uri: str
    state: str = field(default_factory=_random, repr=False)
    nonce: str = field(default_factory=_random, repr=False)
    verifier: str = field(default_factory=_random, repr=False)

    @property
    def code_challenge(self) -> str:
        """The S256 challenge of PKCE (RFC 7636, section 4.2)."""
        return urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


class Flows:
    """The logins under way. ``name`` is that of the login's cookie."""

    def __init__(self, clock: Clock, name: str = cookies.NAME) -> None:
        self._name = f"{name}-oidc"
        # hash of the cookie -> what is under way
        self._flows: Waiting[bytes, Flow] = Waiting(clock, SECONDS, MOST_FLOWS, MOST_OF_ONE)

    def begin(self, flow: Flow, source: str) -> str:
        """Remember who is sent away, from where; return the Set-Cookie field by which it is known again."""
        value = _random()
        self._flows.put(_hash(value), flow, source)
        return cookies.set_cookie(self._name, value, SECONDS).replace("SameSite=Strict", "SameSite=Lax")

    def take(self, fields: list[str], provider: str, state: str) -> Flow | None:
        """Return the login of the browser that comes back, once; None when it is not the one that was sent away."""
        value = cookies.read(fields, cookies.PREFIX + self._name)
        found = self._flows.take(_hash(value)) if value is not None else None
        if found is None or found.provider != provider:
            return None
        is_own = hmac.compare_digest(found.state.encode(), state.encode("utf-8", "surrogatepass"))
        return found if is_own else None

    def clear(self) -> str:
        """Return the Set-Cookie field that takes the cookie away."""
        return cookies.clear_cookie(self._name)


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
