"""Payloads: byte for byte between the same serializers, converted once between different ones, in all directions."""

from itertools import permutations, product
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.core import CODECS
from support.wamp import ENCODE, SERIALIZERS
from wampi.router.codec import (
    EMPTY,
    CborCodec,
    Codec,
    JsonCodec,
    MsgpackCodec,
    Outgoing,
    Payload,
    Shape,
    Unrepresentable,
    shared,
)
from wampi.router.codec.messages import ABSENT

DIRECTIONS = list(product(SERIALIZERS, repeat=2))

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text().filter(lambda text: not text.startswith("\0"))
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


class CountingJson(JsonCodec):
    """JSON that counts how often something is converted to it."""

    dumps = 0

    def dump(self, value: Any) -> bytes:
        self.dumps += 1
        return super().dump(value)


def received(codec: Codec, args: Any, kwargs: Any = None) -> Payload:
    """Return a payload as it comes out of a message that was received."""
    encode = codec.dump if codec.name == "json" else ENCODE[codec.name]
    message: Any = [70, 1, {}, args] if kwargs is None else [70, 1, {}, args, kwargs]
    decoded: Any = codec.decode(encode(message))
    return Payload(codec, decoded.args, decoded.kwargs)


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
@given(args=st.lists(plain, max_size=3), kwargs=st.dictionaries(st.text(max_size=4), plain, max_size=3))
def test_values_arrive_as_they_were_sent_in_all_directions(
    source: str, target: str, args: list[Any], kwargs: dict[str, Any]
) -> None:
    form_args, form_kwargs = received(CODECS[source], args, kwargs).form(CODECS[target])
    assert CODECS[target].load(form_args) == args
    assert CODECS[target].load(form_kwargs) == kwargs


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_types_of_numbers_survive_in_all_directions(source: str, target: str) -> None:
    numbers = [1, 1.0, -0.0, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 1e300, True, False]
    form, _ = received(CODECS[source], numbers).form(CODECS[target])
    arrived = CODECS[target].load(form)
    assert list(map(repr, arrived)) == list(map(repr, numbers))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("json", b'[70,1,{},[ 1.0 , 1E2,"\\u0041",{"b":1,"a":2}],{"z": 1 ,"z":2}]'),
        ("msgpack", b"\x95\x46\x01\x80\x92\xd2\x00\x00\x00\x01\xd9\x01a\xde\x00\x01\xa1z\xcd\x00\x01"),
        ("cbor", bytes.fromhex("85184601a09f1a000000017f6161ffffbf617a190001ff")),
    ],
)
def test_the_bytes_stay_the_same_between_peers_of_one_serializer(name: str, data: bytes) -> None:
    codec = CODECS[name]
    message: Any = codec.decode(data)
    payload = Payload(codec, message.args, message.kwargs)
    encoded = codec.encode(Outgoing((50, 1, {}), payload))
    head = len(codec.encode(Outgoing((50, 1, {})))) - (1 if name == "json" else 0)
    separator = 1 if name == "json" else 0
    start = data.index(b"[ 1.0") if name == "json" else data.index(b"\x92" if name == "msgpack" else b"\x9f")
    assert encoded[head + separator :] == data[start:]


@pytest.mark.parametrize("kind", [JsonCodec, MsgpackCodec, CborCodec])
def test_the_bytes_stay_the_same_between_listeners_whose_codecs_differ_in_their_limits(kind: type[Codec]) -> None:
    payload = received(kind(), ["text"], {"a": 1})
    assert payload.form(kind(Shape(depth=5))) == (payload.args, payload.kwargs)
    assert payload.form(kind(Shape(depth=5)))[0] is payload.args


@pytest.mark.parametrize(
    ("source", "target"), [pair for pair in DIRECTIONS if "json" in pair and pair != ("json", "json")]
)
def test_bytes_cross_to_and_from_json_at_every_depth(source: str, target: str) -> None:
    args = [b"\x00\xff", [b"", {"a": [b"deep"]}]]
    form, _ = received(CODECS[source], args).form(CODECS[target])
    assert CODECS[target].load(form) == args


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("cbor", float("nan")),
        ("msgpack", float("inf")),
        ("cbor", cbor2.undefined),
        ("cbor", cbor2.CBORSimpleValue(99)),
        ("cbor", -(2**64)),
        ("cbor", {1: 2}),
        ("msgpack", {1: 2}),
        ("msgpack", {b"a": 2}),
        ("msgpack", msgspec.msgpack.Ext(1, b"x")),
    ],
    ids=repr,
)
def test_what_json_cannot_carry_passes_between_others_alone(source: str, value: Any) -> None:
    payload = received(CODECS[source], [[value]])
    assert payload.form(CODECS[source]) == (payload.args, ABSENT)
    with pytest.raises(Unrepresentable):
        payload.form(CODECS["json"])


def test_json_numbers_past_64_bits_pass_between_json_peers_alone() -> None:
    json = CODECS["json"]
    message: Any = json.decode(b"[70,1,{},[36893488147419103232]]")
    payload = Payload(json, message.args, message.kwargs)
    assert json.encode(Outgoing((50, 1, {}), payload)) == b"[50,1,{},[36893488147419103232]]"
    for name in ("msgpack", "cbor"):
        with pytest.raises(Unrepresentable):
            payload.form(CODECS[name])


def test_a_payload_is_converted_once_for_each_serializer() -> None:
    target = CountingJson()
    payload = received(MsgpackCodec(), [1], {"a": 2})
    assert payload.form(target) == payload.form(target) == (b"[1]", b'{"a":2}')
    assert target.dumps == 2  # args and kwargs


def test_that_a_payload_cannot_be_converted_is_found_once() -> None:
    target = CountingJson()
    payload = received(CborCodec(), [float("nan")], {"a": 1})
    for _ in range(3):
        with pytest.raises(Unrepresentable, match="NaN"):
            payload.form(target)
    assert target.dumps == 1


def test_no_arguments_stay_no_arguments_in_every_form() -> None:
    for codec in CODECS.values():
        assert EMPTY.form(codec) == (ABSENT, ABSENT)
        assert EMPTY.values() == ([], {})
        assert codec.payload([]).args is ABSENT
        assert codec.encode(Outgoing((50, 1, {}), EMPTY)) == codec.encode(Outgoing((50, 1, {})))


@pytest.mark.parametrize(("source", "target"), list(permutations(SERIALIZERS, 2)))
def test_absent_keywords_are_not_made_up_by_a_conversion(source: str, target: str) -> None:
    payload = received(CODECS[source], [1])
    assert payload.form(CODECS[target])[1] is ABSENT


def test_values_are_those_that_were_sent(codec: Codec) -> None:
    assert received(codec, [1, b"x"], {"a": b"y"}).values() == ([1, b"x"], {"a": b"y"})
    assert received(codec, [1]).values() == ([1], {})


def test_a_detached_payload_is_the_same_and_keeps_nothing_else(codec: Codec) -> None:
    payload = received(codec, ["text"], {"a": 1})
    detached = payload.detached()
    assert type(detached.args) is bytes
    assert type(detached.kwargs) is bytes
    assert detached.values() == payload.values()
    assert received(codec, ["text"]).detached().kwargs is ABSENT
    assert EMPTY.detached() is EMPTY


def test_the_size_is_that_of_both_arguments(codec: Codec) -> None:
    payload = received(codec, ["x" * 100], {"key": "y" * 50})
    assert payload.size_bytes == len(bytes(payload.args)) + len(bytes(payload.kwargs))
    assert EMPTY.size_bytes == 0


def test_a_shared_message_has_a_place_for_its_forms() -> None:
    assert shared((36, 1, 2, {}), EMPTY).forms == {}
    assert Outgoing((36, 1, 2, {}), EMPTY).forms is None
    assert repr(Outgoing((17, 1, 2))) == "Outgoing(17, 1, 2)"
