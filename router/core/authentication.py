"""What the core asks of an authentication method: a decision for a HELLO, and for the answer to a challenge.

The methods themselves live in ``auth/``, one file each. A method may take its time (a database, a key derivation in
a thread): it is handed a callback, and the session waits in a state of its own until that is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from . import errors

if TYPE_CHECKING:
    from .ports import TransportDetails


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a connection speaks for, by what the HTTP request carried that it began with.

    ``method`` is the name by which HELLO's ``authmethods`` make use of it; ``credential`` is that of
    :class:`Accept`. It is good for every realm, or for ``realm`` alone, and until ``expires_at``. ``since`` is when it
    was proven: what has changed after that may have made it worthless. Both times are seconds since 1970. ``prefix`` is
    the URI prefix of a device that has a role of its own; ``scope`` that of :class:`Accept`. ``is_vouched``: the hub
    has the word of somebody else for it, who may not have asked for a proof just then.
    """

    authid: str
    authrole: str
    method: str
    provider: str
    credential: str
    since: float
    realm: str | None = None
    expires_at: float | None = None
    prefix: str | None = None
    scope: str | None = None
    is_vouched: bool = False


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants in: what HELLO said, and the connection it came by.

    ``session`` is the id that the session will have, which a WAMP-CRA challenge has to carry.
    """

    realm: str
    session: int
    authid: str | None
    authmethods: tuple[str, ...]
    authextra: dict[str, Any]
    transport: TransportDetails


@dataclass(frozen=True, slots=True)
class Accept:
    """Let in, as this identity. ``extra`` goes to WELCOME.Details.authextra.

    ``credential`` names what was proven (:attr:`.Identity.credential`); ``scope`` as there. ``expires_at`` is when that
    runs out, in seconds since 1970: the session ends with it.
    """

    authid: str
    authrole: str
    authmethod: str
    authprovider: str
    extra: dict[str, Any] = field(default_factory=dict)
    credential: str = ""
    scope: str | None = None
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Deny:
    """Refused. The client sees ``uri`` and ``message``, which never tell why; the log gets ``reason``."""

    reason: str
    uri: str = errors.NOT_AUTHORIZED
    message: str = "The login was refused."


@dataclass(frozen=True, slots=True)
class Challenge:
    """To be answered by AUTHENTICATE: goes out as ``[CHALLENGE, method, extra]``.

    ``answer`` is given the signature, the extra of AUTHENTICATE, and the callback for the decision. It is called once
    at most: the session accepts one AUTHENTICATE for a challenge. ``seconds`` is how long a person may take for
    it, None where a machine answers, for which the listener has a limit.
    """

    method: str
    extra: dict[str, Any]
    answer: Callable[[str, dict[str, Any], Decide], None]
    seconds: float | None = None


Decision = Accept | Deny | Challenge
Decide = Callable[[Decision], None]


class Authenticator(Protocol):
    """Decides about applicants: one method, or several behind one."""

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        """Call ``decide`` once, now or later; never raise for anything the applicant sent."""
