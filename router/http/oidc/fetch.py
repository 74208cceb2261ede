"""HTTPS with a provider: everything about it is bounded, and nothing is followed.

A provider is somebody else's program. It may be slow, or never stop sending; it may send browsers anywhere, but not the
hub itself: a redirect is no answer here.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import msgspec
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.protocol import Protocol
from twisted.internet.ssl import Certificate, platformTrust, trustRootFromCertificates
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, FileBodyProducer, ResponseDone
from twisted.web.http_headers import Headers

if TYPE_CHECKING:
    from pathlib import Path

    from twisted.python.failure import Failure

SECONDS = 10.0
"""For a whole request, with everything that is sent back."""

CONNECT_SECONDS = 5.0
MOST_BYTES = 64 * 1024
_PEM_END = b"-----END CERTIFICATE-----"


class ProviderError(Exception):
    """A provider that can't be reached, or does not say what it should; the text is for the log."""


class Fetcher:
    """Asks a provider. ``authority`` is a file with the certificates to trust instead of the system's."""

    def __init__(self, reactor: Any, authority: Path | None = None, seconds: float = SECONDS) -> None:
        self._reactor = reactor
        self._seconds = seconds
        trust = platformTrust() if authority is None else _trust(authority)
        self._agent = Agent(reactor, BrowserLikePolicyForHTTPS(trustRoot=trust), connectTimeout=CONNECT_SECONDS)

    def get(self, url: str) -> Deferred[dict[str, Any]]:
        """Fetch a JSON object; fails with :class:`ProviderError`."""
        return self._ask(b"GET", url, {}, None)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Deferred[dict[str, Any]]:
        """Send a form and fetch a JSON object; fails with :class:`ProviderError`."""
        fields = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask(b"POST", url, fields, urlencode(form).encode("ascii"))

    def _ask(self, method: bytes, url: str, headers: Mapping[str, str], body: bytes | None) -> Deferred[dict[str, Any]]:
        asked = self._asked(method, url, headers, body)
        asked.addTimeout(self._seconds, self._reactor)
        return asked.addErrback(_as_provider_error, url)

    @inlineCallbacks
    def _asked(
        self, method: bytes, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Generator[Deferred[Any], Any, dict[str, Any]]:
        check_address(url)
        fields = Headers({"Accept": ["application/json"], "User-Agent": ["wampi"]})
        for name, value in headers.items():
            fields.setRawHeaders(name, [value])
        producer = None if body is None else FileBodyProducer(BytesIO(body))
        response = yield self._agent.request(method, url.encode("ascii"), fields, producer)
        content = yield _read(response)
        if response.code != 200:
            raise ProviderError(f"it answers with status {response.code}")
        found = msgspec.json.decode(content)
        if not isinstance(found, dict):
            raise ProviderError("it answers with something else than a JSON object")
        return found


def check_address(url: object) -> None:
    """Raise :class:`ProviderError` unless this is an address that may be asked."""
    try:
        parts = urlsplit(url) if isinstance(url, str) and url.isascii() and url.isprintable() else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise ProviderError("it gives an address that is not one of https")


def _read(response: Any) -> Deferred[bytes]:
    """Return the body of a response that is not longer than it may be."""
    reader = _Reader()
    response.deliverBody(reader)
    return reader.done


class _Reader(Protocol):
    def __init__(self) -> None:
        self.done: Deferred[bytes] = Deferred(lambda _: self._stop())
        self._parts: list[bytes] = []
        self._size = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 -- Twisted's
        self._size += len(data)
        self._parts.append(data)
        if self._size > MOST_BYTES and not self.done.called:
            self.done.errback(ProviderError(f"it answers with more than {MOST_BYTES} bytes"))
            self._stop()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # noqa: N802 -- Twisted's
        if self.done.called:
            return
        if reason.check(ResponseDone):
            self.done.callback(b"".join(self._parts))
        else:
            self.done.errback(ProviderError("its answer is cut short"))

    def _stop(self) -> None:
        abort = getattr(self.transport, "abortConnection", None)
        if abort is not None:
            abort()


def _trust(authority: Path) -> Any:
    parts = authority.read_bytes().split(_PEM_END)[:-1]
    return trustRootFromCertificates([Certificate.loadPEM(part + _PEM_END) for part in parts])


def _as_provider_error(failure: Failure, url: str) -> Any:
    if failure.check(ProviderError):
        return failure
    host = urlsplit(url).hostname
    if failure.check(DeferredTimeout, CancelledError):
        raise ProviderError(f"{host} takes too long")
    raise ProviderError(f"{host} can't be asked: {failure.getErrorMessage()[:200] or failure.type}")
