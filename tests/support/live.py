"""Starts :mod:`.live_server`, and speaks WAMP to it over real sockets."""

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect, unix_connect

from support.transport import CODECS

ROLES: dict[str, Any] = {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}
PATIENCE_SECONDS = 20.0


class LiveServer:
    """A running server: where it listens, and what the system says of its process."""

    def __init__(self, process: "subprocess.Popen[str]", listening: dict[str, Any]) -> None:
        self.process = process
        self.plain: int = listening["plain"]
        self.tls: int = listening["tls"]
        self.unix: str = listening["unix"]
        self.authority: str = listening["authority"]

    def trusting(self) -> ssl.SSLContext:
        """Return a context that trusts the server's authority and nobody else."""
        return ssl.create_default_context(cafile=self.authority)

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024


@contextmanager
def live_server(directory: Path, **options: Any) -> Iterator[LiveServer]:
    """Run a server for as long as the context is open."""
    program = str(Path(__file__).with_name("live_server.py"))
    with subprocess.Popen(
        [sys.executable, program, str(directory), json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            _, errors = process.communicate()
            raise AssertionError(f"the server did not start:\n{errors}")
        try:
            yield LiveServer(process, json.loads(line))
        finally:
            _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors, errors


class LiveClient:
    """A WAMP client on a WebSocket, one message at a time."""

    def __init__(self, socket: ClientConnection, serializer: str) -> None:
        self.socket = socket
        self._codec = CODECS[serializer]
        self._request = 0

    def send(self, *message: Any) -> None:
        data = self._codec.dump(list(message))
        self.socket.send(data if self._codec.is_binary else data.decode())

    def receive(self) -> list[Any]:
        data = self.socket.recv(timeout=PATIENCE_SECONDS)
        message: list[Any] = self._codec.load(data if isinstance(data, bytes) else data.encode())
        return message

    def join(self) -> "LiveClient":
        self.send(1, "home", {"roles": ROLES})
        welcome = self.receive()
        assert welcome[0] == 2, welcome
        return self

    def ask(self, kind: int, *rest: Any) -> list[Any]:
        """Send a request with the next id and return what comes next."""
        self._request += 1
        self.send(kind, self._request, *rest)
        return self.receive()


@contextmanager
def client(server: LiveServer, way: str = "tls", serializer: str = "json", **options: Any) -> Iterator[LiveClient]:
    """Connect by TLS, plain TCP or the UNIX socket."""
    protocols: Any = [f"wamp.2.{serializer}"]
    options = {"subprotocols": protocols, "open_timeout": PATIENCE_SECONDS, "max_size": None, **options}
    if way == "unix":
        socket = unix_connect(server.unix, uri="ws://localhost/ws", **options)
    elif way == "tls":
        socket = connect(f"wss://localhost:{server.tls}/ws", ssl=server.trusting(), **options)
    else:
        socket = connect(f"ws://127.0.0.1:{server.plain}/ws", **options)
    with socket:
        yield LiveClient(socket, serializer)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Poll a condition until it holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
