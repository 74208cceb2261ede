"""The event history off the reactor's thread: events are gathered and written in batches, pages are read in between.

The way of an event::

    shelf.add  ->  queue (bounded, in memory)  ->  one transaction a second  ->  file

A reading writes what is queued first, so that it finds every event that was added before. While the file cannot be
written, events stay in the queue, the oldest fall out of it, and it is tried again and again; everything else in the
node goes on. After a crash the last batch is missing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import StoreBusy, StoreError
from .history import HistoryFile, Place
from .worker import Background, CallBack

if TYPE_CHECKING:
    from ..core.ports import Clock, Log, Timer
    from ..core.shelves import HistoryRule, KeptEvent, Page, Query

BATCH_SECONDS = 1.0
RETRY_SECONDS = 10.0
MOST_QUEUED_BYTES = 8 * 1024 * 1024
FULL_BATCH_BYTES = 1024 * 1024
"""So much does not wait for the second to be over."""


class HistoryWorker:
    """The kept events of a node. Shelves are made before :meth:`start`, and used in the thread that made them."""

    def __init__(self, path: Path, clock: Clock, log: Log, call_back: CallBack) -> None:
        self._path = path
        self._clock = clock
        self._log = log
        self._background = Background("history", call_back)
        self._places: list[Place] = []
        self._queue = EventQueue()
        self._file: HistoryFile | None = None  # for the background thread
        self._timer: Timer | None = None
        self._is_running = False
        self._is_writing = False
        self._is_failing = False
        self._has_told_damage = False

    def shelf(self, realm: str, rule: HistoryRule) -> StoredShelf:
        """Return the place for the events of one rule."""
        place = Place(realm, rule)
        self._places.append(place)
        return StoredShelf(self, place)

    def start(self) -> None:
        """Begin to keep events; a file that cannot be opened is told to the log, and tried again."""
        self._is_running = True
        self._write()

    def stop(self) -> None:
        """Write what is queued, and close; blocks, may be called twice."""
        if not self._is_running:
            return
        self._is_running = False
        self._stop_timer()
        self._background.stop()
        try:
            self._write_queued()
        except StoreError as error:
            self._log.warn("past events could not be written", events=len(self._queue), reason=str(error))
        self._close()

    # ---- for the shelves, in the reactor's thread ---------------------------------------------------------------

    def add(self, place: Place, event: KeptEvent) -> None:
        """Queue an event to be written soon."""
        self._queue.put(place, event)
        if not self._is_running or self._is_writing:
            return
        if self._queue.size_bytes >= FULL_BATCH_BYTES and not self._is_failing:
            self._write()
        elif self._timer is None:
            self._start_timer()

    def read(
        self,
        place: Place,
        query: Query,
        position: int | None,
        done: Callable[[Page], None],
        failed: Callable[[], None],
    ) -> None:
        """Read a page; see :meth:`~..core.shelves.Shelf.read`."""

        def succeeded(page: Page) -> None:
            self._note_success()
            done(page)

        def gave_up(error: Exception) -> None:
            self._note_failure(error)
            failed()

        if self._is_running:
            self._background.submit(lambda: self._read_page(place, query, position), succeeded, gave_up)
        else:
            failed()

    def _write(self) -> None:
        self._stop_timer()
        self._is_writing = True
        self._background.submit(self._write_queued, self._written, self._not_written)

    def _written(self, _: None) -> None:
        self._is_writing = False
        self._note_success()
        if self._is_running and len(self._queue):
            self._start_timer()

    def _not_written(self, error: Exception) -> None:
        self._is_writing = False
        self._note_failure(error)
        if self._is_running:
            self._start_timer()

    def _start_timer(self) -> None:
        seconds = RETRY_SECONDS if self._is_failing else BATCH_SECONDS
        self._timer = self._clock.call_later(seconds, self._write)

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _note_success(self) -> None:
        if self._is_failing:
            self._is_failing = False
            self._log.info("past events are kept again", file=str(self._path))
        if lost := self._queue.take_lost():
            self._log.warn("past events are lost, they came faster than they could be written", events=lost)
        if self._file is not None:
            self._tell_of(self._file)

    def _tell_of(self, file: HistoryFile) -> None:
        removed, file.removed = file.removed, 0
        if removed:
            self._log.info("past events removed, no rule of the configuration keeps them any more", rules=removed)
        if file.damaged and not self._has_told_damage:
            self._has_told_damage = True
            self._log.warn("past events are damaged, and left out", file=str(self._path))

    def _note_failure(self, error: Exception) -> None:
        """Say once that something is wrong, until it is right again; that many ask at once is nothing wrong."""
        if not self._is_failing and not isinstance(error, StoreBusy):
            self._is_failing = True
            self._log.warn("past events cannot be kept", reason=str(error))

    # ---- in the background thread -------------------------------------------------------------------------------

    def _write_queued(self) -> None:
        """Write everything that is queued, in one transaction; what cannot be written is queued again."""
        batch = self._queue.take()
        try:
            file = self._opened()
            if batch:
                file.write(batch)
        except StoreError:
            self._queue.put_back(batch)
            self._close()
            raise

    def _read_page(self, place: Place, query: Query, position: int | None) -> Page:
        self._write_queued()
        try:
            return self._opened().read(place, query, position)
        except StoreError:
            self._close()
            raise

    def _opened(self) -> HistoryFile:
        """Return the file; after an error it is opened again, since somebody may have put a better one in its place."""
        if self._file is None:
            self._file = HistoryFile(self._path, self._places)
        return self._file

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


class StoredShelf:
    """A :class:`~..core.shelves.Shelf` that survives the process."""

    __slots__ = ("_place", "_worker")

    def __init__(self, worker: HistoryWorker, place: Place) -> None:
        self._worker = worker
        self._place = place

    def add(self, event: KeptEvent) -> None:
        """Keep an event; see :meth:`~..core.shelves.Shelf.add`."""
        self._worker.add(self._place, event)

    def read(
        self, query: Query, position: int | None, done: Callable[[Page], None], failed: Callable[[], None]
    ) -> None:
        """Call ``done`` with a page later on; see :meth:`~..core.shelves.Shelf.read`."""
        self._worker.read(self._place, query, position, done, failed)


class EventQueue:
    """Events on their way to the disk: put in by one thread, taken out by another, the oldest lost when too many."""

    def __init__(self, most_bytes: int = MOST_QUEUED_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._events: deque[tuple[Place, KeptEvent]] = deque()
        self._lost = 0
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, place: Place, event: KeptEvent) -> None:
        """Add an event at the end."""
        with self._lock:
            self._events.append((place, event))
            self.size_bytes += event.size_bytes
            self._keep_to_size()

    def put_back(self, batch: Sequence[tuple[Place, KeptEvent]]) -> None:
        """Add what had been taken, before what has come since."""
        with self._lock:
            self._events.extendleft(reversed(batch))
            self.size_bytes += sum(event.size_bytes for _, event in batch)
            self._keep_to_size()

    def take(self) -> list[tuple[Place, KeptEvent]]:
        """Take everything, the oldest first."""
        with self._lock:
            batch = list(self._events)
            self._events.clear()
            self.size_bytes = 0
        return batch

    def take_lost(self) -> int:
        """Return how many events have been lost since this was asked last."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost

    def _keep_to_size(self) -> None:
        while self.size_bytes > self._most_bytes:
            self.size_bytes -= self._events.popleft()[1].size_bytes
            self._lost += 1
