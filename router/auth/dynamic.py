"""Logins that a procedure decides about, as Crossbar has it: it is asked who somebody is, or what proves it.

It is called with the realm, the authid of HELLO and details (``session``, ``authmethod``, ``authextra``, ``transport``,
and the ``ticket`` where there is one), and answers

- for WAMP-CRA with a map: ``secret``, ``role``; and ``salt``, ``iterations``, ``keylen`` if that is a derived key;
- for a ticket with the role, or a map with ``role`` and, if it is another, ``authid``; the ticket is right then;
- for cryptosign with such a map for the public key in ``authextra``.

None, and an error of the procedure's own, mean that there is nobody like that. What cannot be understood, and a
procedure that is not there or takes too long, is a failure. To the client all of it is a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import msgspec
from msgspec import Meta

from ..core import errors
from ..credentials import Credential, Holder, Lookup, Shape
from .checks import Candidate
from .cryptosign import Cryptosign
from .wampcra import WampCra

if TYPE_CHECKING:
    from ..core.authentication import Applicant, Decide
    from ..core.errors import RequestError
    from .checks import Checks
    from .decoys import Decoys

PROVIDER = "dynamic"
CREDENTIAL = "dynamic"
TICKET = "ticket"

_MOST_SHAPES = 16
_ROUTERS_OWN = (errors.NO_SUCH_PROCEDURE, errors.CANCELED, errors.TIMEOUT, errors.NO_AVAILABLE_CALLEE)

Answer = TypeVar("Answer")
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Role = Annotated[str, Meta(min_length=1, max_length=128, pattern="^(?!router:|device:)")]
"""The router's own roles, and those of devices with a prefix, are nobody's to give."""


class Ask(Protocol):
    """Calls an authenticator."""

    def __call__(
        self,
        applicant: Applicant,
        details: dict[str, Any],
        done: Callable[[Any], None],
        failed: Callable[[RequestError], None],
    ) -> None:
        """Call ``done`` with its result or ``failed`` with why there is none, once, now or later."""


class KeyAnswer(msgspec.Struct, frozen=True):
    """What an authenticator says about a WAMP-CRA login."""

    secret: Annotated[str, Meta(min_length=1, max_length=1024)]
    role: Role
    salt: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None
    iterations: Annotated[int, Meta(ge=1, le=10_000_000)] = 1000
    keylen: Annotated[int, Meta(ge=16, le=64)] = 32


class WhoAnswer(msgspec.Struct, frozen=True):
    """What an authenticator says about somebody who has proven it already."""

    role: Role
    authid: Name | None = None


class DynamicWampCra:
    """WAMP-CRA with the key that an authenticator knows."""

    def __init__(self, ask: Ask, decoys: Decoys, checks: Checks) -> None:
        self._ask = ask
        self._decoys = decoys
        self._checks = checks
        # what challenges have looked like lately: an unknown name is shown one of these
        self._shapes: dict[Shape, None] = {}

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant."""
        source = _Keys(self._ask, applicant, self._shapes)
        WampCra(source, self._decoys, self._checks).authenticate(applicant, decide)


class _Keys:
    """Finds the key for one applicant (a :class:`~..credentials.CredentialSource`)."""

    def __init__(self, ask: Ask, applicant: Applicant, shapes: dict[Shape, None]) -> None:
        self._ask = ask
        self._applicant = applicant
        self._shapes = shapes

    def find(self, authid: str, done: Callable[[Lookup], None], failed: Callable[[Exception], None]) -> None:
        """Ask the authenticator."""

        def take(answer: KeyAnswer | None) -> None:
            credential = None if answer is None else self._credential(authid, answer)
            done(Lookup(credential, frozenset(self._shapes)))

        _ask_for(KeyAnswer, self._ask, self._applicant, "wampcra", {}, take, failed)

    def _credential(self, authid: str, answer: KeyAnswer) -> Credential:
        shape = Shape(PROVIDER, answer.role)
        if answer.salt is not None:
            shape = Shape(PROVIDER, answer.role, len(answer.salt), answer.iterations, answer.keylen)
        self._shapes.pop(shape, None)
        self._shapes[shape] = None
        if len(self._shapes) > _MOST_SHAPES:
            del self._shapes[next(iter(self._shapes))]
        return Credential(authid, answer.role, shape, answer.secret.encode(), answer.salt)


class DynamicTicket:
    """A ticket that an authenticator is asked about."""

    def __init__(self, ask: Ask, checks: Checks) -> None:
        self._ask = ask
        self._checks = checks

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Ask for the ticket."""
        decide(self._checks.challenge(TICKET, {}, partial(self._look_up, applicant)))

    def _look_up(self, applicant: Applicant, ticket: str, _extra: dict[str, Any], decide: Decide) -> None:
        def take(answer: WhoAnswer | None) -> None:
            holder = None if answer is None else _holder(answer, applicant)
            authid = applicant.authid if holder is None else holder.authid
            candidate = Candidate.holding(holder, authid, guessable=True)
            decide(self._checks.conclude(TICKET, applicant, candidate, is_right=True))

        failed = partial(self._checks.fail, TICKET, applicant, decide)
        _ask_for(WhoAnswer, self._ask, applicant, TICKET, {"ticket": ticket}, take, failed)


class DynamicCryptosign:
    """Cryptosign with the public keys that an authenticator knows. ``hub_key`` as for :class:`.Cryptosign`."""

    def __init__(self, ask: Ask, hub_key: bytes, checks: Checks) -> None:
        self._ask = ask
        self._hub_key = hub_key
        self._checks = checks

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Challenge the applicant."""
        Cryptosign(_Holders(self._ask, applicant), self._hub_key, self._checks).authenticate(applicant, decide)


class _Holders:
    """Finds whose the key of one applicant is (a :class:`~..credentials.HolderSource`)."""

    def __init__(self, ask: Ask, applicant: Applicant) -> None:
        self._ask = ask
        self._applicant = applicant

    def find_holder(
        self, _key: bytes, done: Callable[[Holder | None], None], failed: Callable[[Exception], None]
    ) -> None:
        """Ask the authenticator, which finds the key in ``authextra``."""

        def take(answer: WhoAnswer | None) -> None:
            done(None if answer is None else _holder(answer, self._applicant))

        _ask_for(WhoAnswer, self._ask, self._applicant, "cryptosign", {}, take, failed)


def _ask_for(
    kind: type[Answer],
    ask: Ask,
    applicant: Applicant,
    method: str,
    more: dict[str, Any],
    done: Callable[[Answer | None], None],
    failed: Callable[[Exception], None],
) -> None:
    """Ask, and hand on an answer of this kind, or None for nobody."""

    def take(answer: Any) -> None:
        if isinstance(answer, str) and kind is WhoAnswer:
            answer = {"role": answer}
        try:
            understood = None if answer is None or answer is False else msgspec.convert(answer, kind)
        except msgspec.ValidationError as error:
            failed(ValueError(f"the authenticator said something that cannot be understood: {error}"))
            return
        done(understood)

    def refuse(error: RequestError) -> None:
        if error.uri in _ROUTERS_OWN:
            failed(ValueError(f"the authenticator could not be asked: {error.uri}"))
        else:
            done(None)

    transport = applicant.transport
    details = {
        "session": applicant.session,
        "authmethod": method,
        "authextra": applicant.authextra,
        "transport": {"type": transport.type, "peer": transport.peer, "secure": transport.secure},
    }
    ask(applicant, details | more, take, refuse)


def _holder(answer: WhoAnswer, applicant: Applicant) -> Holder | None:
    authid = answer.authid or applicant.authid
    return None if authid is None else Holder(authid, answer.role, PROVIDER, CREDENTIAL)
