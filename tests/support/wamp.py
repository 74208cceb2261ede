"""WAMP as lists: the type codes, one valid message of each kind, and encoders that owe nothing to the router's."""

import json
from collections.abc import Callable
from typing import Any

import cbor2
import msgspec
import ubjson

HELLO, WELCOME, ABORT, CHALLENGE, AUTHENTICATE, GOODBYE, ERROR = 1, 2, 3, 4, 5, 6, 8
PUBLISH, PUBLISHED = 16, 17
SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED, EVENT = 32, 33, 34, 35, 36
CALL, CANCEL, RESULT = 48, 49, 50
REGISTER, REGISTERED, UNREGISTER, UNREGISTERED = 64, 65, 66, 67
INVOCATION, INTERRUPT, YIELD = 68, 69, 70

FROM_CLIENTS: dict[int, list[Any]] = {
    HELLO: [HELLO, "home", {"roles": {"caller": {"features": {}}}}],
    ABORT: [ABORT, {}, "wamp.close.normal", [1], {"a": 2}],
    AUTHENTICATE: [AUTHENTICATE, "signature", {}],
    GOODBYE: [GOODBYE, {}, "wamp.close.normal"],
    ERROR: [ERROR, INVOCATION, 7, {}, "com.error", [1], {"a": 2}],
    PUBLISH: [PUBLISH, 7, {}, "com.topic", [1], {"a": 2}],
    SUBSCRIBE: [SUBSCRIBE, 7, {}, "com.topic"],
    UNSUBSCRIBE: [UNSUBSCRIBE, 7, 8],
    CALL: [CALL, 7, {}, "com.procedure", [1], {"a": 2}],
    CANCEL: [CANCEL, 7, {}],
    REGISTER: [REGISTER, 7, {}, "com.procedure"],
    UNREGISTER: [UNREGISTER, 7, 8],
    YIELD: [YIELD, 7, {}, [1], {"a": 2}],
}
"""Type code -> a valid message with every element that it can have."""

NAMES = {
    code: name
    for name, code in globals().items()
    if name.isupper() and isinstance(code, int) and name not in ("FROM_CLIENTS",)
}
"""Type code -> name of the message."""

ENCODE: dict[str, Callable[[Any], bytes]] = {
    "json": lambda value: json.dumps(value).encode(),
    "msgpack": msgspec.msgpack.encode,
    "cbor": cbor2.dumps,
    "ubjson": ubjson.dumpb,
}
"""Serializer -> function that encodes anything which that serializer has a form for."""

SERIALIZERS = tuple(ENCODE)
