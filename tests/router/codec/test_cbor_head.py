from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wampi.router.codec import CborCodec, ProtocolViolation
from wampi.router.codec.cbor_head import read_head, write_head
from wampi.router.codec.messages import Incoming

SIMPLE = st.integers(0, 2**64 - 1) | st.text(max_size=300) | st.just({})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


class LongWay(CborCodec):
    """Reads every message item by item."""

    def _short_form(self, data: bytes) -> Incoming | None:
        return None


def outcome(codec: CborCodec, data: bytes) -> Any:
    """Return the message with its arguments as bytes, or that it was refused."""
    try:
        message = codec.decode(data)
    except ProtocolViolation:
        return None
    parts = {name: getattr(message, name) for name in message.__struct_fields__}
    return type(message), {name: bytes(part) if name in ("args", "kwargs") else part for name, part in parts.items()}


@given(st.lists(SIMPLE, min_size=1, max_size=7), st.integers(0, 2))
def test_what_is_written_is_what_the_library_writes(elements: list[Any], more: int) -> None:
    whole = cbor2.dumps([*elements, *range(more)])
    assert write_head(tuple(elements), more) + whole[len(whole) - more :] == whole


def test_other_elements_are_written_by_the_library() -> None:
    head = (8, 48, 1, {"caller": 2}, "a.b", True, None)
    assert write_head(head, 0) == cbor2.dumps(list(head))


@given(st.lists(st.integers(0, 2**64 - 1) | st.text(max_size=200) | st.just({}), min_size=1, max_size=7))
def test_a_simple_head_is_read_to_its_end(elements: list[Any]) -> None:
    data = cbor2.dumps(elements)
    assert read_head(data) == (elements, len(data), len(elements))


@pytest.mark.parametrize("other", [[], ["x"], {"x": 1}, -1, None, True, 1.5, b"x", "x" * 256])
def test_the_first_element_of_another_kind_ends_it(other: Any) -> None:
    start = cbor2.dumps([48, 2**53, {}, "com.example.échò"])[1:]
    data = b"\x85" + start + cbor2.dumps(other)
    assert read_head(data) == ([48, 2**53, {}, "com.example.échò"], 1 + len(start), 5)


@pytest.mark.parametrize("data", [b"\x80", b"\x88", b"\x98\x04", b"\x9f", b"\xa0", b"\x01"])
def test_what_is_no_short_array_is_left_to_the_library(data: bytes) -> None:
    assert read_head(data) is None


@pytest.mark.parametrize(
    "data", [b"", b"\x81", b"\x81\x18", b"\x81\x19\x01", b"\x81\x1b\x01", b"\x81\x78", b"\x81\x65abc"]
)
def test_a_head_that_is_cut_short_is_an_error(data: bytes) -> None:
    with pytest.raises(IndexError):
        read_head(data)


def test_text_that_is_no_utf8_is_an_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        read_head(b"\x81\x61\xff")


@given(
    st.sampled_from([16, 48, 70, 8, 32, 64, 5, 999]),
    st.lists(SIMPLE | VALUES, max_size=6),
    st.binary(max_size=3),
    st.data(),
)
def test_the_short_form_and_the_long_way_are_of_one_mind(code: int, rest: list[Any], tail: bytes, data: Any) -> None:
    message = cbor2.dumps([code, *rest]) + tail
    at = data.draw(st.integers(0, len(message)))
    damaged = message[:at] + data.draw(st.binary(max_size=2)) + message[at + data.draw(st.integers(0, 2)) :]
    for octets in (message, damaged):
        assert outcome(CborCodec(), octets) == outcome(LongWay(), octets)


@given(st.sampled_from([16, 48]), VALUES, VALUES, st.binary(max_size=4), st.integers(0, 8))
def test_they_agree_on_arguments(code: int, args: Any, kwargs: Any, tail: bytes, cut: int) -> None:
    for parts in ([args], [[], kwargs], [[args], {"key": kwargs}]):
        whole = cbor2.dumps([code, 7, {}, "com.example", *parts])
        for octets in (whole, whole + tail, whole[: len(whole) - cut]):
            assert outcome(CborCodec(), octets) == outcome(LongWay(), octets)


@pytest.mark.parametrize("tail", [b"\xff", b"\xf6", b"\x80", b"\x00" * 20, b"\xff\xff"])
def test_nothing_may_follow_the_arguments(tail: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        CborCodec().decode(cbor2.dumps([48, 1, {}, "com.example", [1]]) + tail)
