"""The limits of a session. Each is a configuration key of the role; see docs/configuration.md."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one session may use. Sizes are bytes, times are seconds."""

    message_bytes: int = 64 * 1024
    messages_per_second: float = 100.0
    burst: int = 200
    outbox_bytes: int = 1024 * 1024
    stalled_seconds: float = 10.0
    subscriptions: int = 256
    registrations: int = 64
    pending_calls: int = 64
    testaments: int = 8
    definitions: int = 64
    sessions_per_account: int = 16


DEFAULT_LIMITS = Limits()

BEFORE_LOGIN = Limits(message_bytes=16 * 1024)
"""What holds until a session has joined."""

HELLO_SECONDS = 5.0
"""How long a connection may take to say HELLO."""

AUTHENTICATE_SECONDS = 10.0
"""How long an answer to a challenge is good for."""


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """What holds for a connection until its session has joined, and how long it may take to get there."""

    session: Limits = BEFORE_LOGIN
    hello_seconds: float = HELLO_SECONDS
    authenticate_seconds: float = AUTHENTICATE_SECONDS


LOGIN_LIMITS = LoginLimits()

MAX_URI_BYTES = 255
MAX_AUTHID_BYTES = 128
MAX_RETAINED_TOPICS = 10_000
MAX_RETAINED_BYTES = 16 * 1024 * 1024
MAX_DEFINITION_BYTES = 8 * 1024
MAX_DEFINED_BYTES = 1024 * 1024
"""What one description may take, and all of a realm together (:mod:`.reflection`)."""
MAX_HISTORY_BYTES = 16 * 1024 * 1024
"""What the history of one topic or pattern may take, whatever its number of events."""
