"""Between the first factor and the second: who has proven one of them, as the page with the next form says it.

The page carries that itself, signed and tied to the browser's form cookie, so that nothing has to be kept for those who
never come back. It lets nobody in: it only spares typing the password twice.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ..core.ports import Clock

SECONDS = 300.0
"""How long the second factor may take."""


class FirstStep(msgspec.Struct, frozen=True):
    """Who has proven the first factor: when (seconds since 1970), and ``by`` what, as web sessions keep it.

    ``stay``: the browser is to keep the cookie when it is closed.
    """

    authid: str
    since: float
    by: str
    stay: bool = True


class SecondSteps:
    """Makes and reads what the page carries. ``key`` is 32 bytes, the same for the life of the hub."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def token(self, cookie: str, step: FirstStep) -> str:
        """Return what the page of the browser with this form cookie carries."""
        body = msgspec.json.encode(step)
        return f"{urlsafe_b64encode(body).decode()}.{self._sign(cookie, body)}"

    def read(self, cookie: str | None, token: str) -> FirstStep | None:
        """Return who that is; None when it was made for another browser, elsewhere, or too long ago."""
        encoded, _, signature = token.partition(".")
        try:
            body = urlsafe_b64decode(encoded.encode("ascii"))
        except ValueError:
            return None
        expected = self._sign(cookie or "", body).encode()
        if cookie is None or not hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass")):
            return None
        step = msgspec.json.decode(body, type=FirstStep)
        return step if 0 <= self._clock.time() - step.since <= SECONDS else None

    def _sign(self, cookie: str, body: bytes) -> str:
        return hmac.new(self._key, b"second step " + cookie.encode() + b" " + body, "sha256").hexdigest()
