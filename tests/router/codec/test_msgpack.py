"""MessagePack: bytes as bytes, and everything that MessagePack alone can say."""

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wampi.router.codec import MsgpackCodec, Outgoing, ProtocolViolation, Unrepresentable

CODEC = MsgpackCodec()
HEAD = b"\x95\x30\x01\x80\xa1a"  # [48, 1, {}, "a", and one more element

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(plain)
def test_what_is_dumped_is_loaded_as_it_was(value: Any) -> None:
    assert CODEC.load(CODEC.dump(value)) == value


@pytest.mark.parametrize(
    "argument",
    [
        b"\xc7\x05\x01abcde",  # an extension type
        b"\xd6\xff\x00\x00\x00\x00",  # a timestamp
        b"\x81\x01\x02",  # a number as key
        b"\x81\x91\x01\x02",  # a list as key
        b"\xca\x7f\xc0\x00\x00",  # NaN
        b"\xcb\x7f\xf0" + b"\0" * 6,  # infinity
        b"\xcf" + b"\xff" * 8,
    ],
    ids=bytes.hex,
)
def test_what_only_messagepack_can_say_is_kept_as_it_came(argument: bytes) -> None:
    message = CODEC.decode(HEAD + b"\x91" + argument)
    assert bytes(message.args) == b"\x91" + argument  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "argument",
    [
        b"\xc1",
        b"\xa1\xff",
        b"\xa3\xed\xa0\x80",  # a lone surrogate
        b"\x81\x81\x01\x01\x01",  # a map as key
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        b"",
    ],
    ids=bytes.hex,
)
def test_what_is_malformed_is_refused(argument: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(HEAD + b"\x91" + argument)


def test_bytes_are_not_text() -> None:
    for message in (
        [48, 1, {}, b"a"],
        [1, b"home", {"roles": {"caller": {}}}],
        [48, 1, b"", "a"],
        [48, 1, {}, "a", b""],
    ):
        with pytest.raises(ProtocolViolation):
            CODEC.decode(msgspec.msgpack.encode(message))


def test_a_keyword_is_text() -> None:
    for key in (1, b"a", None):
        with pytest.raises(ProtocolViolation):
            CODEC.decode(msgspec.msgpack.encode([48, 1, {}, "a", [], {key: 1}]))


@pytest.mark.parametrize(
    "value",
    [
        2**64,
        -(2**63) - 1,
        {1: 2},
        {b"a": 1},
        msgspec.msgpack.Ext(1, b""),
        datetime.datetime.now(datetime.UTC),
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
    assert msgspec.msgpack.decode(encoded) == [68, 1, 2, {"caller": 3}, [1, b"\xff"], {"a": 2}]


def test_a_message_without_arguments_ends_at_its_head() -> None:
    assert CODEC.encode(Outgoing((17, 1, 2))) == b"\x93\x11\x01\x02"
    assert CODEC.encode(Outgoing((50, 1, {}), CODEC.payload([]))) == b"\x93\x32\x01\x80"


def test_keyword_arguments_come_behind_an_empty_list() -> None:
    encoded = CODEC.encode(Outgoing((50, 1, {}), CODEC.payload([], {"a": 1})))
    assert msgspec.msgpack.decode(encoded) == [50, 1, {}, [], {"a": 1}]
