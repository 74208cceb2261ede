"""HTTP Digest (RFC 7616) with SHA-256 and ``qop=auth``: the password is proven, and does not travel.

Of the RFC's choices only the strong ones are taken: no MD5, no ``qop`` left out, no ``auth-int`` (there is no body to
protect), no ``-sess``. A nonce is signed by this process and good for a minute, and its counter must rise with each
use, so that what was overheard is good for nothing. The table of counters is bounded: what it forgets is refused from
then on.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING

from ..auth.checks import Candidate
from ..core.limits import MAX_AUTHID_BYTES
from ..credentials import HTTP_REALM
from .ways import Refused, Unavailable, principal_of

if TYPE_CHECKING:
    from ..auth.checks import Checks
    from ..core.ports import Clock
    from ..credentials import DigestLookup, DigestSource
    from ..transport.knock import Knock
    from .ways import Decide

NONCE_SECONDS = 60.0
MOST_NONCES = 4096
"""How many nonces are remembered; only right digests make them be."""

_PARAMETER = re.compile(r'([a-z*]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))[ \t]*(?:,[ \t]*|$)', re.IGNORECASE)
_BODY_BYTES = 24
"""Of a nonce, without its signature."""

_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_NEEDED = ("username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce", "algorithm")


class Digest:
    """Checks digests."""

    name = "digest"
    scheme = "digest"
    is_ambient = True

    def __init__(self, source: DigestSource, checks: Checks, nonces: Nonces) -> None:
        self._source = source
        self._checks = checks
        self._nonces = nonces

    def challenge(self, is_stale: bool) -> str:
        """Offer a nonce."""
        stale = ", stale=true" if is_stale else ""
        nonce = self._nonces.new()
        fixed = 'qop="auth", algorithm=SHA-256, charset=UTF-8, userhash=false'
        return f'Digest realm="{HTTP_REALM}", nonce="{nonce}", {fixed}{stale}'

    def judge(self, carried: str, knock: Knock, decide: Decide) -> None:
        """Look up whose digest this should be, and check it."""
        parameters = read(carried)
        problem = "malformed" if parameters is None else _problem(parameters, knock.head.target)
        if parameters is None or problem is not None:
            decide(Refused(problem or "malformed"))
            return
        done = partial(self._check, parameters, knock, self._checks.clock.time(), decide)
        self._source.find_digest(parameters["username"], done, lambda error: decide(Unavailable(str(error))))

    def _check(
        self, parameters: dict[str, str], knock: Knock, since: float, decide: Decide, found: DigestLookup
    ) -> None:
        expected = response(found.secret_hash, knock.head.method, parameters)
        is_right = hmac.compare_digest(expected, parameters["response"].lower())
        account = found.account
        candidate = Candidate(
            found.authid,
            is_known=account is not None,
            enabled=account is not None and account.enabled,
            guessable=found.guessable,
            second_factor=account is not None and account.second_factor,
        )
        is_fresh = is_right and self._nonces.use(parameters["nonce"], int(parameters["nc"], 16))
        if is_right and not is_fresh and self._checks.may_know(knock.address, candidate):
            decide(Refused("the nonce is old or its counter has been used", found.authid, is_stale=True))
            return
        reason = self._checks.refusal(self.name, knock.address, candidate, is_fresh)
        if reason is not None or account is None:
            decide(Refused(reason or "unknown account", found.authid))
        else:
            credential = "password" if found.guessable else "key"
            decide(principal_of(account, credential, self.name, since))


class Nonces:
    """Nonces that this process has signed, and how far each has been counted."""

    def __init__(self, clock: Clock, key: bytes | None = None, most: int = MOST_NONCES) -> None:
        self._clock = clock
        self._key = key or secrets.token_bytes(32)
        self._most = most
        # nonce -> when it was made and how far it has been counted, in the order of their first use
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        # nonces made until then are refused: what the table has forgotten must not be good again
        self._floor = float("-inf")

    def new(self) -> str:
        """Return a nonce: when it was made, 128 random bits, and a signature."""
        made = int(self._clock.monotonic() * 1000)
        return self._sign(made.to_bytes(8, "big") + secrets.token_bytes(16))

    def use(self, nonce: str, count: int) -> bool:
        """Count one use of a nonce; return whether it was good for that (RFC 7616, section 3.4, "nc")."""
        made = self._made(nonce)
        if made is None or not self._floor < made >= self._clock.monotonic() - NONCE_SECONDS:
            return False
        if count <= self._counts.get(nonce, (made, 0))[1]:
            return False
        self._counts[nonce] = made, count
        if len(self._counts) > self._most:
            _, (made, _) = self._counts.popitem(last=False)
            self._floor = max(self._floor, made)
        return True

    def _made(self, nonce: str) -> float | None:
        """Return when a nonce was made here (monotonic seconds), None for one that was not."""
        try:
            body = urlsafe_b64decode(nonce.encode("ascii"))[:_BODY_BYTES]
        except ValueError:
            return None
        if not hmac.compare_digest(self._sign(body), nonce):
            return None
        return int.from_bytes(body[:8], "big") / 1000

    def _sign(self, body: bytes) -> str:
        return urlsafe_b64encode(body + hmac.digest(self._key, body, "sha256")).decode()


def read(carried: str) -> dict[str, str] | None:
    """Return the parameters by their names in lower case, None when they are malformed or one is given twice."""
    try:
        text = carried.encode("iso-8859-1").decode("utf-8")
    except UnicodeDecodeError:
        return None
    parameters: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None or match[1].lower() in parameters:
            return None
        quoted = match[2]
        parameters[match[1].lower()] = match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        at = match.end()
    return parameters


def response(hashed_secret: str, method: str, parameters: dict[str, str]) -> str:
    """Return what ``response`` has to be, for ``qop=auth`` (RFC 7616, section 3.4.1)."""
    a2 = _h(f"{method}:{parameters['uri']}")
    fields = (parameters[name] for name in ("nonce", "nc", "cnonce", "qop"))
    return _h(":".join([hashed_secret, *fields, a2]))


def _h(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _problem(parameters: dict[str, str], target: str) -> str | None:
    """Return why parameters are not even looked at, None when they are."""
    missing = [name for name in _NEEDED if not parameters.get(name)]
    if missing:
        return f"without {missing[0]}"
    if parameters["algorithm"].upper() != "SHA-256" or parameters["qop"].lower() != "auth":
        return "another algorithm or quality of protection"
    if parameters["realm"] != HTTP_REALM or parameters.get("userhash", "false").lower() != "false":
        return "for another realm"
    if parameters["uri"] != target:
        return "for another target"
    if not _COUNT.fullmatch(parameters["nc"]) or not parameters["response"].isascii():
        return "malformed"
    if len(parameters["username"].encode("utf-8", "surrogatepass")) > MAX_AUTHID_BYTES:
        return "no account can have this name"
    return None
