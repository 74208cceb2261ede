"""A valve closes whoever dies: the processes are real, and the simulated line outlives them.

The line is a file; its log tells who wrote it. Nothing here reaches a router: what closes a valve is below WAMP.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.component_processes import SUPPORT, ComponentRun, children_of, component, is_alive
from support.waiting import PATIENCE_SECONDS, eventually
from wampi.components.lines import SimulatedLines

EXTRA = {
    "id": "garden",
    "name": "Garden",
    "driver": "simulator",
    "zones": {"lawn": {"name": "Lawn", "pin": 17, "max_seconds": 600}},
}


def with_limit(seconds: float) -> dict[str, Any]:
    """The settings, with a lawn that may be watered no longer than this."""
    return EXTRA | {"zones": {"lawn": {"name": "Lawn", "pin": 17, "max_seconds": seconds}}}


class Garden:
    """A running sprinkler whose lawn is being watered."""

    def __init__(self, run: ComponentRun) -> None:
        self.run = run
        self.lines = SimulatedLines(run.data_dir / "lines", "test")
        opened = eventually(f"the valve opens: {run.log}", self._opened)
        self.keeper: int = opened[0]["pid"]

    def closes(self) -> dict[str, Any]:
        """Wait until the line is closed; the log entry of the write that closed it.

        That this takes two seconds at most is what the tests of the keeper and of its guard show, with their own clock.
        """
        return eventually("the valve closes", lambda: self._opened()[1:])[0]

    def _opened(self) -> list[dict[str, Any]]:
        """The last entry of the log that opened the line, and those behind it; an entry is written after its level."""
        entries = self.lines.log()
        return entries[max((i for i, entry in enumerate(entries) if entry["level"] == 1.0), default=len(entries)) :]


@pytest.mark.parametrize("jump_seconds", [86_400, -86_400])
def test_a_jump_of_the_clock_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_seconds: int
) -> None:
    duration = 4.0
    clock = tmp_path / "clock"
    monkeypatch.setenv("JUMPING_CLOCK", str(clock))
    monkeypatch.setenv("PYTHONPATH", str(SUPPORT / "jumping_clock"), prepend=os.pathsep)
    with component("watering:Watering", tmp_path, with_limit(duration)) as run:
        garden = Garden(run)
        clock.write_text(str(jump_seconds), encoding="ascii")
        closed = garden.closes()
    assert closed["why"] == "deadline"
    opened = garden.lines.log()[1]
    lasted = closed["at"] - opened["at"] - jump_seconds
    assert duration - 0.1 < lasted < PATIENCE_SECONDS, "it lasts as long as it should, and the processes saw the jump"


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with component("watering:Watering", tmp_path, EXTRA) as run:
        yield Garden(run)


def test_the_keeper_closes_the_valve_when_the_component_is_killed(garden: Garden) -> None:
    garden.run.kill(signal.SIGKILL)
    written = garden.closes()
    assert (written["by"], written["pid"], written["why"]) == ("keeper", garden.keeper, "end of input")
    eventually("the keeper ends, too", lambda: not is_alive(garden.keeper))


def test_the_keeper_closes_the_valve_when_the_component_is_stopped(garden: Garden) -> None:
    garden.run.kill(signal.SIGSTOP)
    written = garden.closes()
    assert (written["by"], written["pid"], written["why"]) == ("keeper", garden.keeper, "heartbeat")
    garden.run.kill(signal.SIGCONT)


def test_the_component_closes_the_valve_when_the_keeper_is_killed(garden: Garden) -> None:
    os.kill(garden.keeper, signal.SIGKILL)
    written = garden.closes()
    assert (written["by"], written["pid"]) == ("component", garden.run.process.pid)
    assert "signal 9" in written["why"]


def test_a_new_keeper_takes_the_lines_after_the_old_one_was_killed(garden: Garden) -> None:
    os.kill(garden.keeper, signal.SIGKILL)
    garden.closes()

    def new_keeper() -> list[dict[str, Any]]:
        return [e for e in garden.lines.log() if e["by"] == "keeper" and e["pid"] != garden.keeper]

    first = eventually("another keeper starts", new_keeper)[0]
    assert (first["level"], first["why"]) == (0.0, "start")
    assert first["pid"] in children_of(garden.run.process.pid)


def test_the_component_closes_the_valve_when_the_keeper_is_stopped(garden: Garden) -> None:
    os.kill(garden.keeper, signal.SIGSTOP)
    written = garden.closes()
    assert (written["by"], written["pid"]) == ("component", garden.run.process.pid)
    assert not is_alive(garden.keeper)


def test_stopping_the_component_closes_the_valve_and_ends_in_order(garden: Garden) -> None:
    garden.run.kill(signal.SIGTERM)
    written = garden.closes()
    assert (written["by"], written["why"]) == ("keeper", "end of input")
    assert garden.run.wait() == 0
    assert not is_alive(garden.keeper)


def test_the_end_of_the_supervisor_closes_the_valve_and_ends_in_order(garden: Garden) -> None:
    assert garden.run.process.stdin is not None
    garden.run.process.stdin.close()
    garden.closes()
    assert garden.run.wait() == 0
    assert not is_alive(garden.keeper)


def test_all_valves_are_closed_at_start(tmp_path: Path) -> None:
    lines = SimulatedLines(tmp_path / "data" / "lines", "power cut")
    lines.write("lawn", 1.0, "left open")
    with component("wampi.components.sprinkler:Sprinkler", tmp_path, EXTRA):
        eventually("the valve is closed", lambda: lines.level("lawn") == 0.0)
    assert lines.log()[1]["by"] == "keeper"
    assert lines.log()[1]["why"] == "start"
