"""HTTP in tests: requests as bytes, responses taken apart, and a connection to a door with a fake transport."""

import json
from dataclasses import dataclass
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from wampi.router.transport.door import Door, DoorFactory

from support.transport import FakeTransport


def http_request(
    path: str, body: bytes | str = b"", *fields: str, method: str = "POST", version: str = "HTTP/1.1"
) -> bytes:
    """Return a request to ``hub.test``; its length comes with it."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {path} {version}", "Host: hub.test", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def http_answers(data: bytes) -> list[Answer]:
    """Return the responses that have been written; they are whole."""
    answers = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        status_line, *lines = head.decode().split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        size = int(fields.get("content-length", 0))
        assert len(data) >= size, "the body is whole"
        answers.append(Answer(int(status_line.split()[1]), fields, data[:size]))
        data = data[size:]
    return answers


class Line:
    """One HTTP connection of a client."""

    def __init__(self, factory: DoorFactory, transport: FakeTransport) -> None:
        self.transport = transport
        self.door: Door = factory.buildProtocol(None)
        self.door.makeConnection(transport)

    def send(self, data: bytes) -> None:
        self.door.dataReceived(data)

    def ask(self, path: str, body: bytes | str = b"", *fields: str, **options: str) -> list[Answer]:
        """Send a request and return what has been answered since the last time: nothing as long as it waits."""
        self.send(http_request(path, body, *fields, **options))
        return self.answers()

    def answers(self) -> list[Answer]:
        return http_answers(self.transport.take())

    def lose(self) -> None:
        """End the connection as the network does."""
        self.transport.connectionLost(Failure(ConnectionDone()))
        self.door.connectionLost(Failure(ConnectionDone()))
