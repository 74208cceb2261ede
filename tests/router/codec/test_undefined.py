"""JavaScript's ``undefined`` as the value of an option: the key counts as absent, as it does in JSON."""

from typing import Any

import cbor2
import msgspec
import pytest
from wampi.router.codec import CborCodec, MsgpackCodec, ProtocolViolation
from wampi.router.codec.undefined import CBOR_UNDEFINED, MSGPACK_UNDEFINED


def _msgpack(message: list[Any]) -> Any:
    return MsgpackCodec().decode(msgspec.msgpack.encode(message))


def _cbor(message: list[Any]) -> Any:
    return CborCodec().decode(cbor2.dumps(message))


EACH = pytest.mark.parametrize(
    ("decode", "undefined"), [(_msgpack, MSGPACK_UNDEFINED), (_cbor, CBOR_UNDEFINED)], ids=["msgpack", "cbor"]
)


@EACH
def test_an_option_that_is_undefined_counts_as_absent(decode: Any, undefined: Any) -> None:
    message = decode([32, 5, {"match": "prefix", "get_retained": undefined}, "com.example"])
    assert message == decode([32, 5, {"match": "prefix"}, "com.example"])


@EACH
def test_it_counts_as_absent_at_any_depth_of_the_details(decode: Any, undefined: Any) -> None:
    roles = {"callee": {"features": {"call_canceling": undefined, "call_reroute": True}}, "caller": undefined}
    message = decode([1, "home", {"roles": roles}])
    assert message == decode([1, "home", {"roles": {"callee": {"features": {"call_reroute": True}}}}])


@EACH
def test_the_arguments_stay_as_they_came(decode: Any, undefined: Any) -> None:
    message = decode([48, 1, {"timeout": undefined}, "com.example", [undefined], {"key": undefined}])
    assert message == decode([48, 1, {}, "com.example", [undefined], {"key": undefined}])


@EACH
@pytest.mark.parametrize(
    "message",
    [
        lambda undefined: [32, 5, {"match": 7, "get_retained": undefined}, "com.example"],
        lambda undefined: [32, undefined, {}, "com.example"],
        lambda undefined: [16, 5, {"exclude": [undefined]}, "com.example"],
        lambda undefined: [32, 5, undefined, "com.example"],
        lambda undefined: [34, undefined],
        lambda undefined: [32, 5, {"get_retained": undefined}, "com.example", *[1] * 20],
    ],
    ids=["another option is wrong", "an id", "in a list", "the options", "no options", "too long"],
)
def test_it_excuses_nothing_else(decode: Any, undefined: Any, message: Any) -> None:
    with pytest.raises(ProtocolViolation):
        decode(message(undefined))
