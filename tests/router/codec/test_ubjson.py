"""UBJSON: draft 12 as py-ubjson and the message vectors of WAMP have it, and what hostile bytes may cost."""

import tracemalloc
from itertools import pairwise
from struct import pack
from typing import Any

import pytest
import ubjson
from hypothesis import given
from hypothesis import strategies as st
from wampi.router.codec import Outgoing, ProtocolViolation, UbjsonCodec, Unrepresentable
from wampi.router.codec.messages import ABSENT

CODEC = UbjsonCodec()
HEAD = b"[U0U\x01{}SU\x01a"  # [48, 1, {}, "a", and one more element and "]"
HUGE = b"L" + pack(">q", 2**63 - 1)

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


def decoded(argument: bytes) -> Any:
    """Return the value of an argument that comes in a message."""
    message: Any = CODEC.decode(HEAD + b"[" + argument + b"]]")
    assert message.args == b"[" + argument + b"]"
    [value] = CODEC.load(message.args)
    return value


# ---- values ----------------------------------------------------------------------------------------------------


@given(plain)
def test_what_is_dumped_is_loaded_as_it_was(value: Any) -> None:
    assert CODEC.load(CODEC.dump(value)) == value
    assert repr(CODEC.load(CODEC.dump(value))) == repr(value)


@given(plain)
def test_the_library_reads_what_is_written_here(value: Any) -> None:
    assert ubjson.loadb(CODEC.dump(value)) == value


@given(plain, st.booleans(), st.booleans())
def test_what_the_library_writes_is_read_here(value: Any, counted: bool, float32: bool) -> None:
    data = ubjson.dumpb(value, container_count=counted, no_float32=not float32)
    read = decoded(data)
    assert read == (ubjson.loadb(data) if float32 else value)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"Z", None),
        (b"T", True),
        (b"F", False),
        (b"i\xff", -1),
        (b"U\xff", 255),
        (b"I\x80\x00", -32768),
        (b"l\x00\x01\x00\x00", 65536),
        (b"L\x80" + bytes(7), -(2**63)),
        (b"d\x3f\x00\x00\x00", 0.5),
        (b"D\xbf\xf0" + bytes(6), -1.0),
        (b"Cx", "x"),
        (b"SU\x02\xc3\xbc", "ü"),
        (b"Si\x00", ""),
        (b"HU\x02-7", -7),
        (b"HU\x1418446744073709551615", 2**64 - 1),
        (b"HU\x041e-3", 0.001),
        (b"[$U#U\x03abc", b"abc"),
        (b"[$U#U\x00", b""),
        (b"[$U#L" + bytes(7) + b"\x01x", b"x"),
        (b"[#U\x02TF", [True, False]),
        (b"[$i#U\x02\x01\xff", [1, -1]),
        (b"[$S#U\x02U\x01aU\x01b", ["a", "b"]),
        (b"[$Z#U\x03", [None, None, None]),
        (b"[$[#U\x02]U\x01]", [[], [1]]),
        (b"[$[#U\x01$U#U\x01x", [b"x"]),
        (b"[NNTNFNN]", [True, False]),
        (b"[#U\x02NTNF", [True, False]),
        (b"{U\x01aTi\x01bF}", {"a": True, "b": False}),
        (b"{#U\x01U\x01aT", {"a": True}),
        (b"{$T#U\x02U\x01aU\x01b", {"a": True, "b": True}),
        (b"{$U#U\x02U\x01a\x07U\x01b\x08", {"a": 7, "b": 8}),
        (b"{NU\x01aTN}", {"a": True}),
        (b"{$[#U\x01U\x00]", {"": []}),
    ],
)
def test_every_form_of_a_value_is_read(data: bytes, value: Any) -> None:
    read = decoded(data)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "data",
    [
        b"]",
        b"}",
        b"x",
        b"$",
        b"#",
        b"u\x00\x01",  # an unsigned type of BJData
        b"i",
        b"I\x00",
        b"D\x00",
        b"C",
        b"C\xff",
        b"S",
        b"SU",
        b"SU\x02a",
        b"Si\xff",
        b"ST",
        b"SZ",
        b"SU\x01\xff",
        b"SU\x03\xed\xa0\x80",
        b"d\x7f\xc0\x00\x00",
        b"d\x7f\x80\x00\x00",
        b"D\x7f\xf8" + bytes(6),
        b"D\xff\xf0" + bytes(6),
        b"HU\x00",
        b"HU\x03NaN",
        b"HU\x04 1.5",
        b"HU\x021_",
        b"HU\x0201",
        b"HU\x02\xd9\xa1",
        b"HU\x051e999",
        b"HU\x1418446744073709551616",
        b"HU\x14-9223372036854775809",
        b"HI\x03\xe9" + b"1" * 1001,
        b"[$U",
        b"[$U]",
        b"[$N#U\x01",
        b"[$x#U\x00",
        b"[#T",
        b"[#i\xff",
        b"[#U\x01",
        b"[$i#U\x02\x01",
        b"[}",
        b"{]",
        b"{U\x01a}",
        b"{SU\x01aT}",
        b"{T}",
        b"{U\x01aTU\x01aF}",
        b"{#U\x02U\x01aTU\x01aF",
        b"{$T#U\x02U\x01aU\x01a",
        b"{U\x01\xffT}",
        b"{i\xffaT}",
    ],
)
def test_what_is_no_value_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(HEAD + b"[" + data + b"]]")


@pytest.mark.parametrize(
    "value", [2**64, -(2**63) - 1, float("nan"), float("-inf"), {1: 2}, "\ud800", {"\udfff": 1}, 1j], ids=ascii
)
def test_what_has_no_form_is_unrepresentable(value: Any) -> None:
    for around in (value, [value], {"key": [value]}):
        with pytest.raises(Unrepresentable):
            CODEC.dump(around)


def test_an_integer_takes_its_shortest_form() -> None:
    edges = [0, 2**8, 2**15, 2**31, 2**63]
    lengths = [len(CODEC.dump(edge - 1)) for edge in edges[1:]]
    assert lengths == [2, 3, 5, 9]
    assert [len(CODEC.dump(-edge)) for edge in (1, 2**7, 2**15, 2**31, 2**63)] == [2, 2, 3, 5, 9]
    assert all(len(CODEC.dump(low)) <= len(CODEC.dump(high)) for low, high in pairwise(edges))


# ---- messages --------------------------------------------------------------------------------------------------

VECTORS = [
    ("5b55306c00773bf77b7d535516636f6d2e6d796170702e6d7970726f636564757265315b53550d48656c6c6f2c20776f726c64215d5d",
     (48, 7814135, {}, "com.myapp.myprocedure1"), ["Hello, world!"]),
    ("5b55466c005d8f4d7b7d5d", (70, 6131533, {}), None),
    ("5b55246c0095e5264c0000001a21a278be7b7d5b53550d48656c6c6f2c206576656e74215d5d",
     (36, 9823526, 112233445566, {}), ["Hello, event!"]),
]  # fmt: skip
"""Messages of the specification's suite: the bytes, the elements before the arguments, the arguments."""


@pytest.mark.parametrize(("data", "head", "args"), VECTORS)
def test_messages_are_those_of_the_specifications_suite(data: str, head: tuple[Any, ...], args: Any) -> None:
    payload = None if args is None else CODEC.payload(args)
    assert CODEC.encode(Outgoing(head, payload)).hex() == data
    if head[0] != 36:
        message: Any = CODEC.decode(bytes.fromhex(data))
        assert message.request == head[1]
        assert args is None or CODEC.load(message.args) == args


def test_bytes_in_place_of_arguments_are_those_of_the_specifications_suite() -> None:
    options = {"enc_algo": "cryptobox", "enc_serializer": "msgpack"}
    sealed = bytes.fromhex("83a5636f6c6f72a4626c7565a473697a65a56c61726765a5636f756e741e")
    vector = bytes.fromhex(
        "5b55244c00000001509c397e4c000000e891bf99087b5508656e635f616c676f53550963727970746f626f78550e656e635f736572"
        "69616c697a65725355076d73677061636b7d5b245523551e83a5636f6c6f72a4626c7565a473697a65a56c61726765a5636f756e741e5d"
    )
    message: Any = CODEC.decode(CODEC.dump([70, 1, options, sealed]))
    assert CODEC.load(message.args) == sealed
    assert vector.endswith(message.args + b"]")
    assert CODEC.load(vector) == [36, 5647382910, 998877665544, options, sealed]


@pytest.mark.parametrize(
    ("data", "args", "kwargs"),
    [
        (b"[U0U\x01{}SU\x01a]", None, None),
        (b"[NU0NU\x01N{}NSU\x01aNN]", None, None),
        (b"[NU0U\x01{}SU\x01aN[T]N{}N]", b"[T]", b"{}"),
        (b"[#U\x04i0i\x01{#U\x00SU\x01a", None, None),
        (b"[#i\x06U0L" + bytes(7) + b"\x01{}CaN[$T#U\x02{$Z#U\x01U\x01k", b"[$T#U\x02", b"{$Z#U\x01U\x01k"),
    ],
)
def test_every_legal_envelope_is_accepted(data: bytes, args: bytes | None, kwargs: bytes | None) -> None:
    message: Any = CODEC.decode(data)
    assert (message.request, message.procedure) == (1, "a")
    assert message.args == (args or ABSENT)
    assert message.kwargs == (kwargs or ABSENT)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[",
        b"[]",
        b"{}",
        b"Z",
        b"[U0U\x01{}SU\x01a",
        b"[U0U\x01{}SU\x01a]N",
        b"[U0U\x01{}SU\x01a]]",
        b"[#U\x05U0U\x01{}SU\x01a",
        b"[#U\x03U0U\x01{}SU\x01a",
        b"[$U#U\x04\x30\x01\x02\x03",
        b"[[]U\x01{}SU\x01a]",
        b"[U0U\x01{}SU\x01a[]{}Z]",
        b"[U0U\x01{}SU\x01a[]Z]",
        b"[U0U\x01{}SU\x01a[$U#U\x01x]",
        b"[U0U\x01[$U#U\x00SU\x01a]",
        b"[U U\x01{}SU\x01a[]]",
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolViolation):
        CODEC.decode(data)


@given(st.lists(plain, max_size=3), st.dictionaries(st.text(max_size=5), plain, max_size=3))
def test_the_arguments_are_kept_byte_by_byte(args: list[Any], kwargs: dict[str, Any]) -> None:
    message: Any = CODEC.decode(ubjson.dumpb([48, 1, {"timeout": 5}, "com.example", args, kwargs]))
    assert message.options.timeout == 5
    assert (message.args, message.kwargs) == (ubjson.dumpb(args), ubjson.dumpb(kwargs))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_violation(data: bytes) -> None:
    for sent in (data, b"[" + data, HEAD + data, HEAD + b"[" + data + b"]]", HEAD + b"[]{" + data + b"}]"):
        try:
            CODEC.decode(sent)
        except ProtocolViolation as violation:
            assert str(violation).isprintable()


# ---- what hostile bytes may cost -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argument",
    [
        b"[$Z#" + HUGE,
        b"[$T#l\x7f\xff\xff\xff",
        b"[#" + HUGE,
        b"[$[#" + HUGE,
        b"[$U#" + HUGE,
        b"{#" + HUGE,
        b"{$Z#" + HUGE,
        b"S" + HUGE,
        b"H" + HUGE,
        b"{" + HUGE,
        b"[$[#U\xff" + b"$Z#I\x27\x0f" * 255,
    ],
)
def test_a_number_of_elements_is_not_believed(argument: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolViolation):
            CODEC.decode(HEAD + b"[" + argument + b"]]")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000


@pytest.mark.parametrize("opening", [b"[", b"{U\x01a", b"[#U\x01", b"[$[#U\x01", b"{$[#U\x01U\x00"])
def test_depth_is_bounded_in_every_form(opening: bytes) -> None:
    with pytest.raises(ProtocolViolation, match="deeper than 32"):
        CODEC.decode(HEAD + b"[" + opening * 100_000)


def test_no_ops_count_as_elements() -> None:
    CODEC.decode(HEAD + b"[" + b"N" * 9_000 + b"]]")
    for many in (b"[" + b"N" * 100_000, b"[#U\x01" + b"N" * 100_000, b"{" + b"N" * 100_000):
        with pytest.raises(ProtocolViolation, match="more than 10000"):
            CODEC.decode(HEAD + many)
    with pytest.raises(ProtocolViolation, match="more than 10000"):
        CODEC.decode(b"[" + b"N" * 100_000)
