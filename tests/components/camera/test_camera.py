"""The camera: frames only while somebody watches, one at a time, and what happens when it fails."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.devices import ALICE, NOON, House, PatientWorker, RecordingPort, attach, call, result_of
from twisted.internet.defer import maybeDeferred
from wampi.components import BusyError, DeviceFailedError, SetupError
from wampi.components.camera.component import HANG_LIMIT_SECONDS, LARGEST_JPEG_BYTES, MOST_SNAPSHOTS, Camera
from wampi.components.camera.driver import open_driver
from wampi.components.camera.settings import CameraSettings, Format
from wampi.components.camera.simulator import SimulatedCamera


class FakeCamera:
    """A camera that counts, and fails when it is told to."""

    def __init__(self) -> None:
        self.formats: list[Format] = []
        self.is_open = False
        self.captures = 0
        self.closes = 0
        self.error: Exception | None = None
        self.jpeg = b"jpeg"

    def open(self, format_: Format) -> None:
        assert not self.is_open
        if self.error:
            raise self.error
        self.formats.append(format_)
        self.is_open = True

    def capture(self) -> bytes:
        assert self.is_open
        self.captures += 1
        if self.error:
            raise self.error
        return self.jpeg

    def close(self) -> None:
        self.is_open = False
        self.closes += 1


class Studio:
    """A camera device with everything around it."""

    def __init__(self, directory: Path, worker: Any = None) -> None:
        self.house = House(directory)
        if worker is not None:
            self.house.worker = worker
        self.camera = FakeCamera()
        settings = CameraSettings("yard", "Yard", "simulator", frames_per_second=10)
        self.device = Camera(settings, self.house.environment, lambda *_: self.camera)
        self.port: RecordingPort = attach(self.device)

    def watch(self, watched: bool = True) -> None:
        self.device.watched["frames"](watched)

    def frames(self) -> list[dict[str, Any]]:
        return [dict(kwargs) for topic, _, kwargs in self.port.events if topic == "wampi.camera.yard.frames"]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_the_camera_is_off_while_nobody_watches(studio: Studio) -> None:
    studio.house.clock.pump([0.1] * 50)
    assert studio.camera.captures == 0
    assert not studio.camera.is_open


def test_frames_come_at_the_rate_while_somebody_watches(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.pump([0.01] * 100)
    assert len(studio.frames()) in (10, 11)
    assert studio.port.last["state"]["streaming"] is True


def test_a_frame_is_binary_with_its_number_time_and_size(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.advance(0)
    topic, args, kwargs = studio.port.events[0]
    assert topic == "wampi.camera.yard.frames"
    assert args == (b"jpeg",)
    assert kwargs == {"sequence": 1, "captured_at": NOON, "width": 640, "height": 480}


def test_the_camera_is_closed_when_the_last_one_leaves(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.pump([0.1] * 5)
    studio.watch(False)
    taken = studio.camera.captures
    studio.house.clock.pump([0.1] * 20)
    assert studio.camera.captures == taken
    assert not studio.camera.is_open
    assert studio.port.last["state"]["streaming"] is False


def test_a_lost_connection_ends_the_stream(studio: Studio) -> None:
    studio.watch()
    studio.device.detach()
    studio.house.clock.pump([0.1] * 5)
    assert not studio.camera.is_open
    assert studio.house.clock.getDelayedCalls() == []


def test_frames_are_left_out_while_the_connection_is_behind(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.pump([0.1] * 5)
    taken = studio.camera.captures
    studio.port.behind = True
    studio.house.clock.pump([0.1] * 20)
    assert studio.camera.captures == taken, "what could not be sent is not even taken"
    studio.port.behind = False
    studio.house.clock.pump([0.1] * 5)
    assert studio.camera.captures > taken


def test_a_slow_camera_never_has_two_frames_under_way(tmp_path: Path) -> None:
    worker = PatientWorker()
    studio = Studio(tmp_path, worker)
    studio.watch()
    studio.house.clock.pump([0.1] * 30)
    assert len(worker.jobs) == 1
    worker.work()
    studio.house.clock.pump([0.1] * 30)
    assert len(worker.jobs) == 1
    assert studio.frames()[0]["sequence"] == 1


def test_a_snapshot_is_taken_without_a_stream_and_leaves_the_camera_closed(studio: Studio) -> None:
    frame = call(studio.device, "snapshot")
    assert (frame.jpeg, frame.sequence, frame.captured_at) == (b"jpeg", 1, NOON)
    assert not studio.camera.is_open
    assert studio.port.last["state"]["streaming"] is False


def test_a_snapshot_during_a_stream_leaves_the_camera_open(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.pump([0.1] * 3)
    call(studio.device, "snapshot")
    assert studio.camera.is_open
    assert len(studio.camera.formats) == 1


def test_snapshots_are_limited(tmp_path: Path) -> None:
    worker = PatientWorker()
    studio = Studio(tmp_path, worker)
    waiting = [maybeDeferred(studio.device.call, "snapshot", (), {}, ALICE) for _ in range(MOST_SNAPSHOTS)]
    with pytest.raises(BusyError, match="4 snapshots are being taken already"):
        call(studio.device, "snapshot")
    worker.work()
    assert [result_of(one).sequence for one in waiting] == [1, 2, 3, 4]


def test_a_new_format_holds_from_the_next_frame(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.pump([0.1] * 3)
    state = call(studio.device, "configure", width=320, height=240, quality=50)
    assert (state.width, state.height, state.frames_per_second, state.quality) == (320, 240, 10, 50)
    assert studio.port.last["changed"] == ["width", "height", "quality"]
    studio.house.clock.pump([0.1] * 3)
    assert studio.camera.formats[-1] == Format(320, 240, 10, 50)
    assert (studio.frames()[-1]["width"], studio.frames()[-1]["height"]) == (320, 240)


def test_a_camera_that_fails_is_a_fault_and_is_tried_again_with_growing_pauses(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.pump([0.1] * 3)
    studio.camera.error = RuntimeError("the sensor does not answer")
    studio.house.clock.pump([0.1] * 200)
    assert studio.port.last["fault"] == "the camera failed: the sensor does not answer"
    assert not studio.camera.is_open
    assert 5 <= studio.camera.captures <= 8, "in twenty seconds: 1, 2, 4, 8 seconds apart"
    studio.camera.error = None
    studio.house.clock.pump([0.5] * 80)
    assert studio.port.last["fault"] is None
    assert studio.camera.is_open


def test_a_snapshot_of_a_camera_that_fails_says_why(studio: Studio) -> None:
    studio.camera.error = OSError("no camera is connected")
    with pytest.raises(DeviceFailedError, match="the camera failed: no camera is connected"):
        call(studio.device, "snapshot")
    assert studio.port.last["fault"] == "the camera failed: no camera is connected"


def test_a_frame_too_large_for_a_message_is_a_fault_that_says_what_to_do(studio: Studio) -> None:
    studio.camera.jpeg = b"x" * (LARGEST_JPEG_BYTES + 1)
    studio.watch()
    studio.house.clock.advance(0)
    assert studio.frames() == []
    assert "lower its size or quality" in studio.port.last["fault"]


def test_a_camera_that_hangs_ends_the_process(tmp_path: Path) -> None:
    studio = Studio(tmp_path, PatientWorker())
    studio.watch()
    studio.house.clock.advance(0)
    studio.house.clock.advance(HANG_LIMIT_SECONDS)
    assert studio.house.gave_up == ["the camera has not answered for 20 seconds"]
    assert studio.port.last["fault"] == "the camera does not answer; its process is started again"


def test_stopping_closes_the_camera(studio: Studio) -> None:
    studio.watch()
    studio.house.clock.pump([0.1] * 3)
    result_of(studio.device.stop())
    assert not studio.camera.is_open
    assert studio.house.clock.getDelayedCalls() == []


def test_the_simulator_makes_real_jpeg_that_moves(tmp_path: Path) -> None:
    house = House(tmp_path)
    camera = open_driver(CameraSettings("yard", "Yard", "simulator"), house.environment)
    assert isinstance(camera, SimulatedCamera)
    camera.open(Format(320, 240, 10, 75))
    first = camera.capture()
    house.clock.advance(0.3)
    second = camera.capture()
    images = [Image.open(BytesIO(jpeg)) for jpeg in (first, second)]
    assert [(image.format, image.size) for image in images] == [("JPEG", (320, 240))] * 2
    assert first != second
    assert camera.captures == 2
    camera.close()
    assert not camera.is_open


def test_without_picamera2_the_driver_is_refused_with_what_to_install(tmp_path: Path) -> None:
    try:
        import picamera2  # type: ignore[import-not-found] # noqa: F401
    except ImportError:
        with pytest.raises(SetupError, match=r"pip install 'wampi\[pi\]'"):
            open_driver(CameraSettings("yard", "Yard", "picamera2"), House(tmp_path).environment)
