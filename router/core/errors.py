"""The errors that a client can see, each with the URI that it has on the wire.

Source: basic profile, "URI reference", and advanced profile, "URIs". Where the two differ, the choice is recorded in
docs/protocol.md.
"""

INVALID_URI = "wamp.error.invalid_uri"
NO_SUCH_PROCEDURE = "wamp.error.no_such_procedure"
PROCEDURE_ALREADY_EXISTS = "wamp.error.procedure_already_exists"
NO_SUCH_REGISTRATION = "wamp.error.no_such_registration"
NO_SUCH_SUBSCRIPTION = "wamp.error.no_such_subscription"
NO_SUCH_SESSION = "wamp.error.no_such_session"
INVALID_ARGUMENT = "wamp.error.invalid_argument"
CANCELED = "wamp.error.canceled"
TIMEOUT = "wamp.error.timeout"
PAYLOAD_SIZE_EXCEEDED = "wamp.error.payload_size_exceeded"
PROTOCOL_VIOLATION = "wamp.error.protocol_violation"
NOT_AUTHORIZED = "wamp.error.not_authorized"
AUTHORIZATION_FAILED = "wamp.error.authorization_failed"
AUTHENTICATION_FAILED = "wamp.error.authentication_failed"
NO_MATCHING_AUTH_METHOD = "wamp.error.no_matching_auth_method"
NO_SUCH_REALM = "wamp.error.no_such_realm"
NO_SUCH_ROLE = "wamp.error.no_such_role"
UNAVAILABLE = "wamp.error.unavailable"
NO_AVAILABLE_CALLEE = "wamp.error.no_available_callee"
FEATURE_NOT_SUPPORTED = "wamp.error.feature_not_supported"
DISCLOSE_ME_DISALLOWED = "wamp.error.option_disallowed.disclose_me"
LIMIT_EXCEEDED = "wampi.error.limit_exceeded"
HISTORY_UNAVAILABLE = "wampi.error.history_unavailable"
REAUTHENTICATION_REQUIRED = "wampi.error.reauthentication_required"

GOODBYE_AND_OUT = "wamp.close.goodbye_and_out"
SYSTEM_SHUTDOWN = "wamp.close.system_shutdown"
KILLED = "wamp.close.killed"
REREGISTERED = "wampi.close.reregistered"
REVOKED = "wampi.close.revoked"
TIMED_OUT = "wampi.close.timed_out"


class RequestError(Exception):
    """A request that fails: it becomes ERROR on the wire, or nothing for a PUBLISH without acknowledge."""

    def __init__(self, uri: str, message: str) -> None:
        super().__init__(message)
        self.uri = uri
        self.message = message
