"""Uses stock autobahn-python with a payload codec: what it sends the router cannot read; each step a line of JSON.

Usage: python autobahn_payload_codec.py URL REALM SERIALIZER AUTHID SECRET
"""

import json
import sys
from typing import Any

from autobahn.twisted.component import Component, run
from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.interfaces import IPayloadCodec
from autobahn.wamp.types import (
    CallDetails,
    CallOptions,
    EncodedPayload,
    EventDetails,
    PublishOptions,
    RegisterOptions,
    SubscribeOptions,
)
from twisted.internet.defer import Deferred

URL, REALM, SERIALIZER, AUTHID, SECRET = sys.argv[1:]
KEY = 0xDA


def say(what: str, value: Any) -> None:
    print(json.dumps({"what": what, "value": value}), flush=True)


class Scrambler(IPayloadCodec):  # type: ignore[misc]
    """Turns arguments into bytes that are neither text nor any serializer's; tells of what passes it."""

    def __init__(self) -> None:
        self.decoded: list[dict[str, Any]] = []

    def encode(self, is_originating: bool, uri: str, args: Any = None, kwargs: Any = None) -> EncodedPayload:
        clear = json.dumps([uri, args, kwargs]).encode()
        return EncodedPayload(bytes(octet ^ KEY for octet in clear), "x_scrambled", "x_own", "a key")

    def decode(self, is_originating: bool, uri: str, encoded: EncodedPayload) -> tuple[str, Any, Any]:
        self.decoded.append({"algo": encoded.enc_algo, "serializer": encoded.enc_serializer, "key": encoded.enc_key})
        decoded_uri, args, kwargs = json.loads(bytes(octet ^ KEY for octet in encoded.payload))
        return decoded_uri, args, kwargs


component = Component(
    transports=[{"type": "websocket", "url": URL, "serializers": [SERIALIZER]}],
    realm=REALM,
    authentication={"wampcra": {"authid": AUTHID, "secret": SECRET}},
)


def in_parts(details: CallDetails) -> None:
    for part in (1, 2):
        details.progress(part)


def fail() -> None:
    raise ApplicationError("com.example.failed", "why", code=7)


@component.on_join
async def joined(session: ApplicationSession, _details: Any) -> None:
    codec = Scrambler()
    session.set_payload_codec(codec)
    await session.register(lambda a, b: [a, b], "com.example.sealed")
    say("result", await session.call("com.example.sealed", "text", {"deep": [1.5, None, "ü"]}))
    await session.register(in_parts, "com.example.parts", options=RegisterOptions(details_arg="details"))
    parts: list[int] = []
    await session.call("com.example.parts", options=CallOptions(on_progress=parts.append))
    say("parts", parts)
    await session.register(fail, "com.example.fail")
    try:
        await session.call("com.example.fail")
    except ApplicationError as error:
        say("error", {"uri": error.error, "args": list(error.args), "kwargs": error.kwargs})
    received: Deferred[dict[str, Any]] = Deferred()

    def on_event(*args: Any, details: EventDetails, **kwargs: Any) -> None:
        received.callback({"args": list(args), "kwargs": kwargs, "algo": details.enc_algo})

    await session.subscribe(on_event, "com.example.topic", options=SubscribeOptions(details_arg="details"))
    options = PublishOptions(acknowledge=True, exclude_me=False)
    await session.publish("com.example.topic", "hello", n=7, options=options)
    say("event", await received)
    say("options", [dict(one) for one in {tuple(decoded.items()) for decoded in codec.decoded}])
    await session.leave()


run([component], log_level=None)
