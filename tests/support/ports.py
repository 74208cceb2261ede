"""Ports for what has to know its port before it listens, or listens at the same one again after a restart."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_FIRST = 10_000
_given: set[int] = set()


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on, and that nobody gets by chance.

    The system gives connections ports of their own from a range (ip(7), ip_local_port_range). A port of that range may
    be taken by any connection before it is listened at: while a hub is down even by a client of its own, whose attempt
    to come back meets itself (TCP's simultaneous open).
    """
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    candidates = [port for port in range(_FIRST, ephemeral) if port not in _given]
    random.SystemRandom().shuffle(candidates)
    for port in candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise OSError(f"no port from {_FIRST} to {ephemeral} is free")
