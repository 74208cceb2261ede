"""A window on the desktop, or a whole screen, by Tk."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image
from twisted.internet.defer import Deferred, succeed

from ..errors import SetupError
from .settings import FrameSettings


@dataclass(frozen=True, slots=True)
class TkLibrary:
    """What a window needs.

    Attributes:
        tkinter: the module.
        photo_image: makes Tk's image of Pillow's (PIL.ImageTk.PhotoImage).
        support: runs Tk inside the reactor (twisted.internet.tksupport).
    """

    tkinter: Any
    photo_image: Any
    support: Any


def load_library() -> TkLibrary:
    """Import Tk.

    Raises:
        SetupError: it is not installed.
    """
    try:
        tkinter = import_module("tkinter")
        photo_image = import_module("PIL.ImageTk").PhotoImage
    except ImportError:
        raise SetupError("the driver window needs Tk: apt install python3-tk python3-pil.imagetk") from None
    return TkLibrary(tkinter, photo_image, import_module("twisted.internet.tksupport"))


class WindowDisplay:
    """A window of the display's size. Closing it does not end the slideshow."""

    def __init__(self, library: TkLibrary, settings: FrameSettings) -> None:
        self._library = library
        try:
            self._root = library.tkinter.Tk()
        except library.tkinter.TclError as error:
            raise SetupError(f"the driver window finds no screen: {error}") from None
        self._root.title(settings.name)
        self._root.geometry(f"{settings.width}x{settings.height}")
        self._root.protocol("WM_DELETE_WINDOW", self._root.withdraw)
        self._label = library.tkinter.Label(self._root, borderwidth=0, background="black")
        self._label.pack(fill="both", expand=True)
        self._shown: Any = None
        self._is_open = True
        library.support.install(self._root)

    def show(self, jpeg: bytes) -> Deferred[None]:
        """Show a picture; Tk keeps no reference to it, so this does."""
        self._shown = self._library.photo_image(Image.open(BytesIO(jpeg)))
        self._label.configure(image=self._shown)
        return succeed(None)

    def close(self) -> None:
        """Close the window; a second call does nothing."""
        if self._is_open:
            self._is_open = False
            self._library.support.uninstall()
            self._root.destroy()
