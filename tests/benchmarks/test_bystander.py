"""Measuring the bystander of a large read: that it works, never how long it waits."""

import json

from benchmarks import bystander
from benchmarks.bystander import Round


def test_everything_arrives_and_the_bystander_goes_on_calling(tmp_path, capsys) -> None:
    out = tmp_path / "results" / "bystander.json"
    arguments = ["--routers", "yardstick", "--subscribers", "3", "--rounds", "2", "--out", str(out)]
    assert bystander.main(arguments) == 0
    assert capsys.readouterr().out.startswith("yardstick: ")
    rounds = json.loads(out.read_text())["yardstick"]
    assert [one["events"] for one in rounds] == [3 * bystander.one_read()[1]] * 2
    assert all(one["longest_ms"] >= one["before_ms"] / 10 > 0 and one["delivered_ms"] > 0 for one in rounds)


def test_it_logs_in_where_that_is_wanted_and_over_tls(capsys) -> None:
    assert bystander.main(["--subscribers", "2", "--rounds", "1", "--tls"]) == 0
    assert capsys.readouterr().err == ""


def test_one_read_is_64_kilobytes_of_whole_frames() -> None:
    data, count = bystander.one_read()
    assert len(data) % count == 0
    assert bystander.READ_BYTES - len(data) // count < len(data) <= bystander.READ_BYTES


def test_the_line_names_the_longest_call_of_all_rounds() -> None:
    line = bystander.table("a", [Round(10, 5.0, 0.5, 100.0), Round(10, 9.0, 0.7, 300.0)])
    assert line == (
        "a: 10 events in 200 ms; the bystander's longest call took 7.0 ms "
        "(median of 2 rounds; at most 9.0), 0.60 ms before"
    )


def test_a_router_that_does_not_exist_is_one_line_and_status_1(capsys) -> None:
    assert bystander.main(["--routers", "nobody"]) == 1
    assert capsys.readouterr().err == "unknown router nobody: say wampi, yardstick or crossbar\n"
