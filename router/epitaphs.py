"""What the router says of a device whose login was taken back, in the place of the device's own testament.

The contract is that of docs/protocol.md, "State": a device that is gone is ``lost``.
"""

from __future__ import annotations

import re
from typing import Any

_STATE = re.compile(r"wampi\.([0-9a-z_]+)\.([0-9a-z_]+)\.state")
_NAME_CHARACTERS = 100


def device_lost(topic: str, known: dict[str, Any]) -> dict[str, Any] | None:
    """Return the keyword arguments of the event that says so, None for a topic that is no device's state.

    ``known`` are those of the state that is retained: from there comes what people call the device.
    """
    match = _STATE.fullmatch(topic)
    if match is None:
        return None
    kind, id = match.groups()
    name = known.get("name")
    return {
        "kind": kind,
        "id": id,
        "name": name[:_NAME_CHARACTERS] if isinstance(name, str) and name else id,
        "available": False,
        "state": None,
        "changed": [],
        "cause": {"why": "lost", "authid": None, "authrole": None},
        "fault": None,
        "sequence": 0,
        "published_at": None,
    }
