"""Which requests a path of the bridge admits: by which way they come, from where, how many, and in what form."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from math import ceil
from typing import TYPE_CHECKING

from ...core import errors
from ...networks import is_local
from ...transport.bucket import TokenBucket
from ..requests import sender_of
from .refusal import Refusal, WrongSignature

if TYPE_CHECKING:
    from twisted.web.server import Request

    from ...auth.throttle import Throttle
    from ...core.ports import Clock
    from .signing import SignatureCheck

METHODS = (b"POST", b"PUT")

SIGNATURE = "signature"
"""How the log calls this way in."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a path demands.

    ``require_tls`` is None for "unless the client is on this machine". Without ``networks`` every address may come;
    with them, UNIX sockets may not.
    """

    require_tls: bool | None = None
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    signatures: SignatureCheck | None = None


class Admission:
    """Applies the rules of one path, and the rate of its role."""

    def __init__(self, rules: Rules, messages_per_second: float, burst: int, clock: Clock, throttle: Throttle) -> None:
        self._rules = rules
        self._throttle = throttle
        self._clock = clock
        self._bucket = TokenBucket(messages_per_second, burst, clock.monotonic())

    def check(self, request: Request, body: bytes, wants_json: bool) -> None:
        """Raise :class:`.Refusal` for a request that may not pass.

        The rate comes last: it is the role's, and what a stranger sends must not use it up.
        """
        if request.postpath:
            raise Refusal(404, "there is nothing here")
        if request.method not in METHODS:
            raise Refusal(405, "only POST and PUT are allowed here", Allow="POST, PUT")
        self._check_origin(request)
        _check_form(request, wants_json)
        if self._rules.signatures is not None:
            self._check_signature(self._rules.signatures, request, body)
        self._check_rate()

    def _check_signature(self, signatures: SignatureCheck, request: Request, body: bytes) -> None:
        """Raise unless the request is signed; whoever guesses is throttled by the address, as with any login.

        One that is throttled is checked like all others, so that it takes as long, and refused in any case.
        """
        throttle, address = self._throttle, sender_of(request).address
        seconds = throttle.refuse_until(None, address, guessable=False)
        try:
            signatures.check(request, body)
        except WrongSignature:
            if not seconds:
                throttle.failed(None, address, SIGNATURE, guessable=False)
            raise
        except Refusal:
            if not seconds:
                throttle.withdrawn(None, address, guessable=False)
            raise
        if seconds:
            raise WrongSignature(f"throttled, for {seconds:.0f} s more")
        throttle.withdrawn(None, address, guessable=False)

    def _check_origin(self, request: Request) -> None:
        sender = sender_of(request)
        address, needs_tls = sender.address, self._rules.require_tls
        if not sender.secure and (needs_tls or (needs_tls is None and not is_local(address))):
            raise Refusal(403, "this path is for TLS only", errors.NOT_AUTHORIZED)
        if self._rules.networks and not (
            address is not None and any(ip_address(address) in network for network in self._rules.networks)
        ):
            raise Refusal(403, "this path is not for your address", errors.NOT_AUTHORIZED)

    def _check_rate(self) -> None:
        self._bucket.refill(self._clock.monotonic())
        if self._bucket.tokens < 1.0:
            seconds = ceil(self._bucket.wait_seconds())
            raise Refusal(429, "too many requests", errors.LIMIT_EXCEEDED, Retry_After=str(seconds))
        self._bucket.tokens -= 1.0


def _check_form(request: Request, wants_json: bool) -> None:
    """Raise unless the body is of the form that the path takes; a webhook takes any text in UTF-8."""
    if (request.getHeader("content-encoding") or "identity").lower() != "identity":
        raise Refusal(415, "a compressed body is not taken here", Accept_Encoding="identity")
    media_type, *parameters = (part.strip().lower() for part in (request.getHeader("content-type") or "").split(";"))
    if wants_json and media_type != "application/json":
        raise Refusal(415, "the body has to be of the type application/json")
    charsets = {part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")}
    if not charsets <= {"utf-8", "utf8"}:
        raise Refusal(415, "the body has to be in UTF-8")
