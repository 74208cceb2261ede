"""What a long-poll transport holds for its client: whole messages, and those whose arrival is in doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .outbox import Outbox

if TYPE_CHECKING:
    from ..core.limits import Limits


class LongPollOutbox(Outbox):
    """An :class:`.Outbox` that gives one message at a time, or in batched mode all of them.

    What was taken last is kept until :meth:`settle` says that it has arrived, or :meth:`put_back` that it has not.
    ``queue_bytes`` and ``queue_messages`` are limits of the listener, beside those of the role.
    """

    __slots__ = ("_is_batched", "_queue_bytes", "_queue_messages", "_taken")

    def __init__(
        self,
        limits: Limits,
        now: Callable[[], float],
        is_batched: bool,
        queue_bytes: int | None = None,
        queue_messages: int | None = None,
    ) -> None:
        self._is_batched = is_batched
        self._queue_bytes = queue_bytes
        self._queue_messages = queue_messages
        self._taken: list[bytes] = []
        super().__init__(limits, now)

    def configure(self, limits: Limits) -> None:
        """Apply other limits; the lower of two holds."""
        super().configure(limits)
        if self._queue_bytes is not None:
            self._capacity = min(self._capacity, self._queue_bytes)

    def put(self, frame: bytes) -> bool:
        """Add a message; see :meth:`.Outbox.put`."""
        return super().put(frame) or self._has_too_many()

    def is_full(self) -> bool:
        """Return whether more waits than may; see :meth:`.Outbox.is_full`."""
        return self._has_too_many() or super().is_full()

    def take(self) -> bytes:
        """Return the next message, in batched mode all that wait; it is in doubt from now on."""
        frames = self._frames
        if self._is_batched:
            self._taken = [frame for frame in frames if frame]
            self.clear()
            return b"".join(self._taken)
        # What a newer event has replaced is an empty place.
        index = next(index for index, frame in enumerate(frames) if frame)
        frame = frames[index]
        self._taken = [frame]
        self._forget(index + 1)
        self.size -= len(frame)
        return frame

    def settle(self) -> None:
        """Forget what was taken last: it has arrived."""
        self._taken = []

    def put_back(self) -> None:
        """Put what was taken last before everything that waits: it has not arrived."""
        taken, self._taken = self._taken, []
        self._frames[:0] = taken
        self._base -= len(taken)
        self.size += sum(map(len, taken))
        if taken and self.is_paused and self._stalled_since is None:
            self._stalled_since = self._now()

    def forget_waiting(self) -> None:
        """Forget what waits, and what was taken last: it is not given again."""
        super().forget_waiting()
        self._taken = []

    def _has_too_many(self) -> bool:
        return self._queue_messages is not None and len(self._frames) - self._gaps > self._queue_messages
