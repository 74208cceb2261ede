"""Builds the load generator and runs it: one scenario, one router, one line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from .routers import RunningRouter

FOLDER = Path(__file__).resolve().parent
PROGRAM = FOLDER / "build" / "load"
SERIALIZERS = ("json", "msgpack", "cbor")


class LoadError(Exception):
    """The generator could not be built, or the router did something wrong; the message is one line."""


class Latency(TypedDict):
    """Microseconds."""

    p50: float
    p90: float
    p99: float
    max: float
    mean: float


class Measurement(TypedDict):
    """What the generator reports; CPU times are microseconds for one operation."""

    operations: int
    seconds: float
    per_second: float
    latency_us: Latency
    load_cpu_us: float
    router_cpu_us: float
    router_cpu_share: float
    sent_bytes: int
    received_bytes: int
    subscribe_cpu_us: NotRequired[float]  # of the router, for each subscription that others hold; events only


@dataclass(frozen=True)
class Work:
    """One thing to ask of every router."""

    scenario: str  # calls, events, logins or idle
    serializer: str
    tls: bool
    in_flight: int = 1
    sessions: int = 20
    payload_bytes: int = 100
    subscriptions: int = 0  # of the realm, all kinds mixed, of which each session's matches; 0: one topic for all

    @property
    def name(self) -> str:
        """What a table calls it."""
        size = f"{self.payload_bytes // 1000} kB" if self.payload_bytes >= 1000 else f"{self.payload_bytes} B"
        of_all = f" of {self.subscriptions} subscriptions" if self.subscriptions else ""
        what = {
            "calls": f"calls, {self.in_flight} in flight, {size}",
            "events": f"events to {self.sessions}{of_all}, {size}",
            "logins": f"logins, {self.in_flight} at once",
            "idle": f"{self.sessions} idle sessions",
        }[self.scenario]
        return f"{what}, {self.serializer}, {'TLS' if self.tls else 'plain'}"


def build() -> None:
    """Build the generator if its sources are newer; raises LoadError when that fails."""
    done = subprocess.run(["make", "--silent", "-C", str(FOLDER / "load")], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        hint = "a C compiler and OpenSSL's headers are needed (Debian: build-essential libssl-dev)"
        raise LoadError(f"the load generator cannot be built: {hint}\n{done.stderr}")


def run(work: Work, router: RunningRouter, seconds: float, warmup_seconds: float = 0.3) -> Measurement:
    """Run one piece of work on one router; raises LoadError when the router refuses or breaks off."""
    done = subprocess.run(
        command(work, router, seconds, warmup_seconds),
        check=False, capture_output=True, text=True, env={**os.environ, "LOAD_SECRET": router.secret or ""},
    )  # fmt: skip
    if done.returncode != 0:
        raise LoadError(f"{work.name}, {router.name}: {done.stderr.strip()}")
    measurement: Measurement = json.loads(done.stdout.splitlines()[-1])
    return measurement


def command(work: Work, router: RunningRouter, seconds: float, warmup_seconds: float) -> list[str]:
    """Return the generator's command line."""
    port = router.tls_port if work.tls else router.plain_port
    parts = [
        str(PROGRAM), work.scenario, f"--port={port}", f"--serializer={work.serializer}",
        f"--in-flight={work.in_flight}", f"--sessions={work.sessions}", f"--payload={work.payload_bytes}",
        f"--subscriptions={work.subscriptions}", f"--seconds={seconds}", f"--warmup={warmup_seconds}",
    ]  # fmt: skip
    parts += [f"--watch={pid}" for pid in router.pids]
    if work.tls:
        parts.append("--tls")
    if work.payload_bytes >= 1000:
        parts.append("--binary")  # what is large is a picture
    if router.secret is not None:
        parts.append(f"--authid={router.authid}")
    return parts
