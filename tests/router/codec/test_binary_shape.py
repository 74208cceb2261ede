"""The scan of MessagePack and CBOR: every format, no more steps than there are limits, nothing malformed trips it."""

from collections.abc import Callable
from typing import Any, SupportsIndex

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wampi.router.codec import ProtocolViolation, Shape
from wampi.router.codec.binary_shape import check_cbor, check_msgpack
from wampi.router.codec.shape import DEFAULT_SHAPE

Check = Callable[[bytes, Shape], None]
CHECKS = {"msgpack": check_msgpack, "cbor": check_cbor}
ALWAYS_SCAN = Shape(depth=0, elements=10_000)
"""A depth that nothing stays under: the quick bound never suffices, so that the scan is what is tested."""

DEEP_ENOUGH = Shape(depth=5, elements=10_000)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=40)
    | st.binary(max_size=40)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=3), inner, max_size=20),
    max_leaves=60,
)


class CountedBytes(bytes):
    """Bytes that count how often one of them is looked at."""

    looks = 0

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, SupportsIndex):
            self.looks += 1
        return super().__getitem__(key)


def encodings(value: Any) -> list[tuple[Check, bytes]]:
    return [(check_msgpack, msgspec.msgpack.encode(value)), (check_cbor, cbor2.dumps(value))]


def depth_of(value: Any) -> int:
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)


@given(values)
def test_the_scan_finds_the_very_depth(value: Any) -> None:
    depth = depth_of(value)
    for check, data in encodings([value]):
        check(data, Shape(depth + 1, 10_000))
        with pytest.raises(ProtocolViolation, match=f"nested deeper than {depth} levels"):
            check(data, Shape(depth, 10_000))


@pytest.mark.parametrize(
    "value",
    [
        "x" * 31, "x" * 32, "x" * 255, "x" * 256, "x" * 65535, "x" * 65536,
        b"x" * 255, b"x" * 256, b"x" * 65535, b"x" * 65536,
        0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1,
        -1, -32, -33, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1, -(2**63),
        1.5, None, True, False,
        [0] * 15, [0] * 16, {str(n): n for n in range(15)}, {str(n): n for n in range(16)},
    ],
    ids=lambda value: repr(value)[:12],
)  # fmt: skip
def test_the_scan_steps_over_every_format(value: Any) -> None:
    # the four levels behind the value are seen only by a scan that steps over it exactly
    for check, data in encodings([value, [[[[1]]]]]):
        check(data, Shape(5, 10_000))
        with pytest.raises(ProtocolViolation, match="nested deeper than 4"):
            check(data, Shape(4, 10_000))


@pytest.mark.parametrize("size", [0, 1, 2, 4, 8, 16, 3, 255, 256, 65535, 65536])
def test_the_scan_steps_over_extension_types(size: int) -> None:
    data = msgspec.msgpack.encode([msgspec.msgpack.Ext(5, b"\x91" * size), [[[[1]]]]])
    check_msgpack(data, Shape(5, 10_000))
    with pytest.raises(ProtocolViolation, match="nested deeper than 4"):
        check_msgpack(data, Shape(4, 10_000))


@pytest.mark.parametrize(
    "item",
    ["9f01ff", "bf0102ff", "5f4101ff", "7f6161ff", "9fff", "bfff", "5fff", "f7", "f8ff", "f90000", "fa00000000"],
)
def test_the_scan_steps_over_cbor_of_indefinite_length(item: str) -> None:
    data = bytes.fromhex("82" + item + "8181818101")
    check_cbor(data, Shape(5, 10_000))
    with pytest.raises(ProtocolViolation, match="nested deeper than 4"):
        check_cbor(data, Shape(4, 10_000))


def test_items_until_a_break_count_too() -> None:
    check_cbor(b"\x9f" + b"\x01" * 20 + b"\xff", Shape(0 + 1, 20))
    for data in (b"\x9f" + b"\x01" * 21 + b"\xff", b"\x5f" + b"\x40" * 21 + b"\xff", b"\x9f" + b"\x01" * 21):
        with pytest.raises(ProtocolViolation, match="more than 20 elements"):
            check_cbor(data, Shape(1, 20))


def test_pairs_until_a_break_count_as_one_element_each() -> None:
    check_cbor(b"\xbf" + b"\x01\x02" * 20 + b"\xff", Shape(1, 20))
    with pytest.raises(ProtocolViolation, match="more than 20 elements"):
        check_cbor(b"\xbf" + b"\x01\x02" * 21 + b"\xff", Shape(1, 20))


@pytest.mark.parametrize(
    ("check", "data"),
    [
        (check_msgpack, b"\xdd\xff\xff\xff\xff" + b"\x90" * (1 << 20)),
        (check_msgpack, b"\xdd\xff\xff\xff\xff" + b"\x01" * (1 << 20)),
        (check_msgpack, b"\xdf\xff\xff\xff\xff" + b"\x80" * (1 << 20)),
        (check_msgpack, b"\x91" * (1 << 20)),
        (check_msgpack, b"\xc1" * (1 << 20)),
        (check_msgpack, b"\xdd\x00\x10\x00\x00" + b"\xa0" * (1 << 20)),
        (check_cbor, b"\x9b" + b"\xff" * 8 + b"\x80" * (1 << 20)),
        (check_cbor, b"\x9f" + b"\x80" * (1 << 20)),
        (check_cbor, b"\x81" * (1 << 20)),
        (check_cbor, b"\xbf" + b"\xa0" * (1 << 20)),
        (check_cbor, b"\x5f" + b"\x40" * (1 << 20)),
        (check_cbor, b"\xff" * (1 << 20)),
    ],
    ids=lambda value: value.__name__ if callable(value) else value[:9].hex(),
)
def test_the_scan_takes_no_more_steps_than_there_may_be_elements(check: Check, data: bytes) -> None:
    counted = CountedBytes(data)
    try:
        check(counted, DEFAULT_SHAPE)
    except ProtocolViolation as violation:
        assert "the message" in str(violation) or "too many keys" in str(violation)
    # once for each element and each key, and twice for the head of a CBOR item
    assert counted.looks <= 4 * DEFAULT_SHAPE.elements + 10


def test_an_ordinary_message_is_not_scanned_at_all() -> None:
    for check, data in encodings([48, 1, {}, "com.example.procedure", ["text" * 500], {"key": [1, 2, {}]}]):
        counted = CountedBytes(data)
        check(counted, DEFAULT_SHAPE)
        assert counted.looks == 0


@pytest.mark.parametrize("name", CHECKS)
@given(data=st.binary(max_size=200))
def test_no_bytes_make_the_scan_fail(name: str, data: bytes) -> None:
    try:
        CHECKS[name](data, ALWAYS_SCAN)
    except ProtocolViolation as violation:
        assert str(violation).startswith(("the message", "too many keys"))


@given(values, st.integers(0, 200))
def test_data_cut_short_is_left_to_the_parser(value: Any, cut: int) -> None:
    for check, data in encodings([value]):
        check(data[:cut], Shape(100, 10_000))


@pytest.mark.parametrize(
    ("check", "map_header", "key"),
    [
        (check_msgpack, "de0021", "91"),
        (check_cbor, "b821", "81"),
        (check_cbor, "bf", "81"),
        (check_cbor, "b821", "a101"),
    ],
)
def test_a_map_of_many_list_keys_is_refused(check: Check, map_header: str, key: str) -> None:
    def data(keys: int) -> bytes:
        return bytes.fromhex(map_header) + b"".join(bytes.fromhex(key) + bytes([n % 20, 0]) for n in range(keys))

    check(data(32), DEEP_ENOUGH)
    with pytest.raises(ProtocolViolation, match="too many keys of maps are lists"):
        check(data(33), DEEP_ENOUGH)


def test_lists_as_values_of_a_map_are_no_keys() -> None:
    for check, data in encodings({str(number): [number] for number in range(200)}):
        check(data, DEEP_ENOUGH)
