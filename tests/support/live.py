"""Starts :mod:`.live_server`, and speaks WAMP to it over real sockets."""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from support.transport import CODECS
from support.waiting import PATIENCE_SECONDS

ROLES: dict[str, Any] = {"publisher": {}, "subscriber": {}, "caller": {}, "callee": {}}


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
    """Run a server for as long as the context is open; what it says on standard error goes to a file."""
    program = Path(__file__).with_name("live_server.py")
    errors = directory / "errors.log"
    with (
        errors.open("w") as log,
        subprocess.Popen(
            [sys.executable, str(program), str(directory), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=program.parent,
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the server did not start:\n{errors.read_text()}"
        try:
            yield LiveServer(process, json.loads(line))
        finally:
            process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors.read_text()
    assert "Traceback" not in errors.read_text(), errors.read_text()


class LiveClient:
    """A WAMP client on a WebSocket, one message at a time.

    It uses the part of websockets that does no I/O. The library's own blocking client reads and writes one TLS
    connection from two threads, which Python before 3.13 does not guard: one connection in two thousand gets stuck.
    """

    def __init__(
        self,
        connection: socket.socket,
        uri: str,
        serializer: str,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self._socket = connection
        self._codec = CODECS[serializer]
        self._request = 0
        self._received: list[Any] = []
        self.protocol = ClientProtocol(parse_uri(uri), **{"max_size": None, **options})
        request = self.protocol.connect()
        request.headers.update(headers or {})
        self.protocol.send_request(request)
        while self.protocol.state is State.CONNECTING and self.protocol.handshake_exc is None:
            self._carry()
        if self.protocol.handshake_exc is not None:
            raise self.protocol.handshake_exc

    def _carry(self) -> None:
        """Send what the protocol wants to send, and wait for something to come."""
        self._flush()
        data = self._socket.recv(65536)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        self._flush()
        frames = [event for event in self.protocol.events_received() if isinstance(event, Frame)]
        self._received += [frame.data for frame in frames if frame.opcode in (Opcode.TEXT, Opcode.BINARY)]

    def _flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def send(self, *message: Any) -> None:
        self.send_bytes(self._codec.dump(list(message)))

    def send_bytes(self, data: bytes) -> None:
        if self._codec.is_binary:
            self.protocol.send_binary(data)
        else:
            self.protocol.send_text(data)
        self._flush()

    def receive(self) -> list[Any]:
        """Return the next message; raises :class:`ConnectionError` when the connection ends instead."""
        message: list[Any] = self._codec.load(self.receive_bytes())
        return message

    def receive_bytes(self) -> bytes:
        while not self._received:
            if self.protocol.state is not State.OPEN:
                close = self.protocol.close_rcvd
                raise ConnectionError(f"closed with {close.code if close is not None else 'no close frame'}")
            self._carry()
        data: bytes = self._received.pop(0)
        return data

    def drop(self) -> None:
        """Be gone without a word."""
        self._socket.close()

    def close(self) -> None:
        """Close in order: the server closes the connection behind its close frame."""
        with suppress(OSError):
            if self.protocol.state is State.OPEN:
                self.protocol.send_close(1000)
            while self.protocol.state is not State.CLOSED:
                self._carry()

    def join(self, **details: Any) -> "LiveClient":
        welcome = self.hello(**details)
        assert welcome[0] == 2, welcome
        return self

    def hello(self, realm: str = "home", **details: Any) -> list[Any]:
        """Say HELLO and return the answer."""
        self.send(1, realm, {"roles": ROLES, **details})
        return self.receive()

    def ask(self, kind: int, *rest: Any) -> list[Any]:
        """Send a request with the next id and return what comes next."""
        self._request += 1
        self.send(kind, self._request, *rest)
        return self.receive()


@contextmanager
def client(server: LiveServer, way: str = "tls", serializer: str = "json", **options: Any) -> Iterator[LiveClient]:
    """Connect by TLS, plain TCP or the UNIX socket."""
    with ExitStack() as stack:
        if way == "unix":
            connection = stack.enter_context(socket.socket(socket.AF_UNIX))
            connection.connect(server.unix)
            uri = "ws://localhost/ws"
        elif way == "tls":
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", server.tls)))
            connection = stack.enter_context(server.trusting().wrap_socket(raw, server_hostname="localhost"))
            uri = f"wss://localhost:{server.tls}/ws"
        else:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.plain)))
            uri = f"ws://127.0.0.1:{server.plain}/ws"
        connection.settimeout(PATIENCE_SECONDS)
        session = LiveClient(connection, uri, serializer, **{"subprotocols": [f"wamp.2.{serializer}"], **options})
        stack.callback(session.close)
        yield session


@contextmanager
def client_at(path: Path, serializer: str = "json") -> Iterator[LiveClient]:
    """Connect to the UNIX socket of any router, and join."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(str(path))
        session = LiveClient(connection, "ws://localhost/", serializer, subprotocols=[f"wamp.2.{serializer}"])
        yield session.join()
        session.close()
