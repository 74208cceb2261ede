"""The messages that a client may send, as typed structs.

The shape of each is the one of the WAMP basic profile, "Messages"; an element of a wrong type, a list that is too
short or too long, and an unknown message type all fail to decode. Unknown keys in options and details are ignored
(section "Extensibility"). ``args`` and ``kwargs`` stay raw bytes of the serializer they came in.
"""

from typing import Annotated, Any, Literal, get_args

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from ..unshown import Unshown

MAX_ID = 2**53
"""Ids run from 1 to this number, both included (basic profile, "IDs")."""

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Match = Literal["exact", "prefix", "wildcard"]
Invoke = Literal["single", "roundrobin", "random", "first", "last"]
CancelMode = Literal["skip", "kill", "killnowait"]
Milliseconds = Annotated[int, Meta(ge=0, le=MAX_ID)]

ABSENT = Raw()
"""The ``args`` or ``kwargs`` of a message that has none; compared by identity."""


class Features(Struct, frozen=True):
    """Features a client may announce for a role; those that the router acts upon."""

    call_canceling: bool = False
    call_cancelling: bool = False
    progressive_call_results: bool = False
    progressive_call_invocations: bool = False
    call_reroute: bool = False
    subscription_revocation: bool = False
    registration_revocation: bool = False
    payload_passthru_mode: bool = False
    payload_transparency: bool = False

    @property
    def cancels(self) -> bool:
        """Whether calls can be cancelled; the specification spells the key in two ways."""
        return self.call_canceling or self.call_cancelling


class RoleDetails(Struct, frozen=True):
    """What a client says about one of its roles."""

    features: Features = Features()


class ClientRoles(Struct, frozen=True):
    """The roles of a client; a client announces at least one (basic profile, "Role and Feature Announcement")."""

    publisher: RoleDetails | UnsetType = UNSET
    subscriber: RoleDetails | UnsetType = UNSET
    caller: RoleDetails | UnsetType = UNSET
    callee: RoleDetails | UnsetType = UNSET


class HelloDetails(Struct, frozen=True):
    """HELLO.Details: what the client can do and who it wants to be."""

    roles: ClientRoles
    authmethods: list[str] = []
    authid: str | None = None
    authextra: dict[str, Any] | None = None


class Hello(Struct, array_like=True, tag=1, forbid_unknown_fields=True, frozen=True):
    """``[HELLO, Realm|uri, Details|dict]``."""

    realm: str
    details: HelloDetails


class Abort(Struct, array_like=True, tag=3, forbid_unknown_fields=True):
    """``[ABORT, Details|dict, Reason|uri, Arguments|list, ArgumentsKw|dict]``."""

    details: dict[str, Any]
    reason: str
    args: Raw = ABSENT
    kwargs: Raw = ABSENT


class Authenticate(Unshown, Struct, array_like=True, tag=5, forbid_unknown_fields=True, frozen=True):
    """``[AUTHENTICATE, Signature|string, Extra|dict]``."""

    signature: str
    extra: dict[str, Any]


class Goodbye(Struct, array_like=True, tag=6, forbid_unknown_fields=True, frozen=True):
    """``[GOODBYE, Details|dict, Reason|uri]``."""

    details: dict[str, Any]
    reason: str


class Passthru(Struct, kw_only=True):
    """The options of payload passthru mode (advanced profile), common to all messages with a payload.

    A codec puts those of its older form, payload transparency, into the same fields (:mod:`.transparency`).
    """

    ppt_scheme: str | UnsetType = UNSET
    ppt_serializer: str | UnsetType = UNSET
    ppt_cipher: str | UnsetType = UNSET
    ppt_keyid: str | UnsetType = UNSET


class Error(Struct, array_like=True, tag=8, forbid_unknown_fields=True):
    """``[ERROR, INVOCATION, INVOCATION.Request|id, Details|dict, Error|uri, Arguments|list, ArgumentsKw|dict]``.

    A client may send it in answer to an INVOCATION only.
    """

    request_type: Literal[68]
    request: Id
    details: Passthru
    error: str
    args: Raw = ABSENT
    kwargs: Raw = ABSENT


class Forwarder(Struct, frozen=True):
    """A session that a message has come through, as routers that are linked say it; nothing here acts upon it."""

    session: Id
    authid: str | None = None
    authrole: str | None = None


class PublishOptions(Passthru):
    """PUBLISH.Options.

    ``transaction_hash`` and ``forward_for`` mean nothing here; the specification's test vectors give them a type.
    """

    acknowledge: bool = False
    exclude_me: bool = True
    disclose_me: bool = False
    retain: bool = False
    eligible: list[int] | UnsetType = UNSET
    eligible_authid: list[str] | UnsetType = UNSET
    eligible_authrole: list[str] | UnsetType = UNSET
    exclude: list[int] | UnsetType = UNSET
    exclude_authid: list[str] | UnsetType = UNSET
    exclude_authrole: list[str] | UnsetType = UNSET
    transaction_hash: str | UnsetType = UNSET
    forward_for: list[Forwarder] | UnsetType = UNSET


class Publish(Struct, array_like=True, tag=16, forbid_unknown_fields=True):
    """``[PUBLISH, Request|id, Options|dict, Topic|uri, Arguments|list, ArgumentsKw|dict]``."""

    request: Id
    options: PublishOptions
    topic: str
    args: Raw = ABSENT
    kwargs: Raw = ABSENT


class SubscribeOptions(Struct, rename={"outbox": "_outbox"}):
    """SUBSCRIBE.Options; ``_outbox`` is this router's own: what happens to a subscriber that reads too slowly."""

    match: Match = "exact"
    get_retained: bool = False
    outbox: Literal["kick", "latest"] | UnsetType = UNSET
    forward_for: list[Forwarder] | UnsetType = UNSET


class Subscribe(Struct, array_like=True, tag=32, forbid_unknown_fields=True):
    """``[SUBSCRIBE, Request|id, Options|dict, Topic|uri]``."""

    request: Id
    options: SubscribeOptions
    topic: str


class Unsubscribe(Struct, array_like=True, tag=34, forbid_unknown_fields=True):
    """``[UNSUBSCRIBE, Request|id, SUBSCRIBED.Subscription|id]``."""

    request: Id
    subscription: Id


class CallOptions(Passthru):
    """CALL.Options; ``timeout`` in milliseconds, 0 for none."""

    timeout: Milliseconds = 0
    disclose_me: bool = False
    receive_progress: bool = False
    progress: bool = False


class Call(Struct, array_like=True, tag=48, forbid_unknown_fields=True):
    """``[CALL, Request|id, Options|dict, Procedure|uri, Arguments|list, ArgumentsKw|dict]``."""

    request: Id
    options: CallOptions
    procedure: str
    args: Raw = ABSENT
    kwargs: Raw = ABSENT


class CancelOptions(Struct):
    """CANCEL.Options; without a mode it is ``killnowait``, as in other routers (the specification names none)."""

    mode: CancelMode = "killnowait"


class Cancel(Struct, array_like=True, tag=49, forbid_unknown_fields=True):
    """``[CANCEL, CALL.Request|id, Options|dict]``."""

    request: Id
    options: CancelOptions


class RegisterOptions(Struct):
    """REGISTER.Options."""

    match: Match = "exact"
    invoke: Invoke = "single"
    disclose_caller: bool = False
    force_reregister: bool = False
    forward_timeout: bool = False


class Register(Struct, array_like=True, tag=64, forbid_unknown_fields=True):
    """``[REGISTER, Request|id, Options|dict, Procedure|uri]``."""

    request: Id
    options: RegisterOptions
    procedure: str


class Unregister(Struct, array_like=True, tag=66, forbid_unknown_fields=True):
    """``[UNREGISTER, Request|id, REGISTERED.Registration|id]``."""

    request: Id
    registration: Id


class YieldOptions(Passthru):
    """YIELD.Options."""

    progress: bool = False


class Yield(Struct, array_like=True, tag=70, forbid_unknown_fields=True):
    """``[YIELD, INVOCATION.Request|id, Options|dict, Arguments|list, ArgumentsKw|dict]``."""

    request: Id
    options: YieldOptions
    args: Raw = ABSENT
    kwargs: Raw = ABSENT


Incoming = (
    Hello
    | Abort
    | Authenticate
    | Goodbye
    | Error
    | Publish
    | Subscribe
    | Unsubscribe
    | Call
    | Cancel
    | Register
    | Unregister
    | Yield
)
"""Whatever a client may send."""

WITH_PAYLOAD = frozenset({Abort, Error, Publish, Call, Yield})
"""The messages that end in ``args`` and ``kwargs``."""

KINDS: dict[int, tuple[Any, int]] = {
    kind.__struct_config__.tag: (kind, 1 + len(set(kind.__struct_fields__) - {"args", "kwargs"}))
    for kind in get_args(Incoming)
}
"""Type code -> message type, and number of elements before the arguments.

For codecs that read the elements themselves: the library that checks them looks up one type in a fraction of a
microsecond, and the union of all of them in six.
"""
