"""The picture frame: slideshow, uploads and what the display shows."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.devices import ALICE, BOB, House, RecordingPort, attach, call, counted, result_of
from twisted.internet.defer import Deferred, fail, succeed
from wampi.components import (
    BusyError,
    Caller,
    DeviceFailedError,
    InvalidArgumentError,
    NotFoundError,
    SetupError,
)
from wampi.components.frame import Frame
from wampi.components.frame.library import SHIPPED
from wampi.components.frame.settings import FrameSettings
from wampi.components.frame.uploads import CHUNK_BYTES, MOST_UPLOADS, SILENT_LIMIT_SECONDS
from wampi.components.settings import decode_settings


class FakeDisplay:
    """A display that remembers, and breaks when it is told to."""

    def __init__(self) -> None:
        self.shown: list[bytes] = []
        self.broken = False
        self.closed = False

    def show(self, jpeg: bytes) -> Deferred[None]:
        if self.broken:
            return fail(OSError("the cable is out"))
        self.shown.append(jpeg)
        return succeed(None)

    def close(self) -> None:
        self.closed = True


class Wall:
    """A frame with everything around it."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.house = House(directory)
        self.display = FakeDisplay()
        extra = {"id": "hall", "name": "Hall", "driver": "file", "width": 320, "height": 200} | settings
        self.device = Frame(
            decode_settings(json.dumps(extra), FrameSettings),
            self.house.environment,
            lambda *_: self.display,
            counted("f"),
        )
        result_of(self.device.start())
        self.port: RecordingPort = attach(self.device)

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.port.last["state"]
        return state

    @property
    def names(self) -> list[str]:
        return [one.name for one in call(self.device, "list")]

    def call(self, name: str, *args: object, **kwargs: object) -> Any:
        return call(self.device, name, *args, **kwargs)

    def upload(self, content: bytes, name: str = "Holiday", caller: Caller = ALICE) -> Any:
        """Send a picture whole, in chunks."""
        begun = self.call("upload_begin", caller, name, len(content))
        for offset in range(0, len(content), begun.chunk_bytes):
            chunk = content[offset : offset + begun.chunk_bytes]
            self.call("upload_chunk", caller, begun.upload, offset, chunk)
        return self.call("upload_commit", caller, begun.upload)


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    return Wall(tmp_path)


def a_picture(colour: str = "red", size: tuple[int, int] = (640, 400)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_new_frame_shows_the_first_of_the_shipped_photographs(wall: Wall) -> None:
    assert wall.names == ["Astronaut", "Chelsea", "Coffee", "Hubble deep field", "Rocket"]
    assert (wall.state["name"], wall.state["index"], wall.state["count"]) == ("Astronaut", 0, 5)
    assert Image.open(BytesIO(wall.display.shown[0])).size == (320, 200)


def test_the_slideshow_goes_on_after_the_interval(wall: Wall) -> None:
    wall.house.clock.advance(15)
    assert wall.state["name"] == "Chelsea"
    assert wall.port.last["cause"] == {"why": "schedule", "authid": None, "authrole": None}
    for _ in range(4):
        wall.house.clock.advance(15)
    assert wall.state["name"] == "Astronaut", "after the last one comes the first"


def test_next_and_previous_go_around_and_count_the_interval_anew(wall: Wall) -> None:
    assert wall.call("previous", BOB).name == "Rocket"
    assert wall.port.last["cause"]["authid"] == "bob"
    wall.house.clock.advance(10)
    assert wall.call("next").name == "Astronaut"
    wall.house.clock.advance(10)
    assert wall.state["name"] == "Astronaut"
    wall.house.clock.advance(5)
    assert wall.state["name"] == "Chelsea"


def test_a_paused_slideshow_stays_until_it_is_resumed(wall: Wall) -> None:
    wall.call("pause")
    wall.house.clock.advance(100)
    assert (wall.state["name"], wall.state["paused"]) == ("Astronaut", True)
    assert wall.call("next").name == "Chelsea"
    wall.house.clock.advance(100)
    assert wall.state["name"] == "Chelsea"
    wall.call("resume")
    wall.house.clock.advance(15)
    assert wall.state["name"] == "Coffee"


def test_a_new_interval_holds_at_once(wall: Wall) -> None:
    assert wall.call("set_interval", ALICE, 3).interval_seconds == 3
    wall.house.clock.advance(3)
    assert wall.state["name"] == "Chelsea"


def test_a_picture_can_be_shown_by_its_id(wall: Wall) -> None:
    coffee = wall.call("list")[2]
    assert wall.call("show", ALICE, coffee.picture).index == 2
    current = wall.call("current")
    assert (current.picture, current.width, current.height) == (coffee.picture, 320, 200)
    assert current.jpeg == wall.display.shown[-1]
    assert current.sequence == 2


def test_an_unknown_picture_cannot_be_shown(wall: Wall) -> None:
    with pytest.raises(NotFoundError, match="there is no picture 'abc'"):
        wall.call("show", ALICE, "abc")


def test_a_long_slideshow_is_listed_in_parts(wall: Wall) -> None:
    assert [one.name for one in wall.call("list", ALICE, first=3)] == ["Hubble deep field", "Rocket"]
    assert [one.name for one in wall.call("list", ALICE, 1, 2)] == ["Chelsea", "Coffee"]
    assert wall.call("list", ALICE, first=99) == []


def test_an_upload_joins_the_end_of_the_slideshow(wall: Wall) -> None:
    committed = wall.upload(a_picture("red"))
    listed = wall.call("list")[-1]
    assert (listed.picture, listed.name, listed.width, listed.height) == (committed.picture, "Holiday", 640, 400)
    assert (wall.state["name"], wall.state["count"]) == ("Astronaut", 6)
    assert wall.port.last["changed"] == ["count"]
    wall.call("show", ALICE, committed.picture)
    shown = Image.open(BytesIO(wall.call("current").jpeg)).getpixel((160, 100))
    assert isinstance(shown, tuple)
    assert shown[0] > 240
    assert max(shown[1:]) < 12


def test_a_large_picture_comes_in_chunks(wall: Wall) -> None:
    content = (SHIPPED / "hubble_deep_field.jpg").read_bytes()
    assert len(content) > 2 * CHUNK_BYTES
    wall.upload(content)
    assert wall.names[-1] == "Holiday"


def test_chunks_must_come_in_order(wall: Wall) -> None:
    begun = wall.call("upload_begin", ALICE, "Holiday", 1000)
    wall.call("upload_chunk", ALICE, begun.upload, 0, b"x" * 400)
    with pytest.raises(InvalidArgumentError, match="offset must be 400, what has arrived, not 0"):
        wall.call("upload_chunk", ALICE, begun.upload, 0, b"x" * 400)
    assert wall.call("upload_chunk", ALICE, begun.upload, 400, b"x" * 600).received_bytes == 1000


def test_no_more_arrives_than_was_announced(wall: Wall) -> None:
    begun = wall.call("upload_begin", ALICE, "Holiday", 1000)
    with pytest.raises(InvalidArgumentError, match="data must be at most 1000 bytes"):
        wall.call("upload_chunk", ALICE, begun.upload, 0, b"x" * 1001)


def test_an_upload_that_is_not_complete_cannot_be_committed(wall: Wall) -> None:
    begun = wall.call("upload_begin", ALICE, "Holiday", 1000)
    with pytest.raises(InvalidArgumentError, match="upload has 0 of 1000 bytes"):
        wall.call("upload_commit", ALICE, begun.upload)


def test_an_upload_belongs_to_the_session_that_began_it(wall: Wall) -> None:
    begun = wall.call("upload_begin", ALICE, "Holiday", 1000)
    with pytest.raises(NotFoundError, match="this session has no upload"):
        wall.call("upload_chunk", BOB, begun.upload, 0, b"x")


def test_what_is_no_picture_is_not_taken_and_leaves_nothing_behind(wall: Wall) -> None:
    with pytest.raises(InvalidArgumentError, match="the picture is not taken: it is no picture that can be shown"):
        wall.upload(b"#!/bin/sh\nreboot\n")
    assert len(wall.names) == 5
    assert list((wall.house.data_dir / "uploads").iterdir()) == []


def test_an_aborted_upload_leaves_nothing_behind(wall: Wall) -> None:
    begun = wall.call("upload_begin", ALICE, "Holiday", 1000)
    wall.call("upload_chunk", ALICE, begun.upload, 0, b"x" * 10)
    wall.call("upload_abort", ALICE, begun.upload)
    assert list((wall.house.data_dir / "uploads").iterdir()) == []
    with pytest.raises(NotFoundError):
        wall.call("upload_abort", ALICE, begun.upload)


def test_an_upload_that_goes_silent_is_thrown_away(wall: Wall) -> None:
    begun = wall.call("upload_begin", ALICE, "Holiday", 1000)
    wall.house.clock.advance(SILENT_LIMIT_SECONDS - 1)
    wall.call("upload_chunk", ALICE, begun.upload, 0, b"x" * 10)
    wall.house.clock.advance(SILENT_LIMIT_SECONDS - 1)
    wall.call("upload_chunk", ALICE, begun.upload, 10, b"x" * 10)
    wall.house.clock.advance(SILENT_LIMIT_SECONDS)
    assert list((wall.house.data_dir / "uploads").iterdir()) == []


def test_uploads_at_once_are_limited(wall: Wall) -> None:
    for _ in range(MOST_UPLOADS):
        wall.call("upload_begin", ALICE, "Holiday", 1000)
    with pytest.raises(BusyError, match="4 uploads are under way already"):
        wall.call("upload_begin", ALICE, "Holiday", 1000)


def test_the_configured_limits_hold(tmp_path: Path) -> None:
    wall = Wall(tmp_path, max_picture_bytes=500, max_pictures=6)
    with pytest.raises(InvalidArgumentError, match="size_bytes must be a whole number from 1 to 500, not 501"):
        wall.call("upload_begin", ALICE, "Holiday", 501)
    wall.upload(a_picture(size=(8, 8)))
    with pytest.raises(BusyError, match="the frame has 6 pictures, its limit"):
        wall.call("upload_begin", ALICE, "Holiday", 100)


def test_deleting_the_shown_picture_shows_the_one_after_it(wall: Wall) -> None:
    first = wall.call("list")[0]
    state = wall.call("delete", BOB, first.picture)
    assert (state.name, state.index, state.count) == ("Chelsea", 0, 4)
    assert wall.port.last["cause"]["authid"] == "bob"
    assert not (wall.house.data_dir / "pictures" / "astronaut.jpg").exists()


def test_deleting_another_picture_moves_the_index_along(wall: Wall) -> None:
    listed = wall.call("list")
    wall.call("show", ALICE, listed[3].picture)
    state = wall.call("delete", ALICE, listed[0].picture)
    assert (state.name, state.index, state.count) == ("Hubble deep field", 2, 4)


def test_an_empty_frame_shows_its_background_until_a_picture_comes(wall: Wall) -> None:
    for one in wall.call("list"):
        state = wall.call("delete", ALICE, one.picture)
    assert (state.picture, state.name, state.index, state.count) == (None, None, 0, 0)
    with pytest.raises(NotFoundError, match="the display shows no picture"):
        wall.call("current")
    with pytest.raises(NotFoundError, match="there is no picture; upload one first"):
        wall.call("next")
    wall.upload(a_picture("blue"), "Sea")
    assert (wall.state["name"], wall.state["count"]) == ("Sea", 1)


def test_a_broken_display_is_a_fault_until_it_works(wall: Wall) -> None:
    wall.display.broken = True
    with pytest.raises(DeviceFailedError, match="the picture cannot be shown: the cable is out"):
        wall.call("next")
    assert wall.port.last["fault"] == "the picture 'Chelsea' cannot be shown: the cable is out"
    wall.display.broken = False
    wall.house.clock.advance(15)
    assert (wall.port.last["fault"], wall.state["name"]) == (None, "Coffee")


def test_a_restarted_frame_keeps_pictures_pause_and_interval(tmp_path: Path) -> None:
    before = Wall(tmp_path)
    before.upload(a_picture(), "Holiday")
    before.call("set_interval", ALICE, 60)
    before.call("next")
    before.call("pause")
    before.device.stop()
    after = Wall(tmp_path)
    assert after.names[-1] == "Holiday"
    assert (after.state["name"], after.state["paused"], after.state["interval_seconds"]) == ("Chelsea", True, 60)


def test_a_folder_of_ones_own_is_shown_in_order_and_its_broken_files_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("b_second.png", "a-first.png"):
        (folder / name).write_bytes(a_picture())
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_bytes(b"text")
    data = tmp_path / "data"
    data.mkdir()
    wall = Wall(data, pictures=str(folder))
    assert wall.names == ["A first", "B second"]
    assert any("broken.jpg is left out" in line for line in wall.house.log_lines)
    (folder / "aa.png").write_bytes(a_picture())
    assert Wall(data, pictures=str(folder)).names == ["A first", "B second", "Aa"]


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    house = House(tmp_path)
    extra = json.dumps({"id": "hall", "name": "Hall", "driver": "file", "pictures": "/nowhere/photos"})
    device = Frame(decode_settings(extra, FrameSettings), house.environment, lambda *_: FakeDisplay())
    with pytest.raises(SetupError, match=r"the pictures cannot be read: .*/nowhere/photos"):
        result_of(device.start())


def test_the_file_display_always_holds_a_whole_picture(tmp_path: Path) -> None:
    house = House(tmp_path)
    extra = json.dumps({"id": "hall", "name": "Hall", "driver": "file", "width": 320, "height": 200})
    device = Frame(decode_settings(extra, FrameSettings), house.environment)
    result_of(device.start())
    first = (tmp_path / "display.jpg").read_bytes()
    call(device, "next")
    second = (tmp_path / "display.jpg").read_bytes()
    assert first != second
    assert Image.open(BytesIO(second)).size == (320, 200)
    assert call(device, "current").jpeg == second


def test_stopping_ends_the_slideshow_and_gives_the_display_back(wall: Wall) -> None:
    wall.call("upload_begin", ALICE, "Holiday", 1000)
    wall.device.stop()
    assert wall.display.closed
    assert wall.house.clock.getDelayedCalls() == []
