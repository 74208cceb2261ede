"""The application's part of a message: ``args`` and ``kwargs`` in the serializer that they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from .errors import Unrepresentable
from .messages import ABSENT

if TYPE_CHECKING:
    from msgspec import Raw

    from .base import Codec


class Payload(Struct, eq=False):
    """Checked ``args`` and ``kwargs``, kept as bytes and converted once for each other serializer.

    ``args`` and ``kwargs`` are :data:`~.messages.ABSENT` where the message had none. ``args`` is a list, or bytes
    where a message has payload transparency (:mod:`.transparency`). A struct, because one is made for nearly every
    message, and a struct is made in half the time.
    """

    codec: Codec | None
    args: bytes | Raw
    kwargs: bytes | Raw
    # name of a codec -> the form in it, or why there is none
    _converted: dict[str, tuple[bytes | Raw, bytes | Raw] | str] | None = None

    def form(self, codec: Codec) -> tuple[bytes | Raw, bytes | Raw]:
        """Return ``(args, kwargs)`` as bytes of ``codec``.

        Raises :class:`~.errors.Unrepresentable` when that serializer cannot carry a value.
        """
        own = self.codec
        # Listeners have codecs of their own, each with its limits of shape; the bytes are the same in all.
        if codec is own or own is None or codec.name == own.name or self.args is ABSENT:
            return self.args, self.kwargs
        if self._converted is None:
            self._converted = {}
        form = self._converted.get(codec.name)
        if form is None:
            form = self._converted[codec.name] = self._convert(codec)
        if isinstance(form, str):
            raise Unrepresentable(form)
        return form

    def _convert(self, codec: Codec) -> tuple[bytes | Raw, bytes | Raw] | str:
        """Return the payload in another codec, or why that cannot be: found once, however many receivers there are."""
        args, kwargs = self.values()
        try:
            return codec.dump(args), codec.dump(kwargs) if self.kwargs is not ABSENT else ABSENT
        except Unrepresentable as error:
            return str(error)

    def values(self) -> tuple[Any, dict[str, Any]]:
        """Return the arguments as Python values; bytes are bytes, whatever the serializer made of them."""
        if self.codec is None or self.args is ABSENT:
            return [], {}
        args = self.codec.load(self.args)
        return args, {} if self.kwargs is ABSENT else self.codec.load(self.kwargs)

    def detached(self) -> Payload:
        """Return a copy that does not keep the buffer of the whole message alive."""
        if self.args is ABSENT:
            return EMPTY
        kwargs = self.kwargs if self.kwargs is ABSENT else bytes(self.kwargs)
        return Payload(self.codec, bytes(self.args), kwargs)

    @property
    def size_bytes(self) -> int:
        """The number of bytes of the arguments in the serializer they came in."""
        return len(memoryview(self.args)) + len(memoryview(self.kwargs))


EMPTY = Payload(None, ABSENT, ABSENT)
"""No arguments at all."""
