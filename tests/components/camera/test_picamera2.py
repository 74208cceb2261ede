"""The driver for picamera2, with a library that keeps what it is told."""

from typing import Any

import pytest
from wampi.components.camera.picamera2_driver import WARM_UP_SECONDS, Picamera2Camera
from wampi.components.camera.settings import Format


class FakePicamera2:
    """One camera of the library."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.options: dict[str, Any] = {}

    def create_video_configuration(self, **about: Any) -> dict[str, Any]:
        return about

    def configure(self, configuration: dict[str, Any]) -> None:
        self.calls.append(("configure", configuration))

    def start(self) -> None:
        self.calls.append("start")

    def capture_file(self, buffer: Any, format: str) -> None:
        assert "start" in self.calls
        buffer.write(f"{format} at quality {self.options['quality']}".encode())

    def close(self) -> None:
        self.calls.append("close")


class FakeLibrary:
    """The module."""

    def __init__(self, connected: bool = True) -> None:
        self.cameras: list[FakePicamera2] = []
        self._connected = connected

    def Picamera2(self) -> FakePicamera2:  # noqa: N802
        if not self._connected:
            raise IndexError("list index out of range")
        self.cameras.append(FakePicamera2())
        return self.cameras[-1]


def test_it_is_configured_started_and_given_time_for_its_exposure() -> None:
    library, pauses = FakeLibrary(), list[float]()
    Picamera2Camera(library, pauses.append).open(Format(1280, 720, 15.0, 80))
    configuration = {"main": {"size": (1280, 720), "format": "BGR888"}, "controls": {"FrameRate": 15.0}}
    assert library.cameras[0].calls == [("configure", configuration), "start"]
    assert pauses == [WARM_UP_SECONDS]


def test_a_capture_is_jpeg_of_the_quality_that_was_asked_for() -> None:
    camera = Picamera2Camera(FakeLibrary(), lambda _: None)
    camera.open(Format(640, 480, 10, 42))
    assert camera.capture() == b"jpeg at quality 42"


def test_closing_gives_the_camera_back_once() -> None:
    library = FakeLibrary()
    camera = Picamera2Camera(library, lambda _: None)
    camera.close()
    camera.open(Format(640, 480, 10, 75))
    camera.close()
    camera.close()
    assert library.cameras[0].calls.count("close") == 1


def test_no_camera_is_said_in_words() -> None:
    with pytest.raises(RuntimeError, match="no camera is connected"):
        Picamera2Camera(FakeLibrary(connected=False), lambda _: None).open(Format(640, 480, 10, 75))
