"""Beside logins: what is a call's own, turns as they are written down, and that each way lets in and refuses."""

from pathlib import Path

import pytest

from benchmarks import beside_logins
from benchmarks.beside_logins import Call
from benchmarks.turns import Turn, Watched, read


def test_what_the_machine_had_the_hub_wait_for_is_not_the_calls_own() -> None:
    stalled = Turn(ended=10.05, took_ms=80.0, cpu_ms=5.0, hub_cpu_ms=20.0)
    before, busy = Turn(9.5, 90.0, 1.0, 1.0), Turn(10.1, 40.0, 10.0, 60.0)
    call = Call(ended=10.1, ms=100.0)
    assert stalled.stalled_ms == 60.0
    assert call.own_ms([before]) == pytest.approx(100.0)
    assert call.own_ms([before, stalled, busy]) == pytest.approx(40.0)
    assert Call(10.1, 30.0).own_ms([Turn(10.1, 80.0, 0.0, 0.0)]) == 0.0


def test_so_is_what_it_had_the_hub_wait_for_before_a_turn_and_the_caller_at_any_time() -> None:
    late = Turn(ended=10.05, took_ms=10.0, cpu_ms=10.0, hub_cpu_ms=10.0, late_ms=30.0)
    assert late.stalled_ms == 30.0
    assert late.overlaps(10.0, 10.03)
    assert Call(10.1, 100.0, waited_ms=20.0).own_ms([late]) == pytest.approx(50.0)


def test_turns_are_written_down_if_they_are_long_and_starting_is_none(tmp_path: Path) -> None:
    class Poller:
        def poll(self) -> list[int]:
            return [3]

    file = tmp_path / "turns"
    with file.open("w", buffering=1) as written:
        watched = Watched(Poller(), written)
        assert watched.poll() == [3]
        assert read(file) == []
        sum(range(2_000_000))
        watched.poll()
    (turn,) = read(file)
    assert turn.took_ms >= 1.0
    assert turn.cpu_ms > 0.0
    assert turn.hub_cpu_ms > 0.0


def test_a_way_that_there_is_not_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        beside_logins.main(["--ways", "wampcra,smoke"])
    assert "there is no way 'smoke'" in capsys.readouterr().err


def test_it_measures_a_way_on_a_hub_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert beside_logins.main(["--ways", "ticket", "--seconds", "0.3", "--out", str(tmp_path / "out.json")]) == 0
    assert "ticket: beside" in capsys.readouterr().out
    assert '"ticket"' in (tmp_path / "out.json").read_text()
