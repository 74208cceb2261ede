"""How measurements become a table, a file and a picture."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import plot, report
from benchmarks.generator import Measurement, Work

CALLS = Work("calls", "json", tls=False, in_flight=64)
PING = Work("calls", "json", tls=True, in_flight=1)


def measurement(per_second: float, cpu_us: float = 1.0, p50_us: float = 10.0, p99_us: float = 30.0) -> Measurement:
    return {
        "operations": int(per_second),
        "seconds": 1.0,
        "per_second": per_second,
        "latency_us": {"p50": p50_us, "p90": p50_us, "p99": p99_us, "max": p99_us, "mean": p50_us},
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
    assert wampi == ["wampi", "300", "4", "30", "7.50", "8.00", "0.50", "15.00", "0.25", "0.05", "1.60"]


def test_a_router_that_did_not_do_the_work_has_no_line() -> None:
    table = report.table([report.Sample(0, CALLS, "wampi", measurement(300))], ["wampi", "crossbar"])
    assert "crossbar" not in table


def test_results_are_read_back_as_they_were_written(tmp_path) -> None:
    samples = [report.Sample(0, CALLS, "wampi", measurement(300)), report.Sample(1, PING, "wampi", measurement(5))]
    report.write_results(tmp_path / "new" / "results.json", samples, {"routers": ["wampi"]})
    read, about = report.read_results(tmp_path / "new" / "results.json")
    assert read == samples
    assert about["routers"] == ["wampi"]
    assert about["at"].endswith("+00:00")


def drawn(tmp_path: Path, samples: list[report.Sample], *arguments: str) -> ElementTree.Element:
    routers = list(dict.fromkeys(sample.router for sample in samples))
    about = {"routers": routers, "machine": {"processor": "Slow & Steady", "cores": 2, "python": "3.11"}}
    report.write_results(tmp_path / "results.json", samples, about)
    assert plot.main([str(tmp_path / "results.json"), str(tmp_path / "plot.svg"), *arguments]) == 0
    return ElementTree.parse(tmp_path / "plot.svg").getroot()


def texts(picture: ElementTree.Element) -> list[str | None]:
    return [text.text for text in picture.iterfind(".//{*}text")]


def test_the_plot_has_a_bar_for_each_router_as_long_as_its_rate(tmp_path) -> None:
    samples = [
        report.Sample(0, CALLS, "wampi", measurement(300)),
        report.Sample(0, CALLS, "crossbar", measurement(150)),
    ]
    bars = drawn(tmp_path, samples).findall(".//{*}rect[@x]")
    assert [bar.attrib["class"] for bar in bars] == ["wampi", "crossbar"]
    longer, shorter = (float(bar.attrib["width"]) for bar in bars)
    assert longer == pytest.approx(2 * shorter, rel=0.01)


def test_a_kind_of_work_is_one_panel_with_a_row_for_each_serializer(tmp_path) -> None:
    cbor = replace(CALLS, serializer="cbor", tls=True)
    samples = [report.Sample(0, work, "wampi", measurement(300)) for work in (CALLS, cbor, PING)]
    shown = texts(drawn(tmp_path, samples))
    assert shown.count("Calls of 100 B, 64 in flight") == shown.count("Calls of 100 B, 1 in flight") == 1
    assert [text for text in shown if text in ("JSON", "CBOR, TLS", "JSON, TLS")] == ["JSON", "CBOR, TLS", "JSON, TLS"]


def test_the_plot_names_the_machine_and_both_colour_schemes(tmp_path) -> None:
    picture = drawn(tmp_path, [report.Sample(0, CALLS, "wampi", measurement(300))])
    assert any(text and text.startswith("Slow & Steady, 2 cores, Python 3.11, 20") for text in texts(picture))
    style = picture.findtext("{*}style") or ""
    light, _, dark = style.partition("@media(prefers-color-scheme:dark)")
    for colour in ("ground", "text", "dim", "line", *plot.ROUTERS):
        assert f"--{colour}:" in light
        assert f"--{colour}:" in dark


def test_no_panel_lies_upon_another_or_outside(tmp_path) -> None:
    works = [replace(CALLS, in_flight=number) for number in range(1, 8)]
    picture = drawn(tmp_path, [report.Sample(0, work, "wampi", measurement(300)) for work in works])
    places = [(float(bar.attrib["x"]), float(bar.attrib["y"])) for bar in picture.iterfind(".//{*}rect[@x]")]
    assert len(set(places)) == len(works)
    assert all(y < float(picture.attrib["height"]) - plot.FOOT_HEIGHT for _, y in places)


def shown(work: Work, cpu: bool = False) -> tuple[str, list[plot.Row]]:
    samples = [report.Sample(0, work, "wampi", measurement(300, p50_us=123.0, cpu_us=7.5))]
    ((kind, rows),) = plot.panels(samples, ["wampi"], cpu)
    return kind.note, rows


def test_one_call_in_flight_is_drawn_as_latency() -> None:
    note, rows = shown(PING)
    assert note == "median latency in microseconds, less is better"
    assert rows == [plot.Row("JSON, TLS", [("wampi", 123.0)])]


def test_subscriptions_are_drawn_as_cpu_by_their_number() -> None:
    note, rows = shown(Work("events", "json", tls=False, sessions=1, subscriptions=10_000))
    assert note == "router CPU of an operation in microseconds, less is better"
    assert rows == [plot.Row("10\N{NO-BREAK SPACE}000", [("wampi", 7.5)])]


def test_the_router_cpu_is_drawn_on_request() -> None:
    assert shown(CALLS, cpu=True)[1] == [plot.Row("JSON", [("wampi", 7.5)])]


def test_a_plot_of_nothing_is_refused(tmp_path, capsys) -> None:
    report.write_results(tmp_path / "r.json", [report.Sample(0, PING, "wampi", measurement(1))], {"routers": ["wampi"]})
    assert plot.main([str(tmp_path / "r.json"), str(tmp_path / "p.svg"), "--only", "no such work"]) == 1
    assert capsys.readouterr().err == "nothing to draw\n"
