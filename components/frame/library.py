"""The photographs of a frame: a folder, and an index that keeps their order, ids and names.

Files that people put into the folder themselves are found at start, and come last. The index is in the data
directory, so that a folder of somebody's photographs gets nothing that it did not ask for but uploads.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from twisted.logger import Logger

from ..storage import read_json, write_atomically, write_json
from .imaging import SUFFIXES, NotAPictureError, Picture, measure

SHIPPED = Path(__file__).parent / "pictures"


class Entry(Struct, frozen=True):
    """A picture in the library; `file` is its name in the folder, sizes are in pixels and bytes."""

    picture: str
    file: str
    name: str
    width: int
    height: int
    size_bytes: int


class Library:
    """Pictures in the order of the slideshow.

    Args:
        folder: where the files are; None for one in the data directory that begins with the shipped photographs.
        data_dir: where the index is.
        most_pixels: larger pictures are left out.
        make_id: gives ids for uploads.
    """

    def __init__(
        self, folder: Path | None, data_dir: Path, most_pixels: int, make_id: Callable[[], str], log: Logger
    ) -> None:
        self._is_own = folder is None
        self._folder = folder or data_dir / "pictures"
        self._index = data_dir / "library.json"
        self._most_pixels = most_pixels
        self._make_id = make_id
        self._log = log
        self.entries: list[Entry] = []

    def load(self) -> None:
        """Read the index and look for files that came or went since.

        Raises:
            OSError: the folder cannot be read or written.
        """
        if self._is_own and not self._folder.exists():
            self._fill()
        known = read_json(self._index, list[Entry]) or []
        files = {file.name: file for file in sorted(self._folder.iterdir()) if _looks_like_picture(file)}
        self.entries = [entry for entry in known if entry.file in files]
        indexed = {entry.file for entry in self.entries}
        for name, file in files.items():
            if name not in indexed:
                self._find(file)
        self._save()

    def position(self, picture: str) -> int | None:
        """Where a picture is in the slideshow, from 0; None if it is not there."""
        return next((i for i, entry in enumerate(self.entries) if entry.picture == picture), None)

    def path(self, entry: Entry) -> Path:
        """The file of a picture."""
        return self._folder / entry.file

    def add(self, name: str, encoded: Picture) -> Entry:
        """Keep an uploaded picture, at the end.

        Raises:
            OSError: it cannot be stored.
        """
        picture = self._make_id()
        entry = Entry(picture, f"{picture}.jpg", name, encoded.width, encoded.height, len(encoded.jpeg))
        write_atomically(self._folder / entry.file, encoded.jpeg)
        self.entries.append(entry)
        self._save()
        return entry

    def remove(self, entry: Entry) -> None:
        """Delete a picture and its file.

        Raises:
            OSError: it cannot be deleted.
        """
        self.path(entry).unlink(missing_ok=True)
        self.entries.remove(entry)
        self._save()

    def _fill(self) -> None:
        """Begin with the photographs that come with the package."""
        self._folder.mkdir(mode=0o700, parents=True)
        for file in sorted(SHIPPED.iterdir()):
            if _looks_like_picture(file):
                shutil.copyfile(file, self._folder / file.name)

    def _find(self, file: Path) -> None:
        try:
            width, height = measure(file, self._most_pixels)
        except NotAPictureError as error:
            self._log.warn("{file} is left out: {reason}", file=str(file), reason=str(error))
            return
        picture = hashlib.sha256(file.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
        size = file.stat().st_size
        self.entries.append(Entry(picture, file.name, _readable(file.stem), width, height, size))

    def _save(self) -> None:
        write_json(self._index, self.entries)


def _looks_like_picture(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()


def _readable(stem: str) -> str:
    """A name for people from a file's name: printable, at most 100 characters."""
    text = "".join(c if c.isprintable() else " " for c in stem.replace("_", " ").replace("-", " ")).strip()
    return (text[:1].upper() + text[1:])[:100] or "Picture"
