"""How measurements become a table, a file and a picture."""

from xml.etree import ElementTree

import pytest

from benchmarks import plot, report
from benchmarks.generator import Measurement, Work

CALLS = Work("calls", "json", tls=False, in_flight=64)
PING = Work("calls", "json", tls=True, in_flight=1)


def measurement(per_second: float, cpu_us: float = 1.0, p50_us: float = 10.0) -> Measurement:
    return {
        "operations": int(per_second),
        "seconds": 1.0,
        "per_second": per_second,
        "latency_us": {"p50": p50_us, "p90": p50_us, "p99": p50_us, "max": p50_us, "mean": p50_us},
        "load_cpu_us": 0.5,
        "router_cpu_us": cpu_us,
        "router_cpu_share": 1.0,
        "sent_bytes": 1,
        "received_bytes": 1,
    }


def test_a_ratio_is_taken_within_a_round() -> None:
    samples = [
        report.Sample(0, CALLS, "wampi", measurement(100)),
        report.Sample(0, CALLS, "crossbar", measurement(10)),
        report.Sample(1, CALLS, "wampi", measurement(1000)),
        report.Sample(1, CALLS, "crossbar", measurement(50)),
    ]
    assert report.ratio(samples, CALLS, "wampi", "crossbar", report.per_second) == 15


def test_there_is_no_ratio_to_a_router_that_did_not_run() -> None:
    samples = [report.Sample(0, CALLS, "wampi", measurement(100))]
    assert report.ratio(samples, CALLS, "wampi", "crossbar", report.per_second) is None


def test_the_middle_is_the_median_of_the_rounds() -> None:
    samples = [report.Sample(n, CALLS, "wampi", measurement(rate)) for n, rate in enumerate((1, 100, 7))]
    assert report.middle(samples, CALLS, "wampi", report.per_second) == 7


def test_the_table_shows_ratios_to_crossbar_and_to_the_yardstick() -> None:
    samples = [
        report.Sample(0, CALLS, "wampi", measurement(300, cpu_us=8.0, p50_us=4.0)),
        report.Sample(0, CALLS, "yardstick", measurement(400, cpu_us=5.0)),
        report.Sample(0, CALLS, "crossbar", measurement(20, cpu_us=160.0, p50_us=16.0)),
    ]
    lines = report.table(samples, ["wampi", "yardstick", "crossbar"]).splitlines()
    wampi = next(line.split() for line in lines if line.split()[:1] == ["wampi"])
    assert wampi == ["wampi", "300", "4", "4", "8.00", "0.50", "15.00", "0.25", "0.05", "1.60"]


def test_results_are_read_back_as_they_were_written(tmp_path) -> None:
    samples = [report.Sample(0, CALLS, "wampi", measurement(300)), report.Sample(1, PING, "wampi", measurement(5))]
    report.write_results(tmp_path / "new" / "results.json", samples, {"routers": ["wampi"]})
    read, about = report.read_results(tmp_path / "new" / "results.json")
    assert read == samples
    assert about["routers"] == ["wampi"]
    assert about["at"].endswith("+00:00")


def test_the_plot_has_a_bar_for_each_router_as_long_as_its_rate(tmp_path) -> None:
    samples = [
        report.Sample(0, CALLS, "wampi", measurement(300)),
        report.Sample(0, CALLS, "crossbar", measurement(150)),
    ]
    report.write_results(tmp_path / "results.json", samples, {"routers": ["wampi", "crossbar"]})
    assert plot.main([str(tmp_path / "results.json"), str(tmp_path / "plot.svg")]) == 0
    bars = ElementTree.parse(tmp_path / "plot.svg").findall(".//{*}rect[@x]")
    longer, shorter = (float(bar.attrib["width"]) for bar in bars)
    assert longer == pytest.approx(2 * shorter, rel=0.01)


def test_one_call_in_flight_is_drawn_as_latency() -> None:
    samples = [report.Sample(0, PING, "wampi", measurement(300, p50_us=123.0))]
    assert plot.panels(samples, ["wampi"])[0][1:] == ("us", [("wampi", 123.0)])


def test_the_router_cpu_is_drawn_on_request() -> None:
    samples = [report.Sample(0, CALLS, "wampi", measurement(300, cpu_us=7.5))]
    assert plot.panels(samples, ["wampi"], cpu=True)[0][1:] == ("us", [("wampi", 7.5)])


def test_a_plot_of_nothing_is_refused(tmp_path, capsys) -> None:
    report.write_results(tmp_path / "r.json", [report.Sample(0, PING, "wampi", measurement(1))], {"routers": ["wampi"]})
    assert plot.main([str(tmp_path / "r.json"), str(tmp_path / "p.svg"), "--only", "no such work"]) == 1
    assert capsys.readouterr().err == "nothing to draw\n"
