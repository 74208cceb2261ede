"""Messages that the router sends.

One class serves for all of them: a head (everything before ``args``) and a payload that is spliced in behind it. A
message for many receivers remembers its encoded forms, so that it is encoded and framed once per serializer.
"""

from collections.abc import Hashable
from typing import Any

from .payload import Payload


class Outgoing:
    """A message on its way out.

    ``head`` is the list of the message's elements before the arguments, the type code first. ``payload`` is None
    when the message type has none. ``forms`` maps a wire form (serializer and framing, chosen by the transport) to
    the bytes already made for it; it is None for a message with a single receiver, which is not worth remembering.
    """

    __slots__ = ("forms", "head", "payload")

    def __init__(self, head: tuple[Any, ...], payload: Payload | None = None, shared: bool = False) -> None:
        self.head = head
        self.payload = payload
        self.forms: dict[Hashable, bytes] | None = {} if shared else None

    def __repr__(self) -> str:
        return f"Outgoing{self.head!r}"
