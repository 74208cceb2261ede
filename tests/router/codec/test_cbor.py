"""CBOR: every legal form of the envelope, no tags, and the byte ranges of the arguments."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wampi.router.codec import CborCodec, Outgoing, ProtocolViolation, Shape, Unrepresentable
from wampi.router.codec.messages import ABSENT

CODEC = CborCodec()
HEAD = bytes.fromhex("85183001a06161")  # [48, 1, {}, "a", and one more element

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(plain)
def test_what_is_dumped_is_loaded_as_it_was(value: Any) -> None:
    assert CODEC.load(CODEC.dump(value)) == value


@given(st.lists(plain, max_size=3), st.dictionaries(st.text(max_size=5), plain, max_size=3))
def test_the_arguments_are_kept_byte_by_byte(args: list[Any], kwargs: dict[str, Any]) -> None:
    message: Any = CODEC.decode(cbor2.dumps([48, 1, {"timeout": 5}, "com.example", args, kwargs]))
    assert message.options.timeout == 5
    assert message.args == cbor2.dumps(args)
    assert message.kwargs == cbor2.dumps(kwargs)


@pytest.mark.parametrize(
    ("envelope", "args", "kwargs"),
    [
        ("84183001a06161", None, None),
        ("9804183001a06161", None, None),
        ("9805183001a0616180", "80", None),
        ("9f183001a06161ff", None, None),
        ("9f183001a061618101ff", "8101", None),
        ("9f183001a061618101bf616101ffff", "8101", "bf616101ff"),
        ("85190030190001a061618101", "8101", None),
        ("85183001bfff7f6161ff9f01ff", "9f01ff", None),
    ],
)
def test_every_legal_envelope_is_accepted(envelope: str, args: str | None, kwargs: str | None) -> None:
    message: Any = CODEC.decode(bytes.fromhex(envelope))
    assert (message.request, message.procedure) == (1, "a")
    assert message.args == (bytes.fromhex(args) if args else ABSENT)
    assert message.kwargs == (bytes.fromhex(kwargs) if kwargs else ABSENT)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "98",
        "9f",
        "9f183001a06161",
        "9f183001a06161810160ff",
        "9f183001a06161ff00",
        "99000484",
        "9a00000004",
        "ff",
        "80",
        "9fff",
        "a0",
        "1830",
        "84",
    ],
)
def test_what_is_no_envelope_is_refused(data: str) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(bytes.fromhex(data))


TAGS = [
    *range(24),
    24,
    28,
    29,
    30,
    35,
    36,
    37,
    43,
    54,
    100,
    256,
    257,
    258,
    260,
    261,
    1004,
    43000,
    55799,
    2**32,
    2**64 - 1,
]


@pytest.mark.parametrize("tag", TAGS)
def test_every_tag_is_refused_at_every_depth(tag: int) -> None:
    tagged = (bytes([0xC0 + tag]) if tag < 24 else b"\xdb" + tag.to_bytes(8, "big")) + b"\x01"
    for argument in (tagged, b"\x81" + tagged, b"\x81\xa1\x61a" + tagged, b"\xa1" + tagged + b"\x01"):
        with pytest.raises(ProtocolViolation):
            CODEC.decode(HEAD + argument)
    with pytest.raises(ProtocolViolation, match="CBOR tags are not accepted"):
        CODEC.decode(bytes.fromhex("84183001a16161") + tagged + b"\x61a")


@pytest.mark.parametrize(
    ("tagged", "plain"),
    [
        ("81d840420102", [b"\x01\x02"]),
        ("82d8404001", [b"", 1]),
        ("9fd8404101ff", [b"\x01"]),
        ("81d8405f41014102ff", [b"\x01\x02"]),
        ("81a16161d8404101", [{"a": b"\x01"}]),
    ],
)
def test_bytes_tagged_as_javascript_does_it_are_bytes_without_the_tag(tagged: str, plain: list[Any]) -> None:
    message: Any = CODEC.decode(HEAD + bytes.fromhex(tagged))
    assert message == CODEC.decode(HEAD + cbor2.dumps(plain))
    assert CODEC.load(message.args) == plain


@pytest.mark.parametrize("argument", ["81d84001", "81d8406161", "81d84081d8404101", "82d8404101c001", "81d8404101ff"])
def test_nothing_else_passes_behind_that_tag(argument: str) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(HEAD + bytes.fromhex(argument))
    with pytest.raises(ProtocolViolation):
        CODEC.decode(bytes.fromhex("84183001a0d8404161"))


def test_tags_hide_neither_depth_nor_number_of_elements() -> None:
    codec = CborCodec(Shape(depth=8, elements=50))
    tagged = bytes.fromhex("d84040")
    deep = b"\x82" + tagged
    codec.decode(HEAD + deep * 6 + b"\x80")
    with pytest.raises(ProtocolViolation, match="nested deeper"):
        codec.decode(HEAD + deep * 30 + b"\x80")
    with pytest.raises(ProtocolViolation, match="more than 50 elements"):
        codec.decode(HEAD + b"\x98\x28" + (b"\x82" + tagged + b"\x01") * 40)
    with pytest.raises(ProtocolViolation, match="more than 50 elements"):
        codec.decode(HEAD + b"\x81" + b"\xd8\x40" * 51 + b"\x40")


@pytest.mark.parametrize("code", ["20", "18ff", "f94100"])
def test_a_message_of_no_known_type_is_called_that(code: str) -> None:
    with pytest.raises(ProtocolViolation, match="unknown message type"):
        CODEC.decode(b"\x82" + bytes.fromhex(code) + b"\xa0")


def test_a_tagged_message_is_refused() -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(bytes.fromhex("d9d9f784183001a06161"))


@pytest.mark.parametrize(
    "argument", ["f7", "f0", "f8ff", "f97e00", "fa7fc00000", "3bffffffffffffffff", "a10102", "a1810102", "5f4101ff"]
)
def test_what_only_cbor_can_say_is_kept_as_it_came(argument: str) -> None:
    message: Any = CODEC.decode(HEAD + b"\x81" + bytes.fromhex(argument))
    assert message.args == b"\x81" + bytes.fromhex(argument)


@pytest.mark.parametrize(
    "argument",
    ["", "ff", "1c", "18", "61ff", "63eda080", "a2616101616102", "bf616101616102ff", "bf6161ff", "7f4101ff", "5f6161ff",
     "5f5f4101ffff", "9a7fffffff", "9bffffffffffffffff", "5a7fffffff00", "bb7fffffffffffffff", "f800", "f81f"],
)  # fmt: skip
def test_what_is_malformed_is_refused(argument: str) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(HEAD + b"\x81" + bytes.fromhex(argument))


def test_a_key_given_twice_is_refused_in_options_too() -> None:
    with pytest.raises(ProtocolViolation, match="uplicate"):
        CODEC.decode(bytes.fromhex("84183001a26161016161026161"))


def test_bytes_are_not_text() -> None:
    for message in (
        [48, 1, {}, b"a"],
        [1, b"home", {"roles": {"caller": {}}}],
        [48, 1, b"", "a"],
        [48, 1, {}, "a", b""],
    ):
        with pytest.raises(ProtocolViolation):
            CODEC.decode(cbor2.dumps(message))


@pytest.mark.parametrize("value", [cbor2.undefined, cbor2.CBORSimpleValue(99), 2**70], ids=repr)
def test_values_of_cbors_own_are_no_part_of_an_envelope(value: Any) -> None:
    for position in range(4):
        message: list[Any] = [48, 1, {}, "a"]
        message[position] = value
        with pytest.raises(ProtocolViolation):
            CODEC.decode(cbor2.dumps(message))


def test_a_keyword_is_text() -> None:
    for key in (1, b"a", None, cbor2.undefined, (1, 2)):
        with pytest.raises(ProtocolViolation):
            CODEC.decode(cbor2.dumps([48, 1, {}, "a", [], {key: 1}]))


def test_too_many_elements_behind_the_keyword_arguments_are_refused() -> None:
    with pytest.raises(ProtocolViolation, match="too many elements"):
        CODEC.decode(cbor2.dumps([48, 1, {}, "a", [], {}, 1]))
    with pytest.raises(ProtocolViolation, match="too many elements"):
        CODEC.decode(cbor2.dumps([32, 1, {}, "a", []]))


@pytest.mark.parametrize(
    "value",
    [
        2**64,
        -(2**64),
        {1: 2},
        {b"a": 1},
        cbor2.undefined,
        cbor2.CBORSimpleValue(7),
        cbor2.CBORTag(1, 2),
        {1, 2},
        1j,
        "\ud800",
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_common_form_is_unrepresentable(value: Any) -> None:
    for around in (value, [value], {"key": [value]}):
        with pytest.raises(Unrepresentable):
            CODEC.dump(around)


def test_a_message_is_encoded_in_the_order_of_its_elements() -> None:
    payload = CODEC.payload([1, b"\xff"], {"a": 2})
    encoded = CODEC.encode(Outgoing((68, 1, 2, {"caller": 3}), payload))
    assert cbor2.loads(encoded) == [68, 1, 2, {"caller": 3}, [1, b"\xff"], {"a": 2}]


def test_a_message_without_arguments_ends_at_its_head() -> None:
    assert CODEC.encode(Outgoing((17, 1, 2))) == b"\x83\x11\x01\x02"
    assert CODEC.encode(Outgoing((50, 1, {}), CODEC.payload([]))) == bytes.fromhex("83183201a0")


def test_keyword_arguments_come_behind_an_empty_list() -> None:
    encoded = CODEC.encode(Outgoing((50, 1, {}), CODEC.payload([], {"a": 1})))
    assert cbor2.loads(encoded) == [50, 1, {}, [], {"a": 1}]
