"""A provider: where browsers are sent to log in there, and who they are when they come back.

Nothing is asked before somebody wants to log in there, so a provider that is down stops nobody else. Its keys are kept
for an hour. A token by an unknown key has the keys fetched again, at most once a minute: whoever sends tokens
can't have the hub send requests.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from twisted.internet.defer import Deferred, inlineCallbacks

from .discovery import METADATA_SECONDS, Discovery
from .fetch import ProviderError
from .id_tokens import BadToken, Expected, Identity, UnknownKey, check

if TYPE_CHECKING:
    from ...core.ports import Clock
    from .discovery import Metadata
    from .fetch import Fetcher
    from .flows import Flow

KEYS_SECONDS = 60.0
"""Within which keys are not fetched again."""

_MOST_KEYS = 32


@dataclass(frozen=True, slots=True)
class Client:
    """What the hub is to a provider; without a ``secret`` it is a public client, whom PKCE alone protects."""

    name: str
    title: str
    issuer: str
    client_id: str
    secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")


class Provider:
    """One provider, as this hub is its client."""

    def __init__(self, client: Client, fetcher: Fetcher, clock: Clock) -> None:
        self.client = client
        self._fetcher = fetcher
        self._clock = clock
        self._discovery = Discovery(client.issuer, fetcher, clock)
        # with when they were asked for
        self._keys: tuple[list[Any], float] | None = None

    @inlineCallbacks
    def address(self, flow: Flow) -> Generator[Deferred[Any], Any, str]:
        """Return where to send a browser that is to log in; fails with :class:`.ProviderError`."""
        metadata = yield self._discovery.find()
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": flow.redirect_uri,
            "scope": " ".join(self.client.scopes),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.code_challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization else "?"
        return f"{metadata.authorization}{joint}{urlencode(query)}"

    @inlineCallbacks
    def identity(self, flow: Flow, code: str, issuer: str | None) -> Generator[Deferred[Any], Any, Identity]:
        """Return who has come back with a code; ``issuer`` is the ``iss`` that came along with it.

        Fails with :class:`.BadToken` or :class:`.ProviderError`.
        """
        metadata = yield self._discovery.find()
        # Mix-up: a code of one provider must not be taken to another (RFC 9207, section 2.4).
        if issuer != self.client.issuer and (issuer is not None or metadata.names_issuer):
            raise BadToken("the response names another issuer, or none where this provider always names itself")
        answer = yield self._redeem(metadata, flow, code)
        expected = Expected(self.client.issuer, self.client.client_id, flow.nonce)
        keys = yield self._find_keys(metadata, METADATA_SECONDS)
        try:
            return check(answer.get("id_token"), keys, expected, self._clock.time())
        except UnknownKey:
            keys = yield self._find_keys(metadata, KEYS_SECONDS)
            return check(answer.get("id_token"), keys, expected, self._clock.time())

    def _redeem(self, metadata: Metadata, flow: Flow, code: str) -> Deferred[dict[str, Any]]:
        """Give the code for tokens (OpenID Connect Core 1.0, section 3.1.3; RFC 7636, section 4.5)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "code_verifier": flow.verifier,
        }
        client = self.client
        if client.secret is not None and metadata.takes_basic:
            pair = f"{quote(client.client_id, safe='')}:{quote(client.secret, safe='')}"  # RFC 6749, section 2.3.1
            headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
            return self._fetcher.post(metadata.token, form, headers)
        form["client_id"] = client.client_id
        if client.secret is not None:
            form["client_secret"] = client.secret
        return self._fetcher.post(metadata.token, form, {})

    @inlineCallbacks
    def _find_keys(self, metadata: Metadata, good_for: float) -> Generator[Deferred[Any], Any, list[Any]]:
        now = self._clock.monotonic()
        known, asked_at = self._keys or ([], float("-inf"))
        # Without any they are asked for as often as a login needs them, but no more often than once a minute.
        if now < asked_at + (good_for if known else KEYS_SECONDS):
            return known
        self._keys = known, now
        found = yield self._fetcher.get(metadata.keys)
        keys = found.get("keys")
        if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
            raise ProviderError("its key set is not one")
        self._keys = keys, now
        return keys
