import pytest
from support.rawsocket import raw_frames
from support.transport import CODECS
from wampi.router.transport.rawsocket_frames import (
    LARGEST_FRAME_BYTES,
    MESSAGE,
    PING,
    PONG,
    BrokenFrame,
    RawSocketFraming,
    Refusal,
    accept_handshake,
    announced_bytes,
    kind_and_size,
    prefix_of,
    read_handshake,
)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_536, 2**24 - 1, 2**24])
def test_a_message_is_framed_behind_its_length(size: int) -> None:
    frame = RawSocketFraming(CODECS["json"]).frame(bytes(size))
    assert raw_frames(frame) == [(MESSAGE, bytes(size))]
    assert len(frame) == size + 4


def test_each_serializer_has_a_wire_form_of_its_own_which_no_websocket_has() -> None:
    assert {RawSocketFraming(codec).wire for codec in CODECS.values()} == {
        "rawsocket.json",
        "rawsocket.msgpack",
        "rawsocket.cbor",
        "rawsocket.ubjson",
    }


@pytest.mark.parametrize("kind", [MESSAGE, PING, PONG])
@pytest.mark.parametrize("size", [0, 1, 512, 2**24 - 1, 2**24])
def test_a_prefix_is_read_as_it_was_written(kind: int, size: int) -> None:
    assert kind_and_size(int.from_bytes(prefix_of(kind, size), "big")) == (kind, size)


def test_only_the_size_of_exactly_2_to_the_24_has_the_25th_bit() -> None:
    assert prefix_of(MESSAGE, LARGEST_FRAME_BYTES) == b"\x08\x00\x00\x00"
    assert prefix_of(PING, LARGEST_FRAME_BYTES) == b"\x09\x00\x00\x00"
    assert prefix_of(MESSAGE, LARGEST_FRAME_BYTES - 1) == b"\x00\xff\xff\xff"


@pytest.mark.parametrize("bit", [0x10, 0x20, 0x40, 0x80])
def test_reserved_bits_are_refused(bit: int) -> None:
    with pytest.raises(BrokenFrame, match="reserved bits"):
        kind_and_size(bit << 24 | 5)


@pytest.mark.parametrize("kind", [3, 4, 5, 6, 7])
def test_reserved_types_are_refused(kind: int) -> None:
    with pytest.raises(BrokenFrame, match=f"reserved type {kind}"):
        kind_and_size(kind << 24)


def test_the_25th_bit_beside_others_is_refused() -> None:
    with pytest.raises(BrokenFrame, match="longer than"):
        kind_and_size(0x08000001)


@pytest.mark.parametrize("exponent", range(16))
def test_a_handshake_says_what_the_client_takes(exponent: int) -> None:
    assert read_handshake(bytes((0x7F, exponent << 4 | 2, 0, 0))) == (2 ** (9 + exponent), 2)


@pytest.mark.parametrize("octets", [b"\x7f\xf1\x01\x00", b"\x7f\xf1\x00\x01", b"\x7f\xf0\xff\xff"])
def test_a_handshake_with_reserved_octets_is_refused(octets: bytes) -> None:
    assert read_handshake(octets) is Refusal.RESERVED_BITS


@pytest.mark.parametrize(
    ("largest", "exponent"), [(1, 0), (512, 0), (513, 1), (65_536, 7), (65_537, 8), (2**24, 15), (2**30, 15)]
)
def test_the_reply_announces_a_length_that_is_large_enough(largest: int, exponent: int) -> None:
    assert accept_handshake(announced_bytes(largest), 3) == bytes((0x7F, exponent << 4 | 3, 0, 0))


def test_error_replies_carry_their_number_in_the_upper_half_of_the_second_octet() -> None:
    replies = [refusal.reply for refusal in Refusal]
    assert replies == [b"\x7f\x10\0\0", b"\x7f\x20\0\0", b"\x7f\x30\0\0", b"\x7f\x40\0\0"]
