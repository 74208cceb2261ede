"""Everything that is measured, on wampi, the yardstick and Crossbar, and whether it is what is to be reached.

    python -m benchmarks.bench [--routers wampi,yardstick,crossbar] [--rounds 3] [--seconds 1] [--only TEXT]

For calls, events, subscriptions and logins all routers run; each round asks every piece of work of one router after
the other, so that they meet the same machine. Then come the trials, each on a router of its own. `--short` runs
everything once for an instant, without Crossbar: it shows that the benchmark works, and says nothing about speed.
A whole run takes some twelve minutes; it leaves a file of results and the plot of the documentation.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from . import aims, generator, plot, report, routers, trials
from .generator import SERIALIZERS, Work
from .machine import describe_machine, describe_packages

RESULTS = Path(__file__).resolve().parent / "results"
PLOT = routers.ROOT / "docs" / "performance.svg"
LOAD_SHARE_MAX = 1.0  # the generator's CPU for an operation over the router's
BUSY_LOAD = 0.5  # from this load average on the machine has other things to do
SUBSCRIPTIONS = (1, 100, 10_000, 100_000)
SHORT_SUBSCRIPTIONS = 100
CROSSBAR_SUBSCRIPTIONS = 10_000  # it takes 10 s to make these


def all_work(most_subscriptions: int = SUBSCRIPTIONS[-1]) -> list[Work]:
    """Return every piece of work: calls and events in each serializer, plain and over TLS; subscriptions; logins."""
    work = []
    for serializer in SERIALIZERS:
        for tls in (False, True):
            work += [
                Work("calls", serializer, tls, in_flight=1),
                Work("calls", serializer, tls, in_flight=64),
                Work("events", serializer, tls, in_flight=64),
                Work("events", serializer, tls, in_flight=2, payload_bytes=100_000),
            ]
    for matching in (1, 10):
        work += [
            Work("events", "json", False, in_flight=16, sessions=matching, subscriptions=max(count, matching))
            for count in SUBSCRIPTIONS
            if count <= most_subscriptions
        ]
    return [*work, Work("logins", "json", True, in_flight=4)]


def can_do(router: str, work: Work) -> bool:
    """Return whether a router can be asked: the yardstick knows no patterns, and Crossbar is slow to subscribe."""
    if router == "crossbar":
        return work.subscriptions <= CROSSBAR_SUBSCRIPTIONS
    return not (router == "yardstick" and work.subscriptions)


def measure(running: list[routers.RunningRouter], work: list[Work], rounds: int, seconds: float) -> list[report.Sample]:
    """Run the rounds and return a sample for each router, piece of work and round."""
    samples = []
    for number in range(rounds):
        for piece in work:
            print(f"round {number + 1} of {rounds}: {piece.name}", file=sys.stderr, flush=True)
            for router in running:
                if not can_do(router.name, work=piece):
                    continue
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
    parser.add_argument("--only", default="", help="only what has this text in its name")
    parser.add_argument("--out", type=Path, default=None, help="file of results; bench.json of a whole run")
    parser.add_argument("--short", action="store_true", help="check that it works, quickly")
    options = parser.parse_args(arguments)
    if options.short:
        options.rounds, options.seconds = 1, 0.1
    options.is_whole = not (options.short or options.only or options.routers)
    names = options.routers or ("wampi,yardstick" if options.short else "wampi,yardstick,crossbar")
    options.routers = names.split(",")
    if options.out is None and options.is_whole:
        options.out = RESULTS / "bench.json"
    return options


def wanted(options: argparse.Namespace) -> tuple[list[Work], list[trials.Trial]]:
    """Return the work and the trials that have the text of `--only` in their names."""
    work = all_work(SHORT_SUBSCRIPTIONS) if options.short else all_work()
    all_trials = trials.short_trials() if options.short else trials.all_trials()
    return (
        [piece for piece in work if options.only in piece.name],
        [trial for trial in all_trials if options.only in trial.name],
    )


def rounds(work: list[Work], options: argparse.Namespace) -> list[report.Sample]:
    """Start the routers that are wanted, all of them, and ask all the work of each."""
    if not work:
        return []
    with tempfile.TemporaryDirectory(prefix="wampi-bench-") as folder, ExitStack() as stack:
        running = [stack.enter_context(routers.start(name, Path(folder) / name)) for name in options.routers]
        return measure(running, work, options.rounds, options.seconds)


def tell(
    samples: list[report.Sample], tried: list[trials.Result], verdicts: list[aims.Verdict], names: list[str]
) -> None:
    """Print what was measured, what is wrong with it, and what it is worth."""
    if samples:
        print(report.table(samples, names))
        print("\n".join(["", *complaints(samples)]))
    for trial, result in tried:
        print(trial.line(result))
    if verdicts:
        print(f"\n{aims.table(verdicts)}")


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; return 0, or 1 after one line that says what went wrong."""
    options = parse_arguments(arguments)
    work, chosen = wanted(options)
    if not work and not chosen:
        print(f"nothing has {options.only!r} in its name", file=sys.stderr)
        return 1
    load_before = os.getloadavg()[0]
    try:
        generator.build()
        samples = rounds(work, options)
        tried, failures = trials.run(chosen, options.routers)
    except (generator.LoadError, routers.RouterError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    verdicts = aims.of_samples(samples) + aims.of_results(result for _, result in tried)
    tell(samples, tried, verdicts, options.routers)
    if load_before > BUSY_LOAD:
        print(f"the machine was busy (load average {load_before:.1f}): only the CPU times are to be relied on")
    if options.out is not None:
        verdicts_kept = [verdict.as_json() for verdict in verdicts]
        found = {"verdicts": verdicts_kept, "trials": trials.as_json(tried), "failures": failures}
        report.write_results(options.out, samples, about(options) | {"load_average_before": load_before} | found)
        print(f"written to {options.out}")
    if options.is_whole:
        plot.main([str(options.out), str(PLOT)])
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


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
