"""The way from a command to the hub: to the node that runs, by its console socket, or to the accounts themselves.

The console is RawSocket with MessagePack on a UNIX socket in the data directory (WAMP advanced profile, "RawSocket
Transport"). A command makes one call and waits for its answer, so this needs no reactor, and starts at once.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ..datadir import CONSOLE_SOCKET, LOCK_FILE
from ..users import user_name
from .errors import CommandError

_MAGIC, _LARGEST, _MSGPACK = 0x7F, 0xF, 2
_MESSAGE, _PING, _PONG = 0, 1, 2
_WELCOME, _ABORT, _GOODBYE, _ERROR, _RESULT = 2, 3, 6, 8, 50
_HELLO, _CALL = 1, 48
_SECONDS = 60.0
"""For an answer: a small machine takes seconds to derive all keys of a password, and others may wait before."""

_LOOK_AGAIN_SECONDS = 0.05


def ask(data_dir: Path, operation: str, arguments: Mapping[str, Any], make: bool = False) -> Any:
    """Do an operation of an owner and return its result; raises :class:`CommandError`.

    Where no node runs the accounts are changed directly; with ``make``, they are made if there are none.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    if is_running(data_dir):
        return _call(data_dir, f"wampi.admin.{operation}", given)
    return _perform(data_dir, operation, given, make)


def is_running(data_dir: Path) -> bool:
    """Return whether a node has this data directory that can be asked: it holds a lock (flock(2))."""
    return (data_dir / CONSOLE_SOCKET).exists() and is_held(data_dir)


def is_held(data_dir: Path) -> bool:
    """Return whether a node has this data directory, whether it can be asked already or not."""
    try:
        descriptor = os.open(data_dir / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


# ---- without a node ----------------------------------------------------------------------------------------------


def _perform(data_dir: Path, operation: str, given: Mapping[str, Any], make: bool) -> Any:
    from ..store.keyfile import DATABASE_FILE  # noqa: PLC0415

    if not make and not (data_dir / DATABASE_FILE).exists():
        raise CommandError(f"there are no accounts in {data_dir} yet: start the hub once, or make one with add")
    from ..administration.operations import OPERATIONS, Asker, perform  # noqa: PLC0415 - SQLAlchemy takes a while
    from ..core.errors import RequestError  # noqa: PLC0415
    from ..store.accounts import Accounts  # noqa: PLC0415
    from ..store.errors import StoreError  # noqa: PLC0415

    if operation not in OPERATIONS:
        raise CommandError("the hub does not run: start it first")
    asker = Asker(user_name(os.geteuid()), "console", "command")
    try:
        with Accounts.open(data_dir) as accounts:
            outcome = perform(accounts, operation, asker, [], given, time.time())
    except (StoreError, RequestError) as error:
        raise CommandError(str(error)) from None
    if outcome.unrecorded is not None:
        raise CommandError(f"it was done, but the audit trail does not know: {outcome.unrecorded}")
    return outcome.result


# ---- with a node -------------------------------------------------------------------------------------------------


def _call(data_dir: Path, procedure: str, given: Mapping[str, Any]) -> Any:
    with closing(socket.socket(socket.AF_UNIX)) as stream:
        stream.settimeout(_SECONDS)
        try:
            _connect(stream, data_dir)
            return _Conversation(stream).call(procedure, given)
        except TimeoutError:
            raise CommandError(f"the hub that runs did not answer within {_SECONDS:g} seconds") from None
        except OSError as error:
            raise CommandError(f"the hub that runs cannot be asked: {error.strerror or error}") from None


def _connect(stream: socket.socket, data_dir: Path) -> None:
    """Connect to the node; one that is still starting has found the socket of another, which was killed."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            return stream.connect(str(data_dir / CONSOLE_SOCKET))
        except (ConnectionRefusedError, FileNotFoundError):
            if time.monotonic() > deadline or not is_held(data_dir):
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)


class _Conversation:
    """One session with one call."""

    def __init__(self, stream: socket.socket) -> None:
        import msgspec  # noqa: PLC0415

        self._stream = stream
        self._encode = msgspec.msgpack.encode
        self._decoder = msgspec.msgpack.Decoder(list[Any])
        self._undecodable = msgspec.DecodeError

    def call(self, procedure: str, given: Mapping[str, Any]) -> Any:
        self._stream.sendall(bytes((_MAGIC, _LARGEST << 4 | _MSGPACK, 0, 0)))
        if self._take(4)[:1] != bytes((_MAGIC,)):
            raise CommandError("the hub that runs speaks another protocol: it may be of another version")
        self._send(_MESSAGE, self._encode([_HELLO, "console", {"roles": {"caller": {}}}]))
        self._expect(_WELCOME)
        self._send(_MESSAGE, self._encode([_CALL, 1, {}, procedure, [], given]))
        args = self._expect(_RESULT)[3:4]
        return args[0][0] if args and args[0] else None

    def _expect(self, code: int) -> list[Any]:
        message = self._receive()
        if message[0] == code:
            return message
        if message[0] == _ERROR:
            said = message[5][0] if len(message) > 5 and message[5] else message[4]
            raise CommandError(str(said))
        if message[0] == _ABORT:
            raise CommandError("the hub that runs lets its own user in only: run this command as that user")
        if message[0] == _GOODBYE:
            raise CommandError(f"the hub that runs ended the session: {message[1].get('message') or message[2]}")
        raise CommandError("the hub that runs said something unexpected: it may be of another version")

    def _receive(self) -> list[Any]:
        while True:
            prefix = int.from_bytes(self._take(4), "big")
            kind, size = prefix >> 24, prefix & 0xFFFFFF
            payload = self._take(size)
            if kind == _PING:
                self._send(_PONG, payload)
            elif kind == _MESSAGE:
                return self._decode(payload)

    def _decode(self, payload: bytes) -> list[Any]:
        try:
            message: list[Any] = self._decoder.decode(payload)
        except self._undecodable:
            message = []
        return message or [None]

    def _send(self, kind: int, payload: bytes) -> None:
        self._stream.sendall((kind << 24 | len(payload)).to_bytes(4, "big") + payload)

    def _take(self, size: int) -> bytes:
        parts = b""
        while len(parts) < size:
            data = self._stream.recv(size - len(parts))
            if not data:
                raise CommandError("the hub that runs has closed the connection; its log says why")
            parts += data
        return parts
