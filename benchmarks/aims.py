"""What wampi is to reach, and whether a run has reached it.

Rates and latencies are judged as ratios to another router in the same round, since the speed of a machine drifts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from . import beside_logins, bystander, crowd, idle, lives, report
from .generator import Measurement, Work
from .report import Sample

NAME = "wampi"
FEW_SUBSCRIPTIONS = 100  # enough that all kinds are there
MANY_SUBSCRIPTIONS = 10_000


@dataclass(frozen=True)
class Aim:
    """A bound: figures are to be at least, or at most so much."""

    what: str
    bound: float
    unit: str = ""
    is_least: bool = False


@dataclass(frozen=True)
class Verdict:
    """What was measured, and against what."""

    on: str
    aim: Aim
    figure: float

    @property
    def is_reached(self) -> bool:
        """Whether the figure keeps the bound."""
        return self.figure >= self.aim.bound if self.aim.is_least else self.figure <= self.aim.bound

    def as_json(self) -> dict[str, Any]:
        """Return what the file of results keeps."""
        return {"on": self.on, **asdict(self.aim), "figure": self.figure, "is_reached": self.is_reached}


# ---- calls, events and logins ------------------------------------------------------------------------------------

Figure = Callable[[list[Sample], Work], float | None]


def _over(other: str, value: report.Value) -> Figure:
    return lambda samples, work: report.ratio(samples, work, NAME, other, value)


def _own(value: report.Value) -> Figure:
    return lambda samples, work: report.middle(samples, work, NAME, value)


def _p99_ms(measurement: Measurement) -> float:
    return report.p99_us(measurement) / 1000


def _per_core_second(measurement: Measurement) -> float:
    return 1e6 / max(report.router_cpu_us(measurement), 1e-9)


RATE, CPU = "rate over Crossbar's", Aim("router CPU over the yardstick's", 1.6)


def _aims_for(work: Work) -> list[tuple[Aim, Figure]]:
    """Return what holds for one piece of work."""
    cpu = (CPU, _over("yardstick", report.router_cpu_us))
    rate = _over("crossbar", report.per_second)
    if work.subscriptions:
        return []  # compared with one another, below
    if work.scenario == "logins":
        return [(Aim("logins in a second of a core", 100, is_least=True), _own(_per_core_second))]
    if work.scenario == "calls" and work.in_flight == 1:
        return [
            (Aim("p50 over Crossbar's", 0.35), _over("crossbar", report.p50_us)),
            (Aim("p99 over p50", 4), _own(report.p99_over_p50)),
        ]
    if work.scenario == "calls":
        return [(Aim(RATE, 18 if work.tls else 20, is_least=True), rate), cpu]
    if work.payload_bytes >= 1000:
        return [(Aim(RATE, 1, is_least=True), rate)]
    return [(Aim(RATE, 15, is_least=True), rate), cpu, (Aim("p99", 10, "ms"), _own(_p99_ms))]


def of_samples(samples: list[Sample]) -> list[Verdict]:
    """Return a verdict on every figure that the samples give."""
    verdicts = []
    works = list(dict.fromkeys(sample.work for sample in samples))
    for work in sorted(works, key=lambda work: (work.scenario, work.in_flight, work.payload_bytes)):
        for aim, figure in _aims_for(work):
            if (found := figure(samples, work)) is not None:
                verdicts.append(Verdict(work.name, aim, found))
    return verdicts + _on_subscriptions(samples, [work for work in works if work.subscriptions])


FLAT = Aim(f"router CPU over that with {FEW_SUBSCRIPTIONS} subscriptions", 1.5)
QUICK = Aim("router CPU to make one subscription", 100, "us")


def _on_subscriptions(samples: list[Sample], works: list[Work]) -> list[Verdict]:
    """Compare many subscriptions with few, for the same number of matches."""
    verdicts = []
    for work in works:
        if work.subscriptions < MANY_SUBSCRIPTIONS:
            continue
        few = [one for one in works if (one.sessions, one.subscriptions) == (work.sessions, FEW_SUBSCRIPTIONS)]
        costs = [report.middle(samples, one, NAME, report.router_cpu_us) for one in (work, *few)]
        match costs:
            case [float(many), float(base)]:
                verdicts.append(Verdict(work.name, FLAT, many / max(base, 1e-9)))
        making = report.middle(samples, work, NAME, report.subscribe_cpu_us)
        if making is not None:
            verdicts.append(Verdict(work.name, QUICK, making))
    return verdicts


# ---- trials ------------------------------------------------------------------------------------------------------

BYSTANDER = Aim("the bystander's longest call", 50, "ms")
UNNOTICED = Aim("a bystander's p99", 50, "ms")
AT_FULL_RATE = Aim("a bystander's longest call, the hub's part", 100, "ms")
IDLE_BYTES, IDLE_LOST = Aim("memory each", 60, "kB"), Aim("lost", 0)
IDLE_SHARE = Aim("of a core, for 10 000", 5, "%")
GROWN = Aim("memory grown", lives.MOST_GROWN_BYTES / 1e6, "MB")
LEFT_OPEN = Aim("descriptors left open", 0)


def of_results(results: Iterable[Any]) -> list[Verdict]:
    """Return the verdicts on the results of trials; those of other routers are there to compare with."""
    return [verdict for result in results if result.router == NAME for verdict in _of_result(result)]


def _of_result(result: Any) -> list[Verdict]:
    match result:
        case bystander.Read():
            on = f"64 kB of publishes to {result.subscribers} subscribers"
            return [Verdict(on, BYSTANDER, result.longest_ms)]
        case crowd.Crowd():
            return [Verdict(f"{result.logins_per_second:.0f} logins a second", UNNOTICED, result.p99_ms)]
        case beside_logins.Beside():
            return [Verdict(f"{way.way} at full rate", AT_FULL_RATE, way.own_ms) for way in result.ways]
        case idle.Idle():
            on = f"{result.sessions} idle sessions, TLS"
            share = Verdict(on, IDLE_SHARE, 100 * result.cpu_share * 10_000 / result.sessions)
            return [Verdict(on, IDLE_BYTES, result.bytes_each / 1000), share, Verdict(on, IDLE_LOST, result.lost)]
        case lives.Lives():
            on = f"{result.lives} lives"
            return [
                Verdict(on, GROWN, result.grown_bytes / 1e6),
                Verdict(on, LEFT_OPEN, result.more_descriptors),
            ]
    raise TypeError(f"nothing is to be reached by {type(result).__name__}")


# ---- telling -----------------------------------------------------------------------------------------------------


def table(verdicts: list[Verdict]) -> str:
    """Return a line for each verdict, and how many are reached."""
    wide = max((len(verdict.on) for verdict in verdicts), default=0)
    lines = [f"{'':{wide}}  {'':42}{'measured':>12}{'to reach':>14}"]
    for verdict in verdicts:
        aim = verdict.aim
        bound = f"{'>=' if aim.is_least else '<='} {aim.bound:g} {aim.unit}".strip()
        figure = f"{verdict.figure:.2f} {aim.unit}".strip()
        lines.append(
            f"{verdict.on:{wide}}  {aim.what:42}{figure:>12}{bound:>14}{'' if verdict.is_reached else '  not reached'}"
        )
    reached = sum(verdict.is_reached for verdict in verdicts)
    return "\n".join([*lines, f"{reached} of {len(verdicts)} reached"])
