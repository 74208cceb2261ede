"""Pictures on their way in: chunks in order, into files, by the session that began; forgotten when it goes silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from ..component import Caller
from ..errors import BusyError, InvalidArgumentError, NotFoundError

CHUNK_BYTES = 48 * 1024
"""Fits, with its envelope, into the 64 KiB that a controller may send at once."""

SILENT_LIMIT_SECONDS = 60.0
MOST_UPLOADS = 4


@dataclass(slots=True)
class Upload:
    """A picture of which a part has arrived."""

    id: str
    name: str
    size_bytes: int
    session: int | None
    path: Path
    received_bytes: int = 0
    timer: IDelayedCall | None = None


class Uploads:
    """The uploads that are under way.

    Args:
        directory: for the parts; what is in it from before is deleted.
        clock: a monotonic clock.
        make_id: gives ids that cannot be guessed.
    """

    def __init__(self, directory: Path, clock: IReactorTime, make_id: Callable[[], str]) -> None:
        self._directory = directory
        self._clock = clock
        self._make_id = make_id
        self._uploads: dict[str, Upload] = {}
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left_over in directory.iterdir():
            left_over.unlink()

    def begin(self, caller: Caller, name: str, size_bytes: int) -> Upload:
        """Begin an upload.

        Raises:
            BusyError: too many are under way.
        """
        if len(self._uploads) >= MOST_UPLOADS:
            raise BusyError(f"{MOST_UPLOADS} uploads are under way already; try in a moment")
        id_ = self._make_id()
        upload = Upload(id_, name, size_bytes, caller.session, self._directory / id_)
        upload.path.touch(mode=0o600)
        self._uploads[id_] = upload
        self._wait(upload)
        return upload

    def add(self, caller: Caller, id_: str, offset: int, data: bytes) -> Upload:
        """Take the next chunk.

        Raises:
            NotFoundError: this session has no such upload.
            InvalidArgumentError: the chunk is not the next, or more than was announced.
        """
        upload = self._find(caller, id_)
        if offset != upload.received_bytes:
            raise InvalidArgumentError(f"offset must be {upload.received_bytes}, what has arrived, not {offset}")
        if offset + len(data) > upload.size_bytes:
            raise InvalidArgumentError(
                f"data must be at most {upload.size_bytes - offset} bytes, what is left of the announced "
                f"{upload.size_bytes}, not {len(data)}"
            )
        with upload.path.open("ab") as file:
            file.write(data)
        upload.received_bytes += len(data)
        self._wait(upload)
        return upload

    def take(self, caller: Caller, id_: str) -> Upload:
        """Hand over an upload that is complete; its file is the caller's to delete.

        Raises:
            NotFoundError: this session has no such upload.
            InvalidArgumentError: not all of it has arrived.
        """
        upload = self._find(caller, id_)
        if upload.received_bytes != upload.size_bytes:
            raise InvalidArgumentError(
                f"upload has {upload.received_bytes} of {upload.size_bytes} bytes; send the others first"
            )
        self._forget(upload)
        return upload

    def abort(self, caller: Caller, id_: str) -> None:
        """Throw an upload away.

        Raises:
            NotFoundError: this session has no such upload.
        """
        self._discard(self._find(caller, id_))

    def abort_all(self) -> None:
        """Throw all uploads away."""
        for upload in list(self._uploads.values()):
            self._discard(upload)

    def _find(self, caller: Caller, id_: str) -> Upload:
        upload = self._uploads.get(id_)
        if upload is None or upload.session != caller.session:
            raise NotFoundError(f"this session has no upload {id_!a}")
        return upload

    def _wait(self, upload: Upload) -> None:
        _stop_timer(upload)
        upload.timer = self._clock.callLater(SILENT_LIMIT_SECONDS, self._discard, upload)

    def _discard(self, upload: Upload) -> None:
        self._forget(upload)
        upload.path.unlink(missing_ok=True)

    def _forget(self, upload: Upload) -> None:
        _stop_timer(upload)
        del self._uploads[upload.id]


def _stop_timer(upload: Upload) -> None:
    if upload.timer is not None and upload.timer.active():
        upload.timer.cancel()
    upload.timer = None
