"""Payload transparency: bytes in the place of a message's ``args``, with ``enc_*`` options that say what they are.

It is the older form of payload passthru mode; Autobahn and the message vectors of the specification speak it. It is
looked for only in messages that would be refused otherwise, so that all others do not pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, convert

from .messages import Error, Passthru

if TYPE_CHECKING:
    from .messages import Incoming


class Transparency(Struct):
    """Its options."""

    enc_algo: Annotated[str, Meta(min_length=1)]
    enc_key: str | UnsetType = UNSET
    enc_serializer: str | UnsetType = UNSET


def take_transparency(message: Incoming, elements: list[Any], args: Any) -> bool:
    """Return whether ``args`` are bytes and the options of the message say so; put those options into it then.

    ``elements`` are those of the message. Raises ``msgspec.ValidationError`` when the options are wrong.
    """
    own = getattr(message, "details" if isinstance(message, Error) else "options", None)
    # Options and details come before every other map of a message.
    options = next((element for element in elements if isinstance(element, dict)), {})
    return isinstance(own, Passthru) and put_transparency(own, options, args)


def put_transparency(own: Passthru, options: dict[str, Any], args: Any) -> bool:
    """Put ``options`` into the fields of the form that the specification has; False where they are no such options."""
    if not isinstance(args, bytes) or own.ppt_scheme or "enc_algo" not in options:
        return False
    given = convert(options, Transparency)
    own.ppt_scheme, own.ppt_serializer, own.ppt_keyid = given.enc_algo, given.enc_serializer, given.enc_key
    return True
