"""What the libraries of JavaScript write for options, and the specification does not mean: read as it was meant.

``undefined`` as the value of an option: JSON leaves such keys out, the libraries for CBOR and MessagePack write a value
of their own for them. The key counts as absent. And whole numbers past 32 bits as floating point, which ids of sessions
are: JavaScript has one type of number. Stock clients (wampy.js) send both. They are looked for only in what would be
refused otherwise.
"""

from __future__ import annotations

from typing import Any

import cbor2
import msgspec

from .messages import MAX_ID

CBOR_UNDEFINED = cbor2.undefined
"""Simple value 23 (RFC 8949, section 3.3)."""

MSGPACK_UNDEFINED = msgspec.msgpack.Ext(0, b"\0")
"""An extension that msgpack5 and msgpackr have agreed upon."""

MSGPACK_SIGNS = (b"\xd4\x00\x00", b"\xca", b"\xcb")
"""What a message in MessagePack has somewhere if it has any of this: ``undefined``, or a float of 32 or 64 bits."""


def as_meant(options: Any, undefined: Any) -> Any:
    """Return options or details without the keys that are ``undefined``, and with whole numbers as integers."""
    if isinstance(options, dict):
        return {key: as_meant(value, undefined) for key, value in options.items() if value != undefined}
    return with_whole_numbers(options)


def with_whole_numbers(value: Any) -> Any:
    """Return ``value`` with each float that stands for a whole number (to 2**53) as an integer, at any depth."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MAX_ID else value
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: with_whole_numbers(item) for key, item in value.items()}
    return value
