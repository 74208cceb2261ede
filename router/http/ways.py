"""What the gate asks of each way to log in over HTTP: is it carried by this request, and whose is it?

One file for each way: ``basic``, ``digest``, ``bearer``, ``cookies`` and ``tickets``. The names of the ways are those
of the configuration and, for WAMP, of HELLO's ``authmethods``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..core.authentication import Principal

if TYPE_CHECKING:
    from ..credentials import KnownAccount
    from ..transport.head import RequestHead
    from ..transport.knock import Knock


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in. The client learns nothing of ``reason``, which is for the log, nor of ``authid``, who it claimed to
    be.

    ``is_stale``: all was right but the nonce (RFC 7616, section 3.3), so that the client need not ask for a password.
    """

    reason: str
    authid: str | None = None
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Not checked: too many logins wait, or the accounts can't be asked."""

    reason: str


Outcome = Principal | Refused | Unavailable | None
"""None: what was carried is worth nothing, as a cookie that has run out, and the request goes on without it."""

Decide = Callable[[Outcome], None]


class Way(Protocol):
    """One way to log in over HTTP.

    ``is_ambient``: browsers send it by themselves, whoever's page made the request.
    """

    name: str
    is_ambient: bool

    def judge(self, carried: str, knock: Knock, decide: Decide) -> None:
        """Call ``decide`` once, now or later, about what :class:`.Gate` found in the request."""


class HeaderWay(Way, Protocol):
    """A scheme of the ``Authorization`` field (RFC 9110, section 11.6.2), in lower case."""

    scheme: str

    def challenge(self, is_stale: bool) -> str:
        """Return the value of ``WWW-Authenticate`` that asks for it."""


class FoundWay(Way, Protocol):
    """A way that has a place of its own in the request."""

    def find(self, head: RequestHead) -> str | None:
        """Return what the request carries of it, None for nothing. Raises :class:`.BadRequest` when that is unclear."""


def principal_of(account: KnownAccount, credential: str, method: str, since: float) -> Principal:
    """Return who an account is that has proven itself at ``since`` by a password or a key."""
    return Principal(
        authid=account.authid,
        authrole=account.authrole,
        method=method,
        provider=account.authprovider,
        credential=credential,
        since=since,
        prefix=account.prefix,
    )
