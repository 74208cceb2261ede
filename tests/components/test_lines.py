"""Simulated lines: a level and a log that outlive the processes that write them."""

from pathlib import Path

import pytest
from wampi.components.lines import SimulatedLines, main


def test_another_process_sees_the_level_and_who_wrote_it(tmp_path: Path) -> None:
    SimulatedLines(tmp_path, "keeper", lambda: 12.5, pid=7).write("lawn", 1.0, "lease")
    seen = SimulatedLines(tmp_path, "test")
    assert seen.level("lawn") == 1.0
    assert seen.log() == [{"at": 12.5, "by": "keeper", "pid": 7, "line": "lawn", "level": 1.0, "why": "lease"}]


def test_a_line_that_nobody_drove_is_low(tmp_path: Path) -> None:
    assert SimulatedLines(tmp_path, "test").level("lawn") == 0.0
    assert SimulatedLines(tmp_path, "test").levels() == {}


def test_a_line_that_is_being_driven_for_the_first_time_is_low(tmp_path: Path) -> None:
    (tmp_path / "lawn.level").touch()
    assert SimulatedLines(tmp_path, "test").level("lawn") == 0.0


def test_every_write_is_logged_in_order(tmp_path: Path) -> None:
    lines = SimulatedLines(tmp_path, "test")
    for level in (0.0, 0.25, 1.0, 0.0):
        lines.write("lamp", level, "test")
    assert [entry["level"] for entry in lines.log()] == [0.0, 0.25, 1.0, 0.0]
    assert lines.levels() == {"lamp": 0.0}


def test_the_log_does_not_grow_without_end(tmp_path: Path) -> None:
    lines = SimulatedLines(tmp_path, "test")
    for _ in range(25):
        lines.write("lamp", 1.0, "x" * 100_000)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2_500_000
    assert lines.log()[-1]["line"] == "lamp"


def test_the_lines_can_be_looked_at_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SimulatedLines(tmp_path, "keeper", lambda: 12.5, pid=7).write("lawn", 1.0, "lease")
    assert main([str(tmp_path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["lawn", "1"]
    assert shown[1].endswith("lawn = 1  by keeper 7: lease")


def test_a_directory_that_is_not_there_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["/nowhere"]) == 2
    assert capsys.readouterr().err.startswith("usage: ")
