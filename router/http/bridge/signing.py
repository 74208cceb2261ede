"""Signed requests: as Crossbar.io's clients make them, and as GitHub makes them.

With a request of Crossbar.io's clients go five parameters in its query: ``key``, ``timestamp`` (UTC), ``seq``,
``nonce`` and ``signature``, which is the URL-safe base64 of HMAC-SHA256 over the first four and the body, in this order
and with nothing between them. Neither method nor path are covered, so each path should have a secret of its own.

Because nothing stands between ``seq`` and ``nonce``, their digits can be shifted from one to the other under the same
signature. So a signature is remembered as well as its nonce, and neither is taken twice.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

from ...core import errors
from .refusal import NOT_SIGNED, Refusal, WrongSignature

if TYPE_CHECKING:
    from twisted.web.server import Request

    from ...core.ports import Clock

MOST_REMEMBERED = 65_536
"""How many signed requests are remembered at once; beyond that none is accepted until some have become too old."""

_TIMESTAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")
_NUMBER = re.compile(rb"0|[1-9]\d{0,15}")
_NAMES = frozenset({b"key", b"timestamp", b"seq", b"nonce", b"signature"})
_MOST_PARAMETERS = 32


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a signed request has in its query, as it came."""

    key: bytes
    timestamp: bytes
    seq: bytes
    nonce: bytes
    signature: bytes = b""


def sign(secret: bytes, parameters: Parameters, body: bytes) -> bytes:
    """Return the signature of a request."""
    signed = (parameters.key, parameters.timestamp, parameters.seq, parameters.nonce, body)
    return urlsafe_b64encode(hmac.digest(secret, b"".join(signed), hashlib.sha256))


class SignatureCheck(Protocol):
    """Knows which requests are signed."""

    def check(self, request: Request, body: bytes) -> None:
        """Raise :class:`.Refusal` unless the request is signed; whatever is wrong, the client sees the same."""


class GithubSignatures:
    """Checks requests that GitHub signs, by HMAC-SHA256 over the body; its older header with SHA-1 does not count.

    The signature covers the body alone, so a request can be sent again: GitHub does so itself.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def check(self, request: Request, body: bytes) -> None:
        """See :meth:`SignatureCheck.check`."""
        given = request.requestHeaders.getRawHeaders(b"x-hub-signature-256") or [b""]
        expected = b"sha256=" + hmac.digest(self._secret, body, "sha256").hex().encode("ascii")
        if not hmac.compare_digest(b",".join(given).lower(), expected):
            raise WrongSignature("wrong signature of GitHub")


class Signatures:
    """Checks the signed requests of Crossbar.io's clients, for one path.

    A request counts when it was signed at most ``window_seconds`` from now, after this object was made (what came
    before it cannot remember), and has not come before.
    """

    def __init__(
        self, key: str, secret: bytes, window_seconds: int, clock: Clock, most_remembered: int = MOST_REMEMBERED
    ) -> None:
        self._key = key.encode()
        self._secret = secret
        self._window_seconds = window_seconds
        self._clock = clock
        self._since = clock.monotonic()
        # A timestamp may lie in the future by the window, and is good for another one then.
        self._used = _Used(2 * window_seconds, most_remembered)

    def check(self, request: Request, body: bytes) -> None:
        """See :meth:`SignatureCheck.check`."""
        parameters = _parameters(request.uri.partition(b"?")[2])
        if parameters is None:
            raise _refused("it is not signed, or in another way")
        is_ours = hmac.compare_digest(parameters.key, self._key)
        is_signed = hmac.compare_digest(parameters.signature, sign(self._secret, parameters, body))
        if not (is_ours and is_signed):
            raise WrongSignature(
                "wrong signature" if is_ours else "unknown key", parameters.key.decode("ascii", "replace")
            )
        self._check_time(parameters)
        now = self._clock.monotonic()
        if not self._used.take(parameters.nonce, parameters.signature, now):
            raise _refused("it has come before, or its nonce has")

    def _check_time(self, parameters: Parameters) -> None:
        signed_at = _seconds(parameters.timestamp)
        if signed_at is None:
            raise _refused("its timestamp is no time")
        age = self._clock.time() - signed_at
        if abs(age) > self._window_seconds:
            raise _refused(f"it was signed {abs(age):.0f} s {'ago' if age > 0 else 'in the future'}")
        if age > self._clock.monotonic() - self._since:
            raise _refused("it was signed before the router started")


class _Used:
    """The nonces and signatures of the last ``seconds``, at most ``most`` of them."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        # until when, nonce, signature: the oldest first
        self._queue: deque[tuple[float, bytes, bytes]] = deque()
        self._members: set[bytes] = set()

    def take(self, nonce: bytes, signature: bytes, now: float) -> bool:
        """Return whether both are new, and remember them; raises :class:`.Refusal` when there is no room."""
        while self._queue and self._queue[0][0] < now:
            self._members.difference_update(self._queue.popleft()[1:])
        if nonce in self._members or signature in self._members:
            return False
        if len(self._queue) >= self._most:
            seconds = int(self._queue[0][0] - now) + 1
            raise Refusal(503, "too many signed requests at this time", errors.LIMIT_EXCEEDED, Retry_After=str(seconds))
        self._queue.append((now + self._seconds, nonce, signature))
        self._members.update((nonce, signature))
        return True


def _parameters(query: bytes) -> Parameters | None:
    """Return the parameters of a signed request; None unless each of them is there once and well formed."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return None
    ours = [(name, value) for name, value in pairs if name in _NAMES]
    found = dict(ours)
    if len(ours) != len(_NAMES) or found.keys() != _NAMES:
        return None
    if not (_NUMBER.fullmatch(found[b"seq"]) and _NUMBER.fullmatch(found[b"nonce"])):
        return None
    if not _TIMESTAMP.fullmatch(found[b"timestamp"]):
        return None
    return Parameters(*(found[name] for name in (b"key", b"timestamp", b"seq", b"nonce", b"signature")))


def _seconds(timestamp: bytes) -> float | None:
    """Return a timestamp as seconds since 1970, None for one such as the 31st of February."""
    try:
        return datetime.fromisoformat(timestamp.decode("ascii")).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _refused(reason: str) -> Refusal:
    return Refusal(401, NOT_SIGNED, errors.NOT_AUTHORIZED, reason, WWW_Authenticate="Signature")
