"""The camera device.

Frames are made only while somebody subscribes, one at a time: the next one is taken when the last has been handed to
a connection that keeps up. So nothing queues anywhere, and a slow link costs frames, not delay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from ..component import Caller, Cause, Device, Environment
from ..errors import BusyError, DeviceFailedError
from ..procedures import procedure
from .driver import CameraDriver, open_driver
from .settings import CameraSettings, Format, FramesPerSecond, Height, Quality, Width

T = TypeVar("T")

LARGEST_JPEG_BYTES = 1_000_000
"""What fits into one message to the router, with its envelope (docs/protocol.md)."""

HANG_LIMIT_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
MOST_SNAPSHOTS = 4


class CameraState(Struct, frozen=True):
    """The state in docs/protocol.md, "camera"."""

    width: int
    height: int
    frames_per_second: float
    quality: int
    streaming: bool = False


class Frame(Struct, frozen=True):
    """One picture: JPEG, its number, when it was taken (seconds since 1970) and its size in pixels."""

    jpeg: bytes
    sequence: int
    captured_at: float
    width: int
    height: int


class Camera(Device[CameraState]):
    """A camera with the driver that its settings name."""

    Settings = CameraSettings
    kind = "camera"

    def __init__(
        self,
        settings: CameraSettings,
        environment: Environment,
        open_camera: Callable[[CameraSettings, Environment], CameraDriver] = open_driver,
    ) -> None:
        state = CameraState(settings.width, settings.height, settings.frames_per_second, settings.quality)
        super().__init__(settings.id, settings.name, state, environment)
        self.driver = settings.driver
        self._camera = open_camera(settings, environment)
        self._open_format: Format | None = None
        self._sequence_of_frames = 0
        self._timer: IDelayedCall | None = None
        self._taking = False
        self._due_seconds = 0.0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._snapshots = 0

    @property
    def watched(self) -> Mapping[str, Callable[[bool], None]]:
        """Frames are made on demand."""
        return {"frames": self._set_watched}

    def stop(self) -> Deferred[None]:
        """Stop the sensor."""
        self._set_watched(False)
        return self.environment.worker.run(self._close)

    @procedure
    def snapshot(self, caller: Caller) -> Deferred[Frame]:
        """One picture, taken now."""
        if self._snapshots >= MOST_SNAPSHOTS:
            raise BusyError(f"{MOST_SNAPSHOTS} snapshots are being taken already; try in a moment")
        self._snapshots += 1
        done = self._take()
        done.addBoth(self._snapshot_taken)
        return done

    @procedure
    def configure(
        self,
        caller: Caller,
        width: Width | None = None,
        height: Height | None = None,
        frames_per_second: FramesPerSecond | None = None,
        quality: Quality | None = None,
    ) -> CameraState:
        """Change what frames look like; what is left out stays as it is."""
        wanted = {
            "width": width,
            "height": height,
            "frames_per_second": frames_per_second,
            "quality": quality,
        }
        changes = {key: value for key, value in wanted.items() if value is not None}
        return self.change(Cause.command(caller), **changes)

    def _set_watched(self, watched: bool) -> None:
        """Somebody watches, or nobody does any more."""
        if watched == self.state.streaming:
            return
        self.change(Cause("command"), streaming=watched)
        self._clear_timer()
        if watched:
            self._due_seconds = self.environment.clock.seconds()
            self._pause_seconds = FIRST_PAUSE_SECONDS
            self._schedule(0.0)
        else:
            self._close_if_unused()

    def _schedule(self, pause_seconds: float) -> None:
        if self.state.streaming and self._timer is None and not self._taking:
            self._timer = self.environment.clock.callLater(pause_seconds, self._shoot)

    def _shoot(self) -> None:
        """Take the next frame of the stream, unless the connection is still busy with an earlier one."""
        self._timer = None
        self._due_seconds = max(
            self._due_seconds + 1.0 / self.state.frames_per_second, self.environment.clock.seconds()
        )
        if self.behind:
            self._schedule_next()
            return
        self._taking = True
        self._take().addCallbacks(self._frame_taken, self._frame_failed)

    def _schedule_next(self) -> None:
        self._schedule(max(0.0, self._due_seconds - self.environment.clock.seconds()))

    def _frame_taken(self, frame: Frame) -> None:
        self._taking = False
        self._pause_seconds = FIRST_PAUSE_SECONDS
        about = {
            "sequence": frame.sequence,
            "captured_at": frame.captured_at,
            "width": frame.width,
            "height": frame.height,
        }
        if self.state.streaming:
            self.offer("frames", frame.jpeg, **about)
            self._schedule_next()
        else:
            self._close_if_unused()

    def _frame_failed(self, failure: Failure) -> None:
        """Try again after a pause that grows."""
        self._taking = False
        self._schedule(self._pause_seconds)
        self._pause_seconds = min(self._pause_seconds * 2, LONGEST_PAUSE_SECONDS)

    def _take(self) -> Deferred[Frame]:
        """Take one picture off the reactor thread; a camera that hangs ends the process, for only a new one helps."""
        state = self.state
        wanted = Format(state.width, state.height, state.frames_per_second, state.quality)
        hang = self.environment.clock.callLater(HANG_LIMIT_SECONDS, self._hangs)
        captured = self.environment.worker.run(self._capture, wanted)
        captured.addBoth(_cancel, hang)
        return captured.addCallbacks(self._make_frame, self._failed, callbackArgs=(wanted,))

    def _capture(self, wanted: Format) -> tuple[bytes, float]:
        """On the worker: bring the camera to the wanted format and take a picture; its JPEG and the time."""
        if self._open_format != wanted:
            self._close()
            self._camera.open(wanted)
            self._open_format = wanted
        captured_at = self.environment.wall_time()
        return self._camera.capture(), captured_at

    def _close(self) -> None:
        """On the worker: stop the sensor."""
        self._open_format = None
        self._camera.close()

    def _make_frame(self, captured: tuple[bytes, float], format_: Format) -> Frame:
        jpeg, captured_at = captured
        if len(jpeg) > LARGEST_JPEG_BYTES:
            fault = f"a frame has {len(jpeg):,} bytes, more than a message takes: lower its size or quality"
            self.set_fault(fault)
            raise DeviceFailedError(fault)
        self.set_fault(None)
        self._sequence_of_frames += 1
        return Frame(jpeg, self._sequence_of_frames, captured_at, format_.width, format_.height)

    def _failed(self, failure: Failure) -> Failure:
        """Say what is wrong with the camera, and start it anew next time."""
        reason = failure.getErrorMessage() or "it gives no reason"
        self.set_fault(f"the camera failed: {reason}")
        self._close_later()
        raise DeviceFailedError(f"the camera failed: {reason}")

    def _hangs(self) -> None:
        self.set_fault("the camera does not answer; its process is started again")
        self.environment.give_up(f"the camera has not answered for {HANG_LIMIT_SECONDS:g} seconds")

    def _snapshot_taken(self, result: Frame | Failure) -> Frame | Failure:
        self._snapshots -= 1
        self._close_if_unused()
        return result

    def _close_if_unused(self) -> None:
        if not (self.state.streaming or self._taking or self._snapshots):
            self._close_later()

    def _close_later(self) -> None:
        self.environment.worker.run(self._close).addErrback(self._not_closed)

    def _not_closed(self, failure: Failure) -> None:
        self.environment.log.warn("cannot close the camera: {reason}", reason=failure.getErrorMessage())

    def _clear_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


def _cancel(result: T, timer: IDelayedCall) -> T:
    """Stop the watch and pass the result on."""
    if timer.active():
        timer.cancel()
    return result
