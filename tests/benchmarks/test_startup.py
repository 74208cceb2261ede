"""Measuring starts: that it works, never how fast."""

from benchmarks import routers, startup
from benchmarks.startup import Start


def test_a_router_is_started_and_its_memory_read(tmp_path) -> None:
    started = startup.start_router("yardstick", tmp_path, settle_seconds=0)
    assert 0 < started.listening_seconds < routers.START_SECONDS
    assert 10e6 < started.router_bytes <= started.all_bytes


def test_the_default_configuration_is_followed_until_all_components_have_joined(tmp_path) -> None:
    started = startup.start_default("default", tmp_path, settle_seconds=0)
    assert started.joined_seconds is not None
    assert started.listening_seconds < started.joined_seconds
    assert started.all_bytes > started.router_bytes


def test_the_default_configuration_is_wampis_own_on_another_port() -> None:
    node, authids = startup.default_configuration(4711)
    endpoints = [transport["endpoint"] for worker in node["workers"] for transport in worker.get("transports", ())]
    assert [endpoint["port"] for endpoint in endpoints if endpoint["type"] == "tcp"] == [4711]
    assert sorted(authids) == ["camera", "frame", "lighting", "sprinkler"]


def test_the_table_has_a_line_of_medians_for_each_kind_of_start() -> None:
    starts = [Start("a", seconds, 50_000_000, 60_000_000, joined_seconds=2 * seconds) for seconds in (1.0, 9.0, 2.0)]
    lines = startup.table([*starts, Start("b", 0.5, 10_000_000, 10_000_000)]).splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["a", "2.00", "4.00", "50.0", "60.0"],
        ["b", "0.50", "-", "10.0", "10.0"],
    ]


def test_a_router_that_cannot_be_measured_is_one_line_and_status_1(capsys) -> None:
    assert startup.main(["--routers", "nobody"]) == 1
    assert capsys.readouterr().err == "unknown router nobody: say wampi, yardstick or crossbar\n"
