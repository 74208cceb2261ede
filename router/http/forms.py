"""What stops other sites from sending this one's forms: a token that only who was given the form can send back.

A form carries a token that belongs to a cookie of its own, made before anybody has logged in; without that, a page
elsewhere could log a visitor in as somebody else, and read afterwards what he does there ("login CSRF"). The token is a
signature over the cookie and the time, so that nothing has to be kept.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from . import cookies

if TYPE_CHECKING:
    from ..core.ports import Clock

SECONDS = 3600.0
"""How long a form can be sent once it has been shown."""


class FormTokens:
    """Makes the tokens of forms, and checks them. ``key`` is 32 bytes, ``name`` that of the login's cookie."""

    def __init__(self, key: bytes, clock: Clock, name: str = cookies.NAME) -> None:
        self._key = key
        self._clock = clock
        self.cookie = f"{name}-form"

    def new_cookie(self) -> str:
        """Return the value of a new cookie, for a browser that has none."""
        return secrets.token_urlsafe(16)

    def set_cookie(self, value: str) -> str:
        """Return the Set-Cookie field for it."""
        return cookies.set_cookie(self.cookie, value, SECONDS)

    def read_cookie(self, fields: list[str]) -> str | None:
        """Return the value of the cookie among Cookie fields."""
        return cookies.read(fields, cookies.PREFIX + self.cookie)

    def token(self, cookie: str) -> str:
        """Return the token of a form that is shown now."""
        return self._token(cookie, int(self._clock.time()))

    def is_good(self, cookie: str | None, token: str) -> bool:
        """Return whether a form was shown to who sends it back, and not too long ago."""
        made, _, _ = token.partition(".")
        if cookie is None or not (made.isascii() and made.isdecimal() and len(made) < 20):
            return False
        is_own = hmac.compare_digest(self._token(cookie, int(made)).encode(), token.encode("utf-8", "surrogatepass"))
        return is_own and 0 <= self._clock.time() - int(made) <= SECONDS

    def _token(self, cookie: str, made: int) -> str:
        return f"{made}.{hmac.new(self._key, f'{made}.{cookie}'.encode(), 'sha256').hexdigest()}"
