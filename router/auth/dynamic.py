"""Logins that a procedure decides about, as Crossbar has it: it is asked who somebody is, or what proves it.

Whatever it says, the way itself is the same as with accounts: the same challenge for unknown names, the same refusal,
the same throttle. It answers

- for WAMP-CRA with a map: ``secret``, ``role``; and ``salt``, ``iterations``, ``keylen`` if that is a derived key;
- for WAMP-SCRAM with a map: ``role``, ``kdf``, ``iterations``, ``memory``, ``salt``, ``stored-key``, ``server-key``;
- for a ticket with the role, or a map with ``role`` and, if it is another, ``authid``; the ticket is right then;
- for cryptosign with such a map for the public key in ``authextra``;
- for a client certificate with such a map for ``transport.peer_cert``, which the listener has verified;
- for anonymous sessions with such a map, or with null for those that are not to come in.

How it is asked stands in :mod:`.asking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..core.authentication import Accept, Deny
from ..credentials import Credential, Holder, Lookup, ScramLookup, ScramShape, Shape
from .anonymous import METHOD as ANONYMOUS
from .anonymous import random_name
from .asking import CREDENTIAL, PROVIDER, KeyAnswer, ScramAnswer, WhoAnswer, ask_for, holder_of, transport_of
from .checks import Candidate
from .cryptosign import METHOD as CRYPTOSIGN
from .cryptosign import Cryptosign
from .scram import Scram, read_keys
from .ticket import METHOD as TICKET
from .ticket import in_the_open
from .tls import METHOD as TLS
from .tls import TlsCertificate, described, has_certificate
from .wampcra import WampCra

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..credentials import Dialect
    from .asking import Ask
    from .checks import Checks
    from .decoys import Decoys

_MOST_SHAPES = 16

Look = TypeVar("Look")


class _Shapes(Generic[Look]):
    """What challenges have looked like lately: an unknown name is shown one of these."""

    def __init__(self) -> None:
        self._seen: dict[Look, None] = {}

    def note(self, shape: Look) -> None:
        """Remember a shape; the one that was seen longest ago gives way."""
        self._seen.pop(shape, None)
        self._seen[shape] = None
        if len(self._seen) > _MOST_SHAPES:
            del self._seen[next(iter(self._seen))]

    @property
    def all(self) -> frozenset[Look]:
        """All that are remembered."""
        return frozenset(self._seen)


class DynamicWampCra:
    """WAMP-CRA with the key that an authenticator knows."""

    def __init__(self, ask: Ask, decoys: Decoys, checks: Checks) -> None:
        self._ask = ask
        self._decoys = decoys
        self._checks = checks.of_others(PROVIDER)
        self._shapes: _Shapes[Shape] = _Shapes()

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant."""
        source = _Keys(self._ask, applicant, self._shapes)
        WampCra(source, self._decoys, self._checks).authenticate(applicant, decide)


class _Keys:
    """Finds the key for one applicant (a :class:`~..credentials.CredentialSource`)."""

    def __init__(self, ask: Ask, applicant: Applicant, shapes: _Shapes[Shape]) -> None:
        self._ask = ask
        self._applicant = applicant
        self._shapes = shapes

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        """Ask the authenticator."""

        def take(answer: KeyAnswer | None) -> None:
            credential = None if answer is None else _credential(authid, answer)
            if credential is not None:
                self._shapes.note(credential.shape)
            done(Lookup(credential, self._shapes.all))

        ask_for(KeyAnswer, self._ask, self._applicant, "wampcra", {}, take, failed)


class DynamicScram:
    """One dialect of WAMP-SCRAM with the keys that an authenticator knows.

    ``otherwise`` as for :class:`.Scram`.
    """

    def __init__(self, method: str, ask: Ask, decoys: Decoys, checks: Checks, otherwise: ScramShape) -> None:
        self._method = method
        self._ask = ask
        self._decoys = decoys
        self._checks = checks.of_others(PROVIDER)
        self._otherwise = otherwise
        self._shapes: _Shapes[ScramShape] = _Shapes()

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant."""
        source = _ScramKeys(self._ask, self._method, applicant, self._shapes)
        Scram(self._method, source, self._decoys, self._checks, self._otherwise).authenticate(applicant, decide)


class _ScramKeys:
    """Finds the SCRAM keys for one applicant (a :class:`~..credentials.ScramSource`)."""

    def __init__(self, ask: Ask, method: str, applicant: Applicant, shapes: _Shapes[ScramShape]) -> None:
        self._ask = ask
        self._method = method
        self._applicant = applicant
        self._shapes = shapes

    def find_scram(
        self,
        authid: str,
        dialect: Dialect,
        done: Callable[[ScramLookup], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Ask the authenticator; whose keys are of the other dialect is unknown to this one."""

        def take(answer: ScramAnswer | None) -> None:
            credential = None if answer is None else read_keys(authid, PROVIDER, answer).get(dialect)
            if credential is not None:
                self._shapes.note(credential.shape)
            done(ScramLookup(credential, self._shapes.all))

        ask_for(ScramAnswer, self._ask, self._applicant, self._method, {}, take, failed)


class DynamicTicket:
    """A ticket that an authenticator is asked about."""

    def __init__(self, ask: Ask, checks: Checks) -> None:
        self._ask = ask
        self._checks = checks.of_others(PROVIDER)

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Ask for the ticket."""
        decide(in_the_open(applicant) or self._checks.challenge(TICKET, {}, partial(self._look_up, applicant)))

    def _look_up(self, applicant: Applicant, ticket: str, _extra: dict[str, Any], decide: Decide) -> None:
        def take(answer: WhoAnswer | None) -> None:
            holder = None if answer is None else holder_of(answer, applicant)
            authid = applicant.authid if holder is None else holder.authid
            candidate = Candidate.holding(holder, authid, guessable=True)
            decide(self._checks.conclude(TICKET, applicant, candidate, is_right=True))

        failed = partial(self._checks.fail, TICKET, applicant, decide)
        ask_for(WhoAnswer, self._ask, applicant, TICKET, {"ticket": ticket}, take, failed)


class DynamicCryptosign:
    """Cryptosign with the public keys that an authenticator knows. ``hub_key`` as for :class:`.Cryptosign`."""

    def __init__(self, ask: Ask, hub_key: bytes, checks: Checks) -> None:
        self._ask = ask
        self._hub_key = hub_key
        self._checks = checks.of_others(PROVIDER)

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant."""
        source = _Holders(self._ask, CRYPTOSIGN, applicant)
        Cryptosign(source, self._hub_key, self._checks).authenticate(applicant, decide)


class DynamicTls:
    """A client certificate that an authenticator is asked about; ``revoked`` as for :class:`.TlsCertificate`."""

    def __init__(self, ask: Ask, checks: Checks, revoked: Iterable[bytes] = ()) -> None:
        self._ask = ask
        self._checks = checks.of_others(PROVIDER)
        self._revoked = frozenset(revoked)

    def is_possible(self, applicant: Applicant) -> bool:
        """Return whether there is a certificate; without one, HELLO's next method is tried."""
        return has_certificate(applicant)

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Decide without a challenge: the handshake was one."""
        source = _Holders(self._ask, TLS, applicant)
        TlsCertificate([(bytes, source)], self._checks, self._revoked).authenticate(applicant, decide)


class _Holders:
    """Finds whose the key or certificate of one applicant is (a :class:`~..credentials.HolderSource`)."""

    def __init__(self, ask: Ask, method: str, applicant: Applicant) -> None:
        self._ask = ask
        self._method = method
        self._applicant = applicant

    def find_holder(
        self, proof: bytes, done: Callable[[Holder | None], None], failed: Callable[[Exception], None]
    ) -> None:
        """Ask the authenticator, which finds a key in ``authextra``, and a certificate in ``transport``."""

        def take(answer: WhoAnswer | None) -> None:
            done(None if answer is None else holder_of(answer, self._applicant))

        more: dict[str, Any] = {}
        if self._method == TLS:
            more = {"transport": transport_of(self._applicant) | {"peer_cert": described(proof)}}
        ask_for(WhoAnswer, self._ask, self._applicant, self._method, more, take, failed)


class DynamicAnonymous:
    """Sessions without a login that an authenticator may turn away, or give a role each.

    It is told the name that the session will have; the one that HELLO asks for is not given, as ever.
    """

    def __init__(self, ask: Ask, checks: Checks, name: Callable[[], str] = random_name) -> None:
        self._ask = ask
        self._checks = checks.of_others(PROVIDER)
        self._name = name

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Ask, unless too many were turned away from that address lately; names that are made up count for nobody."""
        throttle, address = self._checks.throttle, applicant.transport.address
        seconds = throttle.refuse_until(None, address, guessable=False)
        if seconds:
            decide(Deny(reason=f"{ANONYMOUS}: throttled, for {seconds:.0f} s more"))
            return
        named = replace(applicant, authid=self._name())

        def take(answer: WhoAnswer | None) -> None:
            holder = None if answer is None else holder_of(answer, named)
            if holder is None:
                throttle.failed(None, address, ANONYMOUS, guessable=False)
                decide(Deny(reason=f"{ANONYMOUS}: the authenticator turned it away"))
            else:
                throttle.withdrawn(None, address, guessable=False)
                decide(Accept(holder.authid, holder.authrole, ANONYMOUS, PROVIDER, credential=CREDENTIAL))

        def fail(error: Exception) -> None:
            throttle.withdrawn(None, address, guessable=False)
            self._checks.fail(ANONYMOUS, applicant, decide, error)

        ask_for(WhoAnswer, self._ask, named, ANONYMOUS, {}, take, fail)


def _credential(authid: str, answer: KeyAnswer) -> Credential:
    shape = Shape(PROVIDER, answer.role)
    if answer.salt is not None:
        shape = Shape(PROVIDER, answer.role, len(answer.salt), answer.iterations, answer.keylen)
    return Credential(authid, answer.role, shape, answer.secret.encode(), answer.salt)
