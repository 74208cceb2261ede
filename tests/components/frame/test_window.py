"""The window, with a Tk that keeps what it is told."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from support.devices import result_of
from wampi.components import SetupError
from wampi.components.frame.settings import FrameSettings
from wampi.components.frame.window import TkLibrary, WindowDisplay

SETTINGS = FrameSettings("hall", "Hall", "window", width=320, height=200)


class TclError(Exception):
    """Tk's own error."""


class FakeWidget:
    """A window or a label."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self.calls.append((name, *args, *kwargs.values()))


class FakeTk:
    """The modules that a window needs."""

    TclError = TclError

    def __init__(self, has_screen: bool = True) -> None:
        self._has_screen = has_screen
        self.root = FakeWidget()
        self.label = FakeWidget()
        self.installed: list[Any] = []

    def Tk(self) -> FakeWidget:  # noqa: N802
        if not self._has_screen:
            raise TclError("no display name and no $DISPLAY environment variable")
        return self.root

    def Label(self, root: FakeWidget, **_: Any) -> FakeWidget:  # noqa: N802
        assert root is self.root
        return self.label

    def install(self, root: FakeWidget) -> None:
        self.installed.append(root)

    def uninstall(self) -> None:
        self.installed.clear()

    @property
    def library(self) -> TkLibrary:
        return TkLibrary(self, lambda image: ("photo", image.size), self)


def a_jpeg() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (320, 200)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_the_window_has_the_displays_size_and_runs_inside_the_reactor() -> None:
    tk = FakeTk()
    WindowDisplay(tk.library, SETTINGS)
    assert ("geometry", "320x200") in tk.root.calls
    assert ("title", "Hall") in tk.root.calls
    assert tk.installed == [tk.root]


def test_a_picture_is_put_on_the_label() -> None:
    tk = FakeTk()
    result_of(WindowDisplay(tk.library, SETTINGS).show(a_jpeg()))
    assert tk.label.calls[-1] == ("configure", ("photo", (320, 200)))


def test_closing_twice_destroys_the_window_once() -> None:
    tk = FakeTk()
    display = WindowDisplay(tk.library, SETTINGS)
    display.close()
    display.close()
    assert tk.installed == []
    assert tk.root.calls.count(("destroy",)) == 1


def test_a_machine_without_a_screen_is_refused_in_words() -> None:
    with pytest.raises(SetupError, match="the driver window finds no screen: no display name"):
        WindowDisplay(FakeTk(has_screen=False).library, SETTINGS)
