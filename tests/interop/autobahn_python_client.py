"""Uses stock autobahn-python, on Twisted or asyncio: each step is printed as a line of JSON.

Usage: python autobahn_python_client.py URL REALM SERIALIZER AUTHID SECRET FRAMEWORK (asyncio or twisted)

The procedures under com.example.helper are those of helper.py.
"""

import asyncio
import json
import sys
from importlib import import_module
from typing import Any

import txaio
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import (
    CallDetails,
    CallOptions,
    CallResult,
    EventDetails,
    PublishOptions,
    RegisterOptions,
    SubscribeOptions,
)
from twisted.internet.defer import CancelledError

URL, REALM, SERIALIZER, AUTHID, SECRET, FRAMEWORK = sys.argv[1:]
# either of them makes itself the one framework of the process when it is imported
framework = import_module(f"autobahn.{FRAMEWORK}.component")


def say(what: str, value: Any) -> None:
    print(json.dumps({"what": what, "value": value}), flush=True)


def transport(serializer: str) -> dict[str, Any]:
    """WebSocket for a `ws:` URL, RawSocket for `rs:` and for the path of a socket behind `unix:`."""
    if URL.startswith("ws:"):
        return {"type": "websocket", "url": URL, "serializers": [serializer], "max_retries": 0}
    # on asyncio the end of a RawSocket counts as a failure, after which it would connect again
    raw = {"type": "rawsocket", "url": URL, "serializer": serializer, "max_retries": 0}
    if URL.startswith("unix:"):
        raw |= {"url": "rs://localhost", "endpoint": {"type": "unix", "path": URL.removeprefix("unix:")}}
    return raw


def component(serializer: str) -> Any:
    login = {"wampcra": {"authid": AUTHID, "secret": SECRET}}
    return framework.Component(transports=[transport(serializer)], realm=REALM, authentication=login)


class Events:
    """What a subscriber has been told, to be waited for."""

    def __init__(self) -> None:
        self._told: list[Any] = []
        self._waiting: Any = None

    def keep(self, *args: Any, details: EventDetails, **kwargs: Any) -> None:
        self._told.append((list(args), kwargs, details))
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            txaio.resolve(waiting, None)

    async def next(self) -> Any:
        if not self._told:
            self._waiting = txaio.create_future()
            await self._waiting
        return self._told.pop(0)


async def failure(future: Any) -> str:
    try:
        await future
    except ApplicationError as error:
        return str(error.error)
    except (asyncio.CancelledError, CancelledError) as error:
        return type(error).__name__
    return "no failure"


async def show_calls(session: Any, other: Any) -> None:
    adding = await session.register(lambda a, b: a + b, "com.example.add")
    say("sum", await session.call("com.example.add", 2, 40))
    await other.register(CallResult, "com.example.echo")
    echo = await session.call("com.example.echo", "text", 1.5, None, [True, {"deep": "ü"}], key="value")
    say("echo", {"args": list(echo.results), "kwargs": echo.kwresults})
    echo = await session.call("com.example.echo", b"\x00\x80\x7f\xff", more=1)
    say("bytes", list(echo.results[0]))

    progress: list[int] = []
    end = await session.call("com.example.helper.count", 3, options=CallOptions(on_progress=progress.append))
    say("progress", [end, progress])
    slow = session.call("com.example.helper.slow")
    txaio.cancel(slow)
    say("canceled", await failure(slow))
    say("timeout", await failure(session.call("com.example.helper.slow", options=CallOptions(timeout=50))))

    def fail() -> None:
        raise ApplicationError("com.example.broken", 1, "two", n=3)

    await other.register(fail, "com.example.fail")
    try:
        await session.call("com.example.fail")
    except ApplicationError as error:
        kwargs = {key: value for key, value in error.kwargs.items() if value is not None}
        say("error", {"error": error.error, "args": list(error.args), "kwargs": kwargs})
    say("nobody", await failure(session.call("com.example.nowhere")))
    say("taken", await failure(other.register(lambda: 0, "com.example.add")))

    any_options = RegisterOptions(match="prefix", details_arg="details")

    def anything(details: CallDetails) -> Any:
        return details.procedure

    await other.register(anything, "com.example.any", any_options)
    say("pattern", await session.call("com.example.any.thing"))
    await session.register(lambda: "one", "com.example.turns", RegisterOptions(invoke="roundrobin"))
    await other.register(lambda: "other", "com.example.turns", RegisterOptions(invoke="roundrobin"))
    say("turns", [await session.call("com.example.turns") for _ in range(4)])

    found = await session.call("wamp.registration.match", "com.example.add")
    say("registration", found == adding.id and await session.call("wamp.registration.count_callees", found))
    say("session", (await session.call("wamp.session.get", other._session_id))["authid"])
    await adding.unregister()
    say("unregistered", await failure(session.call("com.example.add", 2, 40)))


async def show_events(session: Any, other: Any) -> None:
    events = Events()

    async def subscribe(topic: str, **options: Any) -> Any:
        return await session.subscribe(events.keep, topic, SubscribeOptions(details_arg="details", **options))

    async def publish(publisher: Any, topic: str, *args: Any, **options: Any) -> None:
        await publisher.publish(topic, *args, options=PublishOptions(acknowledge=True, **options))

    exact = await subscribe("com.example.topic")
    await publish(session, "com.example.topic", "mine")
    await session.publish("com.example.topic", "hello", n=7, options=PublishOptions(acknowledge=True, exclude_me=False))
    args, kwargs, details = await events.next()
    say("event", [{"args": args, "kwargs": kwargs, "topic": details.topic}])
    me = session._session_id
    await publish(other, "com.example.topic", "a", exclude=[me])
    await publish(other, "com.example.topic", "b", eligible=[])
    await publish(other, "com.example.topic", "c", eligible=[me])
    say("eligible", [(await events.next())[0]])
    await exact.unsubscribe()

    await subscribe("com.example..changed", match="wildcard")
    await publish(other, "com.example.topic", "unseen")
    await publish(other, "com.example.light.changed", "on")
    args, _, details = await events.next()
    say("wildcard", [[args, details.topic]])

    await publish(other, "com.example.state", "kept", retain=True)
    await subscribe("com.example.state", get_retained=True)
    args, _, details = await events.next()
    say("retained", [[args, details.retained]])
    say("reserved", await failure(publish(session, "wamp.session.on_join")))

    await subscribe("com.example.will")
    await other.call("wamp.session.add_testament", "com.example.will", ["gone"], {})
    other.leave()
    say("testament", [(await events.next())[0]])


first, second = component(SERIALIZER), component("msgpack")


@first.on_join
async def first_joined(session: Any, details: Any) -> None:
    say("welcome", {"authid": details.authid, "authmethod": details.authmethod})
    joined = txaio.create_future()
    second.on_join(lambda other, _details: txaio.resolve(joined, other))
    # it is not run beside the first, whose end it must not be when it has left
    txaio.add_callbacks(second.start(), None, lambda _failure: None)
    other = await joined
    await show_calls(session, other)
    await show_events(session, other)
    session.leave()


@first.on_leave
async def left(_session: Any, details: Any) -> None:
    say("closed", details.reason)


framework.run([first], log_level=None)
