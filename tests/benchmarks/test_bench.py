"""The benchmark works: it says nothing here about speed."""

import dataclasses
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.waiting import PATIENCE_SECONDS

from benchmarks import bench, generator, routers
from benchmarks.generator import SERIALIZERS, Work


@pytest.fixture(scope="module")
def yardstick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[routers.RunningRouter]:
    generator.build()
    with routers.start("yardstick", tmp_path_factory.mktemp("yardstick")) as running:
        yield running


@pytest.fixture(scope="module")
def wampi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[routers.RunningRouter]:
    generator.build()
    with routers.start("wampi", tmp_path_factory.mktemp("wampi")) as running:
        yield running


def measured(work: Work, router: routers.RunningRouter, seconds: float = 0.05, warmup_seconds: float = 0.0):
    """Measure for a moment; for a longer one where the machine was too busy for anything to be done in it."""
    while not (done := generator.run(work, router, seconds, warmup_seconds))["operations"]:
        seconds *= 4
        assert seconds < PATIENCE_SECONDS, "nothing is done"
    return done


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("serializer", SERIALIZERS)
@pytest.mark.parametrize(
    ("scenario", "in_flight", "payload_bytes"),
    [("calls", 1, 100), ("calls", 64, 100), ("calls", 2, 70_000), ("events", 8, 100), ("events", 2, 100_000)],
)
def test_the_yardstick_carries_every_payload(yardstick, scenario, in_flight, payload_bytes, serializer, tls) -> None:
    work = Work(scenario, serializer, tls, in_flight, payload_bytes=payload_bytes)
    done = measured(work, yardstick, warmup_seconds=0.02)
    assert done["latency_us"]["p50"] <= done["latency_us"]["p99"] <= done["latency_us"]["max"] * 1.04
    # What is under way when the clock starts is counted, though part of its bytes came before.
    under_way = in_flight * (work.sessions if scenario == "events" else 1)
    assert done["received_bytes"] >= (done["operations"] - under_way) * payload_bytes


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("serializer", SERIALIZERS)
@pytest.mark.parametrize("scenario", ["calls", "events"])
def test_wampi_is_measured_after_a_login(wampi, scenario, serializer, tls) -> None:
    assert "--authid=load" in generator.command(Work(scenario, serializer, tls), wampi, 0.05, 0.02)
    assert measured(Work(scenario, serializer, tls, in_flight=4), wampi, warmup_seconds=0.02)["operations"] > 0


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_a_refused_login_is_one_line_and_no_measurement(wampi, serializer) -> None:
    # Under a name of its own: the other tests log in with the account, which is not to pause for these failures.
    stranger = dataclasses.replace(wampi, authid="stranger", secret="not the secret")
    with pytest.raises(generator.LoadError, match=r"the router answered with message 3: .*wamp\.error") as refused:
        generator.run(Work("calls", serializer, tls=False), stranger, seconds=0.1)
    assert len(str(refused.value).splitlines()) == 1


def test_wampi_enforces_its_rules_while_it_is_measured(wampi) -> None:
    command = generator.command(Work("calls", "json", tls=False), wampi, 0.05, 0.02)
    environment = {**os.environ, "LOAD_SECRET": wampi.secret}
    elsewhere = [*command, "--uri=elsewhere.load"]
    done = subprocess.run(elsewhere, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "wamp.error.not_authorized" in done.stderr


@pytest.mark.parametrize("router", ["yardstick", "wampi"])
def test_logins_are_counted(router, request) -> None:
    work = Work("logins", "json", tls=True, in_flight=2)
    assert measured(work, request.getfixturevalue(router), seconds=0.2)["operations"] > 0


def test_idle_sessions_stay_joined(yardstick) -> None:
    done = generator.run(Work("idle", "cbor", tls=True, sessions=40), yardstick, seconds=0.1, warmup_seconds=0)
    assert (done["joined"], done["lost"]) == (40, 0)


@pytest.mark.parametrize("matching", [1, 10])
@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_all_kinds_of_subscriptions_match_and_the_others_are_held_and_do_not(wampi, serializer, matching) -> None:
    work = Work("events", serializer, False, in_flight=4, sessions=matching, subscriptions=200)
    done = measured(work, wampi)
    assert (done["subscribers"], done["subscriptions"]) == (matching, 200)
    assert done["subscribe_cpu_us"] > 0


def test_nothing_else_is_subscribed_where_all_match(yardstick) -> None:
    work = Work("events", "json", False, sessions=1, subscriptions=1)
    assert measured(work, yardstick)["subscribe_cpu_us"] == 0


@pytest.mark.parametrize(
    ("matching", "subscriptions", "complaint"),
    [(11, 100, "at most 10 subscriptions can match"), (5, 4, "5 of 4 subscriptions cannot match")],
)
def test_more_matches_than_there_are_patterns_are_refused(yardstick, matching, subscriptions, complaint) -> None:
    work = Work("events", "json", False, sessions=matching, subscriptions=subscriptions)
    with pytest.raises(generator.LoadError, match=complaint):
        generator.run(work, yardstick, seconds=0.05)


def test_the_router_cpu_is_that_of_the_watched_processes(yardstick) -> None:
    work = Work("calls", "json", tls=False, in_flight=64)
    done = measured(work, yardstick, seconds=0.1, warmup_seconds=0.3)
    assert 0 < done["router_cpu_us"] * done["operations"] <= 1.5e6 * done["seconds"] * os.cpu_count()
    command = [part for part in generator.command(work, yardstick, 0.05, 0.02) if "--watch" not in part]
    unwatched = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert unwatched["router_cpu_us"] == 0


def test_a_router_that_is_not_there_is_one_line_and_status_1() -> None:
    generator.build()
    gone = routers.RunningRouter("gone", routers.free_port(), routers.free_port(), (), 0.0, None, Path("log"))
    with pytest.raises(generator.LoadError, match="Connection refused") as refused:
        generator.run(Work("calls", "json", tls=False), gone, seconds=0.1)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "usage: load"),
        (["dance", "--port", "1"], "usage: load"),
        (["calls"], "load: say --port, 1 to 65535"),
        (["calls", "--port", "70000"], "load: say --port, 1 to 65535"),
        (["calls", "--port", "x"], "load: x is not a number"),
        (["calls", "--port", "1", "--serializer", "xml"], "load: unknown serializer xml: say json, msgpack or cbor"),
        (["calls", "--port", "1", "--in-flight", "0"], "load: --in-flight and --sessions start at 1"),
        (["calls", "--port", "1", "--seconds", "-1"], "load: -1 is not a number of seconds"),
        (["calls", "--port", "1", "--authid", "a"], "load: --authid needs the secret in the variable LOAD_SECRET"),
    ],
)
def test_a_wrong_command_line_is_refused_with_one_line(arguments, complaint) -> None:
    generator.build()
    environment = {name: value for name, value in os.environ.items() if name != "LOAD_SECRET"}
    command = [str(generator.PROGRAM), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode in (1, 2)
    assert done.stderr.splitlines()[0].startswith(complaint)


def test_the_whole_benchmark_runs_in_its_short_form(capsys) -> None:
    assert bench.main(["--short"]) == 0
    out = capsys.readouterr().out
    for work in bench.all_work(bench.SHORT_SUBSCRIPTIONS):
        assert work.name in out
    for asked in (
        "3 subscribers",
        "logins a second",
        "20 idle sessions",
        "20 lives",
        "router CPU over the yardstick's",
    ):
        assert asked in out.rpartition("to reach")[2]


def test_a_part_of_it_is_chosen_by_name_and_kept_where_that_is_asked(tmp_path, capsys) -> None:
    out = tmp_path / "lives.json"
    assert bench.main(["--short", "--only", "lives", "--out", str(out)]) == 0
    kept = json.loads(out.read_text())
    assert kept["samples"] == kept["failures"] == []
    assert [verdict["on"] for verdict in kept["verdicts"]] == ["20 lives"] * 2
    (lived,) = kept["trials"]["lives"]
    assert (lived["router"], lived["lives"], lived["more_descriptors"]) == ("wampi", 20, 0)
    assert kept["machine"]["cores"] == os.cpu_count()


def test_nothing_by_that_name_is_one_line_and_status_1(capsys) -> None:
    assert bench.main(["--short", "--only", "dancing"]) == 1
    assert capsys.readouterr().err == "nothing has 'dancing' in its name\n"


def test_the_yardstick_and_crossbar_are_not_asked_for_what_they_cannot_do() -> None:
    few, many = (Work("events", "json", False, subscriptions=number) for number in (10_000, 100_000))
    assert [bench.can_do(name, few) for name in ("wampi", "yardstick", "crossbar")] == [True, False, True]
    assert [bench.can_do(name, many) for name in ("wampi", "yardstick", "crossbar")] == [True, False, False]
    assert all(bench.can_do(name, Work("calls", "json", False)) for name in ("wampi", "yardstick", "crossbar"))


def test_an_unknown_router_is_one_line_and_status_1(capsys) -> None:
    assert bench.main(["--short", "--routers", "nobody"]) == 1
    assert capsys.readouterr().err == "unknown router nobody: say wampi, yardstick or crossbar\n"


def test_a_router_that_does_not_start_is_named_with_its_last_line(tmp_path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        starting = routers.start("yardstick", tmp_path, ports=(taken.getsockname()[1], routers.free_port()))
        with pytest.raises(routers.RouterError, match=r"^yardstick does not listen on port \d+: .*Couldn't listen"):
            starting.__enter__()
