"""JavaScript's ``undefined`` among options: the key counts as absent.

JSON leaves such keys out. The libraries for CBOR and MessagePack write a value of their own for them, and stock
clients (wampy.js) send options that way. It is looked for only in messages that would be refused otherwise.
"""

from __future__ import annotations

from typing import Any

import cbor2
import msgspec

CBOR_UNDEFINED = cbor2.undefined
"""Simple value 23 (RFC 8949, section 3.3)."""

MSGPACK_UNDEFINED = msgspec.msgpack.Ext(0, b"\0")
"""An extension that msgpack5 and msgpackr have agreed upon."""

UNDEFINED_BYTES = b"\xd4\x00\x00"
"""The same as it stands in a message."""


def without_undefined(value: Any, undefined: Any) -> Any:
    """Return ``value`` without the keys, at any depth of its maps, that ``undefined`` is the value of."""
    if isinstance(value, dict):
        return {key: without_undefined(item, undefined) for key, item in value.items() if item != undefined}
    return value
