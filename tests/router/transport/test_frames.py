import os

import pytest
from support.transport import CODECS, client_frame, server_frames
from wampi.router.transport.frames import BINARY, TEXT, Framing, unmask


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 200_000])
def test_a_frame_has_the_shortest_header_for_its_length(size: int) -> None:
    frame = Framing(CODECS["json"]).frame(b"x" * size)
    assert server_frames(frame) == [(1, b"x" * size)]
    assert len(frame) - size == (2 if size < 126 else 4 if size < 65536 else 10)


def test_json_travels_as_text_and_the_others_as_binary() -> None:
    first_bytes = {name: Framing(codec).frame(b"x")[0] for name, codec in CODECS.items()}
    assert first_bytes == {"json": TEXT, "msgpack": BINARY, "cbor": BINARY, "ubjson": BINARY}


def test_each_serializer_has_a_wire_form_of_its_own() -> None:
    assert len({Framing(codec).wire for codec in CODECS.values()}) == len(CODECS)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 100, 1023, 1024, 1025, 4096, 100_001])
def test_what_a_client_has_masked_is_unmasked(size: int) -> None:
    payload, mask = os.urandom(size), os.urandom(4)
    masked = client_frame(payload, mask=mask)[-size:] if size else b""
    assert unmask(masked, mask) == payload
