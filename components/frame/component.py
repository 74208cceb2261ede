"""The picture frame device: a slideshow that people in the house can steer and add to."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

from msgspec import Meta, Struct
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from ..component import Caller, Cause, Device, Environment
from ..errors import BusyError, DeviceFailedError, InvalidArgumentError, NotFoundError, SetupError
from ..procedures import procedure
from ..storage import read_json, write_json
from .display import Display, open_display
from .imaging import NotAPictureError, Picture, encode_again, render, render_empty
from .library import Entry, Library
from .settings import LARGEST_UPLOAD_BYTES, FrameSettings, IntervalSeconds
from .uploads import CHUNK_BYTES, Uploads

MOST_WAITING = 8
MOST_LISTED = 500

PictureId = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[0-9a-f]+$", description="a picture's id")]
UploadId = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[0-9a-f]+$", description="an upload's id")]
PictureName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="text of 1 to 100 characters, all of them printable",
    ),
]
SizeBytes = Annotated[int, Meta(ge=1, le=LARGEST_UPLOAD_BYTES)]
Offset = Annotated[int, Meta(ge=0, le=LARGEST_UPLOAD_BYTES)]
First = Annotated[int, Meta(ge=0, le=1_000_000)]
Count = Annotated[int, Meta(ge=1, le=MOST_LISTED)]
Chunk = Annotated[bytes, Meta(min_length=1, max_length=CHUNK_BYTES)]


class FrameState(Struct, frozen=True):
    """The state in docs/protocol.md, "frame"."""

    picture: str | None
    name: str | None
    index: int
    count: int
    paused: bool
    interval_seconds: float
    width: int
    height: int


class Rendered(Struct, frozen=True):
    """What `current` answers; `sequence` counts what the display has shown."""

    picture: str
    jpeg: bytes
    width: int
    height: int
    sequence: int


class Listed(Struct, frozen=True):
    """One line of what `list` answers."""

    picture: str
    name: str
    width: int
    height: int
    size_bytes: int


class Begun(Struct, frozen=True):
    """What `upload_begin` answers."""

    upload: str
    chunk_bytes: int


class Received(Struct, frozen=True):
    """What `upload_chunk` answers."""

    received_bytes: int


class Committed(Struct, frozen=True):
    """What `upload_commit` answers."""

    picture: str


class Kept(Struct, frozen=True):
    """What of the slideshow survives a restart."""

    picture: str | None = None
    paused: bool = False
    interval_seconds: float | None = None


class Frame(Device[FrameState]):
    """A picture frame with the display that its settings name."""

    Settings = FrameSettings
    kind = "frame"

    def __init__(
        self,
        settings: FrameSettings,
        environment: Environment,
        make_display: Callable[[FrameSettings, Environment], Display] = open_display,
        make_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._kept_file = environment.data_dir / "slideshow.json"
        self._kept = read_json(self._kept_file, Kept) or Kept()
        interval = self._kept.interval_seconds or settings.interval_seconds
        state = FrameState(None, None, 0, 0, self._kept.paused, interval, settings.width, settings.height)
        super().__init__(settings.id, settings.name, state, environment)
        self.driver = settings.driver
        self._settings = settings
        folder = Path(settings.pictures) if settings.pictures is not None else None
        self._library = Library(folder, environment.data_dir, settings.max_picture_pixels, make_id, environment.log)
        self._uploads = Uploads(environment.data_dir / "uploads", environment.clock, make_id)
        self._display = make_display(settings, environment)
        self._shown: Rendered | None = None
        self._wanted: str | None = None
        self._waiting = 0
        self._renderings = 0
        self._timer: IDelayedCall | None = None

    def start(self) -> Deferred[None]:
        """Load the library and show the picture that was shown last, or the first."""
        done = self.environment.worker.run(self._library.load)
        done.addErrback(self._not_loaded)
        return done.addCallback(self._show_first)

    def stop(self) -> None:
        """End the slideshow; the display keeps what it shows if it can."""
        self._clear_timer()
        self._uploads.abort_all()
        self._display.close()

    @procedure
    def next(self, caller: Caller) -> Deferred[FrameState]:
        """Show the next picture, after the last one the first."""
        return self._step(1, Cause.command(caller))

    @procedure
    def previous(self, caller: Caller) -> Deferred[FrameState]:
        """Show the picture before, before the first one the last."""
        return self._step(-1, Cause.command(caller))

    @procedure
    def pause(self, caller: Caller) -> FrameState:
        """Stay at this picture."""
        self._clear_timer()
        return self._keep(self.change(Cause.command(caller), paused=True))

    @procedure
    def resume(self, caller: Caller) -> FrameState:
        """Go on with the slideshow."""
        state = self.change(Cause.command(caller), paused=False)
        self._wait()
        return self._keep(state)

    @procedure
    def show(self, caller: Caller, picture: PictureId) -> Deferred[FrameState]:
        """Show a picture."""
        return self._show(self._find(picture), Cause.command(caller))

    @procedure
    def set_interval(self, caller: Caller, interval_seconds: IntervalSeconds) -> FrameState:
        """Set how long each picture is shown, from now on."""
        state = self.change(Cause.command(caller), interval_seconds=interval_seconds)
        self._wait()
        return self._keep(state)

    @procedure
    def current(self, caller: Caller) -> Rendered:
        """What the display shows now, as rendered."""
        if self._shown is None:
            raise NotFoundError("the display shows no picture; upload one first")
        return self._shown

    @procedure("list")
    def pictures(self, caller: Caller, first: First = 0, count: Count = MOST_LISTED) -> list[Listed]:
        """Pictures in the order of the slideshow, as many as one message takes."""
        wanted = self._library.entries[first : first + count]
        return [Listed(one.picture, one.name, one.width, one.height, one.size_bytes) for one in wanted]

    @procedure
    def upload_begin(self, caller: Caller, name: PictureName, size_bytes: SizeBytes) -> Begun:
        """Begin to send a picture."""
        if size_bytes > self._settings.max_picture_bytes:
            limit = self._settings.max_picture_bytes
            raise InvalidArgumentError(f"size_bytes must be a whole number from 1 to {limit}, not {size_bytes}")
        self._check_room()
        return Begun(self._uploads.begin(caller, name, size_bytes).id, CHUNK_BYTES)

    @procedure
    def upload_chunk(self, caller: Caller, upload: UploadId, offset: Offset, data: Chunk) -> Received:
        """Send the next part."""
        try:
            return Received(self._uploads.add(caller, upload, offset, data).received_bytes)
        except OSError as error:
            raise DeviceFailedError(f"the picture cannot be stored: {error.strerror}") from None

    @procedure
    def upload_commit(self, caller: Caller, upload: UploadId) -> Deferred[Committed]:
        """Check the picture that was sent and take it into the slideshow."""
        complete = self._uploads.take(caller, upload)
        encoded = self.environment.worker.run(self._encode, complete.path)
        encoded.addErrback(_not_taken)
        return encoded.addCallback(self._add, complete.name, caller)

    @procedure
    def upload_abort(self, caller: Caller, upload: UploadId) -> None:
        """Throw away what was sent."""
        self._uploads.abort(caller, upload)

    @procedure
    def delete(self, caller: Caller, picture: PictureId) -> Deferred[FrameState]:
        """Delete a picture; if it is the one that is shown, the one after it takes its place."""
        entry = self._find(picture)
        position = self._library.entries.index(entry)
        try:
            self._library.remove(entry)
        except OSError as error:
            raise DeviceFailedError(f"the picture cannot be deleted: {error.strerror}") from None
        cause = Cause.command(caller)
        if self._wanted != picture:
            return succeed(self._update(cause))
        if not self._library.entries:
            return self._show_nothing(cause)
        return self._show(self._library.entries[position % len(self._library.entries)], cause)

    def _find(self, picture: str) -> Entry:
        position = self._library.position(picture)
        if position is None:
            raise NotFoundError(f"there is no picture {picture!a}")
        return self._library.entries[position]

    def _check_room(self) -> None:
        if len(self._library.entries) >= self._settings.max_pictures:
            raise BusyError(f"the frame has {self._settings.max_pictures} pictures, its limit; delete some first")

    def _encode(self, path: Path) -> Picture:
        """On the worker: the sent file as a picture of our own; the file is deleted either way."""
        try:
            return encode_again(path, self._settings.max_picture_pixels)
        finally:
            path.unlink(missing_ok=True)

    def _add(self, encoded: Picture, name: str, caller: Caller) -> Committed | Deferred[Committed]:
        self._check_room()
        try:
            entry = self._library.add(name, encoded)
        except OSError as error:
            raise DeviceFailedError(f"the picture cannot be stored: {error.strerror}") from None
        cause = Cause.command(caller)
        committed = Committed(entry.picture)
        if self._wanted is None:
            return self._show(entry, cause).addCallback(lambda _: committed)
        self._update(cause)
        return committed

    def _not_loaded(self, failure: Failure) -> NoReturn:
        failure.trap(OSError)
        raise SetupError(f"the pictures cannot be read: {failure.getErrorMessage()}")

    def _show_first(self, _: None) -> Deferred[None]:
        cause = Cause("start")
        entries = self._library.entries
        if not entries:
            return self._show_nothing(cause).addCallback(lambda _: None)
        position = self._library.position(self._kept.picture or "") or 0
        shown = self._show(entries[position], cause)
        return shown.addErrback(self._log_failure).addCallback(lambda _: None)

    def _step(self, steps: int, cause: Cause) -> Deferred[FrameState]:
        entries = self._library.entries
        if not entries:
            raise NotFoundError("there is no picture; upload one first")
        position = self._library.position(self._wanted or "")
        following = entries[0] if position is None else entries[(position + steps) % len(entries)]
        return self._show(following, cause)

    def _advance(self) -> None:
        """The interval is over."""
        self._timer = None
        if self._library.entries:
            self._step(1, Cause("schedule")).addErrback(self._log_failure)

    def _show(self, entry: Entry, cause: Cause) -> Deferred[FrameState]:
        """Render a picture and show it; the state follows when it is to be seen."""
        if self._waiting >= MOST_WAITING:
            raise BusyError("the display is behind; try in a moment")
        self._waiting += 1
        self._wanted = entry.picture
        self._clear_timer()
        path = self._library.path(entry)
        size = (self._settings.width, self._settings.height)
        rendered = self.environment.worker.run(
            render, path, self._settings.max_picture_pixels, size, self._settings.background
        )
        rendered.addCallback(self._display_picture, entry.picture)
        rendered.addBoth(self._rendered)
        return rendered.addCallbacks(lambda _: self._update(cause), self._not_shown, errbackArgs=(entry,))

    def _show_nothing(self, cause: Cause) -> Deferred[FrameState]:
        """No picture is left."""
        self._wanted = None
        self._clear_timer()
        empty = render_empty((self._settings.width, self._settings.height), self._settings.background)
        self._shown = None
        return self._display.show(empty.jpeg).addCallback(lambda _: self._update(cause))

    def _display_picture(self, rendered: Picture, picture: str) -> Deferred[None]:
        self._renderings += 1
        shown = Rendered(picture, rendered.jpeg, rendered.width, rendered.height, self._renderings)
        return self._display.show(rendered.jpeg).addCallback(lambda _: self._is_shown(shown))

    def _is_shown(self, shown: Rendered) -> None:
        self._shown = shown
        self.set_fault(None)

    def _rendered(self, result: object) -> object:
        self._waiting -= 1
        self._wait()
        return result

    def _not_shown(self, failure: Failure, entry: Entry) -> NoReturn:
        """The picture or the display is broken; the slideshow goes on after the interval."""
        self.set_fault(f"the picture {entry.name!a} cannot be shown: {failure.getErrorMessage()}")
        raise DeviceFailedError(f"the picture cannot be shown: {failure.getErrorMessage()}")

    def _update(self, cause: Cause) -> FrameState:
        """Bring the state to what is shown, wherever that is in the slideshow by now."""
        picture = self._shown.picture if self._shown else None
        position = self._library.position(picture or "")
        name = self._library.entries[position].name if position is not None else None
        state = self.change(
            cause,
            picture=picture if position is not None else None,
            name=name,
            index=position or 0,
            count=len(self._library.entries),
        )
        return self._keep(state)

    def _keep(self, state: FrameState) -> FrameState:
        """Remember what survives a restart; only what somebody changed, so that no interval wears the card."""
        interval = state.interval_seconds if state.interval_seconds != self._settings.interval_seconds else None
        kept = Kept(state.picture if state.paused else None, state.paused, interval)
        if kept != self._kept:
            self._kept = kept
            try:
                write_json(self._kept_file, kept)
            except OSError as error:
                self.environment.log.warn("cannot keep the slideshow: {reason}", reason=str(error))
        return state

    def _wait(self) -> None:
        """Count the interval anew, unless the slideshow is paused."""
        self._clear_timer()
        if not self.state.paused and self._library.entries:
            self._timer = self.environment.clock.callLater(self.state.interval_seconds, self._advance)

    def _clear_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _log_failure(self, failure: Failure) -> None:
        self.environment.log.warn("{reason}", reason=failure.getErrorMessage())


def _not_taken(failure: Failure) -> NoReturn:
    failure.trap(NotAPictureError)
    raise InvalidArgumentError(f"the picture is not taken: {failure.getErrorMessage()}")
