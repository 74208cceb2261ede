"""Messages that the router sends.

One class serves for all of them: a head (everything before ``args``) and a payload that is spliced in behind it. A
message for many receivers remembers its encoded forms, so that it is encoded and framed once per serializer.
"""

from collections.abc import Hashable
from typing import Any

from msgspec import Struct

from .payload import Payload


class Outgoing(Struct, eq=False):
    """A message on its way out.

    ``head`` is the list of the message's elements before the arguments, the type code first. ``payload`` is None
    when the message type has none. ``forms`` maps a wire form (serializer and framing, chosen by the transport) to
    the bytes already made for it; it is None for a message with a single receiver, which is not worth remembering; see
    :func:`shared`.
    """

    head: tuple[Any, ...]
    payload: Payload | None = None
    forms: dict[Hashable, bytes] | None = None

    def __repr__(self) -> str:
        return f"Outgoing{self.head!r}"


def shared(head: tuple[Any, ...], payload: Payload | None) -> Outgoing:
    """Return a message for many receivers."""
    return Outgoing(head, payload, {})
