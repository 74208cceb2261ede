"""Payloads that the router passes on without a look (advanced profile, "Payload Passthru Mode").

There are two forms of it. That of the specification has ``ppt_*`` options and the payload as the one element of
``args``. The older one, "payload transparency", has ``enc_*`` options and bytes in the place of ``args``; Autobahn and
the message vectors of the specification speak it. A session may use the forms that it has announced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from ..codec import ProtocolViolation

if TYPE_CHECKING:
    from ..codec import Payload
    from ..codec.messages import Features, Passthru

PASSTHRU = "payload_passthru_mode"
TRANSPARENCY = "payload_transparency"

# name of a detail -> the field of the options that it is in
_PPT = {name: name for name in ("ppt_scheme", "ppt_serializer", "ppt_cipher", "ppt_keyid")}
_ENC = {"enc_algo": "ppt_scheme", "enc_serializer": "ppt_serializer", "enc_key": "ppt_keyid"}


@dataclass(frozen=True, slots=True)
class Passed:
    """One payload that passes through: the name of the ``feature`` it needs, and the ``details`` that go with it."""

    feature: str
    details: dict[str, Any]

    @property
    def needed_to_receive(self) -> str | None:
        """The feature that a subscriber must have announced to be sent the event, if it has to.

        In passthru mode an event is well-formed for everybody; what to do with one that cannot be read "must be covered
        at the Subscriber side". Bytes in the place of a list would be a broken message to those who do not know them.
        """
        return TRANSPARENCY if self.feature == TRANSPARENCY else None


def has_announced(features: Features | None, feature: str) -> bool:
    """Return whether a role, if the client has it at all, has announced a feature."""
    return bool(getattr(features, feature, False))


def size_bytes(details: dict[str, Any]) -> int:
    """Return about how much memory the text takes that a publisher may have put into the details of its event."""
    return sum(len(value) for value in details.values() if isinstance(value, str))


def passed_through(
    options: Passthru, payload: Payload, sender: Features | None, may_be_plain: bool = False
) -> Passed | None:
    """Return how a payload passes through whose options have a ``ppt_scheme``.

    Raises :class:`ProtocolViolation` when the sender has not announced that it does this, or does it wrongly; with
    ``may_be_plain``, a payload without the structure is not one that passes through, and no violation.
    """
    args, kwargs = payload.values()
    is_transparent = isinstance(args, bytes)
    feature, fields = (TRANSPARENCY, _ENC) if is_transparent else (PASSTHRU, _PPT)
    if not has_announced(sender, feature):
        raise ProtocolViolation(f"this role has not announced {feature}")
    if not is_transparent and not _is_one_binary(args, kwargs, options.ppt_serializer):
        if may_be_plain:
            return None
        raise ProtocolViolation("a payload with ppt_scheme is one binary item in args, and no kwargs")
    details = {name: value for name, field in fields.items() if (value := getattr(options, field)) is not UNSET}
    return Passed(feature, details)


def _is_one_binary(args: list[Any], kwargs: dict[str, Any], serializer: str | UnsetType) -> bool:
    """Return whether the payload is as "Message Structure" says: one binary item.

    One that is not serialized for itself (``native``) is whatever the session's serializer makes of it, and one in JSON
    may be text.
    """
    if len(args) != 1 or kwargs:
        return False
    if not serializer or serializer == "native":
        return True
    return isinstance(args[0], bytes | str if serializer == "json" else bytes)
