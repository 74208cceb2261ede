"""A component as a real process: how it starts, how it ends, and what it says when it cannot."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.component_processes import ComponentRun, component
from support.waiting import eventually

LIGHTING = "wampi.components.lighting:Lighting"
EXTRA = {"driver": "simulator", "lights": {"porch": {"name": "Porch", "pin": 17, "restore": "on"}}}


def refused(directory: Path, name: str = LIGHTING, extra: object = EXTRA) -> str:
    """Start a component that cannot start, and return its one line."""
    with component(name, directory, extra) as run:
        assert run.wait() == 2
        lines = run.log.splitlines()
    assert len(lines) == 1
    assert "Traceback" not in lines[0]
    return lines[0]


def is_running(run: ComponentRun) -> bool:
    """It has its hardware and looks for the router."""
    return "no session at unix:/nowhere/router.sock" in run.log


def test_a_component_takes_its_hardware_before_it_finds_a_router(tmp_path: Path) -> None:
    with component(LIGHTING, tmp_path, EXTRA) as run:
        eventually("it runs", lambda: is_running(run))
        level = (tmp_path / "data" / "lines" / "porch.level").read_text(encoding="ascii")
        assert float(level) == 1.0
        assert "No such file or directory; trying again" in run.log


@pytest.mark.parametrize("numbers", [["SIGTERM"], ["SIGINT"], ["SIGINT", "SIGTERM", "SIGTERM"]])
def test_signals_stop_it_in_order_however_many_come(tmp_path: Path, numbers: list[str]) -> None:
    with component(LIGHTING, tmp_path, EXTRA, supervised=False) as run:
        eventually("it runs", lambda: is_running(run))
        for number in numbers:
            run.kill(signal.Signals[number])
        assert run.wait() == 0
        assert "critical" not in run.log
        assert float((tmp_path / "data" / "lines" / "porch.level").read_text(encoding="ascii")) == 0.0


def test_the_end_of_the_supervisors_pipe_stops_it_in_order(tmp_path: Path) -> None:
    with component(LIGHTING, tmp_path, EXTRA) as run:
        eventually("it runs", lambda: is_running(run))
        assert run.process.stdin is not None
        run.process.stdin.close()
        assert run.wait() == 0


def test_without_a_supervisor_the_end_of_input_means_nothing(tmp_path: Path) -> None:
    with component(LIGHTING, tmp_path, EXTRA, supervised=False) as run:
        assert run.process.stdin is not None
        run.process.stdin.close()
        eventually("it runs", lambda: is_running(run))
        assert run.process.poll() is None


def test_a_second_instance_is_kept_out_until_the_first_is_gone(tmp_path: Path) -> None:
    with component(LIGHTING, tmp_path, EXTRA) as first:
        eventually("it runs", lambda: is_running(first))
        log = first.log
        with component(LIGHTING, tmp_path, EXTRA) as second:
            assert second.wait() == 2
        assert f"is in use by process {first.process.pid}" in first.log.removeprefix(log)
        first.kill(signal.SIGKILL)
        first.wait()
    with component(LIGHTING, tmp_path, EXTRA) as third:
        eventually("it runs", lambda: third.log.count("no session at") == 2)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("test-key-of-a-device", encoding="ascii")
    (tmp_path / "key").chmod(0o644)
    line = refused(tmp_path)
    assert "must be a file of mode 0600" in line
    assert "test-key-of-a-device" not in line


def test_a_wrong_setting_is_refused(tmp_path: Path) -> None:
    assert "unknown field `colour`" in refused(tmp_path, extra=EXTRA | {"colour": "red"})


def test_an_unknown_component_is_refused(tmp_path: Path) -> None:
    assert "cannot import wampi.components.toaster" in refused(tmp_path, "wampi.components.toaster:Toaster")


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        (LIGHTING, EXTRA | {"driver": "rpi_gpio"}),
        (
            "wampi.components.sprinkler:Sprinkler",
            {"id": "g", "name": "G", "driver": "rpi_gpio", "zones": {"a": {"name": "A", "pin": 1}}},
        ),
        ("wampi.components.camera:Camera", {"id": "c", "name": "C", "driver": "picamera2"}),
    ],
)
def test_a_missing_library_is_an_error_never_a_silent_simulator(tmp_path: Path, name: str, extra: object) -> None:
    line = refused(tmp_path, name, extra)
    assert "pip install 'wampi[pi]'" in line or "cannot work here" in line
    assert not (tmp_path / "data" / "lines").exists()


def test_the_valve_keeper_starts_fast_and_stays_small(tmp_path: Path) -> None:
    code = "import wampi.components.sprinkler.keeper, sys; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"twisted", "msgspec", "autobahn", "PIL", "asyncio"} & {name.partition(".")[0] for name in loaded}
