"""Turns the measurements of a run into a table and a file.

The machine's speed drifts, so a ratio is taken within one round, where the routers ran one after the other, and the
median of the rounds is what counts.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .generator import Measurement, Work


@dataclass(frozen=True)
class Sample:
    """One piece of work on one router in one round."""

    round: int
    work: Work
    router: str
    measurement: Measurement


Value = Callable[[Measurement], float]


def per_second(measurement: Measurement) -> float:
    """Operations a second."""
    return measurement["per_second"]


def router_cpu_us(measurement: Measurement) -> float:
    """CPU of all the router's processes, microseconds an operation."""
    return measurement["router_cpu_us"]


def load_cpu_us(measurement: Measurement) -> float:
    """CPU of the generator, microseconds an operation."""
    return measurement["load_cpu_us"]


def p50_us(measurement: Measurement) -> float:
    """Median latency in microseconds."""
    return measurement["latency_us"]["p50"]


def p99_us(measurement: Measurement) -> float:
    """99th percentile of the latency in microseconds."""
    return measurement["latency_us"]["p99"]


def p99_over_p50(measurement: Measurement) -> float:
    """How much longer the slow ones take than the usual ones."""
    return p99_us(measurement) / max(p50_us(measurement), 1e-9)


def subscribe_cpu_us(measurement: Measurement) -> float:
    """CPU of the router to make one subscription, microseconds."""
    return measurement["subscribe_cpu_us"]


def middle(samples: Iterable[Sample], work: Work, router: str, value: Value) -> float | None:
    """Return the median over the rounds; None if the router did not do this work."""
    values = [value(sample.measurement) for sample in samples if (sample.work, sample.router) == (work, router)]
    return median(values) if values else None


def ratio(samples: list[Sample], work: Work, router: str, other: str, value: Value) -> float | None:
    """Return the median over the rounds of `router` divided by `other` in the same round; None without both."""
    ratios = []
    for sample in samples:
        if (sample.work, sample.router) != (work, router):
            continue
        ratios += [
            value(sample.measurement) / value(peer.measurement)
            for peer in samples
            if (peer.round, peer.work, peer.router) == (sample.round, work, other) and value(peer.measurement)
        ]
    return median(ratios) if ratios else None


COLUMNS = (
    ("per second", per_second, "{:,.0f}"),
    ("p50 us", p50_us, "{:,.0f}"),
    ("p99 us", p99_us, "{:,.0f}"),
    ("p99/p50", p99_over_p50, "{:.2f}"),
    ("router CPU us", router_cpu_us, "{:.2f}"),
    ("load CPU us", load_cpu_us, "{:.2f}"),
)
RATIOS = (
    ("rate/Crossbar", "crossbar", per_second),
    ("p50/Crossbar", "crossbar", p50_us),
    ("CPU/Crossbar", "crossbar", router_cpu_us),
    ("CPU/yardstick", "yardstick", router_cpu_us),
)


def table(samples: list[Sample], routers: list[str]) -> str:
    """Return the table, a block for each piece of work and a line for each router."""
    heads = ["router", *(head for head, _, _ in COLUMNS), *(head for head, _, _ in RATIOS)]
    lines = ["  ".join(f"{head:>13}" for head in heads)]
    for work in dict.fromkeys(sample.work for sample in samples):
        lines.append(f"\n{work.name}")
        for router in routers:
            if middle(samples, work, router, per_second) is None:
                continue
            cells = [router]
            for _, value, form in COLUMNS:
                number = middle(samples, work, router, value)
                cells.append("-" if number is None else form.format(number))
            for _, other, value in RATIOS:
                number = None if router == other else ratio(samples, work, router, other, value)
                cells.append("-" if number is None else f"{number:.2f}")
            lines.append("  ".join(f"{cell:>13}" for cell in cells))
    return "\n".join(lines)


def write_results(path: Path, samples: list[Sample], about: dict[str, Any]) -> None:
    """Write everything that was measured as JSON, one sample a line."""
    head = json.dumps({"at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), **about}, indent=1)
    lines = ",\n  ".join(json.dumps(asdict(sample)) for sample in samples)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head[:-2]},\n "samples": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


def read_results(path: Path) -> tuple[list[Sample], dict[str, Any]]:
    """Read a file of `write_results`: the samples, and what it says about the machine."""
    about = json.loads(path.read_text(encoding="utf-8"))
    samples = [Sample(**{**entry, "work": Work(**entry["work"])}) for entry in about.pop("samples")]
    return samples, about
