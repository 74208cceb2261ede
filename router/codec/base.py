"""The interface that all codecs share, and what they have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from .messages import ABSENT
from .payload import Payload
from .shape import DEFAULT_SHAPE, Shape
from .transparency import take_transparency

if TYPE_CHECKING:
    from msgspec import Raw

    from .messages import Incoming
    from .outgoing import Outgoing


class Codec(ABC):
    """One serializer: bytes to checked messages, messages to bytes.

    A codec holds no state of a connection; one instance serves all connections.
    """

    name: ClassVar[str]
    """The serializer's name in a WebSocket subprotocol: ``wamp.2.<name>``."""

    is_binary: ClassVar[bool]
    """Whether messages travel in binary WebSocket frames (JSON: in text frames)."""

    def __init__(self, shape: Shape = DEFAULT_SHAPE) -> None:
        self.shape = shape

    @abstractmethod
    def decode(self, data: bytes) -> Incoming:
        """Return the message in ``data``, whole and checked.

        Raises :class:`~.errors.ProtocolViolation` when it is not a message that a client may send.
        """

    @abstractmethod
    def encode(self, message: Outgoing) -> bytes:
        """Return the bytes of a message.

        Raises :class:`~.errors.Unrepresentable` when the serializer cannot carry a value of it.
        """

    @abstractmethod
    def load(self, data: bytes | Raw) -> Any:
        """Return the Python value of bytes that this codec has checked before."""

    @abstractmethod
    def dump(self, value: Any) -> bytes:
        """Return ``value`` (made of None, booleans, numbers, text, bytes, lists and maps with text keys) as bytes.

        Raises :class:`~.errors.Unrepresentable` for anything that the serializer cannot carry.
        """

    def _is_transparent(self, message: Any, data: bytes) -> bool:
        """Return whether a message has bytes in the place of ``args``, and options that say so."""
        return message.kwargs is ABSENT and take_transparency(message, self.load(data), self.load(message.args))

    def payload(self, args: list[Any], kwargs: dict[str, Any] | None = None) -> Payload:
        """Return Python values as a payload of this codec."""
        if kwargs:
            return Payload(self, self.dump(args), self.dump(kwargs))
        return Payload(self, self.dump(args), ABSENT) if args else Payload(None, ABSENT, ABSENT)
