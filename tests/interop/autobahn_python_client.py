"""Uses stock autobahn-python: calls and events through the router, each step printed as a line of JSON.

Usage: python autobahn_python_client.py URL REALM SERIALIZER AUTHID SECRET
"""

import json
import sys
from typing import Any

from autobahn.twisted.component import Component, run
from autobahn.twisted.wamp import ApplicationSession
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallResult, EventDetails, PublishOptions, SubscribeOptions
from twisted.internet.defer import Deferred

URL, REALM, SERIALIZER, AUTHID, SECRET = sys.argv[1:]


def say(what: str, value: Any) -> None:
    print(json.dumps({"what": what, "value": value}), flush=True)


def transport() -> dict[str, Any]:
    """WebSocket for a `ws:` URL, RawSocket for `rs:` and for the path of a socket behind `unix:`."""
    if URL.startswith("ws:"):
        return {"type": "websocket", "url": URL, "serializers": [SERIALIZER]}
    if URL.startswith("rs:"):
        return {"type": "rawsocket", "url": URL, "serializer": SERIALIZER}
    endpoint = {"type": "unix", "path": URL.removeprefix("unix:")}
    return {"type": "rawsocket", "url": "rs://localhost", "endpoint": endpoint, "serializer": SERIALIZER}


component = Component(
    transports=[transport()],
    realm=REALM,
    authentication={"wampcra": {"authid": AUTHID, "secret": SECRET}},
)


@component.on_join
async def joined(session: ApplicationSession, details: Any) -> None:
    say("welcome", {"authid": details.authid, "authmethod": details.authmethod})
    await session.register(lambda a, b: a + b, "com.example.add")
    say("sum", await session.call("com.example.add", 2, 40))
    await session.register(CallResult, "com.example.echo")
    echo = await session.call("com.example.echo", "text", 1.5, None, [True, {"deep": "ü"}], key="value")
    say("echo", {"args": list(echo.results), "kwargs": echo.kwresults})
    received: Deferred[dict[str, Any]] = Deferred()

    def on_event(*args: Any, details: EventDetails, **kwargs: Any) -> None:
        received.callback({"args": list(args), "kwargs": kwargs, "topic": details.topic})

    await session.subscribe(on_event, "com.example.topic", options=SubscribeOptions(details_arg="details"))
    options = PublishOptions(acknowledge=True, exclude_me=False)
    await session.publish("com.example.topic", "hello", n=7, options=options)
    say("event", await received)
    try:
        await session.call("com.example.nowhere")
    except ApplicationError as error:
        say("error", error.error)
    await session.leave()


@component.on_leave
async def left(_session: ApplicationSession, details: Any) -> None:
    say("closed", details.reason)


run([component], log_level=None)
