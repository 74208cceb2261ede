"""JSON: what is a number, what is text, and bytes as text (advanced profile, "Binary conversion of JSON Strings")."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wampi.router.codec import JsonCodec, Outgoing, ProtocolViolation, Unrepresentable

CODEC = JsonCodec()

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


def is_ambiguous(value: Any) -> bool:
    """Say whether a text in the value begins with U+0000 and so reads as bytes."""
    if isinstance(value, str):
        return value.startswith("\0")
    if isinstance(value, dict):
        return any(map(is_ambiguous, value.values()))
    return isinstance(value, list) and any(map(is_ambiguous, value))


def arguments(text: str) -> bytes:
    return b'[48,1,{},"a",[' + text.encode("utf-8", "surrogatepass") + b"]]"


@given(plain.filter(lambda value: not is_ambiguous(value)))
def test_what_is_dumped_is_loaded_as_it_was(value: Any) -> None:
    assert CODEC.load(CODEC.dump(value)) == value


@given(st.binary())
def test_bytes_are_a_string_of_base64_behind_a_nul(value: bytes) -> None:
    text = json.loads(CODEC.dump(value))
    assert text == "\0" + base64.b64encode(value).decode()


@pytest.mark.parametrize("depth", range(5))
def test_bytes_are_found_at_every_depth(depth: int) -> None:
    value: Any = b"\xff\x00"
    for level in range(depth):
        value = [1, value] if level % 2 else {"key": value, "other": "text"}
    assert CODEC.load(CODEC.dump(value)) == value


def test_the_key_of_a_map_never_stands_for_bytes() -> None:
    assert CODEC.load(b'{"\\u0000/w==": "\\u0000/w=="}') == {"\0/w==": b"\xff"}


@pytest.mark.parametrize(
    "text", ["\0!", "\0/w=", "\0/w", "\0 /w==", "\0/w==\n", "\0ü", "\0-_-_", "\0/w==/w==", "x\0/w=="]
)
def test_a_string_that_is_no_base64_behind_its_nul_stays_text(text: str) -> None:
    assert CODEC.load(json.dumps([text]).encode()) == [text]


@pytest.mark.parametrize("text", ["\0", "\0/w==", "\0AAEC"])
def test_text_that_would_be_read_as_bytes_is_not_sent(text: str) -> None:
    for value in (text, [text], {"key": [text]}):
        with pytest.raises(Unrepresentable, match="read as bytes"):
            CODEC.dump(value)


def test_a_nul_alone_stands_for_no_bytes() -> None:
    assert CODEC.load(b'["\\u0000"]') == [b""]


def test_an_escaped_backslash_is_no_nul() -> None:
    assert CODEC.load(b'["\\\\u0000/w=="]') == ["\\u0000/w=="]


@pytest.mark.parametrize(
    "number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "0x1", "1" * 5000]
)
def test_what_is_no_finite_json_number_is_refused(number: str) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(arguments(number))


@pytest.mark.parametrize("number", ["1", "1.0", "-0.0", "1e10", "1E-7", "18446744073709551615", "-9223372036854775808"])
def test_numbers_keep_the_very_form_they_came_in(number: str) -> None:
    message = CODEC.decode(arguments(number))
    assert bytes(message.args) == f"[{number}]".encode()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text", ['"\\ud800"', '"\\udc00"', '"\\udc00\\ud800"', '"\\ud800x"', '{"\\ud800": 1}', '"\ud800"']
)
def test_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(arguments(text))


def test_a_pair_of_surrogates_is_one_character() -> None:
    message = CODEC.decode(arguments('"\\ud83d\\ude00"'))
    assert CODEC.load(message.args) == ["\U0001f600"]  # type: ignore[union-attr]


@pytest.mark.parametrize("data", [b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"', b'{"\xff": 1}'])
def test_invalid_utf_8_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(b'[48,1,{},"a",[' + data + b"]]")
    with pytest.raises(ProtocolViolation):
        CODEC.decode(b'[48,1,{},"a",[],{"key":' + data + b"}]")


@pytest.mark.parametrize(
    "text", ['"\x00"', '"\n"', "'a'", "[1,]", "{1:2}", "{'a':1}", "nul", "True", "// x\n1", '"\\x41"', "[,]"]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(arguments(text))


def test_a_byte_order_mark_is_refused() -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(b"\xef\xbb\xbf" + arguments("1"))


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        2**64,
        -(2**63) - 1,
        {1: 2},
        {b"a": 1},
        {None: 1},
        object(),
        {1, 2},
        1j,
        "\ud800",
    ],
    ids=repr,
)
def test_what_json_has_no_form_for_is_unrepresentable(value: Any) -> None:
    for around in (value, [value], {"key": [value]}):
        with pytest.raises(Unrepresentable):
            CODEC.dump(around)


def test_a_message_is_encoded_in_the_order_of_its_elements() -> None:
    payload = CODEC.payload([1, b"\xff"], {"a": 2})
    encoded = CODEC.encode(Outgoing((68, 1, 2, {"caller": 3}), payload))
    assert encoded == b'[68,1,2,{"caller":3},[1,"\\u0000/w=="],{"a":2}]'


def test_a_message_without_arguments_ends_at_its_head() -> None:
    assert CODEC.encode(Outgoing((17, 1, 2))) == b"[17,1,2]"
    assert CODEC.encode(Outgoing((50, 1, {}), CODEC.payload([]))) == b"[50,1,{}]"


def test_keyword_arguments_come_behind_an_empty_list() -> None:
    assert CODEC.encode(Outgoing((50, 1, {}), CODEC.payload([], {"a": 1}))) == b'[50,1,{},[],{"a":1}]'
