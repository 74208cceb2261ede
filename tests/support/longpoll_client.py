"""A long-poll client on real sockets, which keeps its connections."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import suppress
from typing import Any

from support.live import LiveServer
from support.waiting import PATIENCE_SECONDS


class UnixConnection(http.client.HTTPConnection):
    """HTTP on a UNIX socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_SECONDS)
        self.sock.connect(self._path)


def http_connection(server: LiveServer, way: str) -> http.client.HTTPConnection:
    """Return a connection by TLS, plain TCP or the UNIX socket; it is made at its first request."""
    if way == "unix":
        return UnixConnection(server.unix)
    if way == "tls":
        return http.client.HTTPSConnection("localhost", server.tls, context=server.trusting(), timeout=PATIENCE_SECONDS)
    return http.client.HTTPConnection("127.0.0.1", server.plain, timeout=PATIENCE_SECONDS)


def longpoll_client(server: LiveServer, way: str, protocol: str) -> LongPollChannel:
    """Open a transport on a live server."""
    return LongPollChannel(http_connection(server, way), http_connection(server, way), protocol)


class LongPollChannel:
    """Carries encoded messages: one connection to send on, and one to receive on."""

    def __init__(
        self,
        sending: http.client.HTTPConnection,
        receiving: http.client.HTTPConnection,
        protocol: str,
        path: str = "/lp",
    ) -> None:
        self._sending = sending
        self._receiving = receiving
        status, answer = self._post(self._sending, f"{path}/open", json.dumps({"protocols": [protocol]}).encode())
        assert status == 200, answer
        opened: dict[str, Any] = json.loads(answer)
        assert opened["protocol"] == protocol
        self.path = f"{path}/{opened['transport']}"

    def send_bytes(self, data: bytes) -> None:
        """Send, whatever the answer: a client learns by what it receives that its session has ended."""
        with suppress(ConnectionError):
            self._post(self._sending, f"{self.path}/send", data)

    def receive_bytes(self) -> bytes:
        while True:
            status, data = self._post(self._receiving, f"{self.path}/receive")
            if status == 200:
                return data
            if status != 204:
                raise ConnectionError(f"{status} {data!r}")

    def drop(self) -> None:
        """Be gone; without a word it would take until the session expires."""
        with suppress(OSError):
            self._post(self._sending, f"{self.path}/close")
        self.close()

    def close(self) -> None:
        """Close the connections, and leave the session to itself."""
        self._sending.close()
        self._receiving.close()

    def _post(self, connection: http.client.HTTPConnection, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request, again on a new connection when the one that was kept has been closed meanwhile."""
        try:
            return self._ask(connection, path, body)
        except (http.client.RemoteDisconnected, BrokenPipeError):
            connection.close()
            return self._ask(connection, path, body)

    def _ask(self, connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, bytes]:
        connection.request("POST", path, body)
        response = connection.getresponse()
        return response.status, response.read()
