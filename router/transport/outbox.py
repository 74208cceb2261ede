"""The bounded outbox of a connection: what waits while the network, or a slow reader, takes no more.

It does no I/O. Its owner puts whole frames in, takes bytes out while the transport accepts them, and reports when the
transport asks for a pause. A connection whose outbox runs full, or takes nothing for too long, is to be kicked: a
router that lets slow readers gather without bound runs out of memory, one that drops silently lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.limits import Limits

CHUNK_BYTES = 128 * 1024
"""The most that goes to the transport at once: the rest stays here, where newer events may still replace it."""

LARGEST_MESSAGES = 4
"""An outbox has room for this many messages of the largest size, whatever its capacity in bytes."""

_COMPACT_FRAMES = 256


class Outbox:
    """Frames in the order in which they will leave.

    ``size`` counts the bytes that wait; ``is_paused`` says that the transport takes no more for now.
    """

    __slots__ = (
        "_base",
        "_capacity",
        "_frames",
        "_gaps",
        "_latest",
        "_now",
        "_offset",
        "_stalled_since",
        "is_paused",
        "size",
        "stalled_seconds",
    )

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self._now = now
        self._frames: list[bytes] = []
        # subscription -> number of its newest frame; frame n stands at _frames[n - _base]
        self._latest: dict[int, int] = {}
        self._base = 0
        self._gaps = 0
        self._offset = 0
        self._stalled_since: float | None = None
        self.is_paused = False
        self.size = 0
        self.configure(limits)

    def configure(self, limits: Limits) -> None:
        """Apply other limits; what waits already stays."""
        self._capacity = max(limits.outbox_bytes, LARGEST_MESSAGES * limits.message_bytes)
        self.stalled_seconds = limits.stalled_seconds

    def put(self, frame: bytes) -> bool:
        """Add a frame. Return whether the owner has to act: something waits that did not before, or too much does."""
        self._frames.append(frame)
        before = self.size
        self.size = size = before + len(frame)
        if before:
            return size > self._capacity
        if self.is_paused:
            self._stalled_since = self._now()
        return True

    def put_latest(self, frame: bytes, subscription: int) -> bool:
        """Add an event in place of an older one of the same subscription, at the tail; return as :meth:`put` does."""
        number = self._latest.get(subscription)
        if number is not None:
            index = number - self._base
            replaced = self._frames[index]
            self._frames[index] = b""
            self._gaps += 1
            self._frames.append(frame)
            self.size += len(frame) - len(replaced)
            self._latest[subscription] = self._base + len(self._frames) - 1
            if self._gaps > _COMPACT_FRAMES and self._gaps * 2 > len(self._frames):
                self._compact()
            return self.size > self._capacity
        self._latest[subscription] = self._base + len(self._frames)
        return self.put(frame)

    def take(self) -> bytes:
        """Return the next bytes to write, :data:`CHUNK_BYTES` at most."""
        if self.size > CHUNK_BYTES or self._offset:
            return self._take_chunk()
        frames = self._frames
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        self.clear()
        return data

    def _take_chunk(self) -> bytes:
        frames = self._frames
        end = self._offset + CHUNK_BYTES
        if len(frames[0]) > end:
            data = frames[0][self._offset : end]
            self._offset = end
            count = 0
        else:
            parts = [frames[0][self._offset :]]
            room = CHUNK_BYTES - len(parts[0])
            for frame in frames[1:]:
                room -= len(frame)
                if room < 0:
                    break
                parts.append(frame)
            data = b"".join(parts)
            count = len(parts)
            self._offset = 0
        self._forget(count)
        self.size -= len(data)
        self._stalled_since = self._now() if self.size and self.is_paused else None
        return data

    def _forget(self, count: int) -> None:
        """Drop the first ``count`` frames; an event that has begun to leave can no longer be replaced."""
        self._gaps -= sum(not frame for frame in self._frames[:count])
        del self._frames[:count]
        self._base += count
        first = self._base + (self._offset > 0)
        if self._latest:
            self._latest = {key: number for key, number in self._latest.items() if number >= first}

    def _compact(self) -> None:
        """Close the gaps that replaced events have left; the first frame may have begun to leave and stays."""
        places = {number: key for key, number in self._latest.items()}
        frames = self._frames
        kept = [0, *(index for index in range(1, len(frames)) if frames[index])]
        old_base = self._base
        self._latest = {
            places[old_base + index]: old_base + place for place, index in enumerate(kept) if old_base + index in places
        }
        self._gaps = 0 if frames[0] else 1
        self._frames = [frames[index] for index in kept]

    def clear(self) -> None:
        """Forget everything that waits."""
        self._base += len(self._frames)
        self._frames = []
        self._latest.clear()
        self._gaps = self._offset = self.size = 0
        self._stalled_since = None

    def forget_waiting(self) -> None:
        """Forget what waits, but for the rest of a frame that has begun to leave."""
        begun = self._frames[:1] if self._offset else []
        self._base += len(self._frames) - len(begun)
        self._frames = begun
        self._latest.clear()
        self._gaps = 0
        self.size = sum(map(len, begun)) - self._offset
        if not self.size:
            self._stalled_since = None

    def pause(self) -> None:
        """Note that the transport takes no more for now."""
        self.is_paused = True
        if self.size and self._stalled_since is None:
            self._stalled_since = self._now()

    def resume(self) -> None:
        """Note that the transport takes bytes again."""
        self.is_paused = False
        self._stalled_since = None

    def is_full(self) -> bool:
        """Return whether more waits than may; a large message makes room for four of its kind."""
        if self.size <= self._capacity:
            return False
        self._capacity = max(self._capacity, LARGEST_MESSAGES * max(map(len, self._frames)))
        return self.size > self._capacity

    def seconds_to_stall(self) -> float | None:
        """Return in how many seconds the reader counts as stalled (0 or less: it does), None when nothing waits."""
        if self._stalled_since is None:
            return None
        return self._stalled_since + self.stalled_seconds - self._now()
