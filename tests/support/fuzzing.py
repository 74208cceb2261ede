"""What is fuzzed: functions of bytes that fail where something is wrong with the code, not with the bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from wampi.router.codec import Codec, Outgoing, Payload, ProtocolViolation, Unrepresentable, codecs
from wampi.router.codec.messages import ABSENT

from support.short_path import compare, pieces

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
CODECS = codecs()


def websocket(data: bytes) -> None:
    """Feed the short path and stock Autobahn with the same pieces: same messages, same refusals.

    The first byte chooses the serializer (lowest bit) and the number of cuts (the next two bits), two bytes for each
    cut say where; the rest is what a client sends.
    """
    if not data:
        return
    count = data[0] >> 1 & 3
    places, stream = data[1 : 1 + 2 * count], data[1 + 2 * count :]
    cuts = [int.from_bytes(places[at : at + 2], "big") for at in range(0, len(places), 2)]
    compare(("json", "msgpack")[data[0] & 1], pieces(stream, cuts))


def decode(codec: Codec, data: bytes) -> None:
    """Decode: nothing but :class:`ProtocolViolation` escapes; what is accepted is the same after a round trip.

    The payload can be loaded, and in each other serializer it is the same or declined.
    """
    try:
        message = codec.decode(data)
    except ProtocolViolation:
        return
    head, payload = _parts(message, codec)
    head_again, payload_again = _parts(codec.decode(codec.encode(Outgoing(head, payload))), codec)
    assert repr(head_again) == repr(head)
    assert bytes(payload_again.args) == bytes(payload.args)
    assert bytes(payload_again.kwargs) == bytes(payload.kwargs)
    for other in CODECS.values():
        _convert(payload, other)


def _parts(message: Any, codec: Codec) -> tuple[tuple[Any, ...], Payload]:
    """Return the elements of a message before its arguments, and those."""
    fields = [name for name in message.__struct_fields__ if name not in {"args", "kwargs"}]
    elements = (msgspec.to_builtins(getattr(message, name)) for name in fields)
    payload = Payload(codec, getattr(message, "args", ABSENT), getattr(message, "kwargs", ABSENT))
    if isinstance(payload.values()[0], bytes):
        elements = (_as_sent(element) for element in elements)
    return (message.__struct_config__.tag, *elements), payload


def _as_sent(element: Any) -> Any:
    """Return the options of payload transparency under the names that they come under."""
    names = {"ppt_scheme": "enc_algo", "ppt_serializer": "enc_serializer", "ppt_keyid": "enc_key"}
    return {names.get(key, key): value for key, value in element.items()} if isinstance(element, dict) else element


def _convert(payload: Payload, codec: Codec) -> None:
    try:
        args, kwargs = payload.form(codec)
    except Unrepresentable:
        return
    if args is not ABSENT:
        there = Payload(codec, args, kwargs)
        assert repr(there.values()) == repr(payload.values())


TARGETS: dict[str, Callable[[bytes], None]] = {
    "websocket": websocket,
    **{name: partial(decode, codec) for name, codec in CODECS.items()},
}
"""Name, which is also that of a folder of the corpus -> the function."""


def corpus(target: str) -> list[bytes]:
    """Return the seeds of a target."""
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]
