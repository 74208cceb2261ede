"""Everything that the router says is read by parsers that nobody here wrote: autobahn's and wampproto's."""

from collections.abc import Callable, Iterator
from typing import Any

import autobahn.twisted  # noqa: F401  chooses the framework, which its parsers want for their logs
import pytest
from autobahn.wamp.serializer import CBORSerializer, JsonSerializer, MsgPackSerializer
from support.core import ALL_ROLES, AcceptAnyone, Client, FakeRouter
from support.wamp import (
    ABORT,
    AUTHENTICATE,
    CALL,
    CANCEL,
    CHALLENGE,
    ERROR,
    EVENT,
    GOODBYE,
    HELLO,
    INTERRUPT,
    INVOCATION,
    NAMES,
    PUBLISH,
    PUBLISHED,
    REGISTER,
    REGISTERED,
    RESULT,
    SUBSCRIBE,
    SUBSCRIBED,
    UNREGISTER,
    UNREGISTERED,
    UNSUBSCRIBE,
    UNSUBSCRIBED,
    WELCOME,
    YIELD,
)
from wampi.router.core.authentication import Applicant, Challenge, Decide
from wampproto import serializers

FROM_ROUTER = {
    *(WELCOME, ABORT, CHALLENGE, GOODBYE, ERROR, PUBLISHED, SUBSCRIBED, UNSUBSCRIBED, EVENT, RESULT),
    *(REGISTERED, UNREGISTERED, INVOCATION, INTERRUPT),
}
FEATURES = {
    "subscriber": {"features": {"subscription_revocation": True}},
    "callee": {
        "features": {
            "call_canceling": True,
            "progressive_call_results": True,
            "progressive_call_invocations": True,
            "registration_revocation": True,
        }
    },
    "caller": {"features": {"progressive_call_invocations": True}},
}
ODD = {"text": "ü\0", "bytes": b"\x00\xff", "numbers": [2**53, -1, 1.5], "nothing": None}


class AskOnce(AcceptAnyone):
    """Asks for a ticket and takes any."""

    def authenticate(self, applicant: Applicant, decide: Decide) -> None:
        def answer(_signature: str, _extra: dict[str, Any], decide: Decide) -> None:
            super(AskOnce, self).authenticate(applicant, decide)

        decide(Challenge("wampcra", {"challenge": "{}", "salt": "x", "iterations": 1000, "keylen": 32}, answer))


def everything(serializer: str) -> list[bytes]:
    """Return all that a client of this serializer is sent in a life that has everything in it."""
    home = FakeRouter()
    client = home.attach(serializer, AskOnce())
    client.send(HELLO, "home", {"roles": ALL_ROLES | FEATURES, "authid": "ann", "authmethods": ["wampcra"]})
    client.send(AUTHENTICATE, "signature", {})
    [[_, _, _], [_, session, _]] = client.take()
    other = home.client()
    ask_for_events(client, session, other)
    ask_for_calls(client, session, other)
    end(home, client)
    return client.peer.wire


def end(home: FakeRouter, client: Client) -> None:
    """Let every kind of request fail, and sessions end in every way."""
    for kind, rest in (
        (SUBSCRIBE, [{}, "a..b"]),
        (UNSUBSCRIBE, [77]),
        (PUBLISH, [{"acknowledge": True}, "wamp.x"]),
        (CALL, [{}, "com.nothing"]),
        (REGISTER, [{}, "wamp.x"]),
        (UNREGISTER, [77]),
    ):
        client.request(kind, *rest)
    client.send(GOODBYE, {}, "wamp.close.normal")
    client.send(HELLO, "nowhere", {"roles": ALL_ROLES})
    killed = home.attach(client.peer.codec.name)
    killed.join()
    killed.link.dismiss("wamp.close.killed", "enough")
    client.peer.wire += killed.peer.wire


def ask_for_events(client: Client, session: int, other: Client) -> None:
    """Let the client subscribe in every way, and be told of events with all details."""
    for pattern, match in (("com.topic", "exact"), ("com.", "prefix"), ("com.", "wildcard"), ("wamp.", "prefix")):
        client.request(SUBSCRIBE, {"match": match}, pattern)
    other.publish("com.topic", [ODD], {"key": ODD}, disclose_me=True, retain=True)
    other.publish("com.topic")
    client.request(PUBLISH, {"acknowledge": True, "exclude_me": False}, "com.topic", [], {})
    client.request(UNSUBSCRIBE, client.subscribe("com.more", get_retained=True))
    client.subscribe("com.topic", get_retained=True)
    revoked = client.subscribe("com.revoked")
    other.result("wamp.subscription.remove_subscriber", revoked, session)


def ask_for_calls(client: Client, session: int, other: Client) -> None:
    """Let the client call and be called in every way."""
    for procedure, match in (("com.answer", "exact"), ("com.any.", "prefix")):
        client.request(REGISTER, {"match": match, "invoke": "roundrobin"}, procedure)
    call = other.call("com.answer", [ODD], {"key": ODD}, receive_progress=True, disclose_me=True)
    client.send(YIELD, 1, {"progress": True}, [1])
    other.send(CANCEL, call, {"mode": "kill"})
    client.send(ERROR, INVOCATION, 1, {}, "com.stopped", [ODD])
    other.call("com.any.thing", timeout=1000)
    client.send(YIELD, 2, {})
    other.register("com.other")
    own = client.call("com.other", [ODD], receive_progress=True)
    other.send(YIELD, 1, {}, [ODD], {"key": ODD})
    failed = client.call("com.other")
    other.send(ERROR, INVOCATION, 2, {}, "com.broken", [ODD], {"key": ODD})
    assert own + 1 == failed
    client.request(UNREGISTER, client.register("com.gone"))
    revoked = client.register("com.revoked")
    other.result("wamp.registration.remove_callee", revoked, session)


AUTOBAHN = {"json": JsonSerializer, "msgpack": MsgPackSerializer, "cbor": CBORSerializer}
WAMPPROTO = {
    "json": serializers.JSONSerializer,
    "msgpack": serializers.MsgPackSerializer,
    "cbor": serializers.CBORSerializer,
}


def as_lists(serializer: str, wire: list[bytes]) -> Iterator[tuple[bytes, list[Any]]]:
    load = FakeRouter().attach(serializer).peer.codec.load
    yield from ((data, load(data)) for data in wire)


@pytest.mark.parametrize("serializer", AUTOBAHN)
def test_the_life_has_every_message_in_it(serializer: str) -> None:
    kinds = {message[0] for _, message in as_lists(serializer, everything(serializer))}
    assert {NAMES[kind] for kind in kinds} == {NAMES[kind] for kind in FROM_ROUTER}


@pytest.mark.parametrize("serializer", AUTOBAHN)
def test_autobahn_reads_all_of_it(serializer: str) -> None:
    parser = AUTOBAHN[serializer]()
    for data, message in as_lists(serializer, everything(serializer)):
        [parsed] = parser.unserialize(data, serializer != "json")
        assert message[0] == parsed.MESSAGE_TYPE


@pytest.mark.parametrize("serializer", AUTOBAHN)
def test_wampproto_reads_all_of_it(serializer: str) -> None:
    parse: Callable[[Any], Any] = WAMPPROTO[serializer]().deserialize
    for data, message in as_lists(serializer, everything(serializer)):
        if message[:2] in ([UNSUBSCRIBED, 0], [UNREGISTERED, 0]):
            continue  # it knows no revocation
        parsed = parse(data.decode() if serializer == "json" else data)
        assert message[0] == parsed.TYPE
        for name, position in (("request_id", 1), ("registration_id", 2)):
            if message[0] in (REGISTERED, INVOCATION):
                assert getattr(parsed, name) == message[position]
