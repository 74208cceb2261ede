"""Measuring the bystander of a large read: that it works, never how long it waits."""

import json
import socket

import pytest

from benchmarks import bystander
from benchmarks.bystander import EVENT, Read, Round
from benchmarks.session import Channel, pong


def test_everything_arrives_and_the_bystander_goes_on_calling(tmp_path, capsys) -> None:
    out = tmp_path / "results" / "bystander.json"
    arguments = ["--routers", "yardstick", "--subscribers", "3", "--rounds", "2", "--out", str(out)]
    assert bystander.main(arguments) == 0
    assert capsys.readouterr().out.startswith("yardstick: ")
    (read,) = json.loads(out.read_text())["reads"]
    assert (read["router"], read["subscribers"]) == ("yardstick", 3)
    rounds = read["rounds"]
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
    line = bystander.line(Read("a", 5, [Round(10, 5.0, 0.5, 100.0), Round(10, 9.0, 0.7, 300.0)]))
    assert line == (
        "a: 10 events in 200 ms; the bystander's longest call took 7.0 ms "
        "(median of 2 rounds; at most 9.0), 0.60 ms before"
    )


PING = b"\x89\x03abc"
EVENTS = b"\x81\x0d[36,1,2,{},1]" * 2


@pytest.mark.parametrize("cut", range(len(EVENTS + PING + EVENTS) + 1))
def test_a_subscriber_counts_events_and_answers_pings_wherever_a_read_ends(cut: int) -> None:
    sent = EVENTS + PING + EVENTS
    first, pings, rest = bystander.events_and_pings(sent[:cut])
    second, more_pings, _ = bystander.events_and_pings(rest + sent[cut:])
    assert first + second == sent.count(EVENT) == 4
    assert pings + more_pings == [b"abc"]


def test_the_bystander_answers_pings_while_it_waits() -> None:
    ours, routers_end = socket.socketpair()
    with ours, routers_end:
        routers_end.sendall(PING + b"\x81\x06[6,{}]")
        assert Channel(ours).receive() == [6, {}]
        assert routers_end.recv(100) == pong(b"abc") == b"\x8a\x83" + bytes(4) + b"abc"


def test_a_router_that_does_not_exist_is_one_line_and_status_1(capsys) -> None:
    assert bystander.main(["--routers", "nobody"]) == 1
    assert capsys.readouterr().err == "unknown router nobody: say wampi, yardstick or crossbar\n"
