"""A session: a peer that has joined a realm, and what it holds there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..codec import Outgoing
from ..codec.messages import MAX_ID
from .calls import CutShort

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..codec import Codec, Payload
    from ..codec.messages import ClientRoles, Features
    from .authorization import Guard
    from .calls import PendingCall
    from .errors import RequestError
    from .limits import Limits
    from .ports import Peer, TransportDetails
    from .registrations import Registration
    from .subscriptions import Subscription
    from .testaments import Testaments

ERROR = 8
NO_DETAILS: dict[str, Any] = {}
"""The empty details or options of an outgoing message; shared, never changed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a session is, as its authentication found.

    ``credential`` names what let it in: ``password``, ``key``, ``token:17``. It is not shown to anybody; whoever takes
    that back finds by it the sessions that have to end. ``scope`` is a role beyond which nothing is allowed.
    """

    authid: str
    authrole: str
    authmethod: str
    authprovider: str
    credential: str = ""
    scope: str | None = None


class Session:
    """A member of a realm.

    ``send`` and ``codec`` are the peer's own, kept here because every message passes them. ``end`` ends the session
    from the router's side: ``end(reason, message)``. ``is_announced`` says whether others learn
    when it leaves, since they have learned that it came.
    """

    __slots__ = (
        "callee",
        "caller",
        "calls",
        "codec",
        "cut_short",
        "end",
        "guard",
        "id",
        "identity",
        "invocations",
        "is_announced",
        "issued_invocations",
        "last_request",
        "limits",
        "peer",
        "publisher",
        "registrations",
        "roles",
        "send",
        "subscriber",
        "subscriptions",
        "testaments",
        "transport",
        "trust",
    )

    def __init__(
        self,
        id: int,
        identity: Identity,
        roles: ClientRoles,
        guard: Guard,
        peer: Peer,
        testaments: Testaments,
        end: Callable[[str, str | None], None],
    ) -> None:
        self.id = id
        self.identity = identity
        self.roles = roles
        self.peer = peer
        self._take_rights(guard)
        self.send = peer.send
        self.codec: Codec = peer.codec
        self.transport: TransportDetails = peer.details
        self.end = end
        self.callee: Features | None = _features(roles.callee)
        self.caller: Features | None = _features(roles.caller)
        self.publisher: Features | None = _features(roles.publisher)
        self.subscriber: Features | None = _features(roles.subscriber)
        # subscription id -> subscription
        self.subscriptions: dict[int, Subscription] = {}
        # registration id -> registration
        self.registrations: dict[int, Registration] = {}
        # id of the CALL -> call that this session has made and that has not ended
        self.calls: dict[int, PendingCall] = {}
        # id of the INVOCATION -> call that this session has been asked to answer
        self.invocations: dict[int, PendingCall] = {}
        self.cut_short = CutShort(self.limits.pending_calls)
        self.issued_invocations = 0
        self.last_request = 0
        self.testaments = testaments
        self.is_announced = False

    def submit_to(self, guard: Guard) -> None:
        """Take the rights and the limits of another guard from now on."""
        self._take_rights(guard)
        self.peer.set_limits(self.limits)

    def _take_rights(self, guard: Guard) -> None:
        self.guard = guard
        trustlevel = guard.role.trustlevel
        self.trust: dict[str, Any] = NO_DETAILS if trustlevel is None else {"trustlevel": trustlevel}
        self.limits: Limits = guard.role.limits

    def next_invocation(self) -> int:
        """Return the id of the next INVOCATION to this session (session scope: from 1, by 1)."""
        self.issued_invocations = self.issued_invocations + 1 if self.issued_invocations < MAX_ID else 1
        return self.issued_invocations

    def take_back_invocation(self, invocation: int) -> None:
        """Give an id from :meth:`next_invocation` again, because the INVOCATION could not be sent: ids have no gaps."""
        self.issued_invocations = invocation - 1

    def send_error(self, request_type: int, request: int, error: RequestError) -> None:
        """Answer a request with ERROR."""
        self.refuse(request_type, request, error.uri, error.message)

    def refuse(self, request_type: int, request: int, uri: str, message: str) -> None:
        """Answer a request with ERROR, this URI, and one sentence as its only argument."""
        self.send(Outgoing((ERROR, request_type, request, NO_DETAILS, uri), self.payload([message])))

    def payload(self, args: list[Any], kwargs: dict[str, Any] | None = None) -> Payload:
        """Return values as a payload for this session."""
        return self.codec.payload(args, kwargs)

    def disclosure(self, prefix: str) -> dict[str, Any]:
        """Return who this session is, as INVOCATION (prefix ``caller``) and EVENT (``publisher``) details show it."""
        return {
            prefix: self.id,
            f"{prefix}_authid": self.identity.authid,
            f"{prefix}_authrole": self.identity.authrole,
        }

    def describe(self) -> dict[str, Any]:
        """Return the session's details as the session meta API has them."""
        return {
            "session": self.id,
            "authid": self.identity.authid,
            "authrole": self.identity.authrole,
            "authmethod": self.identity.authmethod,
            "authprovider": self.identity.authprovider,
            "transport": {"type": self.transport.type, "peer": self.transport.peer},
        }


def _features(role: Any) -> Features | None:
    """Return the features of a role, None when the client did not announce the role."""
    features: Features | None = getattr(role, "features", None)
    return features
