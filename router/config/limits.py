"""The limits, as keys: of a role's sessions, and of a listener."""

from typing import Annotated

from msgspec import Meta

from ..codec.shape import DEFAULT_SHAPE
from ..core.limits import AUTHENTICATE_SECONDS, BEFORE_LOGIN, HELLO_SECONDS, Limits
from .section import Section

Bytes = Annotated[int, Meta(ge=1024, le=16 * 1024 * 1024)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
NoneOrMore = Annotated[int, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]
Rate = Annotated[float, Meta(gt=0, le=1_000_000)]

_ROLE = Limits()


class RoleLimits(Section, frozen=True, kw_only=True):
    """What one session of a role may use; sizes are bytes, times are seconds."""

    message_bytes: Bytes = _ROLE.message_bytes
    messages_per_second: Rate = _ROLE.messages_per_second
    burst: Count = _ROLE.burst
    outbox_bytes: Annotated[int, Meta(ge=1024, le=256 * 1024 * 1024)] = _ROLE.outbox_bytes
    stalled_seconds: Seconds = _ROLE.stalled_seconds
    subscriptions: NoneOrMore = _ROLE.subscriptions
    registrations: NoneOrMore = _ROLE.registrations
    pending_calls: NoneOrMore = _ROLE.pending_calls
    testaments: NoneOrMore = _ROLE.testaments
    definitions: NoneOrMore = _ROLE.definitions
    sessions_per_account: Count = _ROLE.sessions_per_account


class ListenerLimits(Section, frozen=True, kw_only=True):
    """What a listener allows to those that have not logged in yet, and what a message may be made of."""

    head_seconds: Seconds = 5.0
    """TLS handshake and request head together, from the moment of accepting."""
    body_seconds: Seconds = 30.0
    """The body of a long-poll request, and then the taking of its answer."""
    hello_seconds: Seconds = HELLO_SECONDS
    authenticate_seconds: Seconds = AUTHENTICATE_SECONDS
    message_bytes_before_login: Bytes = BEFORE_LOGIN.message_bytes
    nesting: Annotated[int, Meta(ge=2, le=128)] = DEFAULT_SHAPE.depth
    elements: Annotated[int, Meta(ge=16, le=1_000_000)] = DEFAULT_SHAPE.elements


class NodeLimits(Section, frozen=True, kw_only=True):
    """How many connections there may be, all listeners together."""

    connections: Count | None = None
    """In all; without it the limit of open files less 64."""
    connections_per_address: Count = 32
    connections_before_login: Count = 64
