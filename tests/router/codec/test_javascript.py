"""What JavaScript's libraries write for options: ``undefined`` counts as absent, whole numbers as integers."""

from typing import Any

import cbor2
import msgspec
import pytest
from wampi.router.codec import CborCodec, MsgpackCodec, ProtocolViolation
from wampi.router.codec.javascript import CBOR_UNDEFINED, MSGPACK_UNDEFINED


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


@EACH
def test_a_whole_number_among_the_options_may_be_a_float(decode: Any, undefined: Any) -> None:
    options = {"exclude": [float(2**53), 4503599627370497.0], "eligible": [-1.0], "retain": undefined}
    message = decode([16, 5, options, "com.example", [1.0, {"a": 2.0}]])
    plain = {"exclude": [2**53, 4503599627370497], "eligible": [-1]}
    assert message == decode([16, 5, plain, "com.example", [1.0, {"a": 2.0}]])
    assert all(type(id) is int for id in message.options.exclude)
    assert decode([48, 5, {"timeout": 5e9}, "com.example"]).options.timeout == 5_000_000_000


@EACH
@pytest.mark.parametrize(
    "message",
    [
        [16, 5, {"exclude": [1.5]}, "com.example"],
        [16, 5, {"exclude": [1e300]}, "com.example"],
        [16, 5, {"exclude": [float("inf")]}, "com.example"],
        [16, 5, {"exclude": [float("nan")]}, "com.example"],
        [16, 5, {"acknowledge": 1.0}, "com.example"],
        [48, 5, {"timeout": -1.0}, "com.example"],
        [48, 5.0, {}, "com.example"],
        [34, 5, 6.0],
    ],
    ids=str,
)
def test_any_other_float_where_a_number_is_expected_is_refused(decode: Any, undefined: Any, message: Any) -> None:
    with pytest.raises(ProtocolViolation):
        decode(message)
