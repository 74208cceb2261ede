"""Where pictures are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred

from ..component import Environment
from ..storage import write_atomically
from ..worker import Worker
from .settings import FrameSettings


class Display(Protocol):
    """A display of a fixed size."""

    def show(self, jpeg: bytes) -> Deferred[None]:
        """Show a rendered picture, of the display's size; fires when it is to be seen, fails with OSError."""

    def close(self) -> None:
        """Give the display back."""


class FileDisplay:
    """Keeps the picture shown now in a file, for another program to show, or for nobody."""

    def __init__(self, path: Path, worker: Worker) -> None:
        self.path = path
        self._worker = worker

    def show(self, jpeg: bytes) -> Deferred[None]:
        """Replace the file; who reads it sees a whole picture at any time."""
        return self._worker.run(write_atomically, self.path, jpeg)

    def close(self) -> None:
        """The file stays."""


def open_display(settings: FrameSettings, environment: Environment) -> Display:
    """The display that the settings name.

    Raises:
        SetupError: its library is missing, or there is no screen.
    """
    if settings.driver == "file":
        return FileDisplay(environment.data_dir / "display.jpg", environment.worker)
    from .window import WindowDisplay, load_library  # noqa: PLC0415

    return WindowDisplay(load_library(), settings)
