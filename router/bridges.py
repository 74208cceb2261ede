"""From the bridge paths of a configuration to the resources that serve them."""

from __future__ import annotations

import ipaddress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .config.bridge import Bridge, CallerPath, PublisherPath, SignedOptions
from .config.places import resolve
from .core.limits import DEFAULT_LIMITS, Limits
from .core.ports import TransportDetails
from .errors import StartError
from .http.bridge.admission import Admission, Rules
from .http.bridge.caller import Caller
from .http.bridge.publisher import Publisher
from .http.bridge.session import BridgeSession, bridge_identity
from .http.bridge.signing import GithubSignatures, SignatureCheck, Signatures
from .http.bridge.webhook import Webhook

if TYPE_CHECKING:
    from .auth.throttle import Throttle
    from .codec import Codec
    from .core.ports import Clock, Log
    from .core.router import Router
    from .http.bridge.resource import BridgeResource
    from .transport.turn import Turn


class Bridges:
    """Makes the resources of one listener; ``codec`` is a JSON codec with the listener's limits of shape."""

    def __init__(
        self, router: Router, codec: Codec, clock: Clock, turn: Turn, log: Log, throttle: Throttle, data_dir: Path
    ) -> None:
        self._router = router
        self._throttle = throttle
        self._codec = codec
        self._clock = clock
        self._turn = turn
        self._log = log
        self._data_dir = data_dir

    def largest_body(self, served: Bridge) -> int:
        """Return how many bytes a request may have: what the path says, and not more than its role may send."""
        return min(served.options.post_body_limit, self._limits(served).message_bytes)

    def resource(self, path: str, served: Bridge) -> BridgeResource:
        """Return what serves a path. Raises :class:`StartError` when its secret cannot be read."""
        limits = self._limits(served)
        rate = limits.messages_per_second, limits.burst
        admission = Admission(self._rules(served), *rate, self._clock, self._throttle)
        session = self._session(path, served)
        if isinstance(served, PublisherPath):
            return Publisher(path, admission, self._log, session)
        if isinstance(served, CallerPath):
            seconds = served.options.call_timeout / 1000
            most = min(served.options.concurrent_calls, limits.pending_calls)
            return Caller(path, admission, self._log, session, self._clock, seconds, most)
        told = served.options
        return Webhook(path, admission, self._log, session, told.topic, told.success_response, told.error_response)

    def _session(self, path: str, served: Bridge) -> BridgeSession:
        key = served.options.key if isinstance(served.options, SignedOptions) else None
        identity = bridge_identity(key or path, served.role)
        attach = partial(self._router.attach, authenticator=identity)
        details = TransportDetails(peer=f"bridge:{path}")
        return BridgeSession(attach, served.realm, details, self._codec, self._turn, self._log)

    def _rules(self, served: Bridge) -> Rules:
        options = served.options
        networks = tuple(ipaddress.ip_network(network, strict=False) for network in options.require_ip)
        return Rules(options.require_tls, networks, self._signatures(served))

    def _signatures(self, served: Bridge) -> SignatureCheck | None:
        options = served.options
        if not isinstance(options, SignedOptions):
            secret = self._secret(options.github_secret, options.github_secret_file)
            return GithubSignatures(secret) if secret is not None else None
        secret = self._secret(options.secret, options.secret_file)
        if options.key is None or secret is None:
            return None
        return Signatures(options.key, secret, options.timestamp_delta_limit, self._clock)

    def _secret(self, secret: str | None, name: str | None) -> bytes | None:
        """Return a secret as it stands in the configuration, or in a file without the white space around it."""
        if name is None:
            return secret.encode() if secret is not None else None
        file = resolve(self._data_dir, name)
        try:
            content = file.read_bytes().strip()
        except OSError as error:
            raise StartError(f"{file}: {error.strerror}") from None
        if not content:
            raise StartError(f"{file} is empty")
        return content

    def _limits(self, served: Bridge) -> Limits:
        guard = self._router.realms[served.realm].guard(served.role)
        return guard.role.limits if guard is not None else DEFAULT_LIMITS
