"""A controller in a test: a WAMP client that waits, over a UNIX socket or TLS, with messages as plain lists.

It owes nothing to the code under test: WebSocket is the library `websockets`, MessagePack is msgspec.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from websockets.sync.client import ClientConnection, connect, unix_connect
from websockets.typing import Subprotocol

from support.waiting import PATIENCE_SECONDS
from support.wamp import (
    ABORT,
    AUTHENTICATE,
    CALL,
    CHALLENGE,
    ERROR,
    EVENT,
    HELLO,
    RESULT,
    SUBSCRIBE,
    SUBSCRIBED,
    UNSUBSCRIBE,
    UNSUBSCRIBED,
    WELCOME,
)

OPTIONS: dict[str, Any] = {
    "subprotocols": [Subprotocol("wamp.2.msgpack")],
    "max_size": None,
    "open_timeout": PATIENCE_SECONDS,
    "ping_interval": None,
}
FEATURES = {
    "caller": {"features": {"caller_identification": True}},
    "subscriber": {"features": {"pattern_based_subscription": True, "event_retention": True}},
}


@dataclass(frozen=True)
class Event:
    """An event that came in."""

    subscription: int
    topic: str | None
    args: list[Any]
    kwargs: dict[str, Any]


class CallRefused(Exception):
    """The answer to a call was an error."""

    def __init__(self, uri: str, text: str) -> None:
        super().__init__(f"{uri}: {text}")
        self.uri = uri
        self.text = text


class Controller:
    """A joined session. Calls and subscriptions wait for their answers; events that come meanwhile are kept."""

    def __init__(self, socket: ClientConnection, authid: str, secret: str) -> None:
        self._socket = socket
        self._request = 0
        self.events: list[Event] = []
        self._send([HELLO, "home", {"roles": FEATURES, "authmethods": ["wampcra"], "authid": authid}])
        challenge = self._expect(CHALLENGE)
        text = challenge[2]["challenge"].encode()
        signature = base64.b64encode(hmac.digest(secret.encode(), text, hashlib.sha256)).decode()
        self._send([AUTHENTICATE, signature, {}])
        self.welcome = self._expect(WELCOME)

    def call(self, procedure: str, *args: object, **kwargs: object) -> Any:
        """Call a procedure and return its one value; an error is raised."""
        self._request += 1
        self._send([CALL, self._request, {}, procedure, list(args), kwargs])
        answer = self._receive(lambda m: m[0] in (RESULT, ERROR) and self._request in m[1:3])
        if answer[0] == ERROR:
            raise CallRefused(answer[4], answer[5][0] if len(answer) > 5 and answer[5] else "")
        return answer[3][0] if len(answer) > 3 else None

    def subscribe(self, topic: str, **options: object) -> int:
        """Subscribe and return the subscription's id."""
        self._request += 1
        self._send([SUBSCRIBE, self._request, options, topic])
        subscribed: int = self._expect(SUBSCRIBED)[2]
        return subscribed

    def unsubscribe(self, subscription: int) -> None:
        """End a subscription."""
        self._request += 1
        self._send([UNSUBSCRIBE, self._request, subscription])
        self._expect(UNSUBSCRIBED)

    def event(self, wanted: Callable[[Event], bool], what: str, seconds: float = PATIENCE_SECONDS) -> Event:
        """The next event that is wanted, of those that are kept and those that come; others are forgotten."""
        deadline = time.monotonic() + seconds
        while True:
            while self.events:
                event = self.events.pop(0)
                if wanted(event):
                    return event
            if not self._keep_next(deadline):
                raise AssertionError(f"not within {seconds:g} seconds: {what}")

    def state(self, prefix: str, wanted: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """The next state event of a device that is wanted; needs a subscription to the state topics."""
        found = self.event(lambda e: e.topic == f"{prefix}.state" and wanted(e.kwargs), what)
        return found.kwargs

    def _keep_next(self, deadline: float) -> bool:
        try:
            message = _decode(self._socket.recv(max(0.0, deadline - time.monotonic())))
        except TimeoutError:
            return False
        self._keep(message)
        return True

    def _keep(self, message: list[Any]) -> None:
        assert message[0] == EVENT, f"unexpected message {message[:3]}"
        args = message[4] if len(message) > 4 else []
        kwargs = message[5] if len(message) > 5 else {}
        self.events.append(Event(message[1], message[3].get("topic"), args, kwargs))

    def _send(self, message: list[Any]) -> None:
        self._socket.send(msgspec.msgpack.encode(message))

    def _expect(self, kind: int) -> list[Any]:
        return self._receive(lambda message: message[0] == kind)

    def _receive(self, wanted: Callable[[list[Any]], bool]) -> list[Any]:
        while True:
            message = _decode(self._socket.recv(PATIENCE_SECONDS))
            if wanted(message):
                return message
            if message[0] == ABORT:
                raise AssertionError(f"the router refused: {message[1:]}")
            self._keep(message)


def _decode(frame: str | bytes) -> list[Any]:
    assert isinstance(frame, bytes), "MessagePack comes in binary frames"
    message: list[Any] = msgspec.msgpack.decode(frame)
    return message


@contextmanager
def controller(socket: Path, authid: str, secret: str) -> Iterator[Controller]:
    """Join over a UNIX socket for the length of a block."""
    with unix_connect(str(socket), uri="ws://localhost/ws", **OPTIONS) as connection:
        yield Controller(connection, authid, secret)


@contextmanager
def tls_controller(url: str, ca_file: Path, authid: str, secret: str) -> Iterator[Controller]:
    """Join over TLS, trusting one authority."""
    context = ssl.create_default_context(cafile=str(ca_file))
    with connect(url, ssl=context, **OPTIONS) as connection:
        yield Controller(connection, authid, secret)
