"""What `make bench` measures besides rates: each on a router that was started for it, once.

A trial returns a frozen dataclass of its own module; what has to be reached is in `aims`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import beside_logins, bystander, crowd, idle, lives, routers
from .attempts import ATTEMPTS
from .generator import LoadError

WAMPI, BOTH = ("wampi",), ("wampi", "crossbar")
IDLE_SECONDS = 32.0  # two pings of each session
IDLE_STEPS = (1_000, 10_000)


@dataclass(frozen=True)
class Trial:
    """One question, the routers that it is asked of, and how the answer is told in a line."""

    name: str
    asked_of: tuple[str, ...]
    measure: Callable[[routers.RunningRouter], Any]
    line: Callable[[Any], str]


Result = tuple[Trial, Any]


def all_trials() -> list[Trial]:
    """Return all trials in full; idle sessions in as many steps as the limit of open files allows."""
    steps = idle_steps(idle.most_sessions())
    return [
        _large_read(BOTH[:1], 1000, rounds=10),
        _large_read(BOTH[1:], 1000, rounds=1),
        _crowd(BOTH, seconds=10),
        _each_way(tuple(ATTEMPTS), seconds=5),
        *(_idle(BOTH if step == steps[0] else WAMPI, step, IDLE_SECONDS) for step in steps),
        _lives(10_000),
    ]


def idle_steps(most: int) -> list[int]:
    """Return how many sessions to ask for, a step after the other, where there can be so many at most."""
    return sorted({min(step, most) for step in IDLE_STEPS})


def short_trials() -> list[Trial]:
    """Return all trials for an instant, without Crossbar."""
    return [
        _large_read(WAMPI, 3, rounds=1),
        _crowd(WAMPI, seconds=0.3),
        _each_way(("wampcra",), seconds=0.3),
        _idle(WAMPI, 20, 0.3),
        _lives(20),
    ]


def run(trials: Iterable[Trial], wanted: list[str]) -> tuple[list[Result], list[str]]:
    """Run the trials on those of their routers that are wanted.

    Returns each with its result, and a line for each that went wrong, which is no reason to lose the others.
    """
    results, failures = [], []
    for trial in trials:
        for name in (name for name in trial.asked_of if name in wanted):
            print(f"{trial.name}: {name}", file=sys.stderr, flush=True)
            try:
                results.append((trial, _measure(trial, name)))
            except (LoadError, routers.RouterError, OSError) as error:
                failures.append(f"{trial.name}: {name}: {error}")
    return results, failures


def _measure(trial: Trial, name: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="wampi-trial-") as folder, routers.start(name, Path(folder)) as router:
        return trial.measure(router)


def as_json(results: Iterable[Result]) -> dict[str, list[dict[str, Any]]]:
    """Return what the file of results keeps: the results by the name of their trial."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for trial, result in results:
        kept.setdefault(trial.name, []).append(asdict(result))
    return kept


def _large_read(names: tuple[str, ...], subscribers: int, rounds: int) -> Trial:
    measure = partial(bystander.measure, subscribers=subscribers, rounds=rounds)
    return Trial("bystander of a large read", names, measure, bystander.line)


def _crowd(names: tuple[str, ...], seconds: float) -> Trial:
    return Trial("bystander of a crowd that logs in", names, partial(crowd.measure, seconds=seconds), crowd.line)


def _each_way(ways: tuple[str, ...], seconds: float) -> Trial:
    measure = partial(beside_logins.measure, ways=ways, seconds=seconds)
    return Trial("bystander of each way in", WAMPI, measure, beside_logins.lines)


def _idle(names: tuple[str, ...], sessions: int, seconds: float) -> Trial:
    return Trial("idle sessions", names, partial(idle.measure, sessions=sessions, tls=True, seconds=seconds), idle.line)


def _lives(count: int) -> Trial:
    return Trial("lives", WAMPI, partial(lives.measure, lives=count), lives.line)
