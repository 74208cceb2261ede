"""Measuring idle sessions: that it works, never how cheap they are."""

from benchmarks import idle
from benchmarks.idle import Idle


def test_idle_sessions_join_and_stay_and_are_written_down(tmp_path, capsys) -> None:
    out = tmp_path / "results" / "idle.json"
    assert idle.main(["--routers", "yardstick", "--sessions", "20", "--seconds", "0.2", "--out", str(out)]) == 0
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split() == ["sessions", "kB", "each", "%", "of", "a", "core", "lost"]
    assert line.split()[:3] == ["yardstick", "20", "TLS"]
    assert line.split()[-1] == "0"
    assert '"sessions": 20' in out.read_text()


def test_the_table_has_a_line_for_each_number_of_sessions() -> None:
    results = [Idle("a", 10, True, 40_000.0, 0.05, 0, 1.0), Idle("b", 1000, False, 12_345.0, 0.0, 2, 1.0)]
    assert [line.split() for line in idle.table(results).splitlines()[1:]] == [
        ["a", "10", "TLS", "40.0", "5.0", "0"],
        ["b", "1000", "plain", "12.3", "0.0", "2"],
    ]


def test_more_sessions_than_the_system_allows_is_one_line_and_status_1(capsys) -> None:
    assert idle.main(["--sessions", "100000000"]) == 1
    assert "ulimit -n raises it" in capsys.readouterr().err
