"""What all realms of a node share: ids, time, log, a codec, chance."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from .codec import codecs
from .core.realm import Environment
from .epitaphs import device_lost
from .transport.system import RandomIds

if TYPE_CHECKING:
    from .core.ports import Clock, Log


def make_environment(clock: Clock, log: Log) -> Environment:
    """Return the environment of a node's realms.

    Its codec carries whatever a peer may name: JSON has no form for some texts.
    """
    return Environment(RandomIds(), clock, log, codecs()["msgpack"], secrets.randbelow, device_lost)
