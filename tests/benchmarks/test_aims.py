"""What is to be reached: figures that keep a bound are told from those that do not."""

from typing import Any

import pytest

from benchmarks import aims
from benchmarks.aims import Aim, Verdict
from benchmarks.beside_logins import Beside, Way
from benchmarks.bystander import Read, Round
from benchmarks.crowd import Crowd
from benchmarks.generator import Measurement, Work
from benchmarks.idle import Idle
from benchmarks.lives import Lives
from benchmarks.report import Sample


def measurement(**changed: Any) -> Measurement:
    latency = {"p50": changed.pop("p50", 100.0), "p90": 1.0, "p99": changed.pop("p99", 300.0), "max": 1.0, "mean": 1.0}
    usual: Any = {"per_second": 100.0, "router_cpu_us": 10.0, "latency_us": latency}
    return usual | changed


def judged(work: Work, **routers: Measurement) -> dict[str, tuple[float, bool]]:
    samples = [Sample(0, work, name, measured) for name, measured in routers.items()]
    return {one.aim.what: (pytest.approx(one.figure), one.is_reached) for one in aims.of_samples(samples)}


@pytest.mark.parametrize(("tls", "is_reached"), [(False, False), (True, True)])
def test_calls_are_to_be_many_times_those_of_crossbar_and_near_the_yardstick(tls, is_reached) -> None:
    verdicts = judged(
        Work("calls", "json", tls, in_flight=64),
        wampi=measurement(per_second=1900.0, router_cpu_us=16.1),
        yardstick=measurement(router_cpu_us=10.0),
        crossbar=measurement(per_second=100.0),
    )
    assert verdicts == {
        "rate over Crossbar's": (19.0, is_reached), "router CPU over the yardstick's": (1.61, False)
    }  # fmt: skip


def test_one_call_in_flight_is_judged_by_its_latency() -> None:
    verdicts = judged(
        Work("calls", "json", False), wampi=measurement(p50=70.0, p99=350.0), crossbar=measurement(p50=200.0)
    )
    assert verdicts == {"p50 over Crossbar's": (0.35, True), "p99 over p50": (5.0, False)}


def test_small_events_have_a_rate_a_cost_and_a_latency_and_large_ones_a_rate() -> None:
    routers = {
        "wampi": measurement(per_second=1500.0, p99=9_900.0),
        "yardstick": measurement(),
        "crossbar": measurement(per_second=100.0),
    }
    assert judged(Work("events", "json", False), **routers) == {
        "rate over Crossbar's": (15.0, True), "router CPU over the yardstick's": (1.0, True), "p99": (9.9, True)
    }  # fmt: skip
    assert list(judged(Work("events", "json", False, payload_bytes=100_000), **routers)) == ["rate over Crossbar's"]


def test_logins_are_those_of_a_core() -> None:
    verdicts = judged(Work("logins", "json", True), wampi=measurement(per_second=300.0, router_cpu_us=12_500.0))
    assert verdicts == {"logins in a second of a core": (80.0, False)}


def test_what_crossbar_did_not_do_is_not_judged_by_it() -> None:
    verdicts = judged(Work("calls", "json", False, in_flight=64), wampi=measurement(), yardstick=measurement())
    assert list(verdicts) == ["router CPU over the yardstick's"]


def test_many_subscriptions_are_compared_with_few_of_as_many_matches() -> None:
    costs = {(1, 100): 10.0, (1, 10_000): 14.0, (1, 100_000): 16.0, (10, 100): 4.0, (10, 100_000): 4.0}
    samples = [
        Sample(0, Work("events", "json", False, sessions=matching, subscriptions=number), "wampi", measured)
        for (matching, number), cost in costs.items()
        for measured in [measurement(router_cpu_us=cost, subscribe_cpu_us=20.0)]
    ]
    flat = [one for one in aims.of_samples(samples) if one.aim == aims.FLAT]
    assert [(one.figure, one.is_reached) for one in flat] == [(1.4, True), (1.6, False), (1.0, True)]
    quick = [one.figure for one in aims.of_samples(samples) if one.aim == aims.QUICK]
    assert quick == [20.0] * 3


RESULTS = [
    (Read("wampi", 1000, [Round(1, 51.0, 0.1, 1.0)]), [(51.0, False)]),
    (Crowd("wampi", 500.0, 100, 1.0, 20.0, 90.0), [(20.0, True)]),
    (Beside("wampi", [Way("basic", 9.0, 9.0, 0.0, 0, 50, 1.0, 90.0, 300.0, 101.0, 5.0)]), [(101.0, False)]),
    (Idle("wampi", 5_000, True, 61_000.0, 0.02, 1, 1.0), [(61.0, False), (4.0, True), (1, False)]),
    (Lives("wampi", 100, 10**8, 3_000_000, 20, 2, 1.0), [(3.0, True), (2, False)]),
]


@pytest.mark.parametrize(("result", "expected"), RESULTS)
def test_each_trial_is_judged_by_its_own_aims(result, expected) -> None:
    assert [(one.figure, one.is_reached) for one in aims.of_results([result])] == expected


def test_another_routers_result_is_there_to_compare_with() -> None:
    assert aims.of_results([Crowd("crossbar", 500.0, 100, 1.0, 900.0, 900.0)]) == []


def test_the_table_says_what_is_not_reached_and_how_many_are() -> None:
    slow = Verdict("calls", Aim("rate", 20, is_least=True), 19.0)
    good = Verdict("something longer", Aim("p99", 10, "ms"), 9.5)
    _, first, second, last = aims.table([slow, good]).splitlines()
    assert first.split() == ["calls", "rate", "19.00", ">=", "20", "not", "reached"]
    assert second.split() == ["something", "longer", "p99", "9.50", "ms", "<=", "10", "ms"]
    assert last == "1 of 2 reached"
