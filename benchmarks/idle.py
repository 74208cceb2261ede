"""What an idle session costs: memory, processor time, and whether it stays.

    python -m benchmarks.idle [--sessions 1000,10000] [--seconds 60] [--plain] [--out FILE]

Each number of sessions is asked of a router that was started for it. Memory is what the router's processes have
resident more than before the first one came, by session. The processor time is measured once all have joined; longer
than the time between two pings (15 s), so that these are in it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from . import generator, routers
from .machine import describe_machine
from .process import resident_bytes

SPARE_DESCRIPTORS = 256
WARMUP_SECONDS = 1.0


@dataclass(frozen=True)
class Idle:
    """`cpu_share` is the part of one core that the router used while nobody said anything."""

    router: str
    sessions: int
    tls: bool
    bytes_each: float
    cpu_share: float
    lost: int
    seconds: float


def measure(router: routers.RunningRouter, sessions: int, tls: bool, seconds: float) -> Idle:
    """Let so many sessions join and do nothing; raises LoadError when one of them cannot join."""
    work = generator.Work("idle", "json", tls, sessions=sessions)
    before = sum(map(resident_bytes, router.pids))
    with subprocess.Popen(
        generator.command(work, router, seconds, WARMUP_SECONDS),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "LOAD_SECRET": router.secret or ""},
    ) as load:  # fmt: skip
        assert load.stdout is not None
        line = load.stdout.readline()
        after = sum(map(resident_bytes, router.pids))
        rest, errors = load.communicate()
    if line != "joined\n" or load.returncode != 0:
        raise generator.LoadError(f"{work.name}, {router.name}: {errors.strip()}")
    report = json.loads(rest.splitlines()[-1])
    each = (after - before) / sessions
    return Idle(router.name, sessions, tls, each, report["router_cpu_share"], report["lost"], report["seconds"])


def line(one: Idle) -> str:
    """Return one line on the sessions."""
    return (
        f"{one.router}: {one.sessions} idle sessions, {'TLS' if one.tls else 'plain'}: {one.bytes_each / 1000:.1f} kB "
        f"each, {100 * one.cpu_share:.1f} % of a core, {one.lost} lost"
    )


def most_sessions() -> int:
    """Return how many sessions at once this system's limit of open files allows."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_DESCRIPTORS


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.idle", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--routers", default="wampi", help="comma separated (wampi,yardstick,crossbar)")
    parser.add_argument("--sessions", default="1000,10000", help="comma separated")
    parser.add_argument("--seconds", type=float, default=60.0, help="of doing nothing")
    parser.add_argument("--plain", action="store_true", help="without TLS")
    parser.add_argument("--out", type=Path, default=None, help="file of results")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 0, or 1 after one line that says what went wrong."""
    options = parse_arguments(arguments)
    numbers = [int(number) for number in options.sessions.split(",")]
    if max(numbers) > most_sessions():
        print(f"this system allows {most_sessions()} sessions at once; ulimit -n raises it", file=sys.stderr)
        return 1
    results = []
    try:
        generator.build()
        with tempfile.TemporaryDirectory(prefix="wampi-idle-") as folder:
            for name in options.routers.split(","):
                for number in numbers:
                    with routers.start(name, Path(folder) / f"{name}-{number}") as router:
                        results.append(measure(router, number, not options.plain, options.seconds))
                    print(line(results[-1]), flush=True)
    except (generator.LoadError, routers.RouterError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.out is not None:
        report = {"machine": describe_machine(), "idle": [asdict(one) for one in results]}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
