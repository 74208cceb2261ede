"""Measuring idle sessions: that it works, never how cheap they are."""

from benchmarks import idle
from benchmarks.idle import Idle


def test_idle_sessions_join_and_stay_and_are_written_down(tmp_path, capsys) -> None:
    out = tmp_path / "results" / "idle.json"
    assert idle.main(["--routers", "yardstick", "--sessions", "20", "--seconds", "0.2", "--out", str(out)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("yardstick: 20 idle sessions, TLS: ")
    assert line.endswith(", 0 lost")
    assert '"sessions": 20' in out.read_text()


def test_the_line_is_in_kilobytes_and_percent() -> None:
    line = idle.line(Idle("a", 10, True, 40_000.0, 0.05, 2, 1.0))
    assert line == "a: 10 idle sessions, TLS: 40.0 kB each, 5.0 % of a core, 2 lost"


def test_more_sessions_than_the_system_allows_is_one_line_and_status_1(capsys) -> None:
    assert idle.main(["--sessions", "100000000"]) == 1
    assert "ulimit -n raises it" in capsys.readouterr().err
