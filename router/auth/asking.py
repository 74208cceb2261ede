"""Asking a procedure about a login: what it is told, how its answers are read, and what stands for no answer.

It is called with the realm, the authid of HELLO (or null) and details: ``session``, ``authmethod``, ``authextra``,
``transport``, and what the way brings besides. None, and an error of the procedure's own, mean that there is nobody
like that. What cannot be understood, and a procedure that is not there or takes too long, is a failure. To the client
all of it is a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeVar

import msgspec
from msgspec import Meta

from ..core import errors
from ..credentials import Holder, cost_problem
from ..unshown import Unshown

if TYPE_CHECKING:
    from ..core.authentication import Applicant
    from ..core.errors import RequestError

PROVIDER = "dynamic"
CREDENTIAL = "dynamic"

_ROUTERS_OWN = (errors.NO_SUCH_PROCEDURE, errors.CANCELED, errors.TIMEOUT, errors.NO_AVAILABLE_CALLEE)

Answer = TypeVar("Answer")
_OWN_NAMES = ("router:", "bridge:")
Name = Annotated[str, Meta(min_length=1, max_length=128, pattern="^(?!router:|bridge:)")]
"""Whose name begins like that is a session of the hub itself, to those who are told who calls."""

Role = Annotated[str, Meta(min_length=1, max_length=128, pattern="^(?!router:|device:)")]
"""The router's own roles, and those of devices with a prefix, are nobody's to give."""
Hash = Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]


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


class KeyAnswer(Unshown, msgspec.Struct, frozen=True):
    """What an authenticator says about a WAMP-CRA login."""

    secret: Annotated[str, Meta(min_length=1, max_length=1024)]
    role: Role
    salt: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None
    iterations: Annotated[int, Meta(ge=1, le=10_000_000)] = 1000
    keylen: Annotated[int, Meta(ge=16, le=64)] = 32


class ScramAnswer(Unshown, msgspec.Struct, frozen=True, rename="kebab"):
    """What an authenticator says about a WAMP-SCRAM login: what the configuration has of a static user.

    The spelling of ``kdf`` says for which dialect the keys were derived.
    """

    role: Role
    kdf: Literal["argon2id13", "argon2id-13", "pbkdf2"]
    iterations: Annotated[int, Meta(ge=1, le=10_000_000)]
    salt: Annotated[str, Meta(pattern="^([0-9a-fA-F]{2}){8,64}$")]
    stored_key: Hash
    server_key: Hash
    memory: Annotated[int, Meta(ge=8, le=4 * 1024 * 1024)] | None = None

    def __post_init__(self) -> None:
        """Refuse costs that no static user may have."""
        problem = cost_problem(self.kdf, self.iterations, self.memory)
        if problem is not None:
            raise ValueError(problem[1])


class WhoAnswer(msgspec.Struct, frozen=True):
    """What an authenticator says about somebody who has proven it already."""

    role: Role
    authid: Name | None = None


def ask_for(
    kind: type[Answer],
    ask: Ask,
    applicant: Applicant,
    method: str,
    more: dict[str, Any],
    done: Callable[[Answer | None], None],
    failed: Callable[[Exception], None],
) -> None:
    """Ask, with ``more`` among the details, and hand on an answer of this kind, or None for nobody.

    Whoever takes a name of the hub's own is nobody, and the authenticator is not asked.
    """
    if applicant.authid is not None and applicant.authid.startswith(_OWN_NAMES):
        done(None)
        return

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

    details = {
        "session": applicant.session,
        "authmethod": method,
        "authextra": applicant.authextra,
        "transport": transport_of(applicant),
    }
    ask(applicant, details | more, take, refuse)


def transport_of(applicant: Applicant) -> dict[str, Any]:
    """Return what an authenticator is told of a connection."""
    transport = applicant.transport
    return {"type": transport.type, "peer": transport.peer, "secure": transport.secure}


def holder_of(answer: WhoAnswer, applicant: Applicant) -> Holder | None:
    """Return whom an authenticator has named: by its authid, or by that of HELLO where it gives none."""
    authid = answer.authid or applicant.authid
    return None if authid is None else Holder(authid, answer.role, PROVIDER, CREDENTIAL)
