"""A session's whole life, many times: the router's memory and descriptors stay where they were.

    make bench BENCH="--only lives"

A life logs in, every fifth over TLS, subscribes, registers, retains an event, leaves a testament and an unanswered
call, and ends in one of five ways. Memory counts from a quarter of the lives on: until then caches fill.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import routers
from .process import descriptors, resident_bytes, settle
from .session import Session, frame

TLS_EVERY = 5
SETTLE_SECONDS = 20.0
ABORT, GOODBYE, ERROR, EVENT, RESULT, UNKNOWN = 3, 6, 8, 36, 50, 99

MOST_GROWN_BYTES = 4_000_000
"""An allocator keeps some of what it was given, and its keeping is not smooth; what grows with each life is far more:
a session that is not let go of holds 20 kB."""


@dataclass(frozen=True)
class Lives:
    """What so many lives have left: bytes and descriptors after a quarter of them, and how many more at the end."""

    router: str
    lives: int
    resident_bytes: int
    grown_bytes: int
    descriptors: int
    more_descriptors: int
    seconds: float


def live(session: Session) -> None:
    """Hold one of everything, use each, and leave a call and a testament open."""
    messages = (
        [32, 1, {"match": "prefix"}, "bench.lives"],
        [64, 2, {"invoke": "roundrobin"}, "bench.lives.echo"],
        [16, 3, {"exclude_me": False, "retain": True}, "bench.lives.topic", ["x" * 500]],
        [48, 4, {}, "wamp.session.add_testament", ["bench.lives.gone", ["it"], {}]],
        [48, 5, {"timeout": 60_000}, "bench.lives.echo", ["y" * 500]],
    )
    session.socket.sendall(b"".join(frame(message) for message in messages))
    waiting = {EVENT, RESULT}
    while waiting:
        message = session.receive()
        if message[0] == ERROR:
            raise routers.RouterError(f"the router refuses a part of a life: {message}")
        waiting.discard(message[0])


def goodbye(session: Session) -> None:
    """Leave the realm, then hang up."""
    session.send(GOODBYE, {}, "wamp.close.close_realm")
    session.receive_until(GOODBYE)


def close(session: Session) -> None:
    """Close the WebSocket in order."""
    session.close_websocket()


def vanish(_: Session) -> None:
    """Hang up without a word."""


def reset(session: Session) -> None:
    """Break the connection."""
    session.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def violate(session: Session) -> None:
    """Send what is no message, and be told so."""
    session.send(UNKNOWN)
    session.receive_until(ABORT)
    session.close_websocket()


ENDINGS: tuple[Callable[[Session], None], ...] = (goodbye, close, vanish, reset, violate)


def live_and_end(router: routers.RunningRouter, first: int, last: int) -> None:
    """Go through the lives with these numbers, one after the other."""
    for number in range(first, last):
        session = Session(router, tls=number % TLS_EVERY == 0)
        try:
            live(session)
            ENDINGS[number // TLS_EVERY % len(ENDINGS)](session)
        finally:
            session.close()


def measure(router: routers.RunningRouter, lives: int) -> Lives:
    """Return what so many lives have left in the router."""
    pid, began = router.pids[0], time.monotonic()
    at_first = descriptors(pid)
    live_and_end(router, 0, lives // 4)
    settle(pid, at_first, SETTLE_SECONDS)
    resident, opened = resident_bytes(pid), descriptors(pid)  # a router that has just begun to listen opens more
    live_and_end(router, lives // 4, lives)
    settle(pid, opened, SETTLE_SECONDS)
    grown, more = resident_bytes(pid) - resident, descriptors(pid) - opened
    return Lives(router.name, lives, resident, grown, opened, more, time.monotonic() - began)


def line(one: Lives) -> str:
    """Return one line on all lives."""
    return (
        f"{one.router}: {one.lives} lives in {one.seconds:.0f} s; {one.resident_bytes / 1e6:.1f} MB after a quarter of "
        f"them, {one.grown_bytes / 1e6:+.1f} MB since; {one.more_descriptors:+} descriptors"
    )
