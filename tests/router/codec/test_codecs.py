"""What all codecs share."""

import pytest
from wampi.router.codec import Codec, ProtocolViolation, Shape, Unrepresentable, codecs
from wampi.router.codec.errors import hint
from wampi.router.codec.plain import check_plain


def test_there_is_a_codec_for_each_serializer_under_the_name_of_its_subprotocol() -> None:
    assert {name: codec.name for name, codec in codecs().items()} == {
        "json": "json",
        "msgpack": "msgpack",
        "cbor": "cbor",
        "ubjson": "ubjson",
    }


def test_only_json_travels_as_text() -> None:
    assert [name for name, codec in codecs().items() if not codec.is_binary] == ["json"]


def test_the_shape_is_the_one_that_was_asked_for() -> None:
    for codec in codecs(Shape(depth=3, elements=9)).values():
        codec.decode(codec.dump([48, 1, {}, "a", [[1, 2, 3]]]))
        with pytest.raises(ProtocolViolation, match="deeper than 3"):
            codec.decode(codec.dump([48, 1, {}, "a", [[[[]]]]]))


def test_values_become_a_payload(codec: Codec) -> None:
    assert codec.payload([1, None], {"a": b"x"}).values() == ([1, None], {"a": b"x"})
    assert codec.payload([], {"a": 1}).values() == ([], {"a": 1})
    assert codec.payload([]).codec is None


def test_a_value_nested_without_end_is_unrepresentable(codec: Codec) -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises((Unrepresentable, RecursionError)):
        codec.dump(endless)


def test_a_hint_is_cut_short() -> None:
    assert hint(ValueError("wrong")) == "wrong"
    assert len(hint(ValueError("x" * 1000))) == 160
    assert hint(ValueError("x" * 161)).endswith("x...")


def test_a_plain_value_may_be_of_any_size_that_all_serializers_have() -> None:
    check_plain([None, True, 2**64 - 1, -(2**63), 1.5, "text", b"bytes", (1, [2]), {"a": {"b": []}}])
    for value in (2**64, -(2**63) - 1, {1: 1}, bytearray(b"x"), object()):
        with pytest.raises(Unrepresentable):
            check_plain([{"a": value}])
