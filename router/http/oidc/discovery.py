"""Where a provider is to be asked, as it publishes that itself (OpenID Connect Discovery 1.0), kept for an hour.

Whoever comes while it is being asked waits for the same answer. After a failure it is left alone for a second, and
twice as long after each further one, up to half a minute: until then everybody is refused at once, and a provider that
is coming back is not asked by all who have waited for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, fail, succeed

from .fetch import ProviderError, check_address

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ...core.ports import Clock
    from .fetch import Fetcher

METADATA_SECONDS = 3600.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0

_PATH = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is needed of a provider's metadata; ``names_issuer``: it sends ``iss`` along with the code (RFC 9207)."""

    authorization: str
    token: str
    keys: str
    names_issuer: bool
    takes_basic: bool


class Discovery:
    """The metadata of one provider."""

    def __init__(self, issuer: str, fetcher: Fetcher, clock: Clock) -> None:
        self._issuer = issuer
        self._fetcher = fetcher
        self._clock = clock
        # with when they were asked for
        self._known: tuple[Metadata, float] | None = None
        # those who wait for the answer to one question
        self._waiting: list[Deferred[Metadata]] = []
        self._pause_seconds = 0.0
        self._pause_ends = float("-inf")

    def find(self) -> Deferred[Metadata]:
        """Return the metadata; fails with :class:`.ProviderError`."""
        now = self._clock.monotonic()
        if self._known is not None and now < self._known[1] + METADATA_SECONDS:
            return succeed(self._known[0])
        if now < self._pause_ends:
            return fail(ProviderError(f"it has failed, and is asked again in {self._pause_ends - now:.0f} s"))
        waiting: Deferred[Metadata] = Deferred()
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            asked = self._fetcher.get(self._issuer.removesuffix("/") + _PATH)
            asked.addCallback(_metadata, self._issuer).addCallbacks(self._keep, self._pause, callbackArgs=(now,))
        return waiting

    def _keep(self, metadata: Metadata, asked_at: float) -> None:
        self._known = metadata, asked_at
        self._pause_seconds = 0.0
        for waiting in self._take_waiting():
            waiting.callback(metadata)

    def _pause(self, failure: Failure) -> None:
        self._pause_seconds = min(max(FIRST_PAUSE_SECONDS, 2 * self._pause_seconds), LONGEST_PAUSE_SECONDS)
        self._pause_ends = self._clock.monotonic() + self._pause_seconds
        for waiting in self._take_waiting():
            waiting.errback(failure)

    def _take_waiting(self) -> list[Deferred[Metadata]]:
        waiting, self._waiting = self._waiting, []
        return waiting


def _metadata(found: dict[str, Any], issuer: str) -> Metadata:
    if found.get("issuer") != issuer:
        raise ProviderError("its metadata are those of another issuer")
    addresses = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    for address in addresses:
        check_address(address)
    authorization, token, keys = map(str, addresses)
    methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        authorization,
        token,
        keys,
        names_issuer=found.get("authorization_response_iss_parameter_supported") is True,
        takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
    )
