"""Depth and width are the same limit in every serializer, and finding them costs one pass at most."""

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.wamp import ENCODE, SERIALIZERS
from wampi.router.codec import Codec, ProtocolViolation, Shape, codecs
from wampi.router.codec.shape import check_json

SMALL = Shape(depth=6, elements=20)
SMALL_CODECS = codecs(SMALL)
MEGABYTE = 1 << 20

values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text('[]{},:"\\a\u00e9 ', max_size=4),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, min_size=1, max_size=1)
        | st.dictionaries(st.text('[{,"\\b', max_size=3), inner, max_size=5)
    ),
    max_leaves=30,
)


def depth_of(value: Any) -> int:
    if not isinstance(value, list | dict):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, inner), default=0)


def elements_of(value: Any) -> int:
    if not isinstance(value, list | dict):
        return 0
    inner = list(value.values() if isinstance(value, dict) else value)
    return len(inner) + sum(map(elements_of, inner))


def refusal(codec: Codec, data: bytes) -> str | None:
    try:
        codec.decode(data)
    except ProtocolViolation as violation:
        return str(violation)
    return None


@pytest.mark.parametrize("name", SERIALIZERS)
@given(args=st.lists(values, max_size=12))
def test_a_message_is_refused_for_its_shape_exactly_when_it_is_too_deep_or_too_wide(name: str, args: list[Any]) -> None:
    message = [48, 1, {}, "a", args]
    fits = depth_of(message) <= SMALL.depth and elements_of(message) <= SMALL.elements
    reason = refusal(SMALL_CODECS[name], ENCODE[name](message))
    assert (reason is None) == fits
    assert fits or "the message" in str(reason)


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_thirty_two_levels_pass_and_thirty_three_do_not(codec: Codec) -> None:
    encode = ENCODE[codec.name]
    assert refusal(codec, encode([48, 1, {}, "a", nested(31)])) is None
    assert refusal(codec, encode([48, 1, {}, "a", nested(32)])) == "the message is nested deeper than 32 levels"


def test_depth_is_bounded_in_options_as_well(codec: Codec) -> None:
    assert refusal(codec, ENCODE[codec.name]([48, 1, {"x": nested(32)}, "a"])) == (
        "the message is nested deeper than 32 levels"
    )


@pytest.mark.parametrize("element", [7, "text", [], {}, None])
def test_ten_thousand_elements_pass_and_one_more_does_not(codec: Codec, element: Any) -> None:
    encode = ENCODE[codec.name]
    around = 5  # the elements of the message itself
    assert refusal(codec, encode([48, 1, {}, "a", [element] * (10_000 - around)])) is None
    assert refusal(codec, encode([48, 1, {}, "a", [element] * (10_001 - around)])) == (
        "the message has more than 10000 elements"
    )


def test_the_pairs_of_a_map_count_as_one_element_each(codec: Codec) -> None:
    encode = ENCODE[codec.name]
    kwargs = {str(number): number for number in range(10_000 - 6)}
    assert refusal(codec, encode([48, 1, {}, "a", [], kwargs])) is None
    assert refusal(codec, encode([48, 1, {}, "a", [], kwargs | {"x": 1}])) is not None


def test_brackets_and_commas_in_text_do_not_count(codec: Codec) -> None:
    text = '[{"\\' * 3000 + "," * 20_000
    assert refusal(codec, ENCODE[codec.name]([48, 1, {}, "a", [text], {text: text}])) is None


def test_long_bytes_are_not_looked_into() -> None:
    for name in ("msgpack", "cbor"):
        data = ENCODE[name]([48, 1, {}, "a", [bytes(range(256)) * 400]])
        assert refusal(SMALL_CODECS[name], data) is None


@pytest.mark.parametrize(
    "data",
    [
        b"[" * MEGABYTE,
        b"]" * MEGABYTE,
        b"[]" * (MEGABYTE // 2),
        b"[" + b"[]" * (MEGABYTE // 2),
        b'["' + b'[\\"' * (MEGABYTE // 3),
        b"[" * 40 + b'"' + b"\\" * MEGABYTE,
        b"[" * 40 + b'"\\",' * (MEGABYTE // 4),
        b"[" * 40 + b'""' * (MEGABYTE // 2),
        b"[" * 40 + b'"' * (MEGABYTE + 1),
        b"[" * 40 + b'"' + b'","' * (MEGABYTE // 3),
        b"[" * 40 + b" " * MEGABYTE,
        b"[ " * 40 + b"[" + b" " * MEGABYTE,
        b"{" * 20 + b"," * MEGABYTE,
        b"[1," * (MEGABYTE // 3),
    ],
    ids=lambda data: data[-4:].decode(),
)
def test_a_megabyte_of_nonsense_costs_one_pass(data: bytes) -> None:
    started = time.process_time()
    with pytest.raises(ProtocolViolation):
        codecs()["json"].decode(data)
    # one pass takes some hundredths of a second, a quadratic one would take days
    assert time.process_time() - started < 5


def test_json_that_is_malformed_is_left_to_the_parser() -> None:
    for data in (b"]" * 50, b"[]" * 10, b'"[[[[' + b"[" * 50, b"\xff" * 50 + b"{}" * 40, b""):
        check_json(data, SMALL)


def test_json_with_white_space_between_the_brackets_is_empty_too() -> None:
    check_json(b"[" + b",".join([b"[ ]", b"{\n}"] * 3) + b"]", Shape(depth=3, elements=6))
    with pytest.raises(ProtocolViolation, match="more than 5 elements"):
        check_json(b"[" + b",".join([b"[ ]", b"{\n}"] * 3) + b"]", Shape(depth=3, elements=5))


@given(st.text('[]{},1"', max_size=40).map(str.encode), st.integers(1, 6))
def test_depth_is_that_of_the_brackets_one_after_the_other(text: bytes, most: int) -> None:
    """Whatever short cut is taken, for well-formed JSON and any other."""
    deepest = depth = 0
    for octet in re.sub(rb'"[^"]*"?', b"", text):
        depth += (octet in b"[{") - (octet in b"]}")
        deepest = max(deepest, depth)
        if depth <= 0 and octet in b"[]{}":
            break
    try:
        check_json(text, Shape(most, 100))
    except ProtocolViolation:
        assert deepest > most
    else:
        assert deepest <= most
