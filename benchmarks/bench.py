"""Calls, events and logins on wampi, the yardstick and Crossbar in turn, side by side.

    python -m benchmarks.bench [--routers wampi,yardstick,crossbar] [--rounds 3] [--seconds 1] [--only TEXT]

All routers run; each round asks every piece of work of one router after the other, so that they meet the same
machine. `--short` runs everything once for an instant, without Crossbar: it shows that the benchmark works, and says
nothing about speed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from . import generator, report, routers
from .generator import SERIALIZERS, Work
from .machine import describe_machine, describe_packages

RESULTS = Path(__file__).resolve().parent / "results"
LOAD_SHARE_MAX = 1.0  # the generator's CPU for an operation over the router's
BUSY_LOAD = 0.5  # from this load average on the machine has other things to do


def all_work() -> list[Work]:
    """Return every piece of work: calls, events and logins, in each serializer, plain and over TLS."""
    work = []
    for serializer in SERIALIZERS:
        for tls in (False, True):
            work += [
                Work("calls", serializer, tls, in_flight=1),
                Work("calls", serializer, tls, in_flight=64),
                Work("events", serializer, tls, in_flight=64),
                Work("events", serializer, tls, in_flight=2, payload_bytes=100_000),
            ]
    return [*work, Work("logins", "json", True, in_flight=4)]


def measure(running: list[routers.RunningRouter], work: list[Work], rounds: int, seconds: float) -> list[report.Sample]:
    """Run the rounds and return a sample for each router, piece of work and round."""
    samples = []
    for number in range(rounds):
        for piece in work:
            print(f"round {number + 1} of {rounds}: {piece.name}", file=sys.stderr, flush=True)
            for router in running:
                measurement = generator.run(piece, router, seconds, warmup_seconds=min(0.3, seconds))
                samples.append(report.Sample(number, piece, router.name, measurement))
    return samples


def complaints(samples: list[report.Sample]) -> list[str]:
    """Return a line for each piece of work in which the generator cost more than the router it measured."""
    lines = []
    for work, router in dict.fromkeys((sample.work, sample.router) for sample in samples):
        share = [
            report.load_cpu_us(sample.measurement) / max(report.router_cpu_us(sample.measurement), 1e-9)
            for sample in samples
            if (sample.work, sample.router) == (work, router)
        ]
        if min(share) > LOAD_SHARE_MAX:
            lines.append(f"the generator cost more than {router}: {work.name}")
    return lines


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--routers", default=None, help="comma separated (wampi,yardstick,crossbar)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--only", default="", help="only work whose name contains this text")
    parser.add_argument("--out", type=Path, default=None, help="file of results; none with --short")
    parser.add_argument("--short", action="store_true", help="check that it works, quickly")
    options = parser.parse_args(arguments)
    if options.short:
        options.rounds, options.seconds = 1, 0.1
    names = options.routers or ("wampi,yardstick" if options.short else "wampi,yardstick,crossbar")
    options.routers = names.split(",")
    if options.out is None and not options.short:
        options.out = RESULTS / "bench.json"
    return options


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return 0, or 1 after one line that says what went wrong."""
    options = parse_arguments(arguments)
    work = [piece for piece in all_work() if options.only in piece.name]
    if not work:
        print(f"no work has {options.only!r} in its name", file=sys.stderr)
        return 1
    load_before = os.getloadavg()[0]
    try:
        generator.build()
        with tempfile.TemporaryDirectory(prefix="wampi-bench-") as folder, ExitStack() as stack:
            running = [stack.enter_context(routers.start(name, Path(folder) / name)) for name in options.routers]
            samples = measure(running, work, options.rounds, options.seconds)
    except (generator.LoadError, routers.RouterError) as error:
        print(error, file=sys.stderr)
        return 1
    print(report.table(samples, options.routers))
    print("\n".join(["", *complaints(samples)]))
    if load_before > BUSY_LOAD:
        print(f"the machine was busy (load average {load_before:.1f}): only the CPU times are to be relied on")
    if options.out is not None:
        report.write_results(options.out, samples, about(options) | {"load_average_before": load_before})
        print(f"written to {options.out}")
    return 0


def about(options: argparse.Namespace) -> dict[str, object]:
    """Return what the file of results says about the run."""
    packages = describe_packages(Path(sys.executable))
    crossbar = routers.CROSSBAR_VENV / "bin" / "python"
    if "crossbar" in options.routers:
        packages["crossbar"] = describe_packages(crossbar)["crossbar"]
    return {
        "machine": describe_machine(), "packages": packages,
        "rounds": options.rounds, "seconds": options.seconds, "routers": options.routers,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
